// SPDX-License-Identifier: GPL-2.0-or-later
// What a task of a kernel in memory was in, as text and as values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/kernel/open/call_objects.hpp"
#include "analyzer/sinks/value.hpp"
#include "analyzer/trace/call_names.hpp"
#include "analyzer/wording/argument_text.hpp"

namespace kstrax {

/// All that is known of one task.
struct ThreadPicture {
    const KernelTask& task;
    TaskCall call;
    KernelStack stack;
    std::string functions;  ///< of its stack, innermost first, without the scheduler's: "a < b"; bytes from the dump
    std::optional<LockWait> wait;
    std::optional<Nanos> off_cpu;
};

/// The file that a call is about.
struct CallFile {
    std::optional<std::uint32_t> descriptor;
    std::string path;  ///< empty: not known; bytes from the dump
};

/// "  #0    do_wait+0x10"; `code`: null where it is not known.
void append_frame(TextBuffer& out, std::size_t number, const StackFrame& frame, const CodePlace* code);
/// A line that says where the frames end, unless they lead to where all stacks begin.
void append_stack_end(TextBuffer& out, const KernelStack& stack);

class ThreadText {
  public:
    /// `objects`: for the files and texts behind arguments; null: none are shown.
    ThreadText(const Architecture& architecture, KernelThreads& threads, CallObjects* objects = nullptr);

    /// Arguments as what they mean, which they are from the start, or as hexadecimal numbers.
    void show_meanings(bool shown) { shown_ = shown; }

    [[nodiscard]] KernelThreads& threads() const { return *threads_; }
    [[nodiscard]] ThreadPicture picture(std::size_t place);

    /// Absent where it is in none. Valid until the next question.
    [[nodiscard]] Value call_name(const TaskCall& call);
    [[nodiscard]] Value arguments(const TaskCall& call);

    /// As many as the call has.
    [[nodiscard]] std::span<const std::uint64_t> own_arguments(const TaskCall& call) const;
    /// By the first of its arguments that leads to one. Nothing is known without objects.
    [[nodiscard]] CallFile call_file(const ThreadPicture& picture);

    /// The tasks that hold the other end of the pipe or unix socket that it waits at; none where it waits at none, or
    /// that is not known. It may be one of them itself.
    [[nodiscard]] std::optional<std::vector<std::size_t>> other_end(const ThreadPicture& picture);
    /// All of them by pid and command; absent where that is not known. Valid until the next question.
    [[nodiscard]] Value other_end_names(const ThreadPicture& picture);
    /// "220 writer, 221 b": not more than so many. Bytes of names are escaped.
    void append_tasks(TextBuffer& out, std::span<const std::size_t> places, std::size_t most);

    /// lseek(3</srv/x>, 0, SEEK_SET); waits for a mutex held by 219 fpos-hold; a < b
    void append_what(TextBuffer& out, const ThreadPicture& picture);
    void append_call(TextBuffer& out, const ThreadPicture& picture);
    void append_wait(TextBuffer& out, const LockWait& wait);

  private:
    /// False where nothing is known of it.
    [[nodiscard]] bool append_text(TextBuffer& out, const ThreadPicture& picture, std::uint64_t at);
    void append_file(TextBuffer& out, const ThreadPicture& picture, std::uint64_t number);

    KernelThreads* threads_;
    CallObjects* objects_;
    CallNames names_;
    ArgumentMeanings meanings_;
    bool shown_ = true;
    std::string scratch_;
    TextBuffer names_of_ends_;
};

}  // namespace kstrax
