// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/open/open_memory.hpp"

#include <array>

#include "analyzer/memory/formats.hpp"

namespace kstrax {

namespace {

/// Takes all files that the user named. The probe itself checks which of them are mapped.
using Probe = SourceResult (*)(std::span<const InputFile> files);

/// What a format of one file that can be mapped wants of it; null for other files.
template <typename File>
const Result<File>* wanted(const InputFile& file);
template <>
const Result<MappedFilePtr>* wanted(const InputFile& file) {
    return file.mapping ? &file.mapping : nullptr;
}
template <>
const Result<LogicalFilePtr>* wanted(const InputFile& file) {
    return file.mapping ? &file.logical() : nullptr;
}

/// A format of one file that can be mapped.
template <typename File, SourceResult (*Open)(const File&)>
SourceResult one(std::span<const InputFile> files) {
    const Result<File>* file = files.size() == 1 ? wanted<File>(files[0]) : nullptr;
    if (file == nullptr) return Error{ErrorCode::NotMine, "not one file that can be mapped"};
    if (!*file) return file->error().in(files[0].path);
    auto source = Open(**file);
    if (!source && source.error().code != ErrorCode::NotMine) return source.error().in(files[0].path);
    return source;
}

/// A format of one or several files that can be mapped; Open names the file in its errors.
template <SourceResult (*Open)(std::span<const LogicalFilePtr>)>
SourceResult several(std::span<const InputFile> files) {
    std::vector<LogicalFilePtr> logical;
    for (const InputFile& file : files) {
        if (!file.mapping) return Error{ErrorCode::NotMine, "not a file that can be mapped"};
        if (!file.logical()) return file.logical().error().in(file.path);
        logical.push_back(*file.logical());
    }
    return Open(logical);
}

/// It may be a guest's, which is stopped for the reading: only where that is wished.
SourceResult refuse_socket(std::span<const InputFile> files) {
    for (const InputFile& file : files)
        if (S_ISSOCK(file.status.st_mode))
            return Error{ErrorCode::Usage,
                         file.path + ": is a socket; if it is a QMP socket of QEMU, name it by --qmp"};
    return Error{ErrorCode::NotMine, "no socket"};
}

/// Asked in this order; the first that does not answer NotMine decides.
constexpr std::array kProbes{
    Probe{refuse_socket},
    Probe{open_kernel_file},
    Probe{one<LogicalFilePtr, open_elf_core>},
    Probe{several<open_kdump>},
    Probe{one<MappedFilePtr, open_lime>},
    Probe{one<MappedFilePtr, open_lkcd>},
    Probe{one<MappedFilePtr, open_kdumpfile>},
    Probe{one<MappedFilePtr, refuse_known>},
    Probe{one<MappedFilePtr, open_raw_image>},
};

Error no_format(std::span<const InputFile> files) {
    for (const InputFile& file : files)
        if (!file.mapping) return file.mapping.error().in(file.path);
    if (files.size() > 1)
        return {ErrorCode::Usage, files[1].path +
                                      ": is one too many: several files are read together only if they are "
                                      "a split dump (makedumpfile --split), all of them"};
    return {ErrorCode::Unsupported,
            files[0].path +
                ": not a memory image: expected an ELF core, a kdump-compressed dump "
                "(makedumpfile, or QEMU's dump-guest-memory -z), or a raw image of physical memory"};
}

SourceResult probe_all(std::span<const InputFile> files) {
    for (const Probe probe : kProbes) {
        auto source = probe(files);
        if (source || source.error().code != ErrorCode::NotMine) return source;
    }
    return no_format(files);
}

}  // namespace

Result<OpenedMemory> open_memory(std::span<const InputFile> files) {
    auto memory = probe_all(files);
    if (!memory) return memory.error();
    OpenedMemory opened{{}, std::move(*memory), {}};
    for (const InputFile& file : files) {
        opened.name.append(opened.name.empty() ? "" : " ").append(file.path);
        opened.files.push_back(file.identity());
    }
    return opened;
}

Result<std::vector<InputFile>> examine_all(std::span<const std::string> names) {
    std::vector<InputFile> files;
    for (const std::string& name : names) {
        auto file = InputFile::examine(name);
        if (!file) return file.error();
        files.push_back(std::move(*file));
    }
    return files;
}

Result<OpenedMemory> open_memory(std::span<const std::string> names) {
    const auto files = examine_all(names);
    if (!files) return files.error();
    return open_memory(std::span<const InputFile>(*files));
}

Result<std::unique_ptr<MemorySource>> open_memory_source(const MappedFilePtr& file) {
    const InputFile files[] = {InputFile::of(file)};
    return probe_all(files);
}

}  // namespace kstrax
