// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/ftrace/event_types.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostTypes = 1 << 16;  // numbers of events have 16 bits
constexpr std::size_t kMostFields = 256;
constexpr std::size_t kLongestName = 256;
constexpr std::uint32_t kLargestField = 1 << 16;

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

class Reader {
  public:
    Reader(const KernelReader& memory, const FindMember& member)
        : memory_(memory),
          call_(member, "trace_event_call", {"list", "class", "name", "event.type"}, memory_.word_size()),
          class_(member, "trace_event_class", {"system", "fields"}, memory_.word_size()),
          field_(member, "ftrace_event_field", {"link", "name", "type", "offset", "size", "is_signed"},
                 memory_.word_size()) {}

    [[nodiscard]] bool knows_all() const { return call_.knows_all() && class_.knows_all() && field_.knows_all(); }

    [[nodiscard]] std::vector<TraceEventType> read(VirtAddr list) {
        std::vector<TraceEventType> types;
        std::unordered_set<std::uint64_t> seen;
        auto node = memory_.pointer(list.value);
        for (; node && *node != list.value && types.size() < kMostTypes && seen.insert(*node).second;
             node = memory_.pointer(*node))
            if (auto one = type(*node - *call_.offset(kCallList))) types.push_back(std::move(*one));
        std::ranges::sort(types, {}, &TraceEventType::id);
        return types;
    }

  private:
    enum Call : std::size_t { kCallList, kClass, kCallName, kType };
    enum Class : std::size_t { kSystem, kFields };
    enum Field : std::size_t { kLink, kName, kFieldType, kOffset, kSize, kSigned };

    [[nodiscard]] std::optional<TraceEventType> type(std::uint64_t at) {
        if (!call_.read(memory_, at)) return std::nullopt;
        TraceEventType one;
        one.id = static_cast<std::uint32_t>(call_[kType]);
        one.address = {at};
        const std::uint64_t of = call_[kClass];
        const auto name = event_name(call_[kCallName]);
        if (!name || one.id >= kMostTypes) return std::nullopt;
        one.name = *name;
        if (!class_.read(memory_, of)) return one;
        one.system = kernel_text(memory_, class_[kSystem], kLongestName).value_or("");
        const std::uint64_t fields = of + *class_.offset(kFields);
        one.fields = fields_of(fields);
        return one;
    }

    /// The name itself, or of an event with a tracepoint that one, which begins with a pointer to it.
    [[nodiscard]] std::optional<std::string> event_name(std::uint64_t at) {
        auto name = kernel_text(memory_, at, kLongestName);
        if (name && is_name(*name)) return name;
        const auto further = memory_.pointer(at);
        if (further) name = kernel_text(memory_, *further, kLongestName);
        return further && name && is_name(*name) ? name : std::nullopt;
    }

    [[nodiscard]] std::vector<TraceField> fields_of(std::uint64_t head) {
        std::vector<TraceField> fields;
        std::size_t looks = 0;
        auto node = memory_.pointer(head);
        for (; node && *node != head && ++looks <= kMostFields; node = memory_.pointer(*node)) {
            if (!field_.read(memory_, *node - *field_.offset(kLink))) break;
            const auto offset = static_cast<std::uint32_t>(field_[kOffset]);
            const auto size = static_cast<std::uint32_t>(field_[kSize]);
            const bool is_signed = (field_[kSigned] & 1) != 0;
            const std::uint64_t type = field_[kFieldType];
            const auto name = kernel_text(memory_, field_[kName], kLongestName);
            if (!name || offset > kLargestField || size > kLargestField) continue;
            fields.push_back({.name = *name,
                              .type = kernel_text(memory_, type, kLongestName).value_or(""),
                              .offset = offset,
                              .size = size,
                              .is_signed = is_signed});
        }
        std::ranges::sort(fields, {}, &TraceField::offset);
        return fields;
    }

    KernelReader memory_;
    KernelStruct call_, class_, field_;
};

}  // namespace

bool TraceField::is_number() const {
    const bool whole = size == 1 || size == 2 || size == 4 || size == 8;
    return whole && type.find('[') == type.npos && !type.starts_with("__data_loc") && !type.starts_with("__rel_loc");
}

const TraceField* TraceEventType::field(std::string_view of) const {
    const auto found = std::ranges::find(fields, of, &TraceField::name);
    return found == fields.end() ? nullptr : &*found;
}

Result<std::vector<TraceEventType>> read_event_types(const KernelReader& memory, const FindMember& member,
                                                     const FindSymbol& find) {
    Reader reader(memory, member);
    const auto list = find("ftrace_events");
    if (!reader.knows_all() || !list)
        return Error{ErrorCode::NotFound, "the kernel's symbols and types do not say what its trace events are"};
    return reader.read(*list);
}

}  // namespace kstrax
