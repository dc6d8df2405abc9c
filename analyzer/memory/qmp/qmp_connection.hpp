// SPDX-License-Identifier: GPL-2.0-or-later
// A connection to QEMU's machine protocol: commands, and their answers.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "analyzer/memory/qmp/owned_descriptor.hpp"
#include "analyzer/memory/qmp/qmp_message.hpp"

namespace kstrax {

/// How long to wait for an answer.
struct QmpLimits {
    std::chrono::milliseconds answer{10000};
};

class QmpConnection {
  public:
    /// Fails with Io, by a message without the socket's name.
    [[nodiscard]] static Result<QmpConnection> open(const std::string& path, QmpLimits limits = {});
    /// Over a connected stream socket: takes the greeting, and asks for commands.
    [[nodiscard]] static Result<QmpConnection> over(OwnedDescriptor socket, QmpLimits limits = {});

    /// Whether a command that takes long has gone on since it was last asked; an error gives it up.
    using Watch = std::function<Result<bool>()>;

    /// The command's answer. `arguments`: a JSON object; empty: none. Fails with Unsupported, by QEMU's words, if it
    /// refuses; with Io or Corrupt if it does not answer, or not in its protocol.
    [[nodiscard]] Result<JsonTree> command(std::string_view name, std::string_view arguments = "",
                                           const Watch& watch = {});

    /// Hands a file over, for a command that names it "fd:NAME".
    [[nodiscard]] Result<void> pass(const OwnedDescriptor& file, std::string_view name);

    /// No command can be given any more.
    void close() { socket_ = OwnedDescriptor(); }

    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] const QmpLimits& limits() const { return limits_; }

  private:
    QmpConnection(OwnedDescriptor socket, QmpLimits limits) : socket_(std::move(socket)), limits_(limits) {}
    [[nodiscard]] Result<void> send(std::string_view line, int file = -1);
    [[nodiscard]] Result<JsonTree> answer(std::string_view name, const Watch& watch);
    [[nodiscard]] Result<QmpMessage> next(const Watch& watch, std::chrono::steady_clock::time_point& until);
    [[nodiscard]] Result<void> receive();

    OwnedDescriptor socket_;
    QmpLimits limits_;
    std::string pending_;     // received, and not taken yet
    std::size_t looked_ = 0;  // bytes of it that hold no end of a line
};

}  // namespace kstrax
