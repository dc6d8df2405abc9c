// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sandbox/calls.hpp"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/net.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace kstrax {

namespace {

template <typename... Values>
constexpr AllowedArgument argument(std::uint32_t index, std::uint32_t mask, Values... values) {
    return {index, mask, {static_cast<std::uint32_t>(values)...}, sizeof...(values)};
}

constexpr std::uint32_t kAll = ~std::uint32_t{0};
constexpr std::uint32_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | CLONE_NEWNET | 0x80U;  // CLONE_NEWTIME
/// No memory that is written becomes code.
constexpr AllowedArgument kNoCode = argument(2, PROT_EXEC, 0);
/// Nothing of another process.
constexpr AllowedArgument kOurs = argument(0, kAll, 0);

constexpr AllowedCall kToAnalyse[] = {
    // Inputs and outputs that are open.
    {__NR_read},
    {__NR_pread64},
    {__NR_readv},
    {__NR_write},
    {__NR_writev},
    {__NR_lseek},  // holes of sparse files
    {__NR_close},
    {__NR_statx},
    {__NR_fcntl, argument(1, kAll, F_GETFD, F_GETFL, F_DUPFD_CLOEXEC)},
    // Is it a terminal (asked by TCGETS2 since glibc 2.42), and how wide: not TIOCSTI, which types.
    {__NR_ioctl, argument(1, kAll, TCGETS, TCGETS2, TIOCGWINSZ)},
    // Memory.
    {__NR_mmap, kNoCode},
    {__NR_mprotect, kNoCode},
    {__NR_munmap},
    {__NR_mremap},
    {__NR_madvise},
    {__NR_brk},
    // Threads.
    {__NR_futex},
    {__NR_clone, argument(0, CLONE_THREAD | kNewNamespaces, CLONE_THREAD)},
    {__NR_set_robust_list},
    {__NR_rseq},
    {__NR_sched_yield},
    {__NR_sched_getaffinity},  // how many processors there are
    {__NR_gettid},
    {__NR_getpid},
    {__NR_exit},
    {__NR_exit_group},
    // Signals: an input that is cut off while it is read, Ctrl-C; --every waits for one.
    {__NR_rt_sigaction},
    {__NR_rt_sigprocmask},
    {__NR_rt_sigreturn},
    {__NR_rt_sigtimedwait},
    {__NR_sigaltstack},
    {__NR_restart_syscall},
    // Time, where the kernel gives it by a call only.
    {__NR_clock_gettime},
    {__NR_clock_nanosleep},
    {__NR_nanosleep},
    {__NR_gettimeofday},
    // What the C library asks of the machine: how large to make a buffer, a name by chance.
    {__NR_getrandom},
    {__NR_sysinfo},
    {__NR_uname},
    {__NR_prlimit64, kOurs},
// Calls of older architectures, and of those with words of 32 bits.
#ifdef __NR_fstat
    {__NR_fstat},
#endif
#ifdef __NR_newfstatat
    {__NR_newfstatat},
#endif
#ifdef __NR_stat
    {__NR_stat},
#endif
#ifdef __NR_time
    {__NR_time},
#endif
#ifdef __NR_mmap2
    {__NR_mmap2, kNoCode},
    {__NR__llseek},
    {__NR_fstat64},
    {__NR_stat64},
    {__NR_fstatat64},
    {__NR_fcntl64, argument(1, kAll, F_GETFD, F_GETFL, F_DUPFD_CLOEXEC)},
    {__NR_sigreturn},
    {__NR_ugetrlimit},
    {__NR_clock_gettime64},
    {__NR_clock_nanosleep_time64},
    {__NR_futex_time64},
    {__NR_rt_sigtimedwait_time64},
#endif
};

/// A new file, and nothing that is there: without a name, or as mkstemp() makes it. O_LARGEFILE is 0 in the headers of
/// architectures that do not need it.
constexpr std::uint32_t kLargeFile = 0100000;
constexpr AllowedArgument kNewFile = argument(2, ~kLargeFile, O_TMPFILE | O_WRONLY | O_CLOEXEC,
                                              O_RDWR | O_CREAT | O_EXCL, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);

constexpr AllowedCall kForOutputs[] = {
    {__NR_openat, kNewFile}, {__NR_faccessat},  // does /proc/self/fd name our file
    {__NR_linkat},                              // its name, when it is whole
    {__NR_renameat2},                           // over one that is there
    {__NR_unlinkat},                            // what is not whole
#ifdef __NR_renameat
    {__NR_renameat},  // as renameat2()
#endif
#ifdef __NR_access
    {__NR_access},  // as faccessat()
    {__NR_rename},  // as renameat2()
    {__NR_unlink},  // as unlinkat()
#endif
};

constexpr AllowedCall kForHelpers[] = {
    {__NR_sendto},
    {__NR_recvfrom},
    {__NR_ppoll},
    {__NR_wait4},
    {__NR_ftruncate},  // of the files in memory through which gnuplot draws
#ifdef __NR_poll
    {__NR_poll},
#endif
#ifdef __NR_socketcall
    {__NR_socketcall, argument(0, kAll, SYS_SOCKETPAIR, SYS_SEND, SYS_RECV, SYS_SENDTO, SYS_RECVFROM)},
    {__NR_ftruncate64},
    {__NR_ppoll_time64},
#endif
#ifdef __NR_waitpid
    {__NR_waitpid},
#endif
};

constexpr AllowedCall kForReaders[] = {
    {__NR_clone, argument(0, CLONE_THREAD | kNewNamespaces, 0, CLONE_THREAD)},
    {__NR_socketpair, argument(0, kAll, AF_UNIX)},
    // What the child does before it opens anything: it ends with us, has little memory, and gives up the rest.
    {__NR_prctl, argument(0, kAll, PR_SET_PDEATHSIG)},
    {__NR_close_range},
    {__NR_seccomp},
    {__NR_setitimer},
#ifdef __NR_setrlimit
    {__NR_setrlimit},
#endif
#ifdef __NR_alarm
    {__NR_alarm},
#endif
};

constexpr AllowedCall kOfReaders[] = {
    {__NR_sendto},
    {__NR_recvfrom},
    {__NR_setitimer},  // an end to every answer
#ifdef __NR_alarm
    {__NR_alarm},
#endif
#ifdef __NR_socketcall
    {__NR_socketcall, argument(0, kAll, SYS_SEND, SYS_RECV, SYS_SENDTO, SYS_RECVFROM)},
#endif
};

constexpr std::uint32_t kNotThere[] = {
    __NR_clone3,  // its flags lie in memory, where a filter cannot look: clone() has them in a register
};

constexpr std::uint32_t kDeadly[] = {
    __NR_execve,       __NR_execveat,        __NR_ptrace,       __NR_process_vm_readv, __NR_process_vm_writev,
    __NR_connect,      __NR_socket,          __NR_bind,         __NR_listen,           __NR_accept4,
    __NR_mount,        __NR_umount2,         __NR_pivot_root,   __NR_chroot,           __NR_unshare,
    __NR_setns,        __NR_init_module,     __NR_finit_module, __NR_delete_module,    __NR_kexec_load,
    __NR_bpf,          __NR_perf_event_open, __NR_userfaultfd,  __NR_add_key,          __NR_keyctl,
    __NR_request_key,  __NR_io_uring_setup,  __NR_personality,  __NR_setuid,           __NR_setgid,
    __NR_memfd_create, __NR_pidfd_open,      __NR_pidfd_getfd,  __NR_open_by_handle_at};

}  // namespace

std::span<const AllowedCall> calls_to_analyse() { return kToAnalyse; }
std::span<const AllowedCall> calls_for_outputs() { return kForOutputs; }
std::span<const AllowedCall> calls_for_helpers() { return kForHelpers; }
std::span<const AllowedCall> calls_for_readers() { return kForReaders; }
std::span<const AllowedCall> calls_of_readers() { return kOfReaders; }
std::span<const std::uint32_t> calls_not_there() { return kNotThere; }
std::span<const std::uint32_t> deadly_calls() { return kDeadly; }

}  // namespace kstrax
