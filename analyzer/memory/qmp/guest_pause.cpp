// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/guest_pause.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "analyzer/sandbox/end_process.hpp"

namespace kstrax {

namespace {

using Clock = std::chrono::steady_clock;

/// What reader and keeper say to each other, a byte each.
enum Word : char {
    kStops = 's',     // the reader: from now on it may stand because of us
    kNoMatter = 'n',  // the reader: it stands by itself
    kEnd = 'e',       // the reader: done
    kGoesOn = 'g',    // the keeper
    kRefused = 'r',   // the keeper: QEMU does not let it go on
    kGone = 'x',      // the keeper: nobody is there to ask
};

constexpr std::string_view kContinue = "{\"execute\":\"cont\",\"id\":\"kstrax-cont\"}\n";
constexpr const char* kAnswerMark = "\"kstrax-cont\"";

// From here on: what runs between fork() and _exit() of a process that may have had threads. It calls only what is
// safe there, and takes no memory.

void close_all_but(int one, int other) {
    const auto least = static_cast<unsigned>(std::min(one, other)), most = static_cast<unsigned>(std::max(one, other));
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    if (least > 3) ::syscall(SYS_close_range, 3U, least - 1, 0);
    if (most > least + 1) ::syscall(SYS_close_range, least + 1, most - 1, 0);
    ::syscall(SYS_close_range, most + 1, ~0U, 0);
}

/// Reads answers up to that of our command, an end of each line in `line`. A dump may be under way, so it may take long.
Word answer_of(int qmp) {
    std::array<char, 4096> line{};
    std::size_t used = 0;
    for (;;) {
        pollfd ready{qmp, POLLIN, 0};
        if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return kGone;
        char c = 0;
        const ssize_t got = ::recv(qmp, &c, 1, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return kGone;
        if (got < 0) continue;
        if (c != '\n') {
            if (used + 1 < line.size()) line[used++] = c;
            continue;
        }
        line[used] = '\0';
        used = 0;
        if (std::strstr(line.data(), kAnswerMark) == nullptr) continue;
        return std::strstr(line.data(), "\"return\"") != nullptr ? kGoesOn : kRefused;
    }
}

[[noreturn]] void keep(int reader, int qmp) {
    close_all_but(reader, qmp);
    bool stops = false;
    char word = 0;
    ssize_t got = 0;
    while ((got = ::recv(reader, &word, 1, 0)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0 && word == kEnd) break;
        if (got > 0) stops = word == kStops;
    }
    const bool alone = got <= 0;
    if (!stops) end_process(0);
    const ssize_t sent = ::send(qmp, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
    const char outcome = sent == static_cast<ssize_t>(kContinue.size()) ? answer_of(qmp) : kGone;
    (void)!::send(reader, &outcome, 1, MSG_NOSIGNAL);
    constexpr std::string_view kText = "kstrax-dump: error: the guest may still stand: QEMU does not let it go on\n";
    if (alone && outcome == kRefused) (void)!::write(STDERR_FILENO, kText.data(), kText.size());
    end_process(0);
}

/// One byte of a socket, or none in that time.
std::optional<char> word_of(int socket, std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        pollfd ready{socket, POLLIN, 0};
        const int polled = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (polled < 0 && errno == EINTR) continue;
        char word = 0;
        if (polled <= 0 || ::recv(socket, &word, 1, 0) != 1) return std::nullopt;
        return word;
    }
}

void say(const OwnedDescriptor& keeper, char word) { (void)!::send(keeper.get(), &word, 1, MSG_NOSIGNAL); }

Result<std::string> status_of(QmpConnection& connection) {
    const auto status = connection.command("query-status");
    if (!status) return status.error();
    return status->get<std::string>("running", "") == "true" ? "running" : status->get<std::string>("status", "");
}

}  // namespace

Result<std::unique_ptr<GuestPause>> GuestPause::begin(QmpConnection& connection) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error{ErrorCode::Io, fmt::format("cannot make a socket: {}", std::strerror(errno))};
    OwnedDescriptor ours(ends[0]);
    const OwnedDescriptor theirs(ends[1]);
    // Whatever ends the reader from a terminal must not reach the keeper.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t process = ::fork();
    if (process == 0) keep(theirs.get(), connection.socket());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (process < 0) return Error{ErrorCode::Io, fmt::format("cannot make a process: {}", std::strerror(errno))};
    std::unique_ptr<GuestPause> pause(new GuestPause(std::move(ours), process, connection.limits().answer));
    if (const auto stopped = pause->stop(connection); !stopped) {
        const auto ended = pause->end();
        return ended ? stopped.error() : ended.error().in(stopped.error().message);
    }
    return pause;
}

/// A guest that panics or is stopped by somebody else just now stays so.
Result<void> GuestPause::stop(QmpConnection& connection) {
    const auto before = status_of(connection);
    if (!before) return before.error();
    if (*before != "running") return {};
    stopped_ = true;
    since_ = Clock::now();
    say(keeper_, kStops);
    if (const auto stop = connection.command("stop"); !stop) return stop.error();
    const auto after = status_of(connection);
    if (!after) return after.error();
    if (*after == "paused") return {};
    stopped_ = false;
    say(keeper_, kNoMatter);
    return {};
}

Result<std::chrono::nanoseconds> GuestPause::end() {
    if (!keeper_) return std::chrono::nanoseconds(0);
    const OwnedDescriptor keeper = std::exchange(keeper_, OwnedDescriptor());
    say(keeper, kEnd);
    const auto word = stopped_ ? word_of(keeper.get(), limit_) : std::optional<char>(kGoesOn);
    const auto stood = stopped_ ? Clock::now() - since_ : std::chrono::nanoseconds(0);
    // A keeper that still waits for QEMU goes on without us.
    if (word) ::waitpid(process_, nullptr, 0);
    if (word == kGoesOn) return stood;
    return Error{ErrorCode::Io, word == kGone ? "the guest is gone: QEMU closed the connection"
                                              : "the guest may still stand: QEMU does not let it go on (cont)"};
}

}  // namespace kstrax
