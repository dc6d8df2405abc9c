// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/kallsyms_search.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kDigits = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009\0"sv;
constexpr std::size_t kTokensBefore = '0';
constexpr std::size_t kTokens = 256;
constexpr std::uint64_t kImageSize = 64 << 20;
constexpr std::uint64_t kChunk = 64 << 10;
constexpr std::uint64_t kMostTokenBytes = 1 << 14;   // real ones have 0.9 KiB
constexpr std::uint64_t kMostMarkerBytes = 1 << 14;  // of a million symbols
constexpr std::uint64_t kGroup = 256;                // names between two markers
constexpr std::uint64_t kMostGroupBytes = kGroup * 130;

Error not_there(std::string_view what) {
    return {ErrorCode::NotFound, fmt::format("no tables of symbols found in the kernel's image: {}", what)};
}

/// A part of virtual memory, read once. What is not there reads as zeros: no table is taken
/// unless its parts agree with one another.
class Window {
  public:
    Window(KernelSpace& space, std::uint64_t at, std::uint64_t size) : at_(at), bytes_(static_cast<std::size_t>(size)) {
        for (std::uint64_t done = 0; done < size;) {
            const std::uint64_t part = std::min(size - done, kSmallestPage - (at + done) % kSmallestPage);
            const MutableBytes piece =
                MutableBytes(bytes_).subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(part));
            if (!space.read({at + done}, piece)) std::fill(piece.begin(), piece.end(), std::byte{0});
            done += part;
        }
    }
    [[nodiscard]] std::uint64_t begin() const { return at_; }
    [[nodiscard]] std::uint64_t end() const { return at_ + bytes_.size(); }
    [[nodiscard]] std::string_view text() const { return as_text(bytes_); }
    /// 0 outside.
    template <typename T>
    [[nodiscard]] T number(std::uint64_t at) const {
        return at < at_ ? T{0} : copy_record<T>(bytes_, at - at_).value_or(T{0});
    }

  private:
    std::uint64_t at_;
    std::vector<std::byte> bytes_;
};

std::uint64_t aligned(std::uint64_t at, std::uint64_t word) { return (at + word - 1) / word * word; }

struct TokenTable {
    std::uint64_t texts = 0, index = 0;
};

/// The table whose texts of digits are at `digits`; none if the index does not fit it.
std::optional<TokenTable> token_table(KernelSpace& space, std::uint64_t digits) {
    const std::uint64_t word = space.architecture().word_size;
    const Window ahead(space, digits - kMostTokenBytes, kMostTokenBytes);
    const Window behind(space, digits, kMostTokenBytes);
    // Back over the texts before, each with NUL behind it. The first is preceded by a marker's
    // highest byte, which is 0, too.
    const std::string_view texts = ahead.text();
    std::size_t at = texts.size();
    for (std::size_t token = 0; token < kTokensBefore; ++token) {
        if (at == 0 || texts[at - 1] != '\0') return std::nullopt;
        const std::size_t nul = at > 1 ? texts.rfind('\0', at - 2) : texts.npos;
        if (nul == texts.npos) return std::nullopt;
        at = nul + 1;
    }
    TokenTable table;
    table.texts = ahead.begin() + at;
    if (table.texts % word != 0) return std::nullopt;

    std::vector<std::uint16_t> expected;
    const std::string all = std::string(texts.substr(at)).append(behind.text());
    std::size_t next = 0;
    for (std::size_t token = 0; token < kTokens; ++token) {
        expected.push_back(static_cast<std::uint16_t>(next));
        const std::size_t nul = all.find('\0', next);
        if (nul == all.npos) return std::nullopt;
        next = nul + 1;
    }
    table.index = aligned(table.texts + next, word);
    const Window index(space, table.index, kTokens * 2);
    for (std::size_t token = 0; token < kTokens; ++token)
        if (index.number<std::uint16_t>(table.index + token * 2) != expected[token]) return std::nullopt;
    return table;
}

struct Markers {
    std::uint64_t at = 0;
    std::uint64_t count = 0;
    std::uint32_t last = 0;
};

/// Where each 256th name begins: ascending from 0, up to the tokens.
std::optional<Markers> markers_before(KernelSpace& space, std::uint64_t tokens) {
    const Window window(space, tokens - kMostMarkerBytes, kMostMarkerBytes);
    std::uint64_t at = tokens - 4;
    if (window.number<std::uint32_t>(at) == 0) at -= 4;  // padding, where their number is odd
    Markers markers;
    markers.last = window.number<std::uint32_t>(at);
    for (std::uint32_t above = markers.last; above != 0 && at > window.begin(); at -= 4) {
        const std::uint32_t here = window.number<std::uint32_t>(at - 4);
        ++markers.count;
        if (here == 0) {
            markers.at = at - 4;
            ++markers.count;
            return markers;
        }
        if (here >= above || above - here > kMostGroupBytes) return std::nullopt;
        above = here;
    }
    return std::nullopt;
}

/// Where `count` names that begin at `at` end; 0 if the window ends before.
std::uint64_t end_of_names(const Window& window, std::uint64_t at, std::uint64_t count) {
    for (; count > 0; --count) {
        if (at < window.begin() || at >= window.end()) return 0;
        at += 1 + window.number<std::uint8_t>(at);
    }
    return at;
}

}  // namespace

Result<KallsymsTables> search_kallsyms(KernelSpace& space) {
    const std::uint64_t word = space.architecture().word_size;
    const auto stext = space.vmcoreinfo().symbol("_stext");
    if (!stext) return not_there("VMCOREINFO has no _stext");
    std::optional<TokenTable> tokens;
    for (std::uint64_t at = *stext; at < *stext + kImageSize && !tokens; at += kChunk) {
        const Window chunk(space, at, kChunk + kDigits.size());
        for (std::size_t found = chunk.text().find(kDigits); found != kDigits.npos && !tokens;
             found = chunk.text().find(kDigits, found + 1))
            tokens = token_table(space, at + found);
    }
    if (!tokens) return not_there("no table of tokens");
    const auto markers = markers_before(space, tokens->texts);
    if (!markers) return not_there("no markers before the tokens");

    // The last marker tells how far back the names begin, but for the bytes of the last group; the number of
    // symbols, before them, has to agree with the markers' number and with where the names end.
    const Window group(space, markers->at - kMostGroupBytes, kMostGroupBytes);
    const std::uint64_t latest = markers->at - markers->last;
    for (std::uint64_t names = latest / word * word; latest - names < group.end() - group.begin(); names -= word) {
        std::array<std::byte, 4> bytes{};
        if (!space.read({names - word}, bytes)) continue;
        const std::uint64_t count = *copy_record<std::uint32_t>(bytes);
        if (count <= (markers->count - 1) * kGroup || count > markers->count * kGroup) continue;
        const std::uint64_t end = end_of_names(group, names + markers->last, count - (markers->count - 1) * kGroup);
        if (end == 0 || aligned(end, word) != markers->at) continue;
        KallsymsTables tables{{names}, {names - word}, {tokens->texts}, {tokens->index}, {}, VirtAddr{names - 2 * word},
                              false};
        tables.places = {names - 2 * word - aligned(count * 4, word)};
        if (Kallsyms::open(space, tables)) return tables;
        tables = {{names}, {names - word}, {tokens->texts}, {tokens->index}, {names - word - count * word}, {}, true};
        if (Kallsyms::open(space, tables)) return tables;
    }
    return not_there("no names before the markers");
}

Result<Kallsyms> find_kallsyms(KernelSpace& space) {
    if (tables_by_vmcoreinfo(space.vmcoreinfo())) return Kallsyms::open(space);
    const auto tables = search_kallsyms(space);
    if (!tables) return tables.error();
    return Kallsyms::open(space, *tables);
}

}  // namespace kstrax
