// SPDX-License-Identifier: GPL-2.0-or-later
// A folder that goes when the test ends, however it ends.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kstrax::test {

class TempFolder {
  public:
    TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder();

    [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }
    /// Makes or replaces the file; answers its path.
    std::string write(std::string_view name, std::string_view bytes) const;
    /// How many files lie in it.
    [[nodiscard]] std::size_t count() const;

  private:
    std::filesystem::path folder_;
};

/// The whole of a file; throws if it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace kstrax::test
