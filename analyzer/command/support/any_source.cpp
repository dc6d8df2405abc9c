// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/any_source.hpp"

#include "analyzer/command/support/carved.hpp"
#include "analyzer/command/support/dump_command.hpp"
#include "analyzer/files/buffer_name.hpp"
#include "analyzer/locate/ways.hpp"

namespace kstrax {

Result<std::unique_ptr<AnySource>> AnySource::open(std::string_view tool, std::span<const std::string> names,
                                                   const std::optional<std::string>& instance,
                                                   const RingOptions& rings) {
    std::unique_ptr<AnySource> source(new AnySource);
    std::vector<InputFile> files;
    for (const std::string& name : names) {
        auto file = InputFile::examine(name);
        if (!file && names.size() == 1 && !rings.any() && file.error().code == ErrorCode::NotFound)
            return open_files(std::move(source), name);
        if (!file) return file.error();
        if (names.size() == 1 && buffer_set_of(name)) return open_files(std::move(source), name);
        files.push_back(std::move(*file));
    }
    auto opened = open_memory(std::span<const InputFile>(files));
    if (!opened) return opened.error();
    source->image_ = std::make_unique<Image>(Image{std::move(*opened), {}, {}, {}, nullptr});
    Image& image = *source->image_;
    const MemorySource& memory = *image.opened.memory;
    if (rings.any()) {
        auto given = open_ring_options(memory, rings, {});
        if (!given) return given.error().in(image.opened.name);
        image.given = std::move(*given);
        return source;
    }
    image.located = locate(memory, {.search = instance.has_value()});
    const DumpInput input{std::string(tool), image.opened.name, memory, image.located, image.opened.files};
    const auto anchor = choose_anchor(input, instance);
    if (!anchor && anchor.error().code == ErrorCode::NotFound) {
        auto carved = open_carved(input, memory, instance);
        if (!carved) return carved.error().code == ErrorCode::NotFound ? anchor.error() : carved.error();
        image.recording = std::move(*carved);
        return source;
    }
    if (!anchor) return anchor.error();
    if (!instance) tell_other_recordings(input, **anchor);
    image.anchor = *anchor;
    image.recording = open_recording(memory, image.located, **anchor);
    return source;
}

Result<std::unique_ptr<AnySource>> AnySource::open_files(std::unique_ptr<AnySource> source, const std::string& name) {
    const std::string set_name = buffer_set_of(name).value_or(name);
    auto set = open_buffer_files(set_name);
    if (!set)
        return set.error().code == ErrorCode::NotFound
                   ? Error{ErrorCode::NotFound,
                           name + ": neither a memory image nor buffer files " + name + "_0, " + name + "_1, …"}
                   : set.error();
    source->files_ = std::move(*set);
    source->name_ = set_name;
    return source;
}

std::optional<DumpTasks> AnySource::tasks() const {
    if (!image_ || image_->anchor == nullptr) return std::nullopt;
    auto tasks = read_dump_tasks(*image_->opened.memory, image_->located, image_->anchor);
    if (!tasks) return std::nullopt;
    return std::move(*tasks);
}

std::vector<FileIdentity> AnySource::files() const {
    if (image_) return image_->opened.files;
    std::vector<FileIdentity> all;
    for (const auto& file : files_->files) all.push_back(file->identity());
    return all;
}

}  // namespace kstrax
