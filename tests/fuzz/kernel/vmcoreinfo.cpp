// SPDX-License-Identifier: GPL-2.0-or-later
// VMCOREINFO, and the address space that it leads to. An input: which machine, and the text.
#include "analyzer/address/kernel_space.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/rings/ring_image.hpp"

namespace kstrax::fuzz {

namespace {

const char* const kMachines[] = {
    "layout x86_64\ncpus 1\nentries 8\ntables \"4 levels\"\nkaslr 0x23200000\nload 0xa200000\n",
    "layout x86_64\ncpus 1\nentries 8\ntables \"5 levels\"\n",
    "layout ia32\ncpus 1\nentries 8\ntables \"PAE\"\n",
    "layout ia32\ncpus 1\nentries 8\ntables \"2 levels\"\n",
    "layout ia64\ncpus 1\nentries 8\ntables \"16 KiB pages, 3 levels\"\n",
};

const std::vector<test::RingImage>& images() {
    static const std::vector<test::RingImage> all = [] {
        std::vector<test::RingImage> made;
        for (const char* script : kMachines) made.emplace_back(script);
        return made;
    }();
    return all;
}

void run(Bytes bytes) {
    Input input(bytes);
    const test::RingImage& image = images()[input.byte() % images().size()];
    const std::string_view text = as_text(input.rest());
    const Vmcoreinfo info(text);
    for (const char* name : {"_stext", "swapper_pg_dir", ""}) {
        (void)info.value(name);
        (void)info.symbol(name);
        (void)info.number(name);
        (void)info.hexadecimal(name);
        (void)info.decimal(name);
        (void)info.config(name);
    }
    const test::MemoryView view(image.memory);
    for (const Architecture* known :
         {static_cast<const Architecture*>(nullptr), architecture_of_machine(image.machine.elf.machine)}) {
        auto space = KernelSpace::open(view, text, known);
        if (!space) {
            require(!space.error().message.empty(), "an error says what is wrong");
            continue;
        }
        require(!space->description().empty(), "a space says how it was found");
        std::byte some[64];
        for (const Span& span : space->architecture().spans)
            for (const std::uint64_t at : {span.first.value, span.last.value, image.script.cpus[0].ring_virt}) {
                const Translation translated = space->translate({at});
                require(translated.phys || !translated.why.empty(), "an address has a place or a reason");
                (void)space->read({at}, some);
            }
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t i = 0; i < images().size(); ++i) {
        const std::string& info = images()[i].machine.elf.vmcoreinfo;
        all.push_back(packed(i) + info);
        all.push_back(packed(i) + "SYMBOL(_stext)=ffffffff81000000\n" + info + "NUMBER(sme_mask)=-1\nKERNELOFFSET=");
        // Moves the root of the page tables to where no table can begin: its last entry once was read beyond its page.
        all.push_back(packed(i) + "NUMBER(phys_base)=5\n" + info);
    }
    return all;
}

}  // namespace

extern const Target kVmcoreinfo;
const Target kVmcoreinfo{"vmcoreinfo", 2048, run, seeds};

}  // namespace kstrax::fuzz
