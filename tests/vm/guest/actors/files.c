// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait at files of other kinds, and whose descriptors or places are not what they seem. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static char byte;

static void wait_inotify(void)
{
	int fd = inotify_init();

	inotify_add_watch(fd, "/tmp", IN_DELETE_SELF);
	STUCK_AT(read, fd, &byte, 1);
}
static void wait_fanotify(void)
{
	int fd = fanotify_init(0, O_RDONLY);

	if (fd < 0)
		skip("no fanotify");
	STUCK_AT(read, fd, &byte, 100);
}
static void read_event(void)
{
	uint64_t count;

	STUCK_AT(read, eventfd(0, 0), &count, sizeof(count));
}
static void write_event(void)
{
	uint64_t most = UINT64_MAX - 1, one = 1;
	int fd = eventfd(0, 0);

	must(write(fd, &most, sizeof(most)) == sizeof(most), "eventfd");
	STUCK_AT(write, fd, &one, sizeof(one));
}
static int terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	must(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0, "posix_openpt");
	return fd;
}
static void read_terminal(void)
{
	STUCK_AT(read, open(ptsname(terminal()), O_RDWR | O_NOCTTY), &byte, 1);
}
static void read_other_side(void)
{
	int fd = terminal();

	open(ptsname(fd), O_RDWR | O_NOCTTY);
	STUCK_AT(read, fd, &byte, 1);
}
static void write_terminal(void)
{
	static char block[4096];
	int fd = open(ptsname(terminal()), O_RDWR | O_NOCTTY | O_NONBLOCK);

	while (write(fd, block, sizeof(block)) > 0)
		;
	must(fcntl(fd, F_SETFL, 0) == 0, "F_SETFL");
	STUCK_AT(write, fd, block, sizeof(block));
}
static void read_log(void)
{
	static char record[8192];
	int fd = open("/dev/kmsg", O_RDONLY);

	must(fd >= 0 && lseek(fd, 0, SEEK_END) == 0, "/dev/kmsg");
	STUCK_AT(read, fd, record, sizeof(record));
	while (read(fd, record, sizeof(record)) > 0) /* it hangs there again */
		;
}

/* What another thread does to the descriptor once the call uses its file. */
static int used;
static void *close_it(void *unused)
{
	prctl(PR_SET_NAME, "closer");
	until_waiting(getpid());
	close(used);
	STUCK_PAUSE();
	return NULL;
}
static void *reuse_it(void *unused)
{
	prctl(PR_SET_NAME, "reuser");
	until_waiting(getpid());
	dup2(open("/proc/version", O_RDONLY), used);
	STUCK_PAUSE();
	return NULL;
}
static void read_closed(void)
{
	pthread_t thread;

	used = silent_pipe();
	pthread_create(&thread, NULL, close_it, NULL);
	STUCK(read, used, &byte, 1);
}
static void read_reused(void)
{
	pthread_t thread;

	used = silent_pipe();
	pthread_create(&thread, NULL, reuse_it, NULL);
	STUCK(read, used, &byte, 1);
}

static void wait_deleted(void)
{
	int fd = open("/tmp/actors.deleted", O_RDWR | O_CREAT, 0600), again;

	again = open("/tmp/actors.deleted", O_RDWR);
	must(unlink("/tmp/actors.deleted") == 0 && flock(fd, LOCK_EX) == 0, "flock");
	STUCK_AT(flock, again, LOCK_EX);
}
static void wait_memory(void)
{
	char path[64];
	int fd = memfd_create("actors", 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(flock(fd, LOCK_EX) == 0, "flock");
	STUCK_AT(flock, open(path, O_RDWR), LOCK_EX);
}
static void go_to(const char *folder)
{
	must(mkdir(folder, 0700) == 0 && chdir(folder) == 0, folder);
}
static void wait_in_chroot(void)
{
	go_to("/tmp/actors.jail");
	must(mkfifo("fifo", 0600) == 0, "fifo");
	meant_call("openat", SYS_openat, NULL);
	must(chroot(".") == 0, "chroot");
	syscall(SYS_openat, AT_FDCWD, "/fifo", O_RDONLY);
}
static void read_in_chroot(void)
{
	int fd;

	go_to("/tmp/actors.jail-2");
	must(mkfifo("fifo", 0600) == 0, "fifo");
	fd = open("fifo", O_RDWR);
	must(chroot(".") == 0, "chroot");
	meant_call("read", SYS_read, (unsigned long[6]){ WORD(fd), WORD(&byte), 1 });
	syscall(SYS_read, fd, &byte, 1);
}
static void read_in_namespace(void)
{
	must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	     "CLONE_NEWNS");
	go_to("/tmp/actors.private");
	must(mount("private", "/tmp/actors.private", "tmpfs", 0, NULL) == 0 &&
		     chdir("/tmp/actors.private") == 0 && mkfifo("fifo", 0600) == 0,
	     "mount");
	STUCK_AT(read, open("fifo", O_RDWR), &byte, 1);
}
static void wait_in_deleted(void)
{
	go_to("/tmp/actors.gone");
	must(rmdir("/tmp/actors.gone") == 0, "rmdir");
	STUCK_PAUSE();
}
static void read_many(void)
{
	int fd = silent_pipe();

	for (int i = 10; i < 900; i += 3)
		dup2(fd, i);
	STUCK_AT(read, 898, &byte, 1);
}

const struct actor file_actors[] = {
	{ "inotify", wait_inotify },
	{ "fanotify", wait_fanotify },
	{ "eventfd", read_event },
	{ "eventfd-write", write_event },
	{ "terminal", read_terminal },
	{ "terminal-side", read_other_side },
	{ "terminal-write", write_terminal },
	{ "kmsg", read_log },
	{ "fd-closed", read_closed },
	{ "fd-reused", read_reused },
	{ "deleted-file", wait_deleted },
	{ "memfd", wait_memory },
	{ "chroot-open", wait_in_chroot },
	{ "chroot-read", read_in_chroot },
	{ "mount-ns", read_in_namespace },
	{ "deleted-folder", wait_in_deleted },
	{ "many-files", read_many },
	{ NULL, NULL },
};
