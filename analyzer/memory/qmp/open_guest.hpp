// SPDX-License-Identifier: GPL-2.0-or-later
// The memory of a guest of QEMU, by its machine protocol (QMP): from the file that it lies in, where there is one,
// and otherwise by a dump that QEMU makes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/memory/memory_source.hpp"
#include "analyzer/memory/qmp/guest_pause.hpp"
#include "analyzer/memory/qmp/guest_reading.hpp"

namespace kstrax {

struct GuestRequest {
    GuestReading reading = GuestReading::Standing;
    std::function<void(const std::string&)> tell;
    QmpLimits limits = {};
};

/// A guest that is read. What is declared last goes first: it stands as long as its memory is there.
class Guest final : public RunningGuest {
  public:
    /// Fails with Io, Corrupt or Unsupported. Then the guest is as it was before, or it is said that it is not.
    [[nodiscard]] static Result<std::unique_ptr<Guest>> open(const std::string& socket, const GuestRequest& request);

    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    /// The memory, once; it may be read until the guest goes on.
    [[nodiscard]] std::unique_ptr<MemorySource> take_memory() { return std::move(memory_); }
    /// The memory's file, which no output may replace, if it has one.
    [[nodiscard]] const std::vector<FileIdentity>& files() const { return files_; }

    [[nodiscard]] bool stands() const override { return pause_ != nullptr && pause_->stopped(); }
    /// Tells how long it stood.
    [[nodiscard]] Result<void> go_on() override;

  private:
    Guest(QmpConnection connection, std::function<void(const std::string&)> tell)
        : connection_(std::move(connection)), tell_(std::move(tell)) {}
    [[nodiscard]] Result<void> read(const GuestRequest& request);
    [[nodiscard]] Result<void> open_file(bool running);
    [[nodiscard]] Result<void> open_dump(const std::string& why_no_file);

    QmpConnection connection_;
    std::function<void(const std::string&)> tell_;
    std::vector<FileIdentity> files_;
    std::unique_ptr<MemorySource> memory_;
    std::unique_ptr<GuestPause> pause_;
};

}  // namespace kstrax
