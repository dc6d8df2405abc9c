// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/open_guest.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/memory/qmp/guest_dump.hpp"
#include "analyzer/memory/qmp/guest_file.hpp"
#include "analyzer/memory/ranges/mapped_ranges.hpp"
#include "analyzer/memory/ranges/ranged_source.hpp"
#include "analyzer/memory/running_memory.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSample = std::uint64_t{1} << 20;

SourceResult open_core(const MappedFilePtr& file) {
    auto logical = LogicalFile::open(file);
    if (!logical) return logical.error();
    return open_elf_core(std::make_shared<const LogicalFile>(std::move(*logical)));
}

std::unique_ptr<MemorySource> memory_in(const GuestFile& guest, SourceFacts facts) {
    std::vector<MappedRange> ranges;
    for (const GuestRange& range : guest.ranges)
        ranges.push_back({range.start, *slice(guest.file->bytes(), range.offset, range.size)});
    return std::move(*ranged_source(MappedRanges(guest.file, std::move(ranges)), std::move(facts)));
}

/// Whether both have the same bytes there: a file of that name may be of another guest, or lie otherwise in this one.
bool agree(const MemorySource& one, const MemorySource& other, PhysAddr at, std::uint64_t size) {
    std::vector<std::byte> first(static_cast<std::size_t>(size)), second(first.size());
    return one.read(at, first) && other.read(at, second) && first == second;
}

/// Registers are of one moment: of a guest that runs, they do not fit its memory.
std::vector<Note> notes_of(const MemorySource& core, bool running) {
    std::vector<Note> notes(core.notes().begin(), core.notes().end());
    if (running) std::erase_if(notes, [](const Note& note) { return note.name != "VMCOREINFO"; });
    return notes;
}

/// Whether QEMU refuses, or says what makes no sense; there may be another way then.
bool may_go_otherwise(const Error& error) {
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::Unsupported;
}

}  // namespace

Result<std::unique_ptr<Guest>> Guest::open(const std::string& socket, const GuestRequest& request) {
    auto connection = QmpConnection::open(socket, request.limits);
    if (!connection) return connection.error().in(socket);
    std::unique_ptr<Guest> guest(new Guest(std::move(*connection), request.tell));
    const auto read = guest->read(request);
    // What is read in place needs the guest to stand still; a dump and an error do not.
    const bool in_place = read && !guest->files_.empty();
    if (!in_place)
        if (const auto went_on = guest->go_on(); !went_on)
            return (read ? went_on.error() : went_on.error().in(read.error().message)).in(socket);
    if (!read) return read.error().in(socket);
    // Who has this connection rules QEMU. What lets the guest go on has its own, and nothing else needs one.
    guest->connection_.close();
    return guest;
}

Result<void> Guest::read(const GuestRequest& request) {
    if (request.reading == GuestReading::Standing) {
        auto pause = GuestPause::begin(connection_);
        if (!pause) return pause.error();
        pause_ = std::move(*pause);
    }
    const auto opened = open_file(request.reading == GuestReading::Running);
    if (opened || !may_go_otherwise(opened.error())) return opened;
    return open_dump(opened.error().message);
}

Result<void> Guest::open_file(bool running) {
    const auto guest = find_guest_file(connection_);
    if (!guest) return guest.error();
    const GuestRange& last = guest->ranges.back();
    const std::uint64_t size = std::min(kSample, last.size);
    const PhysAddr sample = last.start + (last.size - size);
    const auto part = dump_part(connection_, sample, size);
    if (!part) return part.error();
    const auto core = open_core(*part);
    if (!core) return Error{ErrorCode::NotFound, "QEMU's dump of a part of it: " + core.error().message};
    auto memory = memory_in(
        *guest, {"guest's memory (QMP)", MemoryKind::Dump, (*core)->machine(), {}, notes_of(**core, running), {}});
    if (!running && !agree(*memory, **core, sample, size))
        return Error{ErrorCode::NotFound, "its memory file holds other memory than the guest"};
    if (running) memory = std::make_unique<RunningMemory>(std::move(memory));
    memory_ = std::move(memory);
    files_.push_back(guest->file->identity());
    return {};
}

Result<void> Guest::open_dump(const std::string& why_no_file) {
    const auto file = dump_whole(connection_, [&](const std::string& how) {
        if (tell_) tell_(fmt::format("the guest's memory cannot be read in place ({}): {}", why_no_file, how));
    });
    if (!file) return file.error();
    auto memory = open_core(*file);
    if (!memory) return memory.error().in("QEMU's dump");
    memory_ = std::move(*memory);
    return {};
}

Result<void> Guest::go_on() {
    if (!pause_) return {};
    const auto pause = std::move(pause_);
    const bool stopped = pause->stopped();
    const auto stood = pause->end();
    if (!stood) return stood.error();
    if (stopped && tell_)
        tell_(fmt::format("the guest stood for {:.1f} ms", std::chrono::duration<double, std::milli>(*stood).count()));
    return {};
}

}  // namespace kstrax
