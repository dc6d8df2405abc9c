// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kFrames = 300;

/// A few pages that compress, some of zeros, one that does not compress.
Memory few_pages(std::uint64_t page_size = 4096) {
    Memory memory(page_size, kFrames);
    Random random(7);
    for (const std::uint64_t frame : {3, 4, 17, 64, 200, 299}) {
        std::string page(page_size, '\0');
        if (frame == 64)
            for (char& byte : page) byte = static_cast<char>(random.next());
        else if (frame != 4 && frame != 200)
            for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<char>('a' + (i / 16 + frame) % 26);
        memory.write({frame * page_size}, as_bytes(page));
    }
    return memory;
}

struct Opened {
    explicit Opened(std::string_view bytes)
        : source(open_memory_source(MappedFile::open(folder.write("dump", bytes)).value())) {}

    [[nodiscard]] Result<void> read(std::uint64_t address, std::size_t size, std::string& out) const {
        out.assign(size, '\0');
        return (*source)->read({address}, std::as_writable_bytes(std::span(out)));
    }
    void holds(const Memory& memory) const {
        BOOST_REQUIRE(source.ok());
        BOOST_TEST((*source)->memory_size() == memory.pages().size() * memory.page_size());
        BOOST_TEST((*source)->findings().empty());
        std::string out;
        for (const auto& [frame, page] : memory.pages()) {
            const std::uint64_t address = frame * memory.page_size();
            BOOST_REQUIRE(read(address, page.size(), out).ok());
            BOOST_TEST((out == page), "frame " << frame);
            BOOST_REQUIRE(read(address + 100, 50, out).ok());
            BOOST_TEST((out == page.substr(100, 50)), "frame " << frame);
        }
        const std::map<std::uint64_t, std::string> shown = scanned();
        for (const auto& [frame, page] : memory.pages())
            if (page.find_first_not_of('\0') != page.npos)
                BOOST_TEST((shown.contains(frame) && shown.at(frame) == page), "frame " << frame);
        for (const auto& [frame, page] : shown) BOOST_TEST((memory.pages().at(frame) == page), "frame " << frame);
    }
    [[nodiscard]] std::map<std::uint64_t, std::string> scanned() const {
        std::map<std::uint64_t, std::string> pages;
        std::mutex mutex;
        const std::uint64_t size = (*source)->page_size();
        unreadable = (*source)->scan([&](PhysAddr first, Bytes bytes) {
            const std::lock_guard lock(mutex);
            BOOST_TEST(bytes.size() % size == 0U);
            for (std::size_t at = 0; at < bytes.size(); at += size)
                BOOST_TEST(pages.emplace((first.value + at) / size, as_text(bytes.subspan(at, size))).second);
        });
        return pages;
    }
    void fails(ErrorCode code, std::string_view words) const {
        BOOST_REQUIRE(!source.ok());
        BOOST_TEST((source.error().code == code), source.error().message);
        BOOST_TEST(source.error().message.find(words) != std::string::npos, source.error().message);
    }

    TempFolder folder;
    Result<std::unique_ptr<MemorySource>> source;
    mutable std::uint64_t unreadable = 0;
};

template <typename T>
std::string changed(std::string file, std::size_t at, T value) {
    return file.replace(at, sizeof value, as_text(bytes_of(value)));
}

/// The image's how-manieth page descriptor is of this frame.
std::size_t descriptor_of(const KdumpImage& image, const Memory& memory, std::uint64_t frame) {
    return image.descriptors +
           static_cast<std::size_t>(std::distance(memory.pages().begin(), memory.pages().find(frame))) * 24;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kdump)

BOOST_AUTO_TEST_CASE(every_codec_gives_the_memory_back) {
    const Memory memory = few_pages();
    for (const Codec codec : kCodecs) BOOST_TEST_CONTEXT("codec " << static_cast<unsigned>(codec)) {
            Opened(kdump_image(memory, {.codec = codec}).bytes).holds(memory);
        }
}

BOOST_AUTO_TEST_CASE(every_header_version_gives_the_memory_back) {
    const Memory memory = few_pages();
    for (std::uint32_t version = 1; version <= 6; ++version) BOOST_TEST_CONTEXT("version " << version) {
            Opened(kdump_image(memory, {.version = version}).bytes).holds(memory);
        }
}

BOOST_AUTO_TEST_CASE(every_page_size_gives_the_memory_back) {
    for (const std::uint64_t size : {4096, 8192, 16384, 65536}) BOOST_TEST_CONTEXT("pages of " << size) {
            const Memory memory = few_pages(size);
            Opened(kdump_image(memory).bytes).holds(memory);
        }
}

BOOST_AUTO_TEST_CASE(a_flattened_dump_gives_the_memory_back) {
    const Memory memory = few_pages();
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
        Opened(flattened(shuffled_records(kdump_image(memory).bytes, 700, seed))).holds(memory);
}

BOOST_AUTO_TEST_CASE(a_page_left_out_is_excluded_and_says_where) {
    const Memory memory = few_pages();
    const Opened opened(kdump_image(memory).bytes);
    std::string out;
    for (const std::uint64_t address : {0UL, 5UL * 4096, kFrames * 4096, ~0UL}) {
        const auto read = opened.read(address, 1, out);
        BOOST_REQUIRE(!read.ok());
        BOOST_TEST((read.error().code == ErrorCode::Excluded), read.error().message);
        BOOST_TEST(read.error().address.value() == address);
    }
    const auto across = opened.read(4 * 4096 + 4000, 200, out);
    BOOST_REQUIRE(!across.ok());
    BOOST_TEST(across.error().address.value() == 5U * 4096);
}

BOOST_AUTO_TEST_CASE(a_read_crosses_pages) {
    const Memory memory = few_pages();
    const Opened opened(kdump_image(memory).bytes);
    std::string out;
    BOOST_REQUIRE(opened.read(3 * 4096 + 4000, 200, out).ok());
    BOOST_TEST((out == memory.read({3 * 4096 + 4000}, 200)));
}

BOOST_AUTO_TEST_CASE(vmcoreinfo_comes_from_version_3_on) {
    const Memory memory = few_pages();
    for (std::uint32_t version = 1; version <= 6; ++version) {
        const Opened opened(kdump_image(memory, {.version = version, .vmcoreinfo = "OSRELEASE=6.1\n"}).bytes);
        BOOST_TEST((*opened.source)->vmcoreinfo() == (version >= 3 ? "OSRELEASE=6.1\n" : ""));
    }
}

BOOST_AUTO_TEST_CASE(corrupt_pages_are_counted_and_the_others_read) {
    const Memory memory = few_pages();
    for (const Codec codec : {Codec::Zlib, Codec::Lzo, Codec::Snappy, Codec::Zstd})
        BOOST_TEST_CONTEXT("codec " << static_cast<unsigned>(codec)) {
            KdumpImage image = kdump_image(memory, {.codec = codec});
            const std::size_t descriptor = descriptor_of(image, memory, 17);
            const auto offset = *copy_record<std::uint64_t>(as_bytes(image.bytes), descriptor);
            const auto size = *copy_record<std::uint32_t>(as_bytes(image.bytes), descriptor + 8);
            image.bytes.replace(offset, size, std::string(size, '\xff'));
            const Opened opened(image.bytes);
            std::string out;
            const auto read = opened.read(17 * 4096, 4096, out);
            BOOST_REQUIRE(!read.ok());
            BOOST_TEST((read.error().code == ErrorCode::Corrupt), read.error().message);
            BOOST_TEST(read.error().address.value() == 17U * 4096);
            BOOST_TEST(opened.read(299 * 4096, 4096, out).ok());
            BOOST_TEST(opened.scanned().contains(299));
            BOOST_TEST(opened.unreadable == 1U);
        }
}

BOOST_AUTO_TEST_CASE(a_page_that_expands_to_another_size_is_corrupt) {
    const Memory memory = few_pages();
    const std::string stream = compress(Codec::Plain, std::string(4096, 'x'));
    for (const Codec codec : kCodecs)
        for (const std::size_t size : {1, 4095, 4097, 20000}) {
            KdumpImage image = kdump_image(memory);
            const std::size_t descriptor = descriptor_of(image, memory, 17);
            const std::string stored = compress(codec, std::string(size, 'x'));
            image.bytes = changed(image.bytes, descriptor, std::uint64_t{image.bytes.size()});
            image.bytes = changed(image.bytes, descriptor + 8, static_cast<std::uint32_t>(stored.size()));
            image.bytes = changed(image.bytes, descriptor + 12, static_cast<std::uint32_t>(codec));
            const Opened opened(image.bytes + stored);
            std::string out;
            const auto read = opened.read(17 * 4096, 4096, out);
            BOOST_TEST((!read.ok() && read.error().code == ErrorCode::Corrupt),
                       "codec " << static_cast<unsigned>(codec) << ", size " << size);
        }
}

BOOST_AUTO_TEST_CASE(hostile_descriptors_fail_their_page_only) {
    const Memory memory = few_pages();
    const KdumpImage image = kdump_image(memory);
    const std::size_t descriptor = descriptor_of(image, memory, 17);
    for (const std::string& bytes :
         {changed(image.bytes, descriptor, ~std::uint64_t{0}), changed(image.bytes, descriptor, std::uint64_t{1} << 62),
          changed(image.bytes, descriptor + 8, ~std::uint32_t{0}),
          changed(image.bytes, descriptor + 8, std::uint32_t{0}),
          changed(image.bytes, descriptor + 12, std::uint32_t{3}),
          changed(image.bytes, descriptor + 12, ~std::uint32_t{0})}) {
        const Opened opened(bytes);
        std::string out;
        BOOST_REQUIRE(opened.source.ok());
        BOOST_TEST(!opened.read(17 * 4096, 1, out).ok());
        BOOST_TEST(opened.read(3 * 4096, 1, out).ok());
        (void)opened.scanned();
        BOOST_TEST(opened.unreadable == 1U);
    }
}

BOOST_AUTO_TEST_CASE(hostile_headers_are_refused) {
    const Memory memory = few_pages();
    const std::string good = kdump_image(memory).bytes;
    for (const std::uint32_t size : {0U, 1U, 4095U, 5000U, 1U << 31, ~0U})
        Opened(changed(good, 428, size)).fails(ErrorCode::Corrupt, "block size");
    Opened(changed(good, 4096 + 0x60, ~std::uint64_t{0})).fails(ErrorCode::Corrupt, "page frames");
    Opened(changed(good, 4096 + 0x60, std::uint64_t{1} << 40)).fails(ErrorCode::Corrupt, "page frames");
    Opened(changed(good, 436, std::uint32_t{0})).fails(ErrorCode::Corrupt, "page frames");
    Opened(changed(changed(good, 436, ~std::uint32_t{0}), 4096 + 0x60, std::uint64_t{1} << 40))
        .fails(ErrorCode::Truncated, "bitmap");
    Opened(changed(good, 432, ~std::uint32_t{0})).fails(ErrorCode::Truncated, "bitmap");
}

BOOST_AUTO_TEST_CASE(a_hostile_vmcoreinfo_is_none) {
    const Memory memory = few_pages();
    const std::string good = kdump_image(memory, {.vmcoreinfo = "OSRELEASE=6.1\n"}).bytes;
    for (const std::string& bytes :
         {changed(good, 4096 + 0x20, ~std::uint64_t{0}), changed(good, 4096 + 0x28, ~std::uint64_t{0})}) {
        const Opened opened(bytes);
        BOOST_REQUIRE(opened.source.ok());
        BOOST_TEST((*opened.source)->vmcoreinfo() == "");
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_dump_is_read_as_far_as_it_goes_and_says_so) {
    const Memory memory = few_pages();
    const KdumpImage image = kdump_image(memory);
    const Opened opened(image.bytes.substr(0, image.bytes.size() - 10));
    BOOST_REQUIRE(opened.source.ok());
    const auto damage = texts((*opened.source)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].find("cut off") != std::string::npos, damage[0]);
    std::string out;
    BOOST_TEST(opened.read(3 * 4096, 4096, out).ok());
    BOOST_TEST((opened.read(299 * 4096, 4096, out).error().code == ErrorCode::Truncated));
    (void)opened.scanned();
    BOOST_TEST(opened.unreadable == 1U);

    const Opened no_descriptors(image.bytes.substr(0, image.descriptors));
    BOOST_REQUIRE(no_descriptors.source.ok());
    BOOST_TEST((*no_descriptors.source)->findings().size() == 1U);
    Opened(image.bytes.substr(0, image.bitmap)).fails(ErrorCode::Truncated, "bitmap");
    Opened(image.bytes.substr(0, 4096)).fails(ErrorCode::Truncated, "sub-header");
}

BOOST_AUTO_TEST_CASE(a_bitmap_that_lies_is_told) {
    const Memory memory = few_pages();
    for (const std::uint64_t frame : {0, 4, 298}) {  // announced but not there, and the reverse
        KdumpImage image = kdump_image(memory);
        char& bits = image.bytes[image.bitmap + frame / 8];
        bits = static_cast<char>(bits ^ (1 << (frame % 8)));
        const Opened opened(image.bytes);
        BOOST_REQUIRE(opened.source.ok());
        const auto damage = texts((*opened.source)->findings());
        BOOST_REQUIRE(!damage.empty());
        BOOST_TEST(
            damage[0].find(frame == 4 ? "announces 5 pages, but there are descriptors for 6"
                                      : "announces 7 pages, but there are descriptors for 6") != std::string::npos,
            damage[0]);
        (void)opened.scanned();
    }
}

BOOST_AUTO_TEST_CASE(a_dump_marked_incomplete_says_so) {
    const Memory memory = few_pages();
    const Opened opened(kdump_image(memory, {.status = 1 | 8}).bytes);
    const auto damage = texts((*opened.source)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].find("incomplete") != std::string::npos, damage[0]);
}

BOOST_AUTO_TEST_CASE(a_flattened_dump_that_is_cut_off_says_so) {
    const Memory memory = few_pages();
    const std::string whole = flattened({{0, kdump_image(memory).bytes}});
    const Opened opened(whole.substr(0, whole.size() - 20));
    BOOST_REQUIRE(opened.source.ok());
    BOOST_TEST((*opened.source)->findings().size() == 1U);
    std::string out;
    BOOST_TEST(opened.read(3 * 4096, 4096, out).ok());
}

BOOST_AUTO_TEST_CASE(a_flattened_file_of_something_else_says_so) {
    Opened(flattened({{0,
                       "\x7f"
                       "ELF something"}}))
        .fails(ErrorCode::Unsupported, "flattened");
    Opened(flattened({})).fails(ErrorCode::Unsupported, "flattened");
}

BOOST_AUTO_TEST_SUITE_END()
