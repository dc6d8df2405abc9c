// SPDX-License-Identifier: GPL-2.0-or-later
// Source: include/linux/page-flags.h, kernel/vmcore_info.c of Linux 6.12 to 7.2; makedumpfile.c of makedumpfile 1.7.2.
#include "analyzer/kernel/open/missing_pages.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kTypeSize = 4;
constexpr std::uint64_t kTypeShift = 24;         // of page_type, since 6.12
constexpr std::uint64_t kFirstType = 0xf0;       // below it, the word counts mappings
constexpr std::uint64_t kNoType = 0xff;          // the count is -1
constexpr std::uint64_t kTail = 1;               // of the word that leads a tail page to its head
constexpr std::uint64_t kLargestPage = 1 << 10;  // bytes of a struct page

/// What VMCOREINFO tells of for a filter to leave out, or what holds nothing of the kernel's.
constexpr std::array kLeftOut{
    std::string_view("PAGE_BUDDY_MAPCOUNT_VALUE"), std::string_view("PAGE_HUGETLB_MAPCOUNT_VALUE"),
    std::string_view("PAGE_OFFLINE_MAPCOUNT_VALUE"), std::string_view("PAGE_UNACCEPTED_MAPCOUNT_VALUE")};

/// Since 7.1 a tail page has a mask in place of its head's address, under another name in VMCOREINFO. A makedumpfile
/// that does not know that name takes the second page of a compound page for a program's.
bool has_masks(const Vmcoreinfo& info) {
    return info.value("OFFSET(page.compound_info)") && !info.value("OFFSET(page.compound_head)");
}

/// The kernel's table of pages: what each is used for.
class PageTypes {
  public:
    explicit PageTypes(KernelSpace& space) : memory_(space), has_masks_(has_masks(space.vmcoreinfo())) {
        const Vmcoreinfo& info = space.vmcoreinfo();
        const auto table = info.symbol("vmemmap");
        const auto size = info.decimal("SIZE(page)");
        const auto type = info.decimal("OFFSET(page._mapcount)");  // the same word
        const auto head = info.decimal(has_masks_ ? "OFFSET(page.compound_info)" : "OFFSET(page.compound_head)");
        // Without this number, a type is not known to lie where it does.
        if (!table || !size || !type || !head || !info.number("PAGE_SLAB_MAPCOUNT_VALUE")) return;
        if (*size > kLargestPage || *type > *size || *head > *size) return;
        table_ = *table;
        size_ = *size;
        type_ = *type;
        head_ = *head;
        for (const std::string_view name : kLeftOut)
            if (const auto value = info.number(name)) left_out_.push_back(type_of(*value));
    }

    [[nodiscard]] bool known() const { return size_ != 0; }

    [[nodiscard]] bool is_kernels(std::uint64_t frame) {
        const std::uint64_t page = table_ + frame * size_;
        const auto to_head = memory_.pointer(page + head_);
        if (!to_head) return false;
        std::uint64_t head = page;
        if ((*to_head & kTail) != 0) head = has_masks_ ? page & *to_head & ~kTail : *to_head - kTail;
        const auto word = memory_.number(head + type_, kTypeSize);
        if (!word) return false;
        const std::uint64_t type = type_of(*word);
        return type >= kFirstType && type != kNoType && std::ranges::find(left_out_, type) == left_out_.end();
    }

  private:
    static std::uint64_t type_of(std::uint64_t word) { return (word & 0xffffffff) >> kTypeShift; }

    KernelReader memory_;
    bool has_masks_;
    std::uint64_t size_ = 0;  // of a page's description; 0: not known
    std::uint64_t table_ = 0, type_ = 0, head_ = 0;
    std::vector<std::uint64_t> left_out_;
};

}  // namespace

Findings missing_kernel_pages(KernelSpace& space) {
    Findings findings;
    // By value: to ask for what they are may add to them.
    const std::vector<std::uint64_t> missing(space.missing().begin(), space.missing().end());
    if (missing.empty()) return findings;
    PageTypes types(space);
    const bool misread = has_masks(space.vmcoreinfo());
    const std::uint64_t small = (std::uint64_t{1} << space.page_shift()) / kSmallestPage;
    const auto count = static_cast<std::uint64_t>(std::ranges::count_if(
        missing, [&](std::uint64_t number) { return types.known() ? types.is_kernels(number / small) : misread; }));
    if (count == 0) return findings;
    findings.add(FindingId::KernelPagesMissing,
                 fmt::format("the dump lacks kernel pages, {} of those that were asked for: {}", count,
                             misread ? "made by a makedumpfile that does not know this kernel; with -d 23 in place of "
                                       "-d 31 it leaves them in"
                                     : "the program that filtered it has taken them for others"),
                 count);
    return findings;
}

}  // namespace kstrax
