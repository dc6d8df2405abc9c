// SPDX-License-Identifier: GPL-2.0-or-later
// A value or an error that says what failed, where, and how to mend it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace kstrax {

/// The kind of a failure. It decides what a caller can still do.
enum class ErrorCode : std::uint8_t {
    NotFound,     ///< the thing looked for does not exist
    NotMine,      ///< a probe's answer: the file has another format
    Excluded,     ///< the dump says that it left this page out
    Truncated,    ///< the file is shorter than it says
    Corrupt,      ///< the bytes contradict themselves
    Unsupported,  ///< well-formed, but of a kind that we do not read
    Io,           ///< the operating system refused
    Usage,        ///< the user asked for something impossible
    Cancelled,    ///< the user asked to stop
};

/// The user's text, and the place in it where a mistake begins.
struct Quote {
    std::string text;
    std::size_t at = 0;  ///< from 0; up to the text's length
};

/// Text is built from the outside in: "FILE: what was done: what went wrong".
struct Error {
    ErrorCode code = ErrorCode::Io;
    std::string message;
    /// The physical address at fault, where there is one.
    std::optional<std::uint64_t> address = std::nullopt;
    std::optional<Quote> quote = std::nullopt;

    /// The same error, said from one level further out.
    [[nodiscard]] Error in(const std::string& context) const {
        return {code, context + ": " + message, address, quote};
    }
};

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// Precondition: ok().
    [[nodiscard]] T& value() & { return std::get<0>(state_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }

    /// Precondition: !ok().
    [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

/// For functions that yield nothing but success.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

}  // namespace kstrax
