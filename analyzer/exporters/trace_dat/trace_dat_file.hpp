// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a trace.dat file of version 7, written one behind the other.
// Source: trace-cmd.dat.v7(5) of trace-cmd 3.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/output_file.hpp"
#include "analyzer/importers/ftrace/ring_page.hpp"
#include "analyzer/importers/trace_dat/sections.hpp"

namespace kstrax {

/// Numbers as the file has them.
class TraceDatText {
  public:
    explicit TraceDatText(std::endian order) : order_(order) {}

    TraceDatText& u16(std::uint16_t value) { return number(value, sizeof value); }
    TraceDatText& u32(std::uint32_t value) { return number(value, sizeof value); }
    TraceDatText& u64(std::uint64_t value) { return number(value, sizeof value); }
    TraceDatText& raw(std::string_view bytes) {
        bytes_ += bytes;
        return *this;
    }
    /// With a NUL behind it.
    TraceDatText& text(std::string_view text) { return raw(text.substr(0, text.find('\0'))).raw({"\0", 1}); }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    TraceDatText& number(std::uint64_t value, std::size_t size);

    std::endian order_;
    std::string bytes_;
};

class TraceDatFile {
  public:
    /// `page_size`: bytes, a power of 2. Errors are kept by `output` and show when it is committed.
    TraceDatFile(OutputFile& output, const RingPageForm& form, std::uint32_t page_size);

    [[nodiscard]] TraceDatText text() const { return TraceDatText(form_.order); }

    /// A section, compressed, and the option that names it.
    void section(TraceOption id, std::string_view title, std::string_view content);
    void option(TraceOption id, std::string_view data);

    /// The pages of an instance's rings stand between these, one ring behind the other.
    void begin_rings(std::string_view instance, std::string_view clock);
    void begin_ring(CpuId cpu);
    void page(Bytes page);
    void end_rings();

    /// The options, and where they are. Nothing may follow.
    void end();

  private:
    struct Ring {
        CpuId cpu;
        std::uint64_t offset, size;
    };
    void write(std::string_view bytes);
    void head(TraceOption id, bool compressed, std::string_view title, std::uint64_t size);

    OutputFile& output_;
    RingPageForm form_;
    std::uint32_t page_size_;
    std::uint64_t size_ = 0;        // of what is written
    std::uint64_t options_at_ = 0;  // where the file says where its options are
    std::uint64_t rings_at_ = 0;    // of the section of rings that is being written
    std::string strings_{"\0", 1};  // titles of sections
    TraceDatText options_;
    std::string instance_, clock_;
    std::vector<Ring> rings_;
};

}  // namespace kstrax
