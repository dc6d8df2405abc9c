// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/colours.hpp"

#include <array>
#include <cmath>

namespace kstrax {

namespace {

struct Known {
    std::string_view name;
    std::uint32_t colour;
};

/// Calls that fill recordings, or that hang: no two of these look alike.
constexpr std::array kKnown{
    Known{"read", 0xc0302b},         Known{"write", 0xd0559b},
    Known{"openat", 0x6b4a36},       Known{"close", 0xb99a86},
    Known{"futex", 0x3d3d8f},        Known{"recvfrom", 0x1f5fa8},
    Known{"sendto", 0xe07b1a},       Known{"recvmsg", 0x7fb2e5},
    Known{"sendmsg", 0xf6bd7c},      Known{"poll", 0x0f9aa8},
    Known{"epoll_wait", 0x57c4cf},   Known{"select", 0x0b5f67},
    Known{"wait4", 0x2f8f46},        Known{"clock_nanosleep", 0x7a4fa3},
    Known{"nanosleep", 0xc3a8df},    Known{"fsync", 0x111111},
    Known{"ioctl", 0x8c8a12},        Known{"mmap", 0x94d194},
    Known{"munmap", 0x4d6b00},       Known{"brk", 0x7f6fd0},
    Known{"getpid", 0xd4b400},       Known{"lseek", 0xf19a94},
    Known{"execve", 0x0057ff},       Known{"clone", 0xa05000},
    Known{"rt_sigaction", 0x5f7d95}, Known{"newfstatat", 0x7d1f3f},
    Known{"accept4", 0x9fbf3f},      Known{"pread64", 0xe8697a},
    Known{"pwrite64", 0x8f2f7f},     Known{"sched_yield", 0x6fa08f},
};

/// FNV-1a: the same on every machine, whatever its standard library.
constexpr std::uint32_t hash(std::string_view text) {
    std::uint32_t value = 2166136261U;
    for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
    return value;
}

/// Hue in [0, 6), the rest in [0, 1].
std::uint32_t from_hue(double hue, double saturation, double lightness) {
    const double chroma = (1 - std::abs(2 * lightness - 1)) * saturation;
    const double second = chroma * (1 - std::abs(std::fmod(hue, 2) - 1));
    const std::array<std::array<double, 3>, 6> sectors{{{chroma, second, 0},
                                                        {second, chroma, 0},
                                                        {0, chroma, second},
                                                        {0, second, chroma},
                                                        {second, 0, chroma},
                                                        {chroma, 0, second}}};
    std::uint32_t colour = 0;
    for (const double part : sectors[static_cast<std::size_t>(hue) % sectors.size()])
        colour = colour << 8 | static_cast<std::uint32_t>(std::lround(255 * (part + lightness - chroma / 2)));
    return colour;
}

}  // namespace

std::uint32_t colour_of(std::string_view name) {
    for (const Known& known : kKnown)
        if (known.name == name) return known.colour;
    const std::uint32_t number = hash(name);
    constexpr std::array kLightness{0.30, 0.42, 0.54, 0.66};
    return from_hue(number % 360 / 60.0, 0.45 + number / 360 % 2 * 0.3, kLightness[number / 720 % kLightness.size()]);
}

}  // namespace kstrax
