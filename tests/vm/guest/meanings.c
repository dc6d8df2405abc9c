// SPDX-License-Identifier: GPL-2.0-or-later
// Calls whose arguments mean something, each once or twice, made past the C library so that strace
// and the recorder see just these; and lines for the kernel's log, to compare the clocks.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/memfd.h>
#include <linux/netlink.h>
#include <linux/stat.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALL(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

static void files(void)
{
	char text[64] = "some text\n";

	int fd = CALL(openat, AT_FDCWD, "/tmp/meanings", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0640);
	CALL(openat, AT_FDCWD, "/no/such/file", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	CALL(open, "/tmp/meanings", O_WRONLY | O_APPEND | O_SYNC);
	CALL(write, fd, text, 10L);
	CALL(pwrite64, fd, text, 4L, 100L);
	CALL(lseek, fd, -4L, SEEK_END);
	CALL(read, fd, text, 4L);
	CALL(ftruncate, fd, 8192L);
	CALL(fallocate, fd, 1 /* KEEP_SIZE */, 0L, 4096L);
	CALL(flock, fd, LOCK_EX | LOCK_NB);
	CALL(fcntl, fd, F_GETFD);
	CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
	CALL(fcntl, fd, F_GETFL);
	CALL(fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK);
	CALL(fcntl, fd, F_DUPFD_CLOEXEC, 20);
	CALL(dup2, fd, 30);
	CALL(dup3, fd, 31, O_CLOEXEC);
	CALL(fchmod, fd, 0600);
	CALL(access, "/tmp/meanings", R_OK | W_OK);
	CALL(faccessat, AT_FDCWD, "/no/such/file", F_OK);
	CALL(mkdirat, AT_FDCWD, "/tmp/meanings.d", 0755);
	CALL(unlinkat, AT_FDCWD, "/tmp/meanings.d", AT_REMOVEDIR);
	CALL(newfstatat, AT_FDCWD, "/tmp/meanings", text, AT_SYMLINK_NOFOLLOW | 0x80000000);
	CALL(umask, 027);
	CALL(umask, 022);
	CALL(ioctl, fd, TCGETS, text);
	CALL(ioctl, fd, TIOCGWINSZ, text);
	CALL(ioctl, fd, FIONREAD, text);
	CALL(memfd_create, "meanings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CALL(close_range, 100, 200, 4 /* CLOEXEC */);
	CALL(unlink, "/tmp/meanings");
	CALL(close, fd);
	CALL(close, -1);
}

static void memory(void)
{
	void *at = (void *)CALL(mmap, NULL, 16384L, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0L);

	CALL(mprotect, at, 4096L, PROT_NONE);
	CALL(mprotect, at, 4096L, PROT_READ | PROT_EXEC);
	CALL(madvise, at, 16384L, MADV_DONTNEED);
	CALL(msync, at, 4096L, MS_SYNC);
	at = (void *)CALL(mremap, at, 16384L, 32768L, MREMAP_MAYMOVE);
	CALL(munmap, at, 32768L);
	CALL(brk, NULL);
}

static void signals(void)
{
	unsigned long mask = 1UL << (SIGUSR1 - 1);
	struct timespec moment = { 0, 1000 };

	CALL(rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8L);
	CALL(kill, getpid(), SIGUSR1);
	CALL(tgkill, getpid(), getpid(), SIGUSR1);
	CALL(kill, getpid(), 0);
	CALL(rt_sigprocmask, SIG_SETMASK, NULL, &mask, 8L);
	CALL(rt_sigaction, SIGTERM, NULL, NULL, 8L);
	CALL(wait4, -1, NULL, WNOHANG | WUNTRACED, NULL);
	CALL(waitid, P_ALL, 0, NULL, WEXITED | WNOHANG, NULL);
	CALL(futex, &mask, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	CALL(clock_gettime, CLOCK_BOOTTIME, &moment);
	moment.tv_sec = 0;
	moment.tv_nsec = 1000;
	CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, NULL);
	CALL(prctl, PR_SET_NAME, "meanings", 0, 0, 0);
	CALL(arch_prctl, ARCH_GET_FS, &mask);
	CALL(prlimit64, 0, RLIMIT_NOFILE, NULL, &moment);
	CALL(getrusage, RUSAGE_SELF, NULL);
	CALL(setpriority, PRIO_PROCESS, 0, 3);
	CALL(getrandom, &mask, 8L, GRND_NONBLOCK);
}

static void sockets(void)
{
	int pair[2], one = 1;
	struct epoll_event event = { EPOLLIN, { 0 } };
	struct itimerspec timer = { { 0, 0 }, { 1, 0 } };
	struct pollfd poll = { 0, POLLIN, 0 };

	CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
	CALL(sendto, pair[0], "abc", 3L, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	CALL(recvfrom, pair[1], &timer, 1L, MSG_PEEK, NULL, NULL);
	CALL(setsockopt, pair[0], SOL_SOCKET, SO_REUSEADDR, &one, 4);
	CALL(getsockopt, pair[0], SOL_SOCKET, SO_TYPE, &one, &pair[1]);
	CALL(shutdown, pair[0], SHUT_RDWR);
	CALL(socket, AF_UNIX, SOCK_DGRAM, 0);
	CALL(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);
	CALL(socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	CALL(socket, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
	CALL(listen, -1, 5);
	int set = CALL(epoll_create1, EPOLL_CLOEXEC);
	int counter = CALL(eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
	CALL(epoll_ctl, set, EPOLL_CTL_ADD, counter, &event);
	CALL(epoll_wait, set, &event, 1, 0);
	int clock = CALL(timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK);
	CALL(timerfd_settime, clock, TFD_TIMER_ABSTIME, &timer, NULL);
	CALL(poll, &poll, 1, 0);
	CALL(pipe2, pair, O_CLOEXEC | O_NONBLOCK);
}

/// Marks for the kernel's log, each a single write. The kernel takes ten from a program in five seconds.
enum { kMarks = 8 };
static void marks(void)
{
	int log = open("/dev/kmsg", O_WRONLY);

	for (int i = 0; i < kMarks; ++i) {
		char line[32];
		int size = snprintf(line, sizeof line, "kstrax-mark %02d\n", i);

		write(log, line, size);
		usleep(20000);
	}
}

int main(int count, char **words)
{
	if (count > 1 && strcmp(words[1], "marks") == 0) {
		printf("%d\n", getpid());
		marks();
		return 0;
	}
	files();
	memory();
	signals();
	sockets();
	return 0;
}
