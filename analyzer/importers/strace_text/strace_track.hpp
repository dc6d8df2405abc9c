// SPDX-License-Identifier: GPL-2.0-or-later
// What strace has printed as entries and exits of calls, in the order of their times.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/importers/strace_text/strace_line.hpp"
#include "analyzer/recording/event.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

/// A machine's calls by the names that strace has for them.
class StraceNames {
  public:
    explicit StraceNames(std::uint32_t audit_arch);

    struct Place {
        std::uint16_t abi = 0;
        std::uint16_t nr = 0;
        const Syscall* call = nullptr;  ///< null: no table has such a call
    };
    /// Of a thread whose calls are 32-bit ones (`compat`), that table comes first. "syscall_0x1b7" is one without a name.
    [[nodiscard]] Place find(std::string_view name, bool compat) const;

  private:
    struct Row {
        std::string_view name;
        Place native, compat;
    };
    std::unordered_map<std::string_view, Row> rows_;
};

/// What a reader of lines has to know beforehand.
struct StraceForm {
    StraceForm(std::shared_ptr<const MappedFile> of, std::uint32_t audit_arch, Tid first)
        : file(std::move(of)), names(audit_arch), first_thread(first) {}

    std::shared_ptr<const MappedFile> file;
    StraceNames names;
    Tid first_thread;  ///< that lines without a thread are of, while there is no other
};

class StraceTrack final : public EventSource {
  public:
    explicit StraceTrack(std::shared_ptr<const StraceForm> form) : form_(std::move(form)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override;

  private:
    class Cursor;
    std::shared_ptr<const StraceForm> form_;
};

/// Takes the next line off `text`, without its end.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace kstrax
