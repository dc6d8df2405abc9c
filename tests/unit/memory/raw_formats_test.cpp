// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as it is: LiME dumps, images with and without the hole below 4 GiB, and files
// that are memory images no more.
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <mutex>
#include <numeric>
#include <set>

#include "analyzer/memory/images/pci_hole.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/dumps/lime_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Opened {
    explicit Opened(std::string_view bytes) : Opened(bytes, 0) {}
    /// Made longer by a hole.
    Opened(std::string_view bytes, std::uint64_t size) {
        const std::string path = folder.write("image", bytes);
        if (size != 0) BOOST_REQUIRE(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
        source =
            std::make_unique<Result<std::unique_ptr<MemorySource>>>(open_memory_source(MappedFile::open(path).value()));
    }
    [[nodiscard]] const MemorySource& memory() const { return *source->value(); }
    [[nodiscard]] std::string at(std::uint64_t address, std::size_t size) const {
        std::string out(size, '\0');
        return memory().read({address}, std::as_writable_bytes(std::span(out))) ? out : "absent";
    }
    void fails(std::string_view words) const {
        BOOST_REQUIRE(!source->ok());
        BOOST_TEST(source->error().message.find(words) != std::string::npos, source->error().message);
    }

    TempFolder folder;
    std::unique_ptr<Result<std::unique_ptr<MemorySource>>> source;
};

std::string page(char c) { return std::string(4096, c); }

/// The start of an image whose firmware left its tables at `rsdt`.
std::string bios_area(std::uint32_t rsdt) {
    std::string image(1 << 20, '\0');
    std::string pointer = "RSD PTR " + std::string("\0KSTRAX\0", 8);
    pointer.append(as_text(bytes_of(rsdt)));
    pointer[8] = static_cast<char>(-std::accumulate(pointer.begin(), pointer.end(), 0));
    return image.replace(0xf52d0, pointer.size(), pointer);
}
std::string root_table() {
    std::string table = "RSDT" + std::string("\x28\0\0\0\x01\0", 6) + std::string(30, 'k');
    table[9] = static_cast<char>(-std::accumulate(table.begin(), table.end(), 0));
    return table;
}

/// An image of `size` bytes, nearly all of them zeros, that holds the table at `rsdt`.
struct Image {
    Image(std::uint64_t size, std::uint32_t rsdt, const std::string& table,
          const std::vector<std::pair<std::uint64_t, std::string>>& more = {}) {
        const std::string path = folder.write("image", bios_area(rsdt));
        const int fd = ::open(path.c_str(), O_WRONLY);
        BOOST_REQUIRE(::ftruncate(fd, static_cast<off_t>(size)) == 0);
        std::vector<std::pair<std::uint64_t, std::string>> parts{{rsdt, table}, {size - 4, "last"}};
        parts.insert(parts.end(), more.begin(), more.end());
        for (const auto& [offset, text] : parts)
            BOOST_REQUIRE(::pwrite(fd, text.data(), text.size(), static_cast<off_t>(offset)) ==
                          static_cast<ssize_t>(text.size()));
        ::close(fd);
        file = MappedFile::open(path).value();
    }
    [[nodiscard]] std::uint64_t below() const { return memory_below_hole(file->bytes()).value_or(0); }
    TempFolder folder;
    MappedFilePtr file;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(raw_formats)

BOOST_AUTO_TEST_CASE(a_lime_dump_is_read_by_address) {
    Memory memory(4096);
    for (const std::uint64_t frame : {1, 2, 9, 400})
        memory.write({frame * 4096}, as_bytes(page(static_cast<char>('a' + frame % 20))));
    const Opened opened(lime_image(memory));
    BOOST_REQUIRE(opened.source->ok());
    BOOST_TEST(opened.memory().format().starts_with("LiME"));
    BOOST_TEST((opened.memory().kind() == MemoryKind::Dump));
    BOOST_TEST(opened.memory().memory_size() == 4 * 4096U);
    BOOST_TEST(opened.memory().findings().empty());
    BOOST_TEST(opened.at(2 * 4096 - 1, 2) == "bc");
    BOOST_TEST(opened.at(3 * 4096, 1) == "absent");
    BOOST_TEST(opened.at(401 * 4096 - 1, 1) == "a");
    std::set<std::uint64_t> shown;
    std::mutex mutex;
    opened.memory().scan([&](PhysAddr first, Bytes pages) {
        const std::lock_guard lock(mutex);
        for (std::size_t at = 0; at < pages.size(); at += 4096) shown.insert(first.value / 4096 + at / 4096);
    });
    BOOST_TEST((shown == std::set<std::uint64_t>{1, 2, 9, 400}));
}

BOOST_AUTO_TEST_CASE(a_damaged_lime_dump_is_read_as_far_as_it_goes) {
    const std::string one = lime_range(0x1000, page('a')), two = lime_range(0x9000, page('b'));
    const auto damaged = [&](const std::string& bytes, std::string_view words) {
        const Opened opened(bytes);
        BOOST_REQUIRE(opened.source->ok());
        BOOST_TEST(opened.at(0x1000, 4096) == page('a'));
        const auto damage = texts(opened.memory().findings());
        BOOST_REQUIRE(damage.size() == 1U);
        BOOST_TEST(damage[0].find(words) != std::string::npos, damage[0]);
        return opened.at(0x9000, 100);
    };
    BOOST_TEST(damaged(one + two.substr(0, two.size() - 1), "cut off") == page('b').substr(0, 100));
    BOOST_TEST(damaged(one + two.substr(0, 31), "cut off in the header at offset 4128") == "absent");
    for (const std::size_t at : {0U, 4U, 20U}) {  // magic, version, last address (then below the first)
        std::string bytes = two;
        bytes[at] = '\x02';
        if (at == 20) bytes.replace(16, 8, std::string(8, '\0'));
        BOOST_TEST(damaged(one + bytes, "no header of a memory range at offset 4128") == "absent");
    }
    std::string huge = one;
    huge.replace(16, 8, std::string(8, '\xff'));
    BOOST_TEST(damaged(huge, "cut off") == "absent");
    std::string empty = one;
    empty.replace(16, 8, std::string(8, '\0'));
    Opened(empty).fails("without memory");
}

BOOST_AUTO_TEST_CASE(the_firmwares_tables_tell_how_much_memory_lies_below_the_hole) {
    const std::string table = root_table();
    constexpr std::uint64_t kGiB = 1 << 30;
    BOOST_TEST((Image(3 * kGiB, 0x7ffe0100, table).below() == 0x80000000));
    BOOST_TEST((Image(15 * kGiB / 4, 0xdffe0100, table).below() == 0xe0000000));
    // Memory that ends at the hole, tables that do not stand below one, that are none.
    BOOST_TEST((Image(2 * kGiB, 0x7ffe0100, table).below() == 0U));
    BOOST_TEST((Image(3 * kGiB, 0x70000000, table).below() == 0U));
    BOOST_TEST((Image(4 * kGiB, 0xbffe1550, "RSDT").below() == 0U));
    // With the hole in it: empty (but "last" behind 4 GiB), or with the firmware at its end.
    BOOST_TEST((Image(5 * kGiB, 0xbffe1550, table).below() == 0U));
    BOOST_TEST((Image(4 * kGiB, 0xbffe1550, table, {{0xd0000000, "x"}}).below() == 0xc0000000));
    BOOST_TEST((Image(5 * kGiB, 0xbffe1550, table, {{0xd0000000, "x"}}).below() == 0xc0000000));
    BOOST_TEST((Image(5 * kGiB, 0xbffe1550, table, {{0xd0000000, "x"}, {0xfffffff0, "\xea"}}).below() == 0U));
    std::string wrong = table;
    wrong[20] = 'x';
    BOOST_TEST((Image(4 * kGiB, 0xbffe1550, wrong).below() == 0U));
    wrong = table;
    wrong[7] = '\xff';
    BOOST_TEST((Image(4 * kGiB, 0xbffe1550, wrong).below() == 0U));
}

BOOST_AUTO_TEST_CASE(memory_behind_the_hole_begins_at_4_gib) {
    constexpr std::uint64_t kGiB = 1 << 30;
    const Image image(3 * kGiB, 0x7ffe0100, root_table());
    const auto source = open_memory_source(image.file);
    BOOST_REQUIRE(source.ok());
    std::string out(4, ' ');
    const auto at = [&](std::uint64_t address) {
        return (*source)->read({address}, std::as_writable_bytes(std::span(out))) ? out : "absent";
    };
    BOOST_TEST(at(0x7ffe0100) == "RSDT");
    BOOST_TEST(at(0x80000000) == "absent");
    BOOST_TEST(at(5 * kGiB - 4) == "last");
    BOOST_TEST(at(5 * kGiB) == "absent");
    BOOST_TEST((*source)->memory_size() == 3 * kGiB);
    BOOST_TEST(((*source)->kind() == MemoryKind::RawImage));  // that a machine may run in
    BOOST_TEST(!(*source)->live());
}

BOOST_AUTO_TEST_CASE(files_that_wrap_a_dump_are_named_with_what_unwraps_them) {
    const std::string rest(1 << 20, '\0');
    Opened("\x1f\x8b\x08" + rest).fails("gunzip");
    Opened(std::string("\xfd\x37zXZ\0", 6) + rest).fails("unxz");
    Opened("\x28\xb5\x2f\xfd" + rest).fails("unzstd");
    Opened("\x04\x22\x4d\x18").fails("unlz4");
    Opened("LibvirtQemudSave" + rest).fails("virsh dump");
    Opened("LUKS\xba\xbe" + rest).fails("cryptsetup");
    Opened(std::string("AVML\2\0\0\0", 8) + rest).fails("avml-convert");
    Opened(compress(Codec::Zlib, rest) + rest).fails("compressed by zlib");
    // Two bytes alone are no stream.
    BOOST_TEST(Opened("\x78\x9c" + rest).source->ok());
}

BOOST_AUTO_TEST_CASE(noise_is_no_memory_image) {
    Random random(1);
    std::string noise(2 << 20, '\0');
    for (char& byte : noise) byte = static_cast<char>(random.next() >> 24);
    Opened(noise).fails("encrypted");
    BOOST_TEST(Opened(noise + std::string(1 << 20, '\0')).source->ok());
    BOOST_TEST(Opened(std::string(2 << 20, '\0')).source->ok());
}

BOOST_AUTO_TEST_SUITE_END()
