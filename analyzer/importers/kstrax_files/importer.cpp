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
    explicit BufferFiles(std::string name) : name_(std::move(name)), parts_(open_buffer_parts(name_)) {
        for (const BufferPart& part : parts_)
            if (part.file) files_.push_back((*part.file)->identity());
    }

    Result<OpenedRecording> open(const MemorySource* /*through*/) override {
        auto set = read_buffer_parts(name_, parts_);
        if (!set) return set.error();
        return OpenedRecording{.recording = std::move(set->recording),
                               .parts = std::make_shared<decltype(set->files)>(std::move(set->files))};
    }
    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] std::span<const FileIdentity> files() const override { return files_; }

  private:
    std::string name_;
    std::vector<BufferPart> parts_;
    std::vector<FileIdentity> files_;
};

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    return std::unique_ptr<Import>(std::make_unique<BufferFiles>(*name_of(input)));
}

}  // namespace

constinit const Importer kBufferFilesImporter{
    .name = "kstrax_files",
    .format = "buffer files",
    .sniff = [](const ImportInput& input) { return name_of(input).has_value(); },
    .find = find};

}  // namespace kstrax
