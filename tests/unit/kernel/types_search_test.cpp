// SPDX-License-Identifier: GPL-2.0-or-later
// The types of a kernel whose symbols do not name them.
#include "analyzer/kernel/structure/types_search.hpp"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "tests/support/kernel/typed_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::vector<BtfStruct> kStructs{{"task_struct", 64, {{"pid", "int", 40}}}};

/// Its image is of 16 pages.
struct ImageKernel : TypedKernel {
    ImageKernel() : TypedKernel({{"of_none", 8, {{"word", "int", 0}}}}), image(make_bytes(16 * kSmallestPage)) {
        tell(fmt::format("SYMBOL(_stext)={:x}\n", image + 16));
    }
    void put_types(std::uint64_t offset, const std::vector<BtfStruct>& structs = kStructs) {
        put_text(image + offset, btf_image(structs));
    }
    /// With a header of so many bytes, which may be more or fewer than libbpf writes here.
    void put_types_headed(std::uint64_t offset, std::uint32_t length) {
        std::string btf = btf_image(kStructs);
        std::uint32_t own = 0;
        std::memcpy(&own, btf.data() + 4, sizeof own);
        btf.replace(24, own - 24, std::string(length - 24, '\0'));
        std::memcpy(btf.data() + 4, &length, sizeof length);
        put_text(image + offset, btf);
    }
    [[nodiscard]] std::string found() const {
        KernelSpace kernel = space();
        const auto types = search_kernel_types(kernel);
        if (!types) return types.error().message;
        return fmt::format("pid at {}", types->member("task_struct", "pid").value_or(Member{}).offset);
    }
    std::uint64_t image;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(types_search)

BOOST_AUTO_TEST_CASE(wherever_they_begin) {
    for (const std::uint64_t offset :
         {std::uint64_t{4}, 3 * kSmallestPage, 5 * kSmallestPage - 4, kSmallestPage - 20}) {
        ImageKernel kernel;
        kernel.put_types(offset);
        BOOST_TEST(kernel.found() == "pid at 40");
    }
}

// The kernel may be older than the headers that this is built with, and newer.
BOOST_AUTO_TEST_CASE(headers_of_all_lengths) {
    for (const std::uint32_t length : {24U, 32U, 64U}) {
        ImageKernel kernel;
        kernel.put_types_headed(4096, length);
        BOOST_TEST(kernel.found() == "pid at 40");
    }
    ImageKernel kernel;
    kernel.put_types_headed(4096, 68);
    BOOST_TEST(kernel.found() == "the kernel's image holds no BTF");
}

BOOST_AUTO_TEST_CASE(a_modules_types_are_not_the_kernels) {
    ImageKernel kernel;
    kernel.put_types(4096, {{"of_a_module", 8, {{"word", "int", 0}}}});
    BOOST_TEST(kernel.found() == "the kernel's image holds no BTF");
    kernel.put_types(9000);
    BOOST_TEST(kernel.found() == "pid at 40");
}

BOOST_AUTO_TEST_CASE(two_are_none) {
    ImageKernel kernel;
    kernel.put_types(4096);
    kernel.put_types(12000);
    BOOST_TEST(kernel.found() == "the kernel's image holds several BTFs");
}

BOOST_AUTO_TEST_CASE(damaged_or_not_there) {
    ImageKernel kernel;
    kernel.put_types(4096);
    kernel.put(kernel.image + 4096 + 12, 0xfffffff0, 4);  // bytes of types
    BOOST_TEST(kernel.found() == "the kernel's image holds no BTF");
    kernel.put_types(4096);
    kernel.drop(kernel.image + 4096);
    BOOST_TEST(kernel.found() == "the kernel's image holds no BTF");
}

BOOST_AUTO_TEST_SUITE_END()
