// SPDX-License-Identifier: GPL-2.0-or-later
// ELF cores that lie in a mapped file: QEMU's dump-guest-memory, a copy of
// /proc/vmcore, makedumpfile -E, and our own excerpts.
#include <elf.h>

#include <algorithm>
#include <array>

#include "analyzer/memory/elf/elf_headers.hpp"
#include "analyzer/memory/ranges/mapped_ranges.hpp"
#include "analyzer/memory/ranges/ranged_source.hpp"

namespace kstrax {

namespace {

/// What of the file is missing; `missing`: bytes of memory that its program headers announce and it does not have.
Findings findings_of(const LogicalFile& file, bool incomplete, std::uint64_t missing) {
    Findings findings;
    if (incomplete)
        findings.add(FindingId::DumpIncomplete,
                     "the dump's header marks it incomplete (the disk was full, or dumping was stopped)");
    if (file.cut_off())
        findings.add(FindingId::DumpCutOff,
                     "the flattened file lacks its end mark: it is cut off; copy it again in full");
    else if (missing > 0)
        findings.add(FindingId::DumpCutOff, "the file is cut off: " + std::to_string(missing) +
                                                " bytes of memory that its program headers announce are not in it" +
                                                (incomplete ? "" : "; copy it again in full"));
    return findings;
}

/// Notes that the kernel writes of a process, and nobody of a machine.
bool is_of_a_process(const ElfHeaders& headers) {
    constexpr std::array<std::uint32_t, 3> kOfProcess{NT_AUXV, NT_SIGINFO, NT_FILE};
    const auto of_process = [&](const Note& note) {
        return note.name == "CORE" && std::find(kOfProcess.begin(), kOfProcess.end(), note.type) != kOfProcess.end();
    };
    return vmcoreinfo_of(headers.notes).empty() && std::any_of(headers.notes.begin(), headers.notes.end(), of_process);
}

}  // namespace

SourceResult open_elf_core(const LogicalFilePtr& file) {
    std::vector<std::byte> scratch;
    auto headers = read_elf_headers({file->size(), [&](std::uint64_t offset, std::uint64_t size) {
                                         const auto part = file->view(offset, size, scratch);
                                         return part ? std::optional(*part) : std::nullopt;
                                     }});
    if (!headers) return headers.error();
    if (is_of_a_process(*headers))
        return Error{ErrorCode::Unsupported, "the core of a process, not of a machine; name the dump of the machine"};
    SourceFacts facts;
    facts.format = std::string(headers->format) + (file->flattened() ? " (flattened)" : "");
    facts.machine = headers->machine;
    facts.notes = std::move(headers->notes);
    std::vector<MappedRange> ranges;
    std::uint64_t missing = 0;
    for (const ElfLoad& load : headers->loads) {
        missing += load.announced;
        file->pieces(load.offset, load.present, [&](const LogicalFile::Piece& piece) {
            missing -= piece.data.size();
            ranges.push_back({load.phys + (piece.offset - load.offset), piece.data});
        });
        if (load.virt.value != 0) facts.segments.push_back({load.virt, load.phys, load.size});
    }
    facts.findings = findings_of(*file, headers->incomplete, missing);
    return ranged_source(MappedRanges(file->mapped(), std::move(ranges)), std::move(facts));
}

}  // namespace kstrax
