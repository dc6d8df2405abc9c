// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/kdumpfile/kdumpfile_reader.hpp"

#include <algorithm>
#include <array>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

struct StatusCode {
    kdump_status status;
    ErrorCode code;
};
constexpr std::array kStatusCodes{
    StatusCode{KDUMP_ERR_NODATA, ErrorCode::Excluded},
    StatusCode{KDUMP_ERR_CORRUPT, ErrorCode::Corrupt},
    StatusCode{KDUMP_ERR_NOTIMPL, ErrorCode::Unsupported},
    StatusCode{KDUMP_ERR_EOF, ErrorCode::Truncated},
};

}  // namespace

Result<void> KdumpfileReader::open(int descriptor, std::uint64_t size) {
    if (context_ == nullptr) return Error{ErrorCode::Io, "no memory for libkdumpfile"};
    kdump_attr_t attribute{};
    attribute.type = KDUMP_NUMBER;
    attribute.val.number = static_cast<kdump_num_t>(descriptor);
    if (const kdump_status status = library_.set_attr(context_, KDUMP_ATTR_FILE_FD, &attribute); status != KDUMP_OK)
        return error(status);
    page_size_ = number(KDUMP_ATTR_PAGE_SIZE);
    if (!is_page_size(page_size_))
        return Error{ErrorCode::Corrupt, "libkdumpfile: pages of " + std::to_string(page_size_) + " bytes"};
    format_ = text(KDUMP_ATTR_FILE_FORMAT) + " (by libkdumpfile)";
    if (const auto* known = architecture_of_kdumpfile(text(KDUMP_ATTR_ARCH_NAME))) machine_ = known->machine;
    // Compare the header's number with the file's size. Pages of zeros may be left out or stored
    // once, but no real dump has more pages than this.
    const std::uint64_t most = size / page_size_ * 64 + (1 << 16);
    const kdump_status counted = library_.get_attr(context_, "max_pfn", &attribute);
    if (counted != KDUMP_OK) complaint_ = error(counted).message;
    // Without the number, pages are there all the same.
    frames_ = counted == KDUMP_OK && attribute.type == KDUMP_NUMBER
                  ? std::min<std::uint64_t>(attribute.val.number, most)
                  : most;
    vmcoreinfo_ = bounded_text(blob("linux.vmcoreinfo.raw"));
    return {};
}

Result<void> KdumpfileReader::read(PhysAddr at, MutableBytes out) const {
    std::size_t length = out.size();
    const kdump_status status = library_.read(context_, KDUMP_MACHPHYSADDR, at.value, out.data(), &length);
    if (status == KDUMP_OK && length == out.size()) return {};
    return status == KDUMP_OK ? Error{ErrorCode::Truncated, "page is cut off"} : error(status);
}

std::uint64_t KdumpfileReader::next(std::uint64_t frame) const {
    kdump_attr_t map{};  // the library's, until it is called again
    if (library_.get_attr(context_, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK || map.type != KDUMP_BITMAP)
        return frame;
    kdump_addr_t index = frame;
    return library_.bmp_find_set(map.val.bitmap, &index) == KDUMP_OK ? index : frames_;
}

Error KdumpfileReader::error(kdump_status status) const {
    const auto* row = std::find_if(kStatusCodes.begin(), kStatusCodes.end(),
                                   [&](const StatusCode& one) { return one.status == status; });
    const char* words = library_.get_err(context_);
    return {row == kStatusCodes.end() ? ErrorCode::Io : row->code,
            std::string("libkdumpfile: ") + (words == nullptr ? "no reason given" : words)};
}

std::uint64_t KdumpfileReader::number(const char* name) const {
    kdump_attr_t attribute{};
    if (library_.get_attr(context_, name, &attribute) != KDUMP_OK || attribute.type != KDUMP_NUMBER) return 0;
    return attribute.val.number;
}

std::string KdumpfileReader::text(const char* name) const {
    kdump_attr_t attribute{};
    if (library_.get_attr(context_, name, &attribute) != KDUMP_OK || attribute.type != KDUMP_STRING) return "?";
    return attribute.val.string;
}

std::string KdumpfileReader::blob(const char* name) const {
    kdump_attr_t attribute{};
    if (library_.get_attr(context_, name, &attribute) != KDUMP_OK || attribute.type != KDUMP_BLOB) return {};
    const void* bytes = library_.blob_pin(attribute.val.blob);
    std::string copy(static_cast<const char*>(bytes), library_.blob_size(attribute.val.blob));
    library_.blob_unpin(attribute.val.blob);
    return copy;
}

}  // namespace kstrax
