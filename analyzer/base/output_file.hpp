// SPDX-License-Identifier: GPL-2.0-or-later
// An output that appears under its name only when it is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/base/output.hpp"
#include "analyzer/base/result.hpp"

namespace kstrax {

/// Writes to a file of mode 0600 that has no name yet; commit() gives it its own. Where
/// that did not happen nothing is left, not even of a process that was killed. Where the
/// file system has no files without names, it is a temporary one beside the target, which
/// the destructor removes, and remove_temporaries(). Standard output is written as it comes.
class OutputFile final : public Output {
  public:
    /// `inputs`: files that must not be replaced. Errors begin with the path.
    [[nodiscard]] static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                                    std::span<const FileIdentity> inputs);
    [[nodiscard]] static std::unique_ptr<OutputFile> standard_output();
    /// Where create() makes it.
    [[nodiscard]] static std::string folder_of(const std::string& path);

    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile() override;

    /// Removes the temporary files of all outputs. For the end of the process alone, and safe in the handler of a signal
    /// that ends it, if that handler blocks the others that do.
    static void remove_temporaries() noexcept;

    Result<void> write(std::string_view bytes) override;
    /// Writes over what was written at `offset`. Not for standard output.
    Result<void> overwrite(std::uint64_t offset, std::string_view bytes);
    /// Ends the writing and says whether all of it succeeded.
    [[nodiscard]] Result<void> close();
    /// Closes, and gives the file its name.
    [[nodiscard]] Result<void> commit();

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    OutputFile(std::string path, std::string temporary, int fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

    std::string path_;
    std::string temporary_;  // its name meanwhile; empty: it has none
    int fd_;
    bool stream_ = false;  // standard output
    bool closed_ = false;
    Result<void> status_;
};

}  // namespace kstrax
