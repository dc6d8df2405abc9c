// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/qmp_connection.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace kstrax {

namespace {

using Clock = std::chrono::steady_clock;

Error system_error(const char* what) { return {ErrorCode::Io, fmt::format("{}: {}", what, std::strerror(errno))}; }

std::string seconds(std::chrono::milliseconds time) {
    return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

Error no_greeting(std::chrono::milliseconds waited) {
    return {ErrorCode::Io, fmt::format("no greeting in {}: QEMU serves one client at a time on a QMP socket; is "
                                       "another one connected? Give QEMU a second -qmp",
                                       seconds(waited))};
}

}  // namespace

Result<QmpConnection> QmpConnection::open(const std::string& path, QmpLimits limits) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{ErrorCode::Io, fmt::format("a socket's path has at most {} bytes", sizeof address.sun_path - 1)};
    std::ranges::copy(path, address.sun_path);
    OwnedDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return system_error("cannot make a socket");
    if (::connect(socket.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) != 0)
        return errno == EAGAIN ? no_greeting(std::chrono::milliseconds(0)) : system_error("cannot connect");
    return over(std::move(socket), limits);
}

Result<QmpConnection> QmpConnection::over(OwnedDescriptor socket, QmpLimits limits) {
    QmpConnection connection(std::move(socket), limits);
    auto until = Clock::now() + limits.answer;
    const auto greeting = connection.next({}, until);
    if (!greeting) return Clock::now() < until ? greeting.error() : no_greeting(limits.answer);
    if (greeting->kind != QmpMessage::Kind::Greeting)
        return Error{ErrorCode::Corrupt, "no greeting of QEMU's machine protocol (QMP)"};
    if (const auto ready = connection.command("qmp_capabilities"); !ready) return ready.error();
    return connection;
}

Result<JsonTree> QmpConnection::command(std::string_view name, std::string_view arguments, const Watch& watch) {
    const std::string with = arguments.empty() ? "" : fmt::format(R"(,"arguments":{})", arguments);
    if (const auto sent = send(fmt::format(R"({{"execute":"{}"{}}})"
                                           "\n",
                                           name, with));
        !sent)
        return sent.error();
    return answer(name, watch);
}

Result<void> QmpConnection::pass(const OwnedDescriptor& file, std::string_view name) {
    const std::string line = fmt::format(R"({{"execute":"getfd","arguments":{{"fdname":"{}"}}}})"
                                         "\n",
                                         name);
    if (const auto sent = send(line, file.get()); !sent) return sent.error();
    const auto taken = answer("getfd", {});
    return taken ? Result<void>() : taken.error();
}

/// Lines are short: a peer that leaves no room for one does not listen.
Result<void> QmpConnection::send(std::string_view line, int file) {
    iovec part{const_cast<char*>(line.data()), line.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof file)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (file >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof file);
        std::memcpy(CMSG_DATA(header), &file, sizeof file);
    }
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(line.size())) return {};
    if (sent < 0 && errno != EAGAIN) return system_error("cannot send a command");
    return Error{ErrorCode::Io, "QEMU does not take commands"};
}

/// Events stand between answers; a command is asked when the one before it was answered.
Result<JsonTree> QmpConnection::answer(std::string_view name, const Watch& watch) {
    auto until = Clock::now() + limits_.answer;
    for (;;) {
        auto message = next(watch, until);
        if (!message) return message.error().in(std::string(name));
        if (message->kind == QmpMessage::Kind::Answer) return std::move(message->value);
        if (message->kind == QmpMessage::Kind::Refusal)
            return Error{ErrorCode::Unsupported, fmt::format("QEMU refuses {}: {}", name, message->refusal)};
    }
}

Result<QmpMessage> QmpConnection::next(const Watch& watch, Clock::time_point& until) {
    constexpr std::chrono::milliseconds kLook{200};
    for (;;) {
        if (const std::size_t end = pending_.find('\n', looked_); end != pending_.npos) {
            const std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            looked_ = 0;
            if (line.find_first_not_of(" \t\r") == line.npos) continue;
            if (Clock::now() >= until) return Error{ErrorCode::Io, "no answer among all that QEMU says"};
            return parse_qmp_message(line);
        }
        looked_ = pending_.size();
        if (pending_.size() > kMostQmpLine) return Error{ErrorCode::Corrupt, "QEMU says a line without end"};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        if (left.count() <= 0)
            return Error{ErrorCode::Io, fmt::format("QEMU does not answer (waited {})", seconds(limits_.answer))};
        pollfd ready{socket_.get(), POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>((watch ? std::min(left, kLook) : left).count())) > 0) {
            if (const auto received = receive(); !received) return received.error();
        } else if (watch) {
            const auto goes_on = watch();
            if (!goes_on) return goes_on.error();
            if (*goes_on) until = Clock::now() + limits_.answer;
        }
    }
}

Result<void> QmpConnection::receive() {
    std::array<char, 1 << 16> part{};
    const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got == 0) return Error{ErrorCode::Io, "QEMU closed the connection"};
    if (got < 0 && errno != EINTR && errno != EAGAIN) return system_error("cannot receive");
    if (got > 0) pending_.append(part.data(), static_cast<std::size_t>(got));
    return {};
}

}  // namespace kstrax
