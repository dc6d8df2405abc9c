// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/task_details.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/views/kernel/files_of_tasks.hpp"
#include "analyzer/views/kernel/thread_text.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kFilesOf = "  files of ";

class Appended final : public Output {
  public:
    Result<void> write(std::string_view bytes) override {
        text.append(bytes);
        return {};
    }
    TextBuffer text;
};

}  // namespace

struct TaskDetails::Parts {
    Parts(const KernelContext& context, std::unique_ptr<KernelThreads> all)
        : threads(std::move(all)),
          objects(context.kernel, threads->tasks()),
          text(context.kernel.architecture(), *threads, &objects) {
        text.show_meanings(context.meanings);
        const auto member = context.kernel.member();
        auto opened = member ? FilesOfTasks::open(context, *member, threads->tasks(), lines, kFilesOf) : member.error();
        if (opened) files.emplace(std::move(*opened));
        else no_files = opened.error().message;
    }

    std::unique_ptr<KernelThreads> threads;
    CallObjects objects;
    ThreadText text;
    Appended appended;
    SinkOutput lines{sinks().front(), appended};
    std::optional<FilesOfTasks> files;
    std::string no_files;
};

TaskDetails::TaskDetails(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TaskDetails::~TaskDetails() = default;

Result<std::unique_ptr<TaskDetails>> TaskDetails::open(const KernelContext& context) {
    auto threads = KernelThreads::open(context.kernel);
    if (!threads) return threads.error();
    return std::unique_ptr<TaskDetails>(new TaskDetails(std::make_unique<Parts>(context, std::move(*threads))));
}

void TaskDetails::append(TextBuffer& out, const TaskNote& note) {
    const auto tasks = parts_->threads->tasks();
    const auto task = std::ranges::find_if(tasks, [&](const KernelTask& one) {
        return one.pid == note.tid && (one.pid != 0 || one.running_on == note.running_on);  // idle tasks all have 0
    });
    if (task == tasks.end()) return;
    const ThreadPicture picture = parts_->text.picture(static_cast<std::size_t>(task - tasks.begin()));
    if (picture.call.has_number()) {
        kstrax::append(out, "  ");
        parts_->text.append_call(out, picture);
        out.push_back('\n');
    }
    if (picture.wait) {
        kstrax::append(out, "  ");
        parts_->text.append_wait(out, *picture.wait);
        out.push_back('\n');
    }
    for (std::size_t i = 0; i < picture.stack.frames.size(); ++i) {
        append_frame(out, i, picture.stack.frames[i], parts_->threads->name_of(picture.stack.frames[i]));
        out.push_back('\n');
    }
    append_stack_end(out, picture.stack);
    if (!parts_->files) {
        fmt::format_to(std::back_inserter(out), "{}it are not known: {}\n", kFilesOf, parts_->no_files);
    } else if (const auto shown = parts_->files->put(*task)) {
        fmt::format_to(std::back_inserter(out), "{}it: those of {}\n", kFilesOf, *shown);
    } else {
        (void)parts_->lines.flush();
        out.append(parts_->appended.text.view());
        parts_->appended.text.clear();
    }
    out.push_back('\n');
}

}  // namespace kstrax
