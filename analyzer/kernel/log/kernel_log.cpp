// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/log/kernel_log.hpp"

#include <algorithm>
#include <array>

#include "analyzer/kernel/log/forms.hpp"
#include "analyzer/kernel/log/log_places.hpp"

namespace kstrax {

namespace {

struct LogForm {
    std::string_view symbol;  ///< that only kernels with this form have
    Result<LogReading> (*read)(const LogAccess& access, const LogVisitor& visit);
};
/// The newest first: newer kernels keep the symbols of older forms.
constexpr std::array kForms{
    LogForm{"prb", read_printk_ring},
    LogForm{"log_first_idx", read_log_records},
    LogForm{"log_end", read_plain_log},
};

}  // namespace

std::size_t read_as_far_as_there_is(KernelReader& memory, std::uint64_t at, MutableBytes out) {
    if (memory.read(at, out)) return out.size();
    std::size_t done = 0;
    while (done < out.size()) {
        const std::uint64_t left = kSmallestPage - (at + done) % kSmallestPage;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, left));
        if (!memory.read(at + done, out.subspan(done, part))) break;
        done += part;
    }
    return done;
}

Result<LogReading> read_kernel_log(const LogAccess& access, const LogVisitor& visit) {
    // What VMCOREINFO names is there; only else are the kernel's symbols searched.
    for (const LogForm& form : kForms)
        if (access.info.symbol(form.symbol)) return form.read(access, visit);
    for (const LogForm& form : kForms)
        if (access.find(form.symbol)) return form.read(access, visit);
    return Error{ErrorCode::NotFound, "neither VMCOREINFO nor the kernel's symbols know where the kernel has its log"};
}

}  // namespace kstrax
