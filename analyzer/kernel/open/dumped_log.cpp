// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/dumped_log.hpp"

namespace kstrax {

Result<LogReading> read_kernel_log(DumpedKernel& kernel, const LogVisitor& visit) {
    const LogAccess access{.memory = kernel.reader(),
                           .info = kernel.vmcoreinfo(),
                           .member =
                               [&kernel](std::string_view type, std::string_view path) {
                                   const KernelTypes* types = kernel.types();
                                   return types != nullptr ? types->member(type, path) : std::nullopt;
                               },
                           .find = kernel.find(),
                           .most = kernel.memory_size(),
                           .live = kernel.live()};
    return read_kernel_log(access, visit);
}

}  // namespace kstrax
