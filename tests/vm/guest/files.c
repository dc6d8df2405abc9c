// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that hold files of every kind, each kind with a process of its own. They stay. Kinds that a
 * kernel does not have are left out.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int make(const char *path, int flags)
{
	int fd = open(path, O_CREAT | flags, 0600);

	must(fd >= 0, path);
	return fd;
}

static void hold_names(void)
{
	char longest[256], path[300];
	int fd;

	must(mkdir("names", 0700) == 0 && chdir("names") == 0, "names");
	must(lseek(make("at 1234", O_RDWR | O_APPEND), 1234, SEEK_SET) == 1234, "lseek");
	make("closed by exec", O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_SYNC);
	fcntl(make("closed later", O_RDWR), F_SETFD, FD_CLOEXEC);
	make("two\nlines \33[2J\377\\ (deleted)", O_RDWR);
	memset(longest, 'x', 255);
	longest[255] = 0;
	make(longest, O_RDWR);
	make("gone", O_RDWR);
	unlink("gone");
	must(mkdir("folder", 0700) == 0, "folder");
	make("folder/in a gone folder", O_RDWR);
	make("folder/moved", O_RDWR);
	rename("folder/moved", "was moved");
	must(open("folder", O_RDONLY | O_DIRECTORY) >= 0, "O_DIRECTORY");
	unlink("folder/in a gone folder");
	rmdir("folder");
	open("/tmp", O_TMPFILE | O_RDWR, 0600);
	must(symlink("nowhere", "link") == 0 && open("link", O_PATH | O_NOFOLLOW) >= 0, "O_PATH");
	for (int depth = 0; depth < 40; depth++) {
		snprintf(path, sizeof(path),
			 "depth %d with a long name, so that the path is longer than a page "
			 "of the kernel's 0123456789 0123456789 0123456789 012345",
			 depth);
		must(mkdir(path, 0700) == 0 && chdir(path) == 0, "depth");
	}
	make("at the bottom", O_RDWR);
	must(chdir("/tmp") == 0, "/tmp");
	fd = make("the same", O_RDWR);
	dup2(fd, 100);
	for (int i = 300; i < 1000; i += 7)
		dup2(fd, i);
}

static void hold_pipes(void)
{
	int ends[2];

	must(pipe(ends) == 0 && write(ends[1], "x", 1) == 1 &&
		     pipe2(ends, O_DIRECT | O_CLOEXEC) == 0,
	     "pipe");
	must(mkfifo("a fifo", 0600) == 0 && open("a fifo", O_RDWR) >= 0, "mkfifo");
}

static void hold_nameless(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	char parameters[256] = { 0 };
	sigset_t signals;
	int all = epoll_create1(EPOLL_CLOEXEC);

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	epoll_ctl(all, EPOLL_CTL_ADD, eventfd(3, EFD_NONBLOCK), &event);
	timerfd_create(CLOCK_MONOTONIC, 0);
	signalfd(-1, &signals, 0);
	inotify_init1(IN_CLOEXEC);
	ftruncate(memfd_create("a memory", 0), 5000);
	memfd_create("of large pages", MFD_HUGETLB);
	syscall(SYS_userfaultfd, O_CLOEXEC);
	syscall(SYS_io_uring_setup, 8, parameters);
	syscall(434 /* pidfd_open */, getpid(), 0);
	syscall(447 /* memfd_secret */, 0);
	syscall(430 /* fsopen */, "tmpfs", 0);
	syscall(SYS_fanotify_init, 0, 0);
	syscall(SYS_mq_open, "a queue", O_RDWR | O_CREAT, 0600, NULL);
}

static void hold_special(void)
{
	static const char *const paths[] = {
		"/dev/null",
		"/dev/zero",
		"/dev/ttyS0",
		"/dev/ptmx",
		"/dev/console",
		"/proc/self/stat",
		"/proc/1/maps",
		"/proc/meminfo",
		"/proc/net/tcp",
		"/sys/kernel/uevent_seqnum",
		"/proc/1/ns/net",
		"/proc/1/ns/mnt",
		"/proc/1/ns/pid",
		"/proc/self/fd",
		"/proc/sys/kernel/pid_max",
		"/proc/1",
		"/sys/fs/cgroup/cgroup.procs",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		open(paths[i], O_RDONLY | O_NOCTTY | O_NONBLOCK);
}

/* Its own root, and what it holds of outside. */
static void hold_in_chroot(void)
{
	make("outside the jail", O_RDWR);
	must(mkdir("jail", 0700) == 0 && mkdir("jail/within", 0700) == 0 && chroot("jail") == 0,
	     "chroot");
	make("/within/the jail", O_RDWR);
}

static void hold_in_namespace(void)
{
	must(unshare(CLONE_NEWNS) == 0 && mkdir("private", 0700) == 0, "CLONE_NEWNS");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "MS_PRIVATE");
	must(mount("private", "private", "tmpfs", 0, NULL) == 0, "mount");
	make("private/file", O_RDWR);
	must(mkdir("private/covered", 0700) == 0, "covered");
	make("private/covered/early", O_RDWR);
	must(mount("private", "private/covered", "tmpfs", 0, NULL) == 0, "mount");
	make("private/covered/late", O_RDWR);
	must(mkdir("lazy", 0700) == 0 && mount("lazy", "lazy", "tmpfs", 0, NULL) == 0, "mount");
	must(mkdir("lazy/deep", 0700) == 0, "deep");
	make("lazy/deep/detached", O_RDWR);
	must(umount2("lazy", MNT_DETACH) == 0, "MNT_DETACH");
}

/* As a container: the namespace's root is another file system. */
static void hold_in_box(void)
{
	must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	     "CLONE_NEWNS");
	must(mkdir("box", 0700) == 0 && mount("box", "box", "tmpfs", 0, NULL) == 0 &&
		     chdir("box") == 0,
	     "box");
	must(mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0 && chdir("/") == 0,
	     "MS_MOVE");
	must(mkdir("/srv", 0700) == 0 && chdir("/srv") == 0, "/srv");
	make("/srv/in the box", O_RDWR);
}

static void hold_bound(void)
{
	must(mkdir("original", 0700) == 0 && mkdir("original/below", 0700) == 0 &&
		     mkdir("bound", 0700) == 0,
	     "mkdir");
	close(make("original/below/file", O_RDWR));
	close(make("onto", O_RDWR));
	must(mount("original/below", "bound", NULL, MS_BIND, NULL) == 0, "MS_BIND");
	must(mount("original/below/file", "onto", NULL, MS_BIND, NULL) == 0, "MS_BIND of a file");
	make("bound/file", O_RDWR);
	make("onto", O_RDWR);
	make("original/below/file", O_RDWR);
}

static void hold_no_place(void)
{
	must(mkdir("left", 0700) == 0 && chdir("left") == 0 && rmdir("../left") == 0,
	     "a deleted folder");
}

static void hold_group(void)
{
	int fd;

	mkdir("/sys/fs/cgroup/kube", 0755);
	mkdir("/sys/fs/cgroup/kube/pod 12", 0755);
	fd = open("/sys/fs/cgroup/kube/pod 12/cgroup.procs", O_WRONLY);
	if (fd >= 0)
		dprintf(fd, "%d", getpid());
}

static void hold_title(void)
{
	char *argv[] = { "/tmp/files/program", "files-child", "with a\nnewline", "",
			 "\377last",           NULL };

	must(system("cp /bin/workload /tmp/files/program") == 0, "cp");
	execv(argv[0], argv);
}

/* Of the program that hold_title executes. */
void files_child(char **argv)
{
	prctl(PR_SET_NAME, "deleted program");
	unlink(argv[0]);
	strcpy(argv[3], ""); /* touched, so that it is there */
	for (;;)
		pause();
}

/* Blocked in calls that were given names. */
static void hold_open_call(void)
{
	must(mkfifo("no writer ever", 0600) == 0, "mkfifo");
	open("/tmp/files/no writer ever", O_RDONLY);
}

static void hold_read_call(void)
{
	int ends[2];
	char byte;

	must(pipe(ends) == 0, "pipe");
	read(ends[0], &byte, 1);
}

static void *read_byte(void *fd)
{
	char byte;

	prctl(PR_SET_NAME, "reused reader");
	read(*(int *)fd, &byte, 1);
	return NULL;
}

/* The descriptor is given to another file under the call. */
static void hold_reused(void)
{
	static int ends[2];
	pthread_t thread;

	must(pipe(ends) == 0 && pthread_create(&thread, NULL, read_byte, &ends[0]) == 0, "pipe");
	sleep_us(300000);
	dup2(open("/proc/version", O_RDONLY), ends[0]);
}

static const struct {
	const char *name;
	void (*hold)(void);
} holders[] = {
	{ "names", hold_names },         { "pipes", hold_pipes },
	{ "nameless", hold_nameless },   { "special", hold_special },
	{ "chroot", hold_in_chroot },    { "namespace", hold_in_namespace },
	{ "box", hold_in_box },          { "bound", hold_bound },
	{ "no place", hold_no_place },   { "group", hold_group },
	{ "sockets", hold_sockets },     { "title", hold_title },
	{ "open call", hold_open_call }, { "read call", hold_read_call },
	{ "reused", hold_reused },
};

/* Prints the process of each. */
void files(void)
{
	mkdir("/tmp/files", 0755);
	must(chdir("/tmp/files") == 0, "/tmp/files");
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		pid_t process = fork();

		if (process == 0) {
			prctl(PR_SET_NAME, holders[i].name);
			holders[i].hold();
			for (;;)
				pause();
		}
		printf("%d\n", process);
	}
	fflush(stdout);
	for (;;)
		pause();
}
