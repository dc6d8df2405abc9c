// SPDX-License-Identifier: GPL-2.0-or-later
// A dump as libkdumpfile reads it. For the process that serves kdumpfile.cpp: what
// a hostile file does to that library happens here.
#pragma once

#include <string>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/memory/kdumpfile/kdumpfile_library.hpp"

namespace kstrax {

class KdumpfileReader {
  public:
    explicit KdumpfileReader(const KdumpfileLibrary& library) : library_(library), context_(library.create()) {}
    KdumpfileReader(const KdumpfileReader&) = delete;
    KdumpfileReader& operator=(const KdumpfileReader&) = delete;
    ~KdumpfileReader() {
        if (context_ != nullptr) library_.free(context_);
    }

    /// `descriptor`: of a file of `size` bytes; stays the caller's.
    [[nodiscard]] Result<void> open(int descriptor, std::uint64_t size);

    [[nodiscard]] const std::string& format() const { return format_; }
    [[nodiscard]] const std::string& vmcoreinfo() const { return vmcoreinfo_; }
    [[nodiscard]] std::uint64_t page_size() const { return page_size_; }
    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] std::uint16_t machine() const { return machine_; }
    /// What the library says is wrong with the file as a whole; empty if nothing is.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

    /// Within one page.
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const;
    /// The first frame from this one on that the file may have; frames() if none.
    [[nodiscard]] std::uint64_t next(std::uint64_t frame) const;

  private:
    [[nodiscard]] Error error(kdump_status status) const;
    [[nodiscard]] std::uint64_t number(const char* name) const;
    [[nodiscard]] std::string text(const char* name) const;
    [[nodiscard]] std::string blob(const char* name) const;

    const KdumpfileLibrary& library_;
    kdump_ctx_t* context_;
    std::string format_, vmcoreinfo_, complaint_;
    std::uint64_t page_size_ = 0, frames_ = 0;
    std::uint16_t machine_ = 0;
};

}  // namespace kstrax
