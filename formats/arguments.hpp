// SPDX-License-Identifier: GPL-2.0-or-later
// The meanings of the arguments of the most used system calls, so that flags, modes and signals
// can be shown by name, as strace shows them. No argument is read from memory, so the data
// behind a pointer is not shown.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace kstrax {

enum class ArgumentForm : std::uint8_t {
    Int,         ///< 32 bits, signed
    Descriptor,  ///< as Int, of an open file
    Unsigned,    ///< 32 bits
    Long,        ///< a machine word, signed
    ULong,       ///< a machine word
    Octal,       ///< 32 bits
    Bits,        ///< a machine word, hexadecimal
    Pointer,
    Named,  ///< by the values of a kind
};

/// Machines on which a name has its value. A machine is one of X86, IA64, Arm (32 or 64 bits) and Generic: none of these.
enum class ValueMachines : std::uint8_t { All, X86, IA64, Arm, NotArm, Generic };

struct NamedValue {
    std::string_view name;
    std::uint32_t value;
    ValueMachines machines;
};

/// 32-bit numbers or flags with names.
struct ValueKind {
    std::string_view name;  ///< "openflags"
    bool flags;             ///< bits, of which those in `mask` are one number
    std::uint32_t mask;
    /// How a number without a name is shown: Int, Descriptor or Bits; of flags, the bits left over.
    ArgumentForm other;
    std::span<const NamedValue> values;  ///< in the order in which flags are shown
};

struct ArgumentKind {
    ArgumentForm form = ArgumentForm::Bits;
    const ValueKind* values = nullptr;  ///< of Named

    /// May name an open file; some of its values do not.
    [[nodiscard]] bool is_descriptor() const {
        return form == ArgumentForm::Descriptor || (values != nullptr && values->other == ArgumentForm::Descriptor);
    }
};

struct CallForm {
    std::string_view call;
    std::string_view table;  ///< of SyscallTable; empty: all
    std::int8_t when = -1;   ///< the argument that must have `value` in `mask`; -1: none must
    std::uint32_t mask = 0;
    std::uint32_t value = 0;
    std::uint8_t count = 0;  ///< arguments that say something
    std::array<ArgumentKind, 6> arguments{};
    ArgumentKind returns{ArgumentForm::Long, nullptr};
};

[[nodiscard]] std::span<const ValueKind> value_kinds();
/// Of one call those with a condition first, then those for one table, then that for all.
[[nodiscard]] std::span<const CallForm> call_forms();

}  // namespace kstrax
