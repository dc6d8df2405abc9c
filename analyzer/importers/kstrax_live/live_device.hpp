// SPDX-License-Identifier: GPL-2.0-or-later
// The recorder of the running machine, through its device: formats/kstrax_device.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/recording/recorded_only.hpp"
#include "formats/kstrax_device.h"
#include "formats/layout.hpp"

namespace kstrax {

/// One CPU's ring, which its CPU goes on writing to.
struct LiveRing {
    CpuId cpu = 0;
    const volatile kstrax_cpu* descriptor = nullptr;
    const Layout* layout = nullptr;
    std::uint64_t entry_size = 0;
    std::uint64_t entries = 0;
    Bytes slots;  ///< change while they are read
};

/// Stays open until the process ends, though the object goes: a process that is
/// left out would otherwise be recorded again from the middle of its last call on.
class LiveDevice {
  public:
    /// Errors say how to mend them: no module loaded, not root, another version.
    [[nodiscard]] static Result<std::unique_ptr<LiveDevice>> open();

    LiveDevice(const LiveDevice&) = delete;
    LiveDevice& operator=(const LiveDevice&) = delete;

    /// What is true as long as the module is loaded.
    [[nodiscard]] const kstrax_facts& facts() const { return facts_; }
    [[nodiscard]] std::string_view host_name() const {
        return bounded_text({facts_.host_name, sizeof facts_.host_name});
    }
    [[nodiscard]] kstrax_filter filter() const;
    /// The same, as readers know it.
    [[nodiscard]] RecordedOnly recorded() const;
    [[nodiscard]] kstrax_end end() const;
    /// All zeros of a recorder that does not watch the clock.
    [[nodiscard]] kstrax_clock clock() const;

    /// A CPU's descriptor, as it is now.
    [[nodiscard]] const volatile kstrax_cpu& descriptor(CpuId cpu) const;
    /// Whether it has a ring: that can come at any moment, and then stays.
    [[nodiscard]] bool has_ring(CpuId cpu) const;
    /// Maps a CPU's ring into memory, where it stays until the process ends. Precondition: it has one.
    [[nodiscard]] Result<LiveRing> map_ring(CpuId cpu);

    /// Only one command at a time changes the filter: held until the process ends.
    Result<void> lock_filter();
    Result<void> record_only(const RecordedOnly& only);

    /// From now on the cursors are ours; fails while another program has them.
    Result<void> consume();
    /// All positions before this one are safe elsewhere.
    Result<void> take(CpuId cpu, std::uint64_t position);
    /// Our own calls are not recorded from the next one on.
    Result<void> leave_us_out();

  private:
    LiveDevice(int fd, Bytes block, const kstrax_facts& facts) : fd_(fd), block_(block), facts_(facts) {}

    int fd_;
    Bytes block_;  // anchor and descriptors; their counters change while they are read
    kstrax_facts facts_;
};

}  // namespace kstrax
