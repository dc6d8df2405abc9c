// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats/call_classes.hpp"

#include <array>

namespace kstrax {

namespace {

// clang-format off
constexpr std::string_view kFile = R"(
_llseek _newselect access acct arm_fadvise64_64 arm_sync_file_range cachestat chdir chmod chown chown32 chroot close close_range copy_file_range creat
dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old
faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat fchmodat2
fchown fchown32 fchownat fchroot fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr flock
fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate
ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat gtty inotify_add_watch inotify_init
inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup
io_submit io_uring_enter io_uring_register io_uring_setup ioctl lchown lchown32 lgetxattr link linkat listmount
listxattr listxattrat llistxattr lock lookup_dcookie lremovexattr lseek lsetxattr lstat lstat64 memfd_create
memfd_secret mkdir mkdirat mknod mknodat mount mount_setattr move_mount name_to_handle_at newfstatat nfsservctl
old_fstat old_lstat old_stat oldfstat oldlstat oldstat open open_by_handle_at open_tree open_tree_attr openat
openat2 pipe pipe2 pivot_root poll ppoll ppoll_time64 pread64 preadv preadv2 pselect6 pselect6_time64 pwrite64
pwritev pwritev2 quotactl quotactl_fd read readahead readdir readlink readlinkat readv removexattr removexattrat
rename renameat renameat2 rmdir select sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64
statmount statx stty swapoff swapon symlink symlinkat sync sync_file_range syncfs sysfs tee truncate truncate64
umask umount umount2 unlink unlinkat uselib ustat utime utimensat utimensat_time64 utimes vmsplice write writev
)";

constexpr std::string_view kNetwork = R"(
accept accept4 bind connect getpeername getpmsg getsockname getsockopt listen putpmsg recv recvfrom recvmmsg
recvmmsg_time64 recvmsg send sendfile sendfile64 sendmmsg sendmsg sendto setdomainname sethostname setsockopt
shutdown socket socketcall socketpair
)";

constexpr std::string_view kIpc = R"(
eventfd eventfd2 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list ipc memfd_create
mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
msgctl msgget msgrcv msgsnd pipe pipe2 process_vm_readv process_vm_writev semctl semget semop semtimedop
semtimedop_time64 set_robust_list shmat shmctl shmdt shmget socketpair
)";

constexpr std::string_view kProcess = R"(
arch_prctl capget capset clone clone2 clone3 execve execveat exit exit_group fork get_thread_area getegid getegid32
geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid getpriority getresgid
getresgid32 getresuid getresuid32 getrlimit getrusage getsid gettid getuid getuid32 ioprio_get ioprio_set kcmp
landlock_add_rule landlock_create_ruleset landlock_restrict_self listns lsm_get_self_attr lsm_set_self_attr
modify_ldt nice personality pidfd_getfd pidfd_open pidfd_send_signal prctl prlimit64 process_madvise
process_mrelease process_vm_readv process_vm_writev ptrace rseq rseq_slice_yield sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setns
setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit
setsid setuid setuid32 times ugetrlimit ulimit unshare vfork vm86 vm86old wait4 waitid waitpid
)";

constexpr std::string_view kSignal = R"(
alarm kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer sgetmask sigaction
sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill tkill
)";

constexpr std::string_view kNone = R"(
brk get_mempolicy getunwind madvise map_shadow_stack mbind membarrier migrate_pages mincore mlock mlock2 mlockall
mmap mmap2 move_pages mprotect mpx mremap mseal msync munlock munlockall munmap old_getpagesize pkey_alloc pkey_free
pkey_mprotect remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd

adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 ftime getitimer gettimeofday nanosleep
settimeofday stime time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
timer_settime64 timerfd timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64

_sysctl add_key afs_syscall bdflush bpf break create_module delete_module finit_module get_kernel_syms getcpu
getrandom idle init_module ioperm iopl kexec_file_load kexec_load keyctl lsm_list_modules ni_syscall oldolduname
olduname pciconfig_iobase pciconfig_read pciconfig_write perf_event_open perfmonctl prof profil query_module reboot request_key
security sysinfo syslog tuxcall uname uprobe uretprobe vhangup vserver
)";
// clang-format on

constexpr std::array kClasses{
    CallClass{"FILE", "files, folders and what is done through descriptors", kFile},
    CallClass{"NETWORK", "sockets, host and domain names", kNetwork},
    CallClass{"IPC", "queues, semaphores, shared memory, pipes, futexes", kIpc},
    CallClass{"PROCESS", "starting, ending, scheduling and the rights of processes", kProcess},
    CallClass{"SIGNAL", "sending, taking and waiting for signals", kSignal},
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::span<const CallClass> call_classes() { return kClasses; }

std::string_view unclassed_calls() { return kNone; }

const CallClass* find_call_class(std::string_view name) {
    for (const CallClass& one : kClasses)
        if (std::equal(one.name.begin(), one.name.end(), name.begin(), name.end(),
                       [](char a, char b) { return a == upper(b); }))
            return &one;
    return nullptr;
}

}  // namespace kstrax
