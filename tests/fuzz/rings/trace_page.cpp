// SPDX-License-Identifier: GPL-2.0-or-later
// A page of the kernel's trace rings, and what its events say. An input: the machine's form, and the page.
#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/importers/ftrace/ring_page.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/rings/ring_page_image.hpp"

namespace kstrax::fuzz {

namespace {

RingPageForm form_of(std::uint8_t choice) {
    return {.order = (choice & 1) != 0 ? std::endian::big : std::endian::little,
            .word_size = static_cast<std::uint8_t>((choice & 2) != 0 ? 4 : 8)};
}

std::vector<TraceEventType> types(std::uint32_t word) {
    TraceEventType tick{.id = 1, .system = "test", .name = "tick", .fields = {{"value", "int", 8, 4, true}}};
    TraceEventType enter{.id = 2, .system = std::string(kCallSystem), .name = "sys_enter", .fields = {}};
    enter.fields = {{"id", "long", 8, word, true}, {"args", "unsigned long[6]", 8 + word, 6 * word, false}};
    TraceEventType exit{.id = 3, .system = std::string(kCallSystem), .name = "sys_exit", .fields = {}};
    exit.fields = {{"id", "long", 8, word, true}, {"ret", "long", 8 + word, word, true}};
    return {tick, enter, exit};
}

void run(Bytes bytes) {
    Input input(bytes);
    const RingPageForm form = form_of(input.byte());
    const EventTable table(types(form.word_size), {.order = form.order, .word_size = form.word_size});
    const Bytes whole = input.rest();
    RingPage page(whole, form);
    RingEvent event;
    std::optional<std::uint32_t> before;
    while (page.next(event)) {
        require(!before || event.offset > *before, "events stand one behind the other");
        before = event.offset;
        require(
            event.data.data() >= whole.data() && event.data.data() + event.data.size() <= whole.data() + whole.size(),
            "an event's data is in its page");
        Record record;
        if (!table.decode(event.data, event.time, record)) continue;
        require(record.entry.kind == kKindEntry || record.entry.kind == kKindExit || record.entry.kind == kKindOther,
                "an event is of a kind");
        require(record.entry.nr < kCallNumbers, "a number fits a record");
    }
    require(!page.next(event), "behind the last event there is none");
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t choice = 0; choice < 4; ++choice) {
        test::RingPageImage image(1000, form_of(choice));
        for (std::uint8_t id = 0; id < 4; ++id) {
            std::vector<std::uint8_t> data(72);
            data[(choice & 1) != 0 ? 1 : 0] = id;
            image.event(id, data).time_extend(std::uint64_t{id} << 30);
        }
        image.discarded(3, 16).time_stamp(99).event(1, std::vector<std::uint8_t>(200)).end_padding();
        const auto page = image.page(1024);
        all.push_back(packed(choice) + std::string(as_text(page)));
    }
    return all;
}

}  // namespace

extern const Target kTracePage;
const Target kTracePage{"trace-page", 1100, run, seeds};

}  // namespace kstrax::fuzz
