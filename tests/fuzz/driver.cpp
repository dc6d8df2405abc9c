// SPDX-License-Identifier: GPL-2.0-or-later
// What libFuzzer calls: the target that KSTRAX_FUZZ names.
#include <sched.h>

#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.hpp"

using namespace kstrax;

namespace {

const fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* name = std::getenv("KSTRAX_FUZZ");
    chosen = name != nullptr ? fuzz::target_named(name) : nullptr;
    if (chosen == nullptr) {
        std::fprintf(stderr, "KSTRAX_FUZZ names no target; there are:");
        for (const fuzz::Target* one : fuzz::targets()) std::fprintf(stderr, " %s", one->name.data());
        std::fprintf(stderr, "\n");
        std::exit(2);
    }
    // On one processor, readers start no threads: quicker for small inputs, and the same way each time.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(std::max(0, sched_getcpu())), &one);
    (void)sched_setaffinity(0, sizeof one, &one);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input = std::as_bytes(std::span(data, size));
    if (size <= chosen->most) chosen->run(input);
    return 0;
}
