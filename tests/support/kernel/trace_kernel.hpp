// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel whose own trace instance has one ring, of CPU 1: a reader's page and four more, in which the second is the oldest.
#pragma once

#include <array>
#include <string>

#include "tests/support/kernel/typed_kernel.hpp"

namespace kstrax::test {

class TraceKernel : public TypedKernel {
  public:
    // Bits of the link to the oldest page, and to the one that becomes it.
    static constexpr std::uint64_t kHead = 1;
    static constexpr std::uint64_t kUpdate = 2;

    /// Of an instance over a reboot.
    enum class Keeps : std::uint8_t {
        Nothing,
        Rings,  ///< as 6.12 does
        Notes,  ///< where two modules lay, too
    };

    /// `larger_pages`: its kernel knows pages that are several. `counts_cpus`: each buffer says how many rings it has.
    explicit TraceKernel(bool larger_pages = false, bool counts_cpus = true, Keeps keeps = Keeps::Nothing);

    /// Another instance; `instance` is its address.
    void add(const std::string& name);
    void link(std::size_t from, std::uint64_t to) { set(pages[from], "buffer_page", "list.next", to); }
    void set_ring(std::string_view member, std::uint64_t value) { set(ring, "ring_buffer_per_cpu", member, value); }

    std::uint64_t instance = 0, buffer = 0, ring = 0, reader = 0, scratch = 0;
    std::array<std::uint64_t, 4> pages{};

  private:
    std::uint64_t page(std::uint64_t data);
};

}  // namespace kstrax::test
