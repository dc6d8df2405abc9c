// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/statistics/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kstrax {

namespace {

constexpr unsigned kPartBits = 6;
constexpr unsigned kParts = 1U << kPartBits;

struct Place {
    unsigned power;
    unsigned part;
};

Place place_of(Nanos value) {
    if (value < kParts) return {0, static_cast<unsigned>(value)};
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kPartBits;
    return {shift + 1, static_cast<unsigned>(value >> shift) - kParts};
}

/// The middle of a bucket.
Nanos middle_of(Place place) {
    if (place.power == 0) return place.part;
    const unsigned shift = place.power - 1;
    return ((Nanos{kParts} + place.part) << shift) + ((Nanos{1} << shift) >> 1);
}

}  // namespace

void Sketch::add(Nanos value) {
    const Place place = place_of(value);
    if (powers_.size() <= place.power) powers_.resize(place.power + 1);
    if (powers_[place.power].empty()) powers_[place.power].resize(kParts);
    ++powers_[place.power][place.part];
    ++count_;
}

void Sketch::add(const Sketch& other) {
    if (powers_.size() < other.powers_.size()) powers_.resize(other.powers_.size());
    for (std::size_t power = 0; power < other.powers_.size(); ++power) {
        if (other.powers_[power].empty()) continue;
        if (powers_[power].empty()) powers_[power].resize(kParts);
        for (std::size_t part = 0; part < kParts; ++part) powers_[power][part] += other.powers_[power][part];
    }
    count_ += other.count_;
}

Nanos Sketch::quantile(double share) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (unsigned power = 0; power < powers_.size(); ++power)
        for (unsigned part = 0; part < powers_[power].size(); ++part) {
            seen += powers_[power][part];
            if (seen >= std::max<std::uint64_t>(rank, 1)) return middle_of({power, part});
        }
    return 0;
}

std::uint64_t Sketch::of_power_of_two(unsigned n) const {
    std::uint64_t sum = 0;
    if (n >= kPartBits) {
        const unsigned power = n - kPartBits + 1;
        if (power < powers_.size())
            for (const std::uint64_t count : powers_[power]) sum += count;
        return sum;
    }
    if (powers_.empty() || powers_[0].empty()) return 0;
    const std::size_t begin = n == 0 ? 0 : std::size_t{1} << n;
    for (std::size_t value = begin; value < std::size_t{2} << n; ++value) sum += powers_[0][value];
    return sum;
}

}  // namespace kstrax
