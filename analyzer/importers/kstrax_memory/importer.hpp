// SPDX-License-Identifier: GPL-2.0-or-later
// A memory image as an input: the recorder's rings in it, by whatever way leads to them.
#pragma once

#include <optional>
#include <string>

#include "analyzer/importers/importer.hpp"
#include "analyzer/importers/kstrax_memory/named_rings.hpp"
#include "analyzer/importers/kstrax_memory/ways.hpp"

namespace kstrax {

extern const Importer kMemoryImporter;

/// Of which recording in memory, and how it is found.
struct FindOptions {
    std::optional<Way> way;               ///< of --find; none: whatever leads to one
    std::optional<std::string> instance;  ///< of --instance; none: the newest
    NamedRings rings;                     ///< for Way::Given
    bool own = false;                     ///< the kernel's own recording is enough, where it leads to one
};

class KstraxMemory final : public Import {
  public:
    /// Precondition: input.memory.
    explicit KstraxMemory(const ImportInput& input) : input_(input), find_(*input.find) {}

    [[nodiscard]] const Located* located() override;
    [[nodiscard]] Result<const Anchor*> choose_anchor() override;
    [[nodiscard]] Result<OpenedRecording> open(const MemorySource* through) override;

  private:
    [[nodiscard]] Result<OpenedRecording> open_given(const MemorySource& memory);
    [[nodiscard]] Result<OpenedRecording> open_carved(const MemorySource& memory);
    [[nodiscard]] Result<OpenedRecording> open_anchored(const MemorySource& memory, const Anchor& anchor);
    [[nodiscard]] Error nothing_found() const;

    const ImportInput& input_;
    const FindOptions& find_;
    std::optional<Located> located_;
};

}  // namespace kstrax
