// SPDX-License-Identifier: GPL-2.0-or-later
// A vector for tables of megabytes that are read as a whole. Its pages are made at once: made at their first touch, each
// costs a fault, which on a virtual machine takes longer than all that is done with the page.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <limits>
#include <new>
#include <utility>
#include <vector>

namespace kstrax {

/// Below this many bytes, memory is like any other.
inline constexpr std::size_t kLargeMemory = 256 << 10;

template <typename T>
struct LargeAllocator {
    using value_type = T;

    LargeAllocator() = default;
    template <typename U>
    LargeAllocator(const LargeAllocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators must

    [[nodiscard]] T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
        const std::size_t size = count * sizeof(T);
        if (size < kLargeMemory) return static_cast<T*>(::operator new(size));
        void* const memory =
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        if (count * sizeof(T) < kLargeMemory) ::operator delete(memory);
        else munmap(memory, count * sizeof(T));
    }

    /// New elements without a value have none: they are about to be read.
    template <typename U>
    void construct(U* at) {
        ::new (static_cast<void*>(at)) U;
    }
    template <typename U, typename... Arguments>
    void construct(U* at, Arguments&&... arguments) {
        ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
    }

    friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;
using LargeBytes = LargeVector<std::byte>;

}  // namespace kstrax
