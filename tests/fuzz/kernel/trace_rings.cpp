// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's trace instances and their rings. An input is patches.
#include <algorithm>

#include "analyzer/kernel/ftrace/trace_instances.hpp"
#include "tests/fuzz/kernel/kernels.hpp"
#include "tests/support/kernel/trace_kernel.hpp"

namespace kstrax::fuzz {

namespace {

struct Base {
    using Keeps = test::TraceKernel::Keeps;
    explicit Base(bool larger, Keeps keeps = Keeps::Nothing) : kernel(larger, true, keeps), types(kernel.types()) {
        constexpr std::uint64_t kLastBoot = 4;
        if (keeps != Keeps::Nothing) kernel.set(kernel.instance, "trace_array", "flags", kLastBoot);
        kernel.add("another");
    }
    test::TraceKernel kernel;
    KernelTypes types;
};

void run(Bytes bytes) {
    static const Base bases[] = {Base(false), Base(true), Base(true, Base::Keeps::Notes)};
    Input input(bytes);
    const Base& base = bases[input.byte() % std::size(bases)];
    PatchedKernel kernel(base.kernel, input);
    if (!kernel.opened()) return;
    const auto instances =
        read_trace_instances(kernel.reader(), base.types.finder(), base.kernel.find(), kSmallestPage, kernel.size());
    if (!instances) return;
    require(!instances->empty(), "there is one at least");
    for (const TraceInstance& one : *instances) {
        (void)one.empty();
        if (one.boot_before)
            require(std::ranges::is_sorted(one.boot_before->modules, {}, &ModuleThen::start), "modules are in order");
        require(one.page_size == 0 || one.page_size % kSmallestPage == 0, "pages are whole");
        for (const TraceRing& ring : one.rings)
            require(ring.pages.size() <= kernel.size() / kSmallestPage + 2, "a ring has no more pages than memory");
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t base = 0; base < 3; ++base) {
        all.push_back(packed(base));
        for (std::uint8_t page = 0; page < 12; ++page)
            for (const std::uint16_t at : std::initializer_list<std::uint16_t>{0, 64, 512, 1024})
                all.push_back(packed(base) + patch_of(page, at, std::string(16, '\x01')));
    }
    return all;
}

}  // namespace

extern const Target kTraceRings;
const Target kTraceRings{"trace-rings", 512, run, seeds};

}  // namespace kstrax::fuzz
