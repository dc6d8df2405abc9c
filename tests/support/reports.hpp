// SPDX-License-Identifier: GPL-2.0-or-later
// From an image or a file to reports, in one call.
#pragma once

#include <string>
#include <vector>

#include "analyzer/importers/kstrax_memory/locate.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "analyzer/report/report.hpp"
#include "tests/support/rings/ring_image.hpp"

namespace kstrax::test {

inline constexpr ReportKind kAllKinds[] = {ReportKind::Summary,    ReportKind::Paired,   ReportKind::Raw,
                                           ReportKind::Statistics, ReportKind::InFlight, ReportKind::Tree};

/// An output that keeps what it is given.
class StringOutput final : public Output {
  public:
    Result<void> write(std::string_view bytes) override {
        text_.append(bytes);
        return {};
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

struct MadeReport {
    std::string text;
    Findings findings;  // what reading showed
};
/// `format`: a sink, by its name. Throws if the report cannot be made.
[[nodiscard]] MadeReport make_report(const Recording& recording, ReportKind kind, std::string_view format = "text");

/// A dump file, opened and searched.
struct OpenedDump {
    std::shared_ptr<const MappedFile> file;
    std::unique_ptr<MemorySource> memory;
    Located located;

    /// The first recording; throws if there is none.
    [[nodiscard]] Recording recording() const;
};
[[nodiscard]] Result<OpenedDump> open_dump(const std::string& path);

/// Memory without a dump, searched.
struct SearchedMemory {
    explicit SearchedMemory(const Memory& memory) : view(memory), located(locate_anchors(view)) {}
    [[nodiscard]] Recording recording() const;

    MemoryView view;
    Located located;
};

/// The raw report of one CPU or of all, without its first lines.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
/// Does any of the sentences contain the words?
[[nodiscard]] bool mentions(const std::vector<std::string>& sentences, std::string_view words);

}  // namespace kstrax::test
