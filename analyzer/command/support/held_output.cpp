// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/held_output.hpp"

#include <array>
#include <cerrno>
#include <cstring>

namespace kstrax {

namespace {

Error failed(const char* what = "write") {
    return {ErrorCode::Io, std::string("temporary file: cannot ") + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<void> HeldOutput::write(std::string_view bytes) {
    if (!status_) return status_;
    if (!file_ || std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) status_ = failed();
    return status_;
}

Result<void> HeldOutput::pass_on(Output& output) {
    if (!file_ || std::fflush(file_.get()) != 0) return failed();
    std::rewind(file_.get());
    std::array<char, 1 << 16> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), file_.get()))
        if (const auto written = output.write({part.data(), got}); !written) return written.error();
    if (std::ferror(file_.get()) != 0) return failed("read");
    return {};
}

}  // namespace kstrax
