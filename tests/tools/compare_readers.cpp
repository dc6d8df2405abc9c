// SPDX-License-Identifier: GPL-2.0-or-later
// compare-readers DUMP...: every page that our reader has of a dump, read through
// libkdumpfile as well. Fails where they differ.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <vector>

#include "analyzer/memory/kdumpfile/kdumpfile.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

int compare(const char* path) {
    const auto file = MappedFile::open(path);
    if (!file) return 2;
    const auto ours = open_memory_source(*file);
    const auto theirs = open_through_kdumpfile(*file);
    if (!ours || !theirs) {
        fmt::print(stderr, "{}: {}\n", path, (!ours ? ours.error() : theirs.error()).message);
        return 2;
    }
    std::uint64_t pages = 0, missing = 0, different = 0;
    std::mutex mutex;
    (void)(*ours)->scan([&](PhysAddr first, Bytes bytes) {
        std::vector<std::byte> page(static_cast<std::size_t>((*theirs)->page_size()));
        for (std::size_t at = 0; at + page.size() <= bytes.size(); at += page.size()) {
            const bool there = (*theirs)->read(first + at, page).ok();
            const bool same =
                there && std::equal(page.begin(), page.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
            const std::lock_guard lock(mutex);
            ++pages;
            missing += there ? 0 : 1;
            different += there && !same ? 1 : 0;
        }
    });
    fmt::print(
        "{}: {} against {}: {} pages, {} differ, libkdumpfile lacks {}; machine {} and {}, VMCOREINFO of {} and {} "
        "bytes\n",
        path, (*ours)->format(), (*theirs)->format(), pages, different, missing, (*ours)->machine(),
        (*theirs)->machine(), (*ours)->vmcoreinfo().size(), (*theirs)->vmcoreinfo().size());
    const bool facts = (*ours)->machine() == (*theirs)->machine() && (*ours)->vmcoreinfo() == (*theirs)->vmcoreinfo();
    return pages == 0 || different > 0 || missing > 0 || !facts ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    int worst = argc > 1 ? 0 : 2;
    for (int i = 1; i < argc; ++i) worst = std::max(worst, compare(argv[i]));
    return worst;
}
