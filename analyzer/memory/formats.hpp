// SPDX-License-Identifier: GPL-2.0-or-later
// The dump formats that are read, a probe each. A probe answers NotMine for
// another format's file, and any other error for a file of its own that it cannot use.
#pragma once

#include <memory>
#include <span>

#include "analyzer/memory/input_file.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

using SourceResult = Result<std::unique_ptr<MemorySource>>;

/// /proc/vmcore, /proc/kcore and /dev/mem: what is read rather than mapped.
[[nodiscard]] SourceResult open_kernel_file(std::span<const InputFile> files);
[[nodiscard]] SourceResult open_elf_core(const LogicalFilePtr& file);
/// One file, or those of a split dump in any order. Errors name the file.
[[nodiscard]] SourceResult open_kdump(std::span<const LogicalFilePtr> files);
[[nodiscard]] SourceResult open_lime(const MappedFilePtr& file);
[[nodiscard]] SourceResult open_lkcd(const MappedFilePtr& file);
/// What libkdumpfile alone reads (big-endian LKCD, sadump, old diskdump, s390), through it.
[[nodiscard]] SourceResult open_kdumpfile(const MappedFilePtr& file);
/// Opens nothing: names what a file is that holds memory in a way that is not read, and the tool that unpacks it.
[[nodiscard]] SourceResult refuse_known(const MappedFilePtr& file);
/// Takes any file large enough: the last resort.
[[nodiscard]] SourceResult open_raw_image(const MappedFilePtr& file);

}  // namespace kstrax
