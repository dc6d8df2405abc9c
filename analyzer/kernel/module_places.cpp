// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/module_places.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostModules = 1 << 14;  // a list that leads in circles ends there
constexpr std::uint64_t kMostLooks = 1 << 17;    // at pages: 512 MiB of modules
constexpr std::uint64_t kMostSteps = 1 << 22;    // 4 times as many as all of IA-32's pages
constexpr std::uint64_t kMostDataPages = 256;    // of one module
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kAlignment = 32;   // of struct module: that of a cache line, at least
constexpr unsigned char kLastState = 3;  // MODULE_STATE_UNFORMED
constexpr std::string_view kNameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

std::uint64_t list_offset(const KernelSpace& space) { return space.architecture().word_size; }
std::size_t name_offset(const KernelSpace& space) { return std::size_t{3} * space.architecture().word_size; }

Result<std::uint64_t> word_at(KernelSpace& space, VirtAddr at) {
    std::array<std::byte, 8> bytes{};
    const auto read = space.read(at, MutableBytes(bytes).first(space.architecture().word_size));
    if (!read) return read.error();
    return *copy_record<std::uint64_t>(bytes);
}

/// Does its neighbour in the list point back to it? The name stands elsewhere, too, and the same
/// memory may be mapped at another address.
bool in_a_list(KernelSpace& space, VirtAddr module) {
    const std::uint64_t own = module.value + list_offset(space);
    const auto next = word_at(space, {own});
    if (!next) return false;
    const auto back = word_at(space, {*next + space.architecture().word_size});
    return back && *back == own;
}

/// False for a page that cannot be read: the search skips it, because its content is not known.
bool read_page(KernelSpace& space, std::uint64_t at, std::array<std::byte, kSmallestPage>& page) {
    return space.read({at}, page).ok();
}

/// How many bytes from `at` on page tables map in one piece, or do not map at all.
struct Mapped {
    std::optional<PhysAddr> small;       // mapped by the last level
    std::uint64_t left = kSmallestPage;  // bytes from `at` to the end of the entry's range
};
Mapped mapped_at(KernelSpace& space, std::uint64_t at) {
    const Translation found = space.translate({at});
    const auto& levels = space.tables().form->levels;
    Mapped mapped;
    if (found.walk.step_count == 0) return {std::nullopt, ~std::uint64_t{0}};  // no table reaches there, nor further
    const std::uint64_t span = std::uint64_t{1} << levels[found.walk.step_count - 1].shift;
    if (found.walk.step_count == space.tables().form->level_count) mapped.small = found.phys;
    mapped.left = mapped.small ? kSmallestPage : std::max(span - at % span, kSmallestPage);
    return mapped;
}

/// What lies between virtual and physical addresses in the kernel's image, and on IA-32 in all of
/// the memory that is mapped for ever: no module lies there.
std::optional<std::uint64_t> image_distance(const KernelSpace& space) {
    const auto directory = space.vmcoreinfo().symbol("swapper_pg_dir");
    return directory ? std::optional(*directory - space.tables().root.value) : std::nullopt;
}

/// Shows the small pages of the modules' area, until `look` finds a module in one. `what` is sought, for messages.
Result<ModulePlace> search_modules(
    KernelSpace& space, std::string_view what,
    const std::function<std::optional<VirtAddr>(std::uint64_t here, std::string_view text)>& look) {
    const Architecture& architecture = space.architecture();
    const auto image = image_distance(space);
    ModulePlace place;
    std::array<std::byte, kSmallestPage> page{};
    std::uint64_t steps = 0;
    for (std::uint64_t at = architecture.modules_first.value; at < architecture.modules_last.value;) {
        if (++steps > kMostSteps) return Error{ErrorCode::Corrupt, "the page tables lead in circles"};
        const Mapped mapped = mapped_at(space, at);
        const std::uint64_t here = at;
        if (mapped.left > architecture.modules_last.value - at) break;
        at += mapped.left;
        if (!mapped.small || here - mapped.small->value == image || !read_page(space, here, page)) continue;
        if (++place.looks > kMostLooks)
            return Error{ErrorCode::Unsupported, fmt::format("more than {} pages are mapped there", kMostLooks)};
        if (const auto found = look(here, as_text(page))) {
            place.at = *found;
            return place;
        }
    }
    return Error{ErrorCode::NotFound,
                 fmt::format("no {} in the {} pages of the modules' area leads there", what, place.looks)};
}

}  // namespace

bool may_name_a_module(std::string_view text) {
    return !text.empty() && text.find_first_not_of(kNameBytes) == text.npos;
}

Result<ModulePlace> module_in_list(KernelSpace& space, VirtAddr head, std::string_view name) {
    ModulePlace place;
    std::array<std::byte, kLongestName> text{};
    VirtAddr node = head;
    for (; place.looks < kMostModules; ++place.looks) {
        const auto next = word_at(space, node);
        if (!next) return next.error().in(fmt::format("the list of modules breaks off after {}", place.looks));
        node = {*next};
        if (node == head)
            return Error{ErrorCode::NotFound, fmt::format("{} is not among the {} modules", name, place.looks)};
        place.at = {node.value - list_offset(space)};
        if (!space.read({place.at.value + name_offset(space)}, text)) continue;
        if (bounded_text(as_text(text)) == name) return place;
    }
    return Error{ErrorCode::Corrupt, fmt::format("the list of modules has no end after {}", place.looks)};
}

Result<ModulePlace> module_in_memory(KernelSpace& space, std::string_view name,
                                     const std::function<bool(VirtAddr)>& is_it) {
    const std::string wanted = std::string(name) + '\0';
    const std::size_t step = space.architecture().word_size;
    const auto look = [&](std::uint64_t here, std::string_view text) -> std::optional<VirtAddr> {
        for (std::size_t found = text.find(wanted); found != text.npos; found = text.find(wanted, found + 1)) {
            if (found % step != 0 || found < name_offset(space)) continue;
            const VirtAddr module{here + found - name_offset(space)};
            if (in_a_list(space, module) && is_it(module)) return module;
        }
        return std::nullopt;
    };
    return search_modules(space, name, look);
}

Result<ModulePlace> any_module_in_memory(KernelSpace& space, const std::function<bool(VirtAddr)>& is_it) {
    const auto look = [&](std::uint64_t here, std::string_view text) -> std::optional<VirtAddr> {
        for (std::size_t at = 0; at + name_offset(space) + kLongestName <= text.size(); at += kAlignment) {
            const std::string_view name = text.substr(at + name_offset(space), kLongestName);
            const std::size_t length = name.find('\0');
            if (length == name.npos || !may_name_a_module(name.substr(0, length))) continue;
            if (static_cast<unsigned char>(text[at]) > kLastState) continue;
            if (in_a_list(space, {here + at}) && is_it({here + at})) return VirtAddr{here + at};
        }
        return std::nullopt;
    };
    return search_modules(space, "module", look);
}

bool each_word_of_module(KernelSpace& space, VirtAddr module, const std::function<bool(std::uint64_t word)>& visit) {
    const std::size_t size = space.architecture().word_size;
    std::array<std::byte, kSmallestPage> page{};
    const auto look = [&](std::uint64_t at) -> std::optional<bool> {
        if (!read_page(space, at, page)) return std::nullopt;
        for (std::size_t offset = 0; offset < kSmallestPage; offset += size) {
            std::uint64_t word = 0;
            std::memcpy(&word, page.data() + offset, size);
            if (visit(word)) return true;
        }
        return false;
    };
    const std::uint64_t first = module.value / kSmallestPage * kSmallestPage;
    for (const std::int64_t step : {std::int64_t{1}, std::int64_t{-1}}) {
        std::uint64_t at = step > 0 ? first : first - kSmallestPage;
        for (std::uint64_t pages = 0; pages < kMostDataPages;
             ++pages, at += static_cast<std::uint64_t>(step) * kSmallestPage) {
            const auto found = look(at);
            if (!found) break;
            if (*found) return true;
        }
    }
    return false;
}

}  // namespace kstrax
