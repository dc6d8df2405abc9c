// SPDX-License-Identifier: GPL-2.0-or-later
// Files that may well hold memory, but wrapped in something else: named for what
// they are, with the tool that unpacks them. Magic numbers: by file(1)'s, and each
// format's own description.
#include <algorithm>
#include <array>
#include <string_view>

#include "analyzer/memory/codecs.hpp"
#include "analyzer/memory/formats.hpp"

namespace kstrax {

namespace {

using namespace std::string_view_literals;

struct KnownFile {
    std::string_view magic;  // at the start
    const char* what;
    const char* mend;
};

constexpr std::array kKnown{
    KnownFile{"\x1f\x8b\x08"sv, "compressed by gzip", "unpack it first: gunzip, or zcat FILE > DUMP"},
    KnownFile{"\xfd\x37zXZ\0"sv, "compressed by xz", "unpack it first: unxz, or xzcat FILE > DUMP"},
    KnownFile{"\x28\xb5\x2f\xfd"sv, "compressed by zstd", "unpack it first: unzstd, or zstdcat FILE > DUMP"},
    KnownFile{"\x04\x22\x4d\x18"sv, "compressed by lz4", "unpack it first: unlz4, or lz4cat FILE > DUMP"},
    KnownFile{"BZh"sv, "compressed by bzip2", "unpack it first: bunzip2, or bzcat FILE > DUMP"},
    KnownFile{"\x89LZO\0\r\n\x1a\n"sv, "compressed by lzop", "unpack it first: lzop -d FILE"},
    KnownFile{"LZIP"sv, "compressed by lzip", "unpack it first: lzip -d FILE"},
    KnownFile{"LRZI"sv, "compressed by lrzip", "unpack it first: lrunzip FILE"},
    KnownFile{"7z\xbc\xaf\x27\x1c"sv, "an archive of 7-Zip", "unpack it first: 7z x FILE"},
    KnownFile{"PK\x03\x04"sv, "a zip archive", "unpack it first: unzip FILE"},
    KnownFile{"AVML\x02\0\0\0"sv, "compressed by AVML", "unpack it first: avml-convert FILE DUMP"},
    KnownFile{"EVF\x09\x0d\x0a\xff\0"sv, "an EnCase image", "unpack it first: ewfexport -f raw FILE"},
    KnownFile{"LUKS\xba\xbe"sv, "an encrypted volume (LUKS)", "open it first: cryptsetup open FILE NAME"},
    KnownFile{"Salted__"sv, "encrypted by openssl enc", "decrypt it first: openssl enc -d"},
    KnownFile{"age-encryption.org/"sv, "encrypted by age", "decrypt it first: age -d FILE > DUMP"},
    KnownFile{"-----BEGIN PGP MESSAGE"sv, "encrypted by PGP", "decrypt it first: gpg -d FILE > DUMP"},
    KnownFile{"LibvirtQemudSave"sv, "a machine saved by virsh save",
              "restore it, then: virsh dump --memory-only DOMAIN DUMP"},
    KnownFile{"QEVM"sv, "a migration stream of QEMU", "load it into QEMU (-incoming), then dump-guest-memory DUMP"},
    KnownFile{"QFI\xfb"sv, "a disk image (qcow2)", "name the dump that lies on that disk"},
    KnownFile{"\xd2\xbe\xd2\xbe"sv, "a suspended machine of VMware", "convert it first: vmss2core"},
    KnownFile{"\xd0\xbe\xd2\xbe"sv, "a suspended machine of VMware", "convert it first: vmss2core"},
    KnownFile{"PAGEDU64"sv, "a crash dump of Windows", "kstrax records Linux"},
    KnownFile{"PAGEDUMP"sv, "a crash dump of Windows", "kstrax records Linux"},
};

/// Two bytes of zlib's header may begin anything: what follows has to expand.
bool is_zlib(Bytes file) {
    constexpr std::array<std::string_view, 4> kStarts{"\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda"};
    const auto begins = [&](std::string_view start) { return as_text(file).starts_with(start); };
    return std::any_of(kStarts.begin(), kStarts.end(), begins) && expands_beyond_a_page(file);
}

}  // namespace

SourceResult refuse_known(const MappedFilePtr& file) {
    for (const KnownFile& known : kKnown)
        if (as_text(file->bytes()).starts_with(known.magic))
            return Error{ErrorCode::Unsupported, std::string("is ") + known.what + "; " + known.mend};
    if (is_zlib(file->bytes()))
        return Error{ErrorCode::Unsupported,
                     "is compressed by zlib, as LiME does with compress=1; unpack it first: pigz -d < FILE > DUMP, or "
                     "zlib-flate -uncompress < FILE > DUMP"};
    return Error{ErrorCode::NotMine, "nothing known"};
}

}  // namespace kstrax
