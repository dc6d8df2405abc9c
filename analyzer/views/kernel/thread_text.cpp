// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/thread_text.hpp"

#include <algorithm>
#include <array>

#include "analyzer/sinks/numbers.hpp"

namespace kstrax {

namespace {

/// Functions that every stack of their kind begins with: who reads a line of it learns nothing by them.
constexpr std::array kEntries{std::string_view("do_syscall_64"), std::string_view("entry_SYSCALL_64_after_hwframe"),
                              std::string_view("ret_from_fork"), std::string_view("ret_from_fork_asm"),
                              std::string_view("kthread")};

/// Functions that wait at one end of something for the other, by what their names hold.
struct EndRow {
    std::string_view name;
    PipeEnd other;  // of a pipe; of a socket it does not matter
};
constexpr std::array kEnds{
    EndRow{"pipe_read", PipeEnd::Writers},        EndRow{"pipe_write", PipeEnd::Readers},
    EndRow{"unix_stream_", PipeEnd::Writers},     EndRow{"unix_dgram_", PipeEnd::Writers},
    EndRow{"sock_alloc_send_", PipeEnd::Readers},
};
constexpr std::size_t kMostOtherEnds = 3;  // that a line names

}  // namespace

void append_frame(TextBuffer& out, std::size_t number, const StackFrame& frame, const CodePlace* code) {
    fmt::format_to(std::back_inserter(out), "  #{:<3}{}", number, frame.guessed ? "? " : "  ");
    append_c_escaped(out, code != nullptr ? code->text(frame.code) : fmt::format("{:#x}", frame.code.value));
}

void append_stack_end(TextBuffer& out, const KernelStack& stack) {
    if (stack.end == StackEnd::Whole && !stack.frames.empty()) return;
    fmt::format_to(std::back_inserter(out), "        ({})\n", stack_end_text(stack.end));
}

ThreadText::ThreadText(const Architecture& architecture, KernelThreads& threads, CallObjects* objects)
    : threads_(&threads),
      objects_(objects),
      names_(architecture.audit_arch),
      meanings_(architecture.audit_arch, architecture.word_size) {}

ThreadPicture ThreadText::picture(std::size_t place) {
    ThreadPicture picture{.task = threads_->tasks()[place],
                          .call = threads_->call(place),
                          .stack = threads_->stack(place),
                          .functions = {},
                          .wait = std::nullopt,
                          .off_cpu = threads_->off_cpu(place)};
    picture.wait = threads_->lock(place, picture.stack);
    for (const StackFrame& frame : picture.stack.frames) {
        const CodePlace* code = threads_->name_of(frame);
        if (threads_->in_scheduler(frame)) continue;
        if (code != nullptr && std::ranges::find(kEntries, code->name) != kEntries.end()) continue;
        if (!picture.functions.empty()) picture.functions += " < ";
        if (frame.guessed) picture.functions += '?';
        picture.functions +=
            code != nullptr && !code->name.empty() ? code->name : fmt::format("{:#x}", frame.code.value);
    }
    return picture;
}

std::span<const std::uint64_t> ThreadText::own_arguments(const TaskCall& call) const {
    const Syscall* known = names_.find(call.abi, call.nr);
    // Of a call that is in no table, all that registers hold.
    constexpr std::size_t kInRegisters = 6;
    return std::span(call.args).first(known == nullptr ? kInRegisters
                                                       : std::min<std::size_t>(known->arg_count, call.args.size()));
}

Value ThreadText::call_name(const TaskCall& call) {
    if (!call.has_number()) return Absent{};
    return Name{names_.name_of(call.abi, call.nr, scratch_)};
}

Value ThreadText::arguments(const TaskCall& call) {
    if (!call.has_number()) return Absent{};
    return Words{own_arguments(call)};
}

CallFile ThreadText::call_file(const ThreadPicture& picture) {
    if (objects_ == nullptr || !picture.call.has_number()) return {};
    const auto words = own_arguments(picture.call);
    const CallForm* form = meanings_.form_of(picture.call.abi, picture.call.nr, words);
    const Syscall* known = names_.find(picture.call.abi, picture.call.nr);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (known != nullptr && (known->string_args >> i & 1) != 0)
            if (auto text = objects_->text(picture.task, picture.stack, words[i])) return {{}, std::move(text->text)};
        if (form == nullptr || i >= form->count || !form->arguments[i].is_descriptor()) continue;
        const auto number = static_cast<std::uint32_t>(words[i]);
        const auto used = objects_->file(picture.task, picture.stack, number);
        if (used && used->sure) return {number, used->file->path.text};
    }
    return {};
}

std::optional<std::vector<std::size_t>> ThreadText::other_end(const ThreadPicture& picture) {
    const auto end = std::ranges::find_if(
        kEnds, [&](const EndRow& row) { return picture.functions.find(row.name) != std::string::npos; });
    const bool waits = picture.call.place == CallPlace::Inside && !picture.task.running_on && end != kEnds.end();
    if (!waits || objects_ == nullptr || threads_->holders() == nullptr) return std::nullopt;
    const auto words = own_arguments(picture.call);
    const CallForm* form = meanings_.form_of(picture.call.abi, picture.call.nr, words);
    const auto known = [&](std::vector<std::size_t> places) {
        return places.empty() && !threads_->holders()->whole() ? std::nullopt : std::optional(std::move(places));
    };
    for (std::size_t i = 0; form != nullptr && i < std::min<std::size_t>(words.size(), form->count); ++i) {
        if (!form->arguments[i].is_descriptor()) continue;
        const auto used = objects_->file(picture.task, picture.stack, static_cast<std::uint32_t>(words[i]));
        if (!used || !used->sure) continue;
        if (used->file->pipe) return known(threads_->holders()->of_pipe(used->file->inode, end->other));
        if (!used->file->socket || used->file->socket->peer_file == 0) continue;
        const auto peers = threads_->holders()->of(used->file->socket->peer_file);
        return known({peers.begin(), peers.end()});
    }
    return std::nullopt;
}

Value ThreadText::other_end_names(const ThreadPicture& picture) {
    const auto places = other_end(picture);
    if (!places) return Absent{};
    names_of_ends_.clear();
    append_tasks(names_of_ends_, *places, places->size());
    if (!threads_->holders()->whole()) append(names_of_ends_, ", ...");
    return Name{names_of_ends_.view()};
}

void ThreadText::append_tasks(TextBuffer& out, std::span<const std::size_t> places, std::size_t most) {
    for (std::size_t i = 0; i < std::min(places.size(), most); ++i) {
        const KernelTask& task = threads_->tasks()[places[i]];
        fmt::format_to(std::back_inserter(out), "{}{} ", i == 0 ? "" : ", ", task.pid);
        append_c_escaped(out, task.command);
    }
    if (places.size() > most) fmt::format_to(std::back_inserter(out), " and {} more", places.size() - most);
}

bool ThreadText::append_text(TextBuffer& out, const ThreadPicture& picture, std::uint64_t at) {
    const auto text = objects_ != nullptr ? objects_->text(picture.task, picture.stack, at) : std::nullopt;
    if (!text) return false;
    out.push_back('"');
    append_c_escaped(out, text->text);
    append(out, text->whole ? "\"" : "\"...");
    return true;
}

/// As strace -yy shows it. Behind a ?, where the call need not be of that file.
void ThreadText::append_file(TextBuffer& out, const ThreadPicture& picture, std::uint64_t number) {
    const auto used = objects_ != nullptr
                          ? objects_->file(picture.task, picture.stack, static_cast<std::uint32_t>(number))
                          : std::nullopt;
    if (!used) return;
    const KernelFile& file = *used->file;
    if (file.path.end == PathEnd::Broken && file.path.text.empty() && !file.socket) return;
    out.push_back('<');
    if (file.socket && !(file.socket->local.empty() && file.socket->peer.empty())) {
        append(out, file.socket->protocol);
        out.push_back(' ');
        append_c_escaped(out, file.socket->local);
        if (!file.socket->peer.empty()) append(out, " -> ");
        append_c_escaped(out, file.socket->peer);
    } else {
        append_c_escaped(out, file.path.text);
    }
    append(out, used->sure ? ">" : ">?");
}

void ThreadText::append_call(TextBuffer& out, const ThreadPicture& picture) {
    const TaskCall& call = picture.call;
    if (call.place == CallPlace::Behind) append(out, "on its way back from ");
    if (call.abi != kAbiNative) {
        append(out, abi_name(call.abi));
        out.push_back(':');
    }
    append(out, names_.name_of(call.abi, call.nr, scratch_));
    out.push_back('(');
    const auto words = own_arguments(call);
    const CallForm* form = shown_ ? meanings_.form_of(call.abi, call.nr, words) : nullptr;
    const std::size_t count = form == nullptr ? words.size() : std::min<std::size_t>(words.size(), form->count);
    const Syscall* known = names_.find(call.abi, call.nr);
    const unsigned texts = shown_ && known != nullptr ? known->string_args : 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) append(out, ", ");
        if (texts >> i & 1 && append_text(out, picture, words[i])) continue;
        if (form != nullptr) meanings_.append(out, form->arguments[i], call.abi, words[i]);
        else append_hex(out, words[i]);
        if (form != nullptr && form->arguments[i].is_descriptor()) append_file(out, picture, words[i]);
    }
    out.push_back(')');
}

void ThreadText::append_wait(TextBuffer& out, const LockWait& wait) {
    append(out, wait.frozen.value != 0 ? "waits for a frozen file system" : lock_kind_text(wait.kind));
    if (!wait.name.empty()) {
        append(out, " (");
        append_c_escaped(out, wait.name);
        out.push_back(')');
    }
    if (wait.frozen.value != 0) return;
    if (!wait.owner) return append(out, ", held by nobody that is known");
    const KernelTask& owner = threads_->tasks()[*wait.owner];
    fmt::format_to(std::back_inserter(out), "{}{} ", wait.owner_reads ? ", last read by " : " held by ", owner.pid);
    append_c_escaped(out, owner.command);
}

void ThreadText::append_what(TextBuffer& out, const ThreadPicture& picture) {
    bool first = true;
    const auto part = [&] {
        if (!first) append(out, "; ");
        first = false;
    };
    if (picture.call.has_number()) {
        part();
        append_call(out, picture);
    }
    if (picture.wait) {
        part();
        append_wait(out, *picture.wait);
    }
    if (const auto others = other_end(picture)) {
        part();
        append(out, others->empty() ? "no task has the other end among its descriptors" : "other end: ");
        append_tasks(out, *others, kMostOtherEnds);
        if (!threads_->holders()->whole()) append(out, ", ...");
    }
    if (!picture.functions.empty()) {
        part();
        append_c_escaped(out, picture.functions);
    }
    // Of a kernel without tables, the report says so once.
    const bool told = picture.stack.end == StackEnd::UserMode || picture.stack.end == StackEnd::Whole ||
                      picture.stack.end == StackEnd::NoTables;
    if (!told || first) {
        part();
        append(out, picture.stack.end == StackEnd::UserMode ? "in user mode" : stack_end_text(picture.stack.end));
    }
}

}  // namespace kstrax
