// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel says of itself is read once and kept; what it does not say is an error of its own.
#include "analyzer/kernel/open/dumped_kernel.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/memory/source_view.hpp"
#include "tests/support/kernel/kallsyms_image.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kText = KallsymsImage::kText;

struct Opened {
    explicit Opened(const std::vector<TestSymbol>& symbols = {{kText, 'T', "_stext"},
                                                              {kText + 0x20000, 'D', "modules"},
                                                              {kText + 0x30000, 'D', "prb"}})
        : image({}, symbols), source(image.memory) {
        auto space = KernelSpace::open(source, image.vmcoreinfo);
        BOOST_TEST_REQUIRE(space.ok());
        kernel.emplace(source, std::move(*space));
    }
    KallsymsImage image;
    MemoryView source;
    std::optional<DumpedKernel> kernel;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dumped_kernel)

BOOST_AUTO_TEST_CASE(symbols_are_read_once) {
    Opened opened;
    const FindSymbol find = opened.kernel->find();
    BOOST_TEST(find("modules").value().value == kText + 0x20000);
    BOOST_TEST(find("prb").value().value == kText + 0x30000);
    opened.image.drop_page(opened.image.at("names"));
    opened.image.drop_page(opened.image.at("places"));
    BOOST_TEST(find("modules").value().value == kText + 0x20000);
    BOOST_TEST(find("prb").value().value == kText + 0x30000);
    BOOST_TEST(!find("no_such_symbol").has_value());
}

BOOST_AUTO_TEST_CASE(without_types_and_without_symbols) {
    Opened opened;
    BOOST_TEST((opened.kernel->types() == nullptr));
    BOOST_TEST(!opened.kernel->types_error().message.empty());
    const auto member = opened.kernel->member();
    BOOST_TEST_REQUIRE(!member.ok());
    BOOST_TEST(member.error().message.starts_with(opened.kernel->types_error().message));

    Opened blind;
    blind.image.drop_page(blind.image.at("tokens"));
    BOOST_TEST((blind.kernel->symbols() == nullptr));
    BOOST_TEST(!blind.kernel->symbols_error().message.empty());
    BOOST_TEST(!blind.kernel->find()("modules").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_a_finding_and_what_is_not_there_is_none) {
    Opened none;
    BOOST_TEST((none.kernel->types() == nullptr));
    BOOST_TEST(none.kernel->damage().empty());

    Opened damaged;
    const std::array<std::byte, 4> zero{};
    damaged.image.write(damaged.image.at("count"), zero);
    BOOST_TEST(damaged.kernel->damage().empty());  // it was not asked for yet
    BOOST_TEST((damaged.kernel->symbols() == nullptr));
    const Findings findings = damaged.kernel->damage();
    BOOST_TEST_REQUIRE(findings.size() == 1U);
    BOOST_TEST((findings.front().id == FindingId::KernelDamaged));
    BOOST_TEST(findings.front().text.starts_with("the kernel's symbols cannot be read: "));
    BOOST_TEST((findings.worst() == Severity::Incomplete));
}

BOOST_AUTO_TEST_SUITE_END()
