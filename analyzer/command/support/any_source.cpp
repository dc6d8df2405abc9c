// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/any_source.hpp"

#include <sys/stat.h>

#include <cstring>

#include "analyzer/command/support/dump_command.hpp"

namespace kstrax {

namespace {

bool is_buffer_file(Bytes bytes) {
    constexpr char kMagic[] = KSTRAX_FILE_MAGIC;
    return bytes.size() >= sizeof kMagic && std::memcmp(bytes.data(), kMagic, sizeof kMagic) == 0;
}

}  // namespace

Result<std::unique_ptr<AnySource>> AnySource::open(std::string_view tool, const std::string& name,
                                                   const std::optional<std::string>& instance) {
    std::unique_ptr<AnySource> source(new AnySource);
    struct stat info{};
    if (::stat(name.c_str(), &info) != 0) {
        auto set = open_buffer_files(name);
        if (!set) return set.error().code == ErrorCode::NotFound
                             ? Error{ErrorCode::NotFound, name + ": neither a memory image nor buffer files " + name +
                                                              "_0, " + name + "_1, …"}
                             : set.error();
        source->files_ = std::move(*set);
        return source;
    }
    auto file = MappedFile::open(name);
    if (!file) return file.error().in(name);
    if (is_buffer_file((*file)->bytes()))
        return Error{ErrorCode::Usage, name + ": is the buffer file of one CPU; give the name without the CPU number"};
    auto memory = open_memory_source(*file);
    if (!memory) return memory.error();
    source->image_ = std::make_unique<Image>();
    Image& image = *source->image_;
    image.file = std::move(*file);
    image.memory = std::move(*memory);
    image.located = locate_anchors(*image.memory);
    const FileIdentity inputs[] = {image.file->identity()};
    const DumpInput input{std::string(tool), name, *image.memory, image.located, inputs};
    const auto anchor = choose_anchor(input, instance);
    if (!anchor) return anchor.error();
    if (!instance) tell_other_recordings(input, **anchor);
    image.recording = open_recording(*image.memory, image.located, **anchor);
    return source;
}

std::vector<FileIdentity> AnySource::files() const {
    if (image_) return {image_->file->identity()};
    std::vector<FileIdentity> all;
    for (const auto& file : files_->files) all.push_back(file->identity());
    return all;
}

}  // namespace kstrax
