// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_files/importer.hpp"

#include <utility>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_files/buffer_name.hpp"

namespace kstrax {

namespace {

/// The NAME of buffer files that the input is; none if it is something else.
std::optional<std::string> name_of(const ImportInput& input) {
    if (input.memory != nullptr || input.names.size() != 1) return std::nullopt;
    const std::string& name = input.names.front();
    if (auto set = buffer_set_of(name)) return set;
    if (input.files_first && !buffer_file_numbers(name).empty()) return name;
    return std::nullopt;
}

class BufferFiles final : public Import {
  public:
    BufferFiles(std::string name, BufferFileSet set) : name_(std::move(name)), set_(std::move(set)) {
        for (const auto& file : set_->files) files_.push_back(file->identity());
    }

    Result<OpenedRecording> open(const MemorySource* /*through*/) override {
        auto set = set_ ? Result<BufferFileSet>(std::move(*set_)) : open_buffer_files(name_);
        set_.reset();
        if (!set) return set.error();
        return OpenedRecording{.recording = std::move(set->recording),
                               .parts = std::make_shared<decltype(set->files)>(std::move(set->files))};
    }
    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] std::span<const FileIdentity> files() const override { return files_; }

  private:
    std::string name_;
    std::optional<BufferFileSet> set_;  // until somebody takes it
    std::vector<FileIdentity> files_;
};

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    std::string name = *name_of(input);
    auto set = open_buffer_files(name);
    if (!set) return set.error();
    return std::unique_ptr<Import>(std::make_unique<BufferFiles>(std::move(name), std::move(*set)));
}

}  // namespace

constinit const Importer kBufferFilesImporter{
    .name = "kstrax_files",
    .format = "buffer files",
    .sniff = [](const ImportInput& input) { return name_of(input).has_value(); },
    .find = find};

}  // namespace kstrax
