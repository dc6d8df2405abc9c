// SPDX-License-Identifier: GPL-2.0-or-later
// A time zone for as long as a test wants one.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace kstrax::test {

class TimeZone {
  public:
    /// `rule`: as TZ has it, without the system's files: "XST-5:45".
    explicit TimeZone(const char* rule) {
        if (const char* before = std::getenv("TZ")) before_ = before;
        set(rule);
    }
    ~TimeZone() { set(before_ ? before_->c_str() : nullptr); }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

  private:
    static void set(const char* rule) {
        if (rule != nullptr) ::setenv("TZ", rule, 1);
        else ::unsetenv("TZ");
        ::tzset();
    }
    std::optional<std::string> before_;
};

}  // namespace kstrax::test
