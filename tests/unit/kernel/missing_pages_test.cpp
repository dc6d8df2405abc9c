// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that a filter has left out: which of them are the kernel's own.
#include "analyzer/kernel/open/missing_pages.hpp"

#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/typed_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kDirect = 0xffff888000000000;
constexpr std::uint64_t kPages = 4096, kSize = 64;
constexpr std::uint64_t kSlab = 0xf5000000, kBuddy = 0xf0000000, kFree = 0xffffffff;

/// With a table of pages: 64 bytes each, the word to the head at 8, the type at 48.
struct FilteredKernel : TypedKernel {
    explicit FilteredKernel(bool with_masks)
        : TypedKernel({{"list_head", 16, {{"next", "ptr", 0}}}}), masks(with_masks) {
        table = make_bytes(kPages * kSize);
        for (std::uint64_t page = 0; page < kPages; ++page) put(table + page * kSize + 48, kFree, 4);
        tell(
            fmt::format("SYMBOL(vmemmap)={:x}\nSIZE(page)=64\nOFFSET(page._mapcount)=48\nOFFSET(page.compound_{})=8\n"
                        "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n",
                        table, with_masks ? "info" : "head"));
    }

    /// Two pages of this type, of which the second is a tail; its address.
    std::uint64_t add(std::uint64_t type) {
        std::uint64_t begin = make_bytes(3 * 4096);
        begin += begin % 8192;
        const std::uint64_t head = table + (begin - kDirect) / 4096 * kSize;
        put(head + 48, type, 4);
        put(head + kSize + 8, masks ? ~std::uint64_t{127} | 1 : head + 1);
        return begin + 4096;
    }

    [[nodiscard]] Findings after_reading(const std::vector<std::uint64_t>& addresses) const {
        KernelSpace memory = space();
        std::array<std::byte, 8> bytes{};
        for (const std::uint64_t at : addresses) BOOST_TEST(!memory.read({at}, bytes).ok());
        return missing_kernel_pages(memory);
    }

    bool masks;
    std::uint64_t table = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(missing_pages)

BOOST_DATA_TEST_CASE(pages_of_slabs_are_the_kernels, bdata::make({false, true}), masks) {
    FilteredKernel kernel(masks);
    std::vector<std::uint64_t> asked;
    for (const std::uint64_t type : {kSlab, kSlab, kBuddy, kFree}) {
        asked.push_back(kernel.add(type));
        kernel.drop(asked.back());
        asked.push_back(asked.back() + 8);  // the same page
    }
    asked.push_back(kDirect - 4096);  // no page at all
    const Findings findings = kernel.after_reading(asked);
    BOOST_TEST_REQUIRE(findings.size() == 1U);
    BOOST_TEST((findings.front().id == FindingId::KernelPagesMissing));
    BOOST_TEST(findings.front().count == 2U);
    BOOST_TEST((findings.front().text.find("a makedumpfile that does not know this kernel") != std::string::npos) ==
               masks);
    BOOST_TEST(kernel.after_reading({asked.begin() + 4, asked.end()}).empty());
    BOOST_TEST(kernel.after_reading({}).empty());
}

// What nothing tells of is said only where makedumpfile is known to be wrong.
BOOST_DATA_TEST_CASE(without_a_table_of_pages, bdata::make({"info", "head"}), form) {
    TypedKernel kernel({{"list_head", 16, {{"next", "ptr", 0}}}});
    kernel.tell(fmt::format("OFFSET(page.compound_{})=8\n", form));
    const std::uint64_t at = kernel.make_bytes(4096);
    kernel.drop(at);
    KernelSpace space = kernel.space();
    std::array<std::byte, 8> bytes{};
    BOOST_TEST(!space.read({at}, bytes).ok());
    BOOST_TEST(missing_kernel_pages(space).size() == (std::string_view(form) == "info" ? 1U : 0U));
}

// A table that lies elsewhere, or is absurd.
BOOST_AUTO_TEST_CASE(a_table_that_is_not_there) {
    FilteredKernel kernel(true);
    const std::uint64_t at = kernel.add(kSlab);
    kernel.drop(at);
    for (std::uint64_t page = 0; page < kPages * kSize; page += 4096) kernel.drop(kernel.table + page);
    BOOST_TEST(kernel.after_reading({at}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
