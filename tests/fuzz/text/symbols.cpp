// SPDX-License-Identifier: GPL-2.0-or-later
// Symbol files: System.map, nm's output.
#include "analyzer/address/symbol_file.hpp"
#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) {
    for (const char* info : {"", "SYMBOL(_stext)=ffffffff99000000\nKERNELOFFSET=18000000\n"}) {
        const SymbolFile file(std::string(as_text(bytes)), Vmcoreinfo(info));
        for (const char* name : {"_stext", "ring_of_cpu", "", "twice", "0"})
            if (const auto found = file.find(name); !found)
                require(found.error().code == ErrorCode::Usage, "a mistake is the user's");
        (void)file.moved();
    }
}

std::vector<std::string> seeds() {
    return {
        "ffffffff81000000 T _stext\nffffffff81000000 T _text\nffffffff82000000 d ring_of_cpu\n"
        "ffffffff82000010 d twice\nffffffff82000020 d twice\n",
        "                 U undefined\n0000000000000000 A fixed_percpu_data\nc1000000 T _stext\t[module]\r\n"};
}

}  // namespace

extern const Target kSymbols;
const Target kSymbols{"symbols", 2048, run, seeds};

}  // namespace kstrax::fuzz
