// SPDX-License-Identifier: GPL-2.0-or-later
// A little colour for eyes on a terminal: what failed, what is in flight or uncertain,
// what is lost. Taken away again, the text is the same.
#pragma once

#include <array>
#include <exception>
#include <string>
#include <string_view>

#include "analyzer/base/output.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

enum class ColorMode : std::uint8_t { Auto, Always, Never };

struct ColorModeInfo {
    ColorMode mode;
    std::string_view name;  ///< of --color
};
inline constexpr std::array<ColorModeInfo, 3> kColorModes{{
    {ColorMode::Auto, "auto"},
    {ColorMode::Always, "always"},
    {ColorMode::Never, "never"},
}};

/// Auto: where the descriptor is a terminal that is not a dumb one, and NO_COLOR is not set.
[[nodiscard]] bool wants_color(ColorMode mode, int fd);

inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kPlain = "\x1b[0m";

/// A comment that warns: what is appended while this lives, and the newline behind it. In colour if the text is.
class WarningLine {
  public:
    explicit WarningLine(TextBuffer& out) : out_(out) {
        if (out_.colored()) append(out_, kYellow);
    }
    /// Memory may run out here, too; if that is what ends the line, nothing is added.
    ~WarningLine() noexcept(false) {
        if (std::uncaught_exceptions() > exceptions_) return;
        if (out_.colored()) append(out_, kPlain);
        out_.push_back('\n');
    }
    WarningLine(const WarningLine&) = delete;
    WarningLine& operator=(const WarningLine&) = delete;

  private:
    TextBuffer& out_;
    int exceptions_ = std::uncaught_exceptions();
};

/// A line of a text report, without its newline. Comments stay as they are: whoever wrote them knew their colour.
void append_colored(TextBuffer& out, std::string_view line);
/// Takes colours out of a line; other control characters stay.
[[nodiscard]] std::string without_colors(std::string_view line);

/// Hands a text report on, line by line, in colour. What has no newline stays behind until it gets one.
class ColorOutput final : public Output {
  public:
    explicit ColorOutput(Output& to) : to_(to) {}
    Result<void> write(std::string_view bytes) override;

  private:
    Output& to_;
    std::string rest_;  // of a line
};

}  // namespace kstrax
