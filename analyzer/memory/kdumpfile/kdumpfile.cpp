// SPDX-License-Identifier: GPL-2.0-or-later
// libkdumpfile was not made for hostile files: a header of zeros ends the process that
// opens it. So it is called in a child, which answers through a socket; what happens to
// the child is an error like any other.
#include "analyzer/memory/kdumpfile/kdumpfile.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/memory/kdumpfile/kdumpfile_reader.hpp"
#include "analyzer/sandbox/end_process.hpp"
#include "analyzer/sandbox/sandbox.hpp"

namespace kstrax {

namespace {

using namespace std::string_view_literals;

/// The first bytes of files that libkdumpfile reads. It gets no other files, because it was not
/// written for hostile ones. Sources: LKCD's dump.h, the Linux 2.4 diskdump patch, crash's
/// sadump.h and s390_dump.h.
constexpr std::array kSignatures{
    "\xa8\x19\x01\x73\x61\x8f\x23\xed"sv,  // LKCD, big-endian
    "\xa8\x19\x01\x73\x61\x8f\x23\xfd"sv,  // s390
    "DISKDUMP"sv,                          // before "KDUMP   "
    "sadump\0\0"sv,
    "\xed\xeb\x0f\xf0"sv,  // Xen, xc_core
    "\xee\xeb\x0f\xf0"sv,  // Xen, of a machine virtualised in hardware
};

constexpr unsigned kMostSeconds = 60;                          // for one answer
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30;  // beyond what the child begins with
constexpr std::uint64_t kMostBreakdowns = 64;                  // after that the file is to blame, not a page
constexpr std::uint64_t kMostText = std::uint64_t{1} << 20;

enum class Task : std::uint64_t { Read, Next };
struct Question {
    Task task;
    std::uint64_t at;    // an address, or a frame
    std::uint64_t size;  // bytes wanted
};
/// `size` bytes follow: the memory that was read, or the text of an error.
struct Answer {
    std::uint64_t failed;  // 0, or 1 + an ErrorCode
    std::uint64_t value;
    std::uint64_t size;
};
/// The first that the child sends, after an answer that it has opened the file; the texts follow.
struct Greeting {
    std::uint64_t page_size, frames, machine, format_size, vmcoreinfo_size, complaint_size;
};

bool send_all(int socket, const void* data, std::size_t size) {
    for (const char* at = static_cast<const char*>(data); size > 0;) {
        const ssize_t done = ::send(socket, at, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        at += done;
        size -= static_cast<std::size_t>(done);
    }
    return true;
}
bool receive_all(int socket, void* data, std::size_t size) {
    for (char* at = static_cast<char*>(data); size > 0;) {
        const ssize_t done = ::recv(socket, at, size, 0);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        at += done;
        size -= static_cast<std::size_t>(done);
    }
    return true;
}

bool send_failure(int socket, const Error& error) {
    const Answer answer{1 + static_cast<std::uint64_t>(error.code), 0,
                        std::min<std::uint64_t>(error.message.size(), kMostText)};
    return send_all(socket, &answer, sizeof answer) &&
           send_all(socket, error.message.data(), static_cast<std::size_t>(answer.size));
}

/// How much memory we have, in pages; of a child, what its parent has, which is about as much.
int memory_file() {
    static const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return file;
}

std::uint64_t data_pages() {
    std::array<char, 256> text{};
    const ssize_t got = ::pread(memory_file(), text.data(), text.size() - 1, 0);
    std::string_view rest(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    std::uint64_t data = 0;
    for (int field = 0; field < 6; ++field) {
        data = take_number<std::uint64_t>(rest).value_or(0);
        if (!rest.empty()) rest.remove_prefix(1);
    }
    return data;
}

/// Outputs are ours alone.
void close_all_but(int one, int other) {
    const auto least = static_cast<unsigned>(std::min(one, other)), most = static_cast<unsigned>(std::max(one, other));
    if (least > 0) ::syscall(SYS_close_range, 0U, least - 1, 0);
    if (most > least + 1) ::syscall(SYS_close_range, least + 1, most - 1, 0);
    ::syscall(SYS_close_range, most + 1, ~0U, 0);
}

/// The child: nothing of the parent's handlers, little memory, an end to every answer.
void become_harmless() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM}) ::signal(signal, SIG_DFL);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const rlim_t most = data_pages() * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + kMostMemory;
    const rlimit memory{most, most};
    ::setrlimit(RLIMIT_DATA, &memory);
}

std::string_view bounded(std::string_view text) { return text.substr(0, kMostText); }

bool tell_facts(int socket, const KdumpfileReader& reader) {
    const Answer opened{0, 0, 0};
    const std::array<std::string_view, 3> texts{bounded(reader.format()), bounded(reader.vmcoreinfo()),
                                                bounded(reader.complaint())};
    const Greeting facts{reader.page_size(), reader.frames(), reader.machine(),
                         texts[0].size(),    texts[1].size(), texts[2].size()};
    return send_all(socket, &opened, sizeof opened) && send_all(socket, &facts, sizeof facts) &&
           std::all_of(texts.begin(), texts.end(),
                       [&](std::string_view text) { return send_all(socket, text.data(), text.size()); });
}

void serve(int socket, const KdumpfileLibrary& library, int file, std::uint64_t size) {
    ::alarm(kMostSeconds);
    KdumpfileReader reader(library);
    if (const auto opened = reader.open(file, size); !opened) {
        (void)send_failure(socket, opened.error());
        return;
    }
    if (!tell_facts(socket, reader)) return;
    std::vector<std::byte> page(static_cast<std::size_t>(reader.page_size()));
    Question question{};
    for (::alarm(0); receive_all(socket, &question, sizeof question); ::alarm(0)) {
        ::alarm(kMostSeconds);
        Answer answer{0, 0, 0};
        if (question.task == Task::Next) answer.value = reader.next(question.at);
        else {
            answer.size = std::min<std::uint64_t>(question.size, page.size());
            const auto got =
                reader.read({question.at}, MutableBytes(page).first(static_cast<std::size_t>(answer.size)));
            if (!got) {
                if (!send_failure(socket, got.error())) return;
                continue;
            }
        }
        if (!send_all(socket, &answer, sizeof answer) ||
            !send_all(socket, page.data(), static_cast<std::size_t>(answer.size)))
            return;
    }
}

/// A child and the way to it.
class Child {
  public:
    /// Starts one that opens the file.
    static Result<std::unique_ptr<Child>> start(const KdumpfileLibrary& library, const MappedFile& mapped) {
        int pair[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
            return Error{ErrorCode::Io, std::string("cannot make a socket: ") + std::strerror(errno)};
        (void)memory_file();
        const pid_t process = ::fork();
        if (process == 0) {
            ::close(pair[0]);
            become_harmless();
            close_all_but(pair[1], mapped.descriptor());
            enter_readers_sandbox();
            serve(pair[1], library, mapped.descriptor(), mapped.bytes().size());
            end_process(0);
        }
        ::close(pair[1]);
        std::unique_ptr<Child> child(new Child(process, pair[0]));
        if (process < 0) return Error{ErrorCode::Io, std::string("cannot start a process: ") + std::strerror(errno)};
        return child;
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// It ends when nobody is there to ask any more; one that does not, by its alarm, or with us. It is not killed: to kill is
    /// among what we have given up.
    ~Child() {
        ::close(socket_);
        constexpr int kMostLooks = 100;
        for (int look = 0; process_ > 0 && look < kMostLooks && ::waitpid(process_, nullptr, WNOHANG) == 0; ++look)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    bool send(const Question& question) { return send_all(socket_, &question, sizeof question); }
    bool receive(void* data, std::size_t size) { return receive_all(socket_, data, size); }
    bool receive(std::string& text, std::uint64_t size) {
        text.resize(static_cast<std::size_t>(std::min(size, kMostText)));
        return receive(text.data(), text.size());
    }

  private:
    Child(pid_t process, int socket) : process_(process), socket_(socket) {}
    pid_t process_;
    int socket_;
};

class KdumpfileSource final : public MemorySource {
  public:
    explicit KdumpfileSource(MappedFilePtr file) : file_(std::move(file)) {}

    Result<void> open() {
        auto told = start();
        if (!told) return told.error();
        told_ = std::move(*told);
        return {};
    }

    [[nodiscard]] std::string_view format() const override { return told_.format; }
    [[nodiscard]] std::uint64_t page_size() const override { return told_.facts.page_size; }
    [[nodiscard]] std::uint64_t memory_size() const override { return told_.facts.frames * told_.facts.page_size; }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return told_.vmcoreinfo; }
    [[nodiscard]] std::uint16_t machine() const override { return static_cast<std::uint16_t>(told_.facts.machine); }

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        const std::lock_guard lock(mutex_);
        while (!out.empty()) {
            const auto length = static_cast<std::size_t>(
                std::min<std::uint64_t>(out.size(), told_.facts.page_size - at.value % told_.facts.page_size));
            const auto got = ask({Task::Read, at.value, length}, out.first(length));
            if (!got) return Error{got.error().code, got.error().message, at.value};
            out = out.subspan(length);
            at = at + length;
        }
        return {};
    }

    std::uint64_t scan(const PageVisitor& visit) const override {
        std::uint64_t unreadable = 0;
        std::vector<std::byte> page(static_cast<std::size_t>(told_.facts.page_size));
        for (std::uint64_t frame = 0; (frame = next(frame)) < told_.facts.frames; ++frame) {
            const auto got = read({frame * told_.facts.page_size}, page);
            if (got) visit({frame * told_.facts.page_size}, page);
            else if (got.error().code != ErrorCode::Excluded) ++unreadable;
        }
        return unreadable;
    }

    [[nodiscard]] Findings findings() const override {
        const std::lock_guard lock(mutex_);
        Findings findings;
        if (!told_.complaint.empty()) findings.add(FindingId::DumpReaderFailed, told_.complaint);
        if (breakdowns_ > 0)
            findings.add(FindingId::DumpReaderFailed,
                         fmt::format("libkdumpfile broke down {} times over this file, first at address {:#x}: {}",
                                     breakdowns_, first_breakdown_,
                                     child_ ? "what it was asked for is unreadable" : "it was not started again"),
                         breakdowns_);
        return findings;
    }

  private:
    /// What a child says of the file.
    struct Told {
        Greeting facts{};
        std::string format, vmcoreinfo, complaint;
    };
    Result<Told> start() const {
        const auto library = kdumpfile_library();
        if (!library) return library.error();
        auto child = Child::start(**library, *file_);
        if (!child) return child.error();
        child_ = std::move(*child);
        Answer opened{};
        if (const auto answered = answer(opened); !answered) return answered.error();
        Told told;
        const bool complete = child_->receive(&told.facts, sizeof told.facts) && told.facts.page_size != 0 &&
                              child_->receive(told.format, told.facts.format_size) &&
                              child_->receive(told.vmcoreinfo, told.facts.vmcoreinfo_size) &&
                              child_->receive(told.complaint, told.facts.complaint_size);
        if (!complete) return gone();
        return told;
    }
    /// An error, and no child any more.
    Error gone() const {
        child_.reset();
        return {ErrorCode::Corrupt, "libkdumpfile broke down over this file: it is damaged, or not what it seems"};
    }
    /// An answer, or the error that it is.
    Result<void> answer(Answer& into) const {
        if (!child_->receive(&into, sizeof into)) return gone();
        if (into.failed == 0) return {};
        std::string words;
        if (!child_->receive(words, into.size)) return gone();
        return Error{static_cast<ErrorCode>(into.failed - 1), words};
    }
    /// A question that breaks the library loses only its own answer: the next one gets another child.
    Result<std::uint64_t> ask(const Question& question, MutableBytes out) const {
        if (!child_) return gone();
        const auto begun = std::chrono::steady_clock::now();
        Answer got{};
        Result<void> answered = child_->send(question) ? answer(got) : gone();
        if (answered && (got.size != out.size() || !child_->receive(out.data(), out.size()))) answered = gone();
        if (answered) return got.value;
        if (!child_) {
            if (breakdowns_++ == 0) first_breakdown_ = question.at;
            lost_ += std::chrono::steady_clock::now() - begun;
            if (breakdowns_ > kMostBreakdowns || lost_ > std::chrono::seconds(kMostSeconds) || !start()) child_.reset();
        }
        return answered.error();
    }
    [[nodiscard]] std::uint64_t next(std::uint64_t frame) const {
        const std::lock_guard lock(mutex_);
        const auto found = ask({Task::Next, frame, 0}, {});
        return found ? std::max(*found, frame) : told_.facts.frames;
    }

    MappedFilePtr file_;
    mutable std::unique_ptr<Child> child_;  // none after too many breakdowns
    Told told_;
    mutable std::chrono::steady_clock::duration lost_{};  // time in questions that broke the library
    mutable std::uint64_t breakdowns_ = 0, first_breakdown_ = 0;
    mutable std::mutex mutex_;  // one question at a time
};

}  // namespace

SourceResult open_through_kdumpfile(const MappedFilePtr& file) {
    auto source = std::make_unique<KdumpfileSource>(file);
    if (const auto opened = source->open(); !opened) return opened.error();
    return std::unique_ptr<MemorySource>(std::move(source));
}

bool is_for_kdumpfile(const MappedFile& file) {
    const std::string_view start = as_text(file.bytes());
    return std::ranges::any_of(kSignatures, [&](std::string_view one) { return start.starts_with(one); });
}

void prepare_kdumpfile() {
    (void)kdumpfile_library();
    (void)memory_file();
}

SourceResult open_kdumpfile(const MappedFilePtr& file) {
    if (!is_for_kdumpfile(*file)) return Error{ErrorCode::NotMine, "none of libkdumpfile's alone"};
    return open_through_kdumpfile(file);
}

}  // namespace kstrax
