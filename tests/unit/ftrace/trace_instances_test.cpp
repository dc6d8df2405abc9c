// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's list of trace instances, and the rings of each.
#include "analyzer/kernel/ftrace/trace_instances.hpp"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/trace_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

class TracingKernel : public TraceKernel {
  public:
    using TraceKernel::TraceKernel;

    [[nodiscard]] Result<std::vector<TraceInstance>> read() const {
        KernelSpace own = space();
        const KernelTypes known = types();
        return read_trace_instances(KernelReader(own), known.finder(), find(), 4096, 1 << 20);
    }
    void say_cpus(std::uint64_t count) {
        const std::uint64_t at = make_bytes(4);
        put(at, count, 4);
        name("nr_cpu_ids", at);
    }
    /// "PAGE PAGE… damage" of the ring, each page by the address of its header.
    [[nodiscard]] std::string ring_text() const {
        const auto instances = read();
        BOOST_REQUIRE(instances.ok());
        BOOST_REQUIRE(instances->front().rings.size() == 1U);
        const TraceRing& one = instances->front().rings.front();
        std::string text;
        for (const TracePage& each : one.pages)
            text += fmt::format("{:x}:{}{} ", each.at.value, each.events, each.newest ? "*" : "");
        return text + one.damage;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_instances)

BOOST_AUTO_TEST_CASE(a_ring_is_read_from_the_oldest_page_to_the_one_that_is_written_to) {
    TracingKernel kernel;
    BOOST_TEST(kernel.ring_text() == "100000:5 201000:5 202000:5 203000:5* ");
    kernel.set_ring("commit_page", kernel.pages[2]);
    BOOST_TEST(kernel.ring_text() == "100000:5 201000:5 202000:5* ");
    // It has gone round.
    kernel.set_ring("commit_page", kernel.pages[0]);
    kernel.link(0, kernel.pages[1] | TraceKernel::kUpdate);
    BOOST_TEST(kernel.ring_text() == "100000:5 201000:5 202000:5 203000:5 200000:5* ");
}

BOOST_AUTO_TEST_CASE(where_the_reader_has_the_newest_page_the_others_are_empty) {
    TracingKernel kernel;
    kernel.set_ring("commit_page", kernel.reader);
    kernel.set(kernel.reader, "buffer_page", "read", 24);
    BOOST_TEST(kernel.ring_text() == "100000:5* ");
    const auto instances = kernel.read();
    BOOST_TEST(instances->front().rings.front().pages.front().read_bytes == 24U);
}

BOOST_AUTO_TEST_CASE(counters_names_and_clocks_are_told) {
    TracingKernel kernel;
    kernel.set_ring("overrun", 7);
    kernel.set_ring("commit_overrun", 8);
    kernel.set_ring("dropped_events", 9);
    kernel.set_ring("read", 10);
    kernel.add("foo");
    kernel.set(kernel.instance, "trace_array", "clock_id", 99);
    const auto instances = kernel.read();
    BOOST_REQUIRE(instances.ok());
    BOOST_REQUIRE(instances->size() == 2U);
    const TraceInstance& own = instances->front();
    BOOST_TEST(own.name.empty());
    BOOST_TEST(own.clock == "mono");
    BOOST_TEST(own.nanoseconds);
    BOOST_TEST(!own.off);
    BOOST_TEST(!own.empty());
    BOOST_TEST(own.page_size == 4096U);
    const TraceRing& ring = own.rings.front();
    BOOST_TEST(ring.cpu == 1U);
    BOOST_TEST(ring.counts.overwritten == 7U);
    BOOST_TEST(ring.counts.interrupted == 8U);
    BOOST_TEST(ring.counts.dropped == 9U);
    BOOST_TEST(ring.counts.read == 10U);
    const TraceInstance& other = instances->back();
    BOOST_TEST(other.name == "foo");
    BOOST_TEST(other.clock == "?");
    BOOST_TEST(other.empty());
    BOOST_TEST(other.rings.empty());
}

BOOST_AUTO_TEST_CASE(a_buffer_need_not_count_its_rings) {
    TracingKernel kernel(false, false);
    BOOST_TEST(kernel.ring_text() == "100000:5 201000:5 202000:5 203000:5* ");
    kernel.say_cpus(2);
    BOOST_TEST(kernel.ring_text() == "100000:5 201000:5 202000:5 203000:5* ");
    TracingKernel one(false, false);
    one.say_cpus(1);
    BOOST_TEST(one.read()->front().rings.empty());
}

BOOST_AUTO_TEST_CASE(pages_may_be_several_that_are_one) {
    TracingKernel kernel(true);
    kernel.set(kernel.buffer, "trace_buffer", "subbuf_order", 2);
    kernel.set(kernel.buffer, "trace_buffer", "record_disabled", 1 << 20);
    const auto instances = kernel.read();
    BOOST_TEST(instances->front().page_size == 16384U);
    BOOST_TEST(instances->front().off);
}

BOOST_AUTO_TEST_CASE(damaged_rings_are_read_as_far_as_they_go) {
    TracingKernel kernel;
    kernel.link(0, kernel.pages[1]);
    BOOST_TEST(kernel.ring_text() == "100000:5 none of its 4 pages is the oldest");
    kernel.link(0, 0x10 | TraceKernel::kHead);
    BOOST_TEST(kernel.ring_text() == "100000:5 its list of pages breaks off after 4");
    kernel.set_ring("commit_page", 0x1000);
    kernel.link(0, kernel.pages[1] | TraceKernel::kHead);
    BOOST_TEST(kernel.ring_text() ==
               "100000:5 201000:5 202000:5 203000:5 200000:5 the page that is written to is not among its pages");
    kernel.set_ring("reader_page", 0x10);
    BOOST_TEST(kernel.ring_text() == "its page at 0x10 is not in memory");
}

BOOST_AUTO_TEST_CASE(a_damaged_buffer_has_no_rings) {
    TracingKernel kernel;
    kernel.set(kernel.buffer, "trace_buffer", "cpus", 0x7fffffff);
    BOOST_TEST(kernel.read()->front().damage.ends_with("is damaged: it names 2147483647 CPUs"));
    kernel.set(kernel.buffer, "trace_buffer", "cpus", 2);
    kernel.set_ring("cpu", 5);
    BOOST_TEST(kernel.read()->front().damage == "the ring of CPU 1 is not in memory");
    kernel.set(kernel.instance, "trace_array", "array_buffer.buffer", 0x10);
    BOOST_TEST(kernel.read()->front().damage == "its buffer at 0x10 is not in memory");
}

BOOST_AUTO_TEST_CASE(events_of_the_boot_before_are_known_by_where_code_lay_or_by_rings_that_nobody_has_touched) {
    TracingKernel kernel(false, true, TraceKernel::Keeps::Rings);
    const auto before = [&kernel] { return kernel.read()->front().boot_before; };
    BOOST_TEST(kernel.read()->front().persistent);
    BOOST_TEST(!before());
    kernel.set(kernel.instance, "trace_array", "text_delta", 0xfffffffffff00000);
    BOOST_TEST_REQUIRE(before().has_value());
    BOOST_TEST(before()->text_moved == -0x100000);
    BOOST_TEST(!before()->has_notes);
    kernel.set(kernel.instance, "trace_array", "text_delta", 0);
    kernel.set_ring("write_stamp", 0);
    BOOST_TEST(before().has_value());
    kernel.set(kernel.instance, "trace_array", "range_addr_start", 0);
    BOOST_TEST(!before());
    BOOST_TEST(!kernel.read()->front().persistent);
}

BOOST_AUTO_TEST_CASE(newer_kernels_say_whose_the_events_are_and_note_where_modules_lay) {
    TracingKernel kernel(false, true, TraceKernel::Keeps::Notes);
    const auto before = [&kernel] { return kernel.read()->front().boot_before; };
    kernel.set(kernel.instance, "trace_array", "text_delta", 0x1000);
    kernel.set_ring("write_stamp", 0);
    BOOST_TEST(!before());
    constexpr std::uint64_t kLastBoot = 4;
    kernel.set(kernel.instance, "trace_array", "flags", kLastBoot);
    BOOST_TEST_REQUIRE(before().has_value());
    const BootBefore found = *before();
    BOOST_TEST(found.has_notes);
    BOOST_TEST(found.damage.empty());
    BOOST_TEST_REQUIRE(found.modules.size() == 2U);
    BOOST_TEST(found.modules[0].name == "first");
    BOOST_TEST(found.modules[1].start == 0xc0800000U);
}

BOOST_AUTO_TEST_CASE(damaged_notes_are_told) {
    TracingKernel kernel(false, true, TraceKernel::Keeps::Notes);
    kernel.set(kernel.instance, "trace_array", "flags", 4);
    const auto damage = [&kernel] { return kernel.read()->front().boot_before->damage; };
    kernel.set(kernel.scratch, "trace_scratch", "nr_entries", 3);
    BOOST_TEST(damage().ends_with(" are damaged: they name 3 modules"));
    kernel.set(kernel.scratch, "trace_scratch", "nr_entries", ~std::uint64_t{0});
    BOOST_TEST(damage().ends_with(" are damaged: they name 18446744073709551615 modules"));
    kernel.set(kernel.instance, "trace_array", "scratch_size", 8);
    BOOST_TEST(damage().ends_with(" modules"));
    kernel.set(kernel.instance, "trace_array", "scratch", 0x10);
    BOOST_TEST(damage() == "the notes of the boot before at 0x10 are not in memory");
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_an_instance_behind_the_others) {
    TracingKernel kernel;
    kernel.set(kernel.instance, "trace_array", "max_buffer.buffer", kernel.buffer);
    kernel.add("foo");
    const auto instances = kernel.read();
    BOOST_TEST_REQUIRE(instances->size() == 3U);
    BOOST_TEST((*instances)[1].name == "foo");
    const TraceInstance& kept = instances->back();
    BOOST_TEST(kept.name == "/snapshot");
    BOOST_TEST(kept.clock == "mono");
    BOOST_TEST(kept.off);
    BOOST_TEST(kept.rings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_kernel_without_them_is_told) {
    TracingKernel kernel;
    kernel.forget("ftrace_trace_arrays");
    BOOST_TEST(kernel.read().error().message == "the kernel's symbols have no trace instances (ftrace_trace_arrays)");
    TypedKernel other({{"list_head", 16, {{"next", "ptr", 0}}}});
    KernelSpace space = other.space();
    const KernelTypes types = other.types();
    const auto none = read_trace_instances(KernelReader(space), types.finder(), other.find(), 4096, 1 << 20);
    BOOST_TEST(none.error().message == "the kernel's types do not say how its trace rings are made");
}

BOOST_AUTO_TEST_SUITE_END()
