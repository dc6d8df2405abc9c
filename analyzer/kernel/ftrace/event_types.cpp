// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/ftrace/event_types.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

namespace {

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
          call_(member, "trace_event_call", {"list", "class", "name", "event.type", "data"}, memory_.word_size()),
          class_(member, "trace_event_class", {"system", "fields", "get_fields"}, memory_.word_size()),
          field_(member, "ftrace_event_field", {"link", "name", "type", "offset", "size", "is_signed", "len"},
                 memory_.word_size()) {
        if (const auto of_calls = member("syscall_metadata", "enter_fields")) call_fields_ = of_calls->offset;
    }

    [[nodiscard]] bool knows_enough() const {
        const bool calls =
            call_.knows(kCallList) && call_.knows(kClass) && call_.knows(kCallName) && call_.knows(kType);
        return calls && class_.knows(kSystem) && class_.knows(kFields) && knows_fields();
    }

    [[nodiscard]] std::vector<TraceEventType> read(VirtAddr list) {
        std::vector<TraceEventType> types;
        std::unordered_set<std::uint64_t> seen;
        auto node = memory_.pointer(list.value);
        for (; node && *node != list.value && types.size() < kMostTraceTypes && seen.insert(*node).second;
             node = memory_.pointer(*node))
            if (auto one = type(*node - *call_.offset(kCallList))) types.push_back(std::move(*one));
        std::ranges::sort(types, {}, &TraceEventType::id);
        return types;
    }

  private:
    [[nodiscard]] bool knows_fields() const {
        const bool text = field_.knows(kLink) && field_.knows(kName) && field_.knows(kFieldType);
        return text && field_.knows(kOffset) && field_.knows(kSize) && field_.knows(kSigned);
    }

    enum Call : std::size_t { kCallList, kClass, kCallName, kType, kData };
    enum Class : std::size_t { kSystem, kFields, kGetFields };
    enum Field : std::size_t { kLink, kName, kFieldType, kOffset, kSize, kSigned, kLength };

    [[nodiscard]] std::optional<TraceEventType> type(std::uint64_t at) {
        if (!call_.read(memory_, at)) return std::nullopt;
        TraceEventType one;
        one.id = static_cast<std::uint32_t>(call_[kType]);
        one.address = {at};
        const std::uint64_t of = call_[kClass];
        const std::uint64_t data = call_[kData];
        const auto name = event_name(call_[kCallName]);
        if (!name || one.id >= kMostTraceTypes) return std::nullopt;
        one.name = *name;
        if (!class_.read(memory_, of)) return one;
        one.system = kernel_text(memory_, class_[kSystem], kLongestName).value_or("");
        // Each call's own entry has fields of its own, which only a function of their class finds.
        const bool apart = class_[kGetFields] != 0 && call_fields_;
        one.fields = fields_of(apart ? data + *call_fields_ : of + *class_.offset(kFields));
        return one;
    }

    /// The name itself, or, of an event with a tracepoint, that one, which begins with a pointer to it. Which of them, a bit
    /// tells that lies elsewhere in each kernel; but no text begins with what is an address of the kernel's.
    [[nodiscard]] std::optional<std::string> event_name(std::uint64_t at) {
        const auto further = memory_.pointer(at);
        const std::uint64_t top = std::uint64_t{1} << (8 * memory_.word_size() - 1);
        auto name = further && (*further & top) != 0 ? kernel_text(memory_, *further, kLongestName) : std::nullopt;
        if (name && is_name(*name)) return name;
        name = kernel_text(memory_, at, kLongestName);
        return name && is_name(*name) ? name : std::nullopt;
    }

    /// Newer kernels count the elements of "char[NAME_MAX+1]".
    static std::string type_name(std::string type, std::uint32_t length) {
        const std::size_t open = type.find('[');
        const bool elsewhere = type.starts_with("__data_loc") || type.starts_with("__rel_loc");
        if (length == 0 || open == type.npos || elsewhere) return type;
        return fmt::format("{}[{}]", type.substr(0, open), length);
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
            const auto length = static_cast<std::uint32_t>(field_[kLength]);
            const auto name = kernel_text(memory_, field_[kName], kLongestName);
            if (!name || offset > kLargestField || size > kLargestField) continue;
            fields.push_back({.name = *name,
                              .type = type_name(kernel_text(memory_, type, kLongestName).value_or(""), length),
                              .offset = offset,
                              .size = size,
                              .is_signed = is_signed});
        }
        std::ranges::sort(fields, {}, &TraceField::offset);
        return fields;
    }

    KernelReader memory_;
    KernelStruct call_, class_, field_;
    std::optional<std::uint64_t> call_fields_;  // of a syscall_metadata
};

}  // namespace

Result<std::vector<TraceEventType>> read_event_types(const KernelReader& memory, const FindMember& member,
                                                     const FindSymbol& find) {
    Reader reader(memory, member);
    const auto list = find("ftrace_events");
    if (!reader.knows_enough() || !list)
        return Error{ErrorCode::NotFound, "the kernel's symbols and types do not say what its trace events are"};
    return reader.read(*list);
}

std::string read_print_format(const KernelReader& memory, const FindMember& member, VirtAddr call) {
    constexpr std::size_t kLongest = 1 << 16;
    KernelReader reader(memory);
    KernelStruct form(member, "trace_event_call", {"print_fmt"}, reader.word_size());
    if (!form.knows_all() || !form.read(reader, call.value) || form[0] == 0) return {};
    return kernel_text(reader, form[0], kLongest).value_or("");
}

}  // namespace kstrax
