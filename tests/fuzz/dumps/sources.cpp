// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/dumps/sources.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/kdump_image.hpp"

namespace kstrax::fuzz {

namespace {

struct Seen {
    PhysAddr at;
    std::vector<std::byte> bytes;
};

/// The first pages that a scan shows.
std::vector<Seen> scanned(const MemorySource& source) {
    constexpr std::size_t kMost = 16;
    std::vector<Seen> seen;
    std::mutex mutex;
    (void)source.scan([&](PhysAddr first, Bytes pages) {
        require(first.value % kSmallestPage == 0 && pages.size() % kSmallestPage == 0, "a scan shows whole pages");
        const std::lock_guard lock(mutex);
        for (std::size_t at = 0; at < pages.size() && seen.size() < kMost; at += kSmallestPage) {
            const Bytes page = pages.subspan(at, kSmallestPage);
            seen.push_back({first + at, {page.begin(), page.end()}});
        }
    });
    return seen;
}

}  // namespace

void read_source(const SourceResult& opened) {
    if (!opened) {
        require(!opened.error().message.empty(), "an error says what is wrong");
        return;
    }
    const MemorySource& source = **opened;
    require(!source.format().empty() && source.page_size() > 0, "a source says what it is");
    (void)source.memory_size();
    (void)source.machine();
    for (const Finding& finding : source.findings()) require(!finding.text.empty(), "a finding says what is wrong");
    for (const Note& note : source.notes()) require(note.name.size() <= 1 << 16, "notes are short");
    for (const Segment& segment : source.segments()) require(segment.virt.value != 0, "unknown addresses are left out");
    (void)source.vmcoreinfo();

    std::vector<std::byte> page(kSmallestPage);
    for (const Seen& one : scanned(source)) {
        if (source.read(one.at, page)) require(page == one.bytes, "a read gives what a scan shows");
        const std::size_t part = kSmallestPage / 2 + 1;
        if (source.read(one.at + 7, MutableBytes(page).first(part)))
            require(std::equal(page.begin(), page.begin() + part, one.bytes.begin() + 7),
                    "a part is a part of the whole");
    }
    page.resize(3 * kSmallestPage);
    for (const std::uint64_t at :
         {std::uint64_t{0}, std::uint64_t{0xfff}, std::uint64_t{1} << 32, ~std::uint64_t{0} - 4})
        (void)source.read({at}, page);
}

test::Memory small_memory() {
    test::Memory memory(kSmallestPage, 16);
    memory.take();
    const PhysAddr text = memory.take(2);
    memory.write(text, as_bytes("OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n"));
    test::Random random(7);
    for (std::uint64_t at = 0; at < 64; at += 8) memory.put(text + kSmallestPage + at, random.next());
    memory.write(memory.take(), as_bytes(memory.read(text, kSmallestPage)));
    return memory;
}

std::string flat(std::string_view file, std::size_t most) {
    return test::flattened(test::shuffled_records(file, most, 1));
}

}  // namespace kstrax::fuzz
