// SPDX-License-Identifier: GPL-2.0-or-later
// Layout files; by one that is taken, a slot of exactly its size is taken apart.
#include "analyzer/recording/layout_file.hpp"
#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) {
    const auto layout = parse_layout(as_text(bytes));
    if (!layout) {
        require(layout.error().code == ErrorCode::Usage, "a mistake is the user's");
        return;
    }
    const Layout& row = layout->row;
    require(row.arg_count <= kMostArgs && row.size > 0, "a layout has its bounds");
    std::vector<std::byte> slot(row.size, std::byte{0x5a});
    const Entry entry = decode_entry(row, slot);
    (void)decode_serial(row, slot);
    (void)path_bytes(row, slot);
    std::vector<std::byte> again(row.size);
    encode_entry(row, entry, again);
}

std::vector<std::string> seeds() {
    return {
        "# a comment\narch x86_64\nsize 72\r\nserial 0 4\ntime 4 8\npid 12 4\nnr_kind 16 2\nabi 18 2\ntgid 20 4\n"
        "\targs  24 8 6",
        "arch ia32\nsize 256\nserial 200 8\ntime 0 8\npid 8 2\nnr_kind 10 2\nargs 12 1 1\n",
        "arch ia64\nsize 74\nserial 0 4\ntime 4 8\npid 12 4\nnr_kind 16 2\nargs 18 8 7\n"};
}

}  // namespace

extern const Target kLayout;
const Target kLayout{"layout", 1024, run, seeds};

}  // namespace kstrax::fuzz
