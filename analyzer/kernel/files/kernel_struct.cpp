// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/kernel_struct.hpp"

#include <algorithm>
#include <cstring>

namespace kstrax {

namespace {

constexpr std::uint64_t kLargestStruct = 64 << 10;  // up to its last member that is read

std::optional<Member> find_first(const FindMember& find, std::string_view type, std::string_view names) {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find('|'), names.size());
        if (auto found = find(type, names.substr(0, end))) return found;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return std::nullopt;
}

}  // namespace

KernelStruct::KernelStruct(const FindMember& find, std::string_view type,
                           std::initializer_list<std::string_view> members, std::uint8_t word_size) {
    std::uint64_t last = 0;
    first_ = kLargestStruct;
    for (const std::string_view names : members) {
        auto place = find_first(find, type, names);
        if (place && (place->offset > kLargestStruct || place->size > kLargestStruct)) place.reset();
        if (place) {
            if (place->size == 0) place->size = word_size;  // a flexible array: its beginning
            first_ = std::min(first_, place->offset);
            last = std::max(last, place->offset + place->size);
        }
        places_.push_back(place);
    }
    first_ = std::min(first_, last);
    bytes_.resize(static_cast<std::size_t>(last - first_));
}

bool KernelStruct::knows_all() const {
    return std::ranges::all_of(places_, [](const auto& place) { return place.has_value(); });
}

std::optional<std::uint64_t> KernelStruct::offset(std::size_t member) const {
    return places_[member] ? std::optional(places_[member]->offset) : std::nullopt;
}

bool KernelStruct::read(KernelReader& memory, std::uint64_t at) {
    if (at != 0 && !bytes_.empty() && memory.read(at + first_, bytes_)) return true;
    std::ranges::fill(bytes_, std::byte{0});
    return false;
}

std::uint64_t KernelStruct::operator[](std::size_t member) const {
    const Bytes found = bytes(member);
    std::uint64_t value = 0;
    if (!found.empty()) std::memcpy(&value, found.data(), std::min(found.size(), sizeof value));
    return value;
}

Bytes KernelStruct::bytes(std::size_t member) const {
    const auto& place = places_[member];
    if (!place) return {};
    return Bytes(bytes_).subspan(static_cast<std::size_t>(place->offset - first_),
                                 static_cast<std::size_t>(place->size));
}

std::optional<std::string> kernel_text(KernelReader& memory, std::uint64_t at, std::size_t most) {
    std::string text;
    // The page behind a text's end may not be there.
    while (text.size() < most) {
        const std::uint64_t left = kSmallestPage - at % kSmallestPage;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>({left, most - text.size(), 256}));
        const std::size_t before = text.size();
        text.resize(before + part);
        if (!memory.read(at, std::as_writable_bytes(std::span(text).subspan(before)))) return std::nullopt;
        const std::size_t end = text.find('\0', before);
        if (end != text.npos) {
            text.resize(end);
            return text;
        }
        at += part;
    }
    return text;
}

}  // namespace kstrax
