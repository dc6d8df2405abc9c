// SPDX-License-Identifier: GPL-2.0-or-later
// Buffer files: a recording copied out of memory, one file a CPU, NAME_CPU.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

struct BufferFileSet {
    Recording recording;
    std::vector<std::shared_ptr<const MappedFile>> files;  ///< which the recording reads
};

/// The numbers of the files NAME_CPU that there are, ascending.
[[nodiscard]] std::vector<CpuId> buffer_file_numbers(const std::string& name);

/// One of them, as far as it could be opened.
struct BufferPart {
    CpuId cpu = 0;  ///< by its name
    std::string path;
    Result<std::shared_ptr<const MappedFile>> file;
};

/// Opens the files NAME_0, NAME_1, …, and looks at nothing in them.
[[nodiscard]] std::vector<BufferPart> open_buffer_parts(const std::string& name);
/// Reads them. A missing or damaged one is said in the recording's `damage`; it fails only if none can be used.
[[nodiscard]] Result<BufferFileSet> read_buffer_parts(const std::string& name, std::span<const BufferPart> parts);
/// Both.
[[nodiscard]] Result<BufferFileSet> open_buffer_files(const std::string& name);

/// Writes a recording to files NAME_CPU. Returns their paths; on failure none
/// is left. `inputs` are never replaced.
[[nodiscard]] Result<std::vector<std::string>> write_buffer_files(const Recording& recording, const std::string& name,
                                                                  std::span<const FileIdentity> inputs);

}  // namespace kstrax
