// SPDX-License-Identifier: GPL-2.0-or-later
// A made kernel whose memory an input changes.
#pragma once

#include "analyzer/kernel/kernel_reader.hpp"
#include "tests/fuzz/patches.hpp"
#include "tests/support/kernel/typed_kernel.hpp"

namespace kstrax::fuzz {

class PatchedKernel {
  public:
    /// Takes all of the input as patches of any page. `kernel` must outlive it.
    PatchedKernel(const test::TypedKernel& kernel, Input& input)
        : memory_(kernel.memory()), view_(memory_), info_(kernel.space().vmcoreinfo().text()) {
        const std::vector<PhysAddr> places = pages_of(memory_);
        patch(input, memory_, places);
        auto space = KernelSpace::open(view_, info_);
        if (space) space_.emplace(std::move(*space));
    }
    PatchedKernel(const PatchedKernel&) = delete;
    PatchedKernel& operator=(const PatchedKernel&) = delete;

    /// Its page tables still lead somewhere.
    [[nodiscard]] bool opened() const { return space_.has_value(); }
    [[nodiscard]] KernelReader reader() { return KernelReader(*space_); }
    [[nodiscard]] KernelSpace& space() { return *space_; }
    [[nodiscard]] std::uint64_t size() const { return memory_.size(); }

  private:
    test::Memory memory_;
    test::MemoryView view_;
    std::string info_;
    std::optional<KernelSpace> space_;
};

}  // namespace kstrax::fuzz
