// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/arch/register_places.hpp"

#include <array>

namespace kstrax {

namespace {

// Source: arch/x86/include/asm/ptrace.h.
constexpr std::array kIa32{
    RegisterPlace{"", 0, 68},        RegisterPlace{"bx", 0, 4},  RegisterPlace{"cx", 4, 4},  RegisterPlace{"dx", 8, 4},
    RegisterPlace{"si", 12, 4},      RegisterPlace{"di", 16, 4}, RegisterPlace{"bp", 20, 4}, RegisterPlace{"ax", 24, 4},
    RegisterPlace{"orig_ax", 44, 4}, RegisterPlace{"cs", 52, 2}, RegisterPlace{"ss", 64, 2},
};

}  // namespace

std::span<const RegisterPlace> register_places(const Architecture& architecture) {
    if (architecture.name == "ia32") return kIa32;
    return {};
}

}  // namespace kstrax
