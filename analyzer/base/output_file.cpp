// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/output_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace kstrax {

namespace {

Error system_error(const std::string& path, const char* what) {
    return {ErrorCode::Io, path + ": " + what + ": " + std::strerror(errno)};
}

/// Names of files that must not outlive the process; null before the first. Never destroyed: a signal may come at any time.
constinit std::vector<std::string>* temporaries = nullptr;
constinit std::atomic_flag held_temporaries;

/// While it lives, what is done to names is whole: no signal ends this thread, and a handler in another one waits.
class HoldTemporaries {
  public:
    HoldTemporaries() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
        while (held_temporaries.test_and_set()) ::sched_yield();
    }
    HoldTemporaries(const HoldTemporaries&) = delete;
    HoldTemporaries& operator=(const HoldTemporaries&) = delete;
    ~HoldTemporaries() {
        held_temporaries.clear();
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

  private:
    sigset_t before_{};
};

/// As mkstemp() does it, which gives the file mode 0600.
int make_temporary(std::string& name) {
    const HoldTemporaries hold;
    if (temporaries == nullptr) temporaries = new std::vector<std::string>();
    temporaries->push_back(name);  // before there is a file: memory may run out
    const int fd = ::mkstemp(name.data());
    if (fd >= 0) temporaries->back() = name;
    else temporaries->pop_back();
    return fd;
}

/// The file has another name, or none.
void forget_temporary(const std::string& name) {
    if (temporaries != nullptr) std::erase(*temporaries, name);
}

/// The file itself, whether it has a name or not.
std::string proc_name(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

/// Unnamed files must stay open until they get their names, and there are recordings of a
/// thousand CPUs: half of what a process may hold open is left for others.
bool too_many_open(int fd) {
    struct rlimit limit {};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && static_cast<rlim_t>(fd) >= limit.rlim_cur / 2;
}

/// A file that goes with its process, however that ends; -1 where the file system has none
/// without a name, or where it could not be named later.
int open_unnamed(const std::string& path) {
    const int fd = ::open(OutputFile::folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0 || (!too_many_open(fd) && ::access(proc_name(fd).c_str(), F_OK) == 0)) return fd;
    ::close(fd);
    return -1;
}

bool give_name(int fd, const std::string& name) {
    return ::linkat(AT_FDCWD, proc_name(fd).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

/// As mkstemp() does it for a file that there is already. Empty: errno says why.
std::string give_temporary_name(int fd, const std::string& path) {
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::string name = fmt::format("{}.{:06x}", path, random() & 0xffffffU);
        if (give_name(fd, name)) return name;
        if (errno != EEXIST) break;
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path, std::span<const FileIdentity> inputs) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) {
        if (std::find(inputs.begin(), inputs.end(), FileIdentity{info.st_dev, info.st_ino}) != inputs.end())
            return Error{ErrorCode::Usage, path + ": is the input; name another output"};
        // Renaming over a device, a pipe or a folder would replace or fail on it.
        if (!S_ISREG(info.st_mode))
            return Error{ErrorCode::Usage, path +
                                               ": exists and is not a regular file; name another output, or "
                                               "redirect standard output"};
    }
    if (const int unnamed = open_unnamed(path); unnamed >= 0)
        return std::unique_ptr<OutputFile>(new OutputFile(path, "", unnamed));
    std::string temporary = path + ".XXXXXX";
    const int fd = make_temporary(temporary);
    if (fd < 0) return system_error(path, "cannot write");
    return std::unique_ptr<OutputFile>(new OutputFile(path, std::move(temporary), fd));
}

std::unique_ptr<OutputFile> OutputFile::standard_output() {
    std::unique_ptr<OutputFile> output(new OutputFile("standard output", "", STDOUT_FILENO));
    output->stream_ = true;
    return output;
}

std::string OutputFile::folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

OutputFile::~OutputFile() {
    if (stream_) return;
    if (fd_ >= 0) ::close(fd_);
    if (temporary_.empty()) return;
    const HoldTemporaries hold;
    ::unlink(temporary_.c_str());
    forget_temporary(temporary_);
}

void OutputFile::remove_temporaries() noexcept {
    // It stays held: nothing is to come behind this.
    while (held_temporaries.test_and_set()) ::sched_yield();
    if (temporaries == nullptr) return;
    for (const std::string& name : *temporaries) ::unlink(name.c_str());
}

Result<void> OutputFile::write(std::string_view bytes) {
    while (status_ && !bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (errno == EPIPE) status_ = Error{ErrorCode::Cancelled, ""};  // the reader has seen enough
        else if (errno != EINTR) status_ = system_error(path_, "cannot write");
    }
    return status_;
}

Result<void> OutputFile::overwrite(std::uint64_t offset, std::string_view bytes) {
    if (status_ && ::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0)
        status_ = system_error(path_, "cannot write");
    (void)write(bytes);
    if (status_ && ::lseek(fd_, 0, SEEK_END) < 0) status_ = system_error(path_, "cannot write");
    return status_;
}

Result<void> OutputFile::close() {
    if (!status_ || stream_ || closed_) return status_;
    closed_ = true;
    // Some file systems report a full disk only at close(). A file without a name exists only while it
    // is open, so close a duplicate: it reports the same.
    const bool unnamed = temporary_.empty();
    const int ending = unnamed ? ::fcntl(fd_, F_DUPFD_CLOEXEC, 0) : fd_;
    const bool failed = ending < 0 || ::close(ending) != 0;
    if (!unnamed) fd_ = -1;
    if (failed) status_ = system_error(path_, "cannot write");
    return status_;
}

Result<void> OutputFile::commit() {
    if (const auto closed = close(); !closed || stream_) return closed;
    const HoldTemporaries hold;
    if (temporary_.empty()) {
        if (give_name(fd_, path_)) return {};
        // A link never replaces a file; renaming does.
        if (errno == EEXIST) temporary_ = give_temporary_name(fd_, path_);
        if (temporary_.empty()) return system_error(path_, "cannot write");
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_error(path_, "cannot write");
    forget_temporary(temporary_);
    temporary_.clear();
    return {};
}

}  // namespace kstrax
