// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/gnuplot/gnuplot.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "analyzer/sandbox/end_process.hpp"
#include "analyzer/sandbox/sandbox.hpp"

extern char** environ;

namespace kstrax {

namespace {

/// A file in memory: unlike a pipe it never makes one side wait for the other.
class MemoryFile {
  public:
    MemoryFile() : fd_(::memfd_create("kstrax-graph", MFD_CLOEXEC)) {}
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int fd() const { return fd_; }

    [[nodiscard]] bool fill(std::string_view bytes) const {
        if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) return false;
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) return false;
            if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return ::lseek(fd_, 0, SEEK_SET) == 0;
    }

    [[nodiscard]] std::string content() const {
        std::string all;
        char part[1 << 16];
        for (off_t at = 0;;) {
            const ssize_t size = ::pread(fd_, part, sizeof part, at);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return all;
            all.append(part, static_cast<std::size_t>(size));
            at += size;
        }
    }

  private:
    int fd_;
};

Error system_error(const char* what) {
    return {ErrorCode::Io, std::string("gnuplot: ") + what + ": " + std::strerror(errno)};
}

/// What it complained of: behind '"/dev/stdin" line 7: ', else the last line.
std::string complaint(const std::string& text) {
    std::size_t end = text.find_last_not_of(" \t\n^");
    if (end == text.npos) return "it said nothing";
    std::size_t begin = text.rfind('\n', end) + 1;  // 0 where there is but one line
    // The last: lines before it are warnings.
    if (const std::size_t place = text.rfind("\" line "); place != text.npos) {
        begin = std::min(text.find(": ", place), text.size() - 2) + 2;
        end = std::min(text.find('\n', begin), text.size()) - 1;
    }
    return text.substr(begin, end + 1 - begin);
}

/// What the helper answers.
struct Ended {
    int error = 0;   // that starting gnuplot met; 0: it ran
    int status = 0;  // as waitpid() has it
};

}  // namespace

struct Gnuplot::Files {
    MemoryFile input, output, complaints;
};

struct Gnuplot::Outcome {
    std::string drawn;
    std::string complaints;
};

namespace {

Ended run_once(const MemoryFile& input, const MemoryFile& output, const MemoryFile& complaints) {
    posix_spawn_file_actions_t files;
    if (const int error = ::posix_spawn_file_actions_init(&files); error != 0) return {.error = error};
    for (const auto& [from, to] : {std::pair(input.fd(), STDIN_FILENO), std::pair(output.fd(), STDOUT_FILENO),
                                   std::pair(complaints.fd(), STDERR_FILENO)})
        ::posix_spawn_file_actions_adddup2(&files, from, to);
    // -d: not what the user's own settings may do to the picture. Named as a file, unlike
    // as commands that are typed, a script ends with its first error.
    std::string arguments[] = {"gnuplot", "-d", "/dev/stdin"};
    char* const argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    pid_t child = 0;
    Ended ended;
    ended.error = ::posix_spawnp(&child, argv[0], &files, nullptr, argv, environ);
    ::posix_spawn_file_actions_destroy(&files);
    while (ended.error == 0 && ::waitpid(child, &ended.status, 0) < 0)
        if (errno != EINTR) ended.error = errno;
    return ended;
}

}  // namespace

Gnuplot::Gnuplot() : files_(std::make_unique<Files>()) {}

Result<std::unique_ptr<Gnuplot>> Gnuplot::start(Confined confined) {
    std::unique_ptr<Gnuplot> gnuplot(new Gnuplot);
    const auto& [input, output, complaints] = *gnuplot->files_;
    int ends[2];
    if (input.fd() < 0 || output.fd() < 0 || complaints.fd() < 0)
        return system_error("cannot keep its script in memory");
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_error("cannot start");
    gnuplot->helper_ = ::fork();
    if (gnuplot->helper_ == 0) {
        ::close(ends[0]);
        if (confined == Confined::Yes) enter_viewers_sandbox();
        for (char word = 0; ::recv(ends[1], &word, 1, 0) == 1;) {
            const Ended ended = run_once(input, output, complaints);
            (void)::send(ends[1], &ended, sizeof ended, MSG_NOSIGNAL);
        }
        end_process(0);
    }
    ::close(ends[1]);
    gnuplot->socket_ = ends[0];
    if (gnuplot->helper_ < 0) return system_error("cannot start");
    return gnuplot;
}

Gnuplot::~Gnuplot() {
    if (socket_ >= 0) ::close(socket_);
    if (helper_ > 0) ::waitpid(helper_, nullptr, 0);
}

Result<Gnuplot::Outcome> Gnuplot::run(const std::string& script) {
    const auto& [input, output, complaints] = *files_;
    if (!input.fill(script) || !output.fill("") || !complaints.fill(""))
        return system_error("cannot keep its script in memory");
    const char word = 'g';
    Ended ended;
    if (::send(socket_, &word, 1, MSG_NOSIGNAL) != 1) return system_error("cannot start");
    ssize_t got = 0;
    while ((got = ::recv(socket_, &ended, sizeof ended, 0)) < 0 && errno == EINTR) continue;
    if (got != ssize_t{sizeof ended}) return system_error("cannot wait for it");
    errno = ended.error;
    if (errno == ENOENT)
        return Error{ErrorCode::NotFound,
                     "gnuplot is not installed: apt-get install gnuplot-nox; or draw in the terminal: --text"};
    if (errno != 0) return system_error("cannot start");
    if (!WIFEXITED(ended.status) || WEXITSTATUS(ended.status) != 0)
        return Error{ErrorCode::Io,
                     "gnuplot failed: " + (WIFSIGNALED(ended.status) ? std::string(::strsignal(WTERMSIG(ended.status)))
                                                                     : complaint(complaints.content()))};
    return Outcome{output.content(), complaints.content()};
}

Result<std::string> Gnuplot::draw(const std::string& script) {
    auto outcome = run(script);
    if (!outcome) return outcome.error();
    if (outcome->drawn.empty()) return Error{ErrorCode::Io, "gnuplot drew nothing"};
    return std::move(outcome->drawn);
}

Result<void> Gnuplot::draw_window(const std::string& script) {
    const auto outcome = run(script);
    if (!outcome) return outcome.error();
    // Its helper, which has the window, fails by itself.
    if (outcome->complaints.find("open display") == std::string::npos) return {};
    return Error{ErrorCode::Io, "gnuplot failed: " + complaint(outcome->complaints)};
}

}  // namespace kstrax
