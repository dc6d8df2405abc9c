// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that wait for a lock of files, and those that wait for a lock of the kernel's: who holds that one is named
 * …-hold and waits for a page that never comes, and its children …-wait wait for it.
 */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char byte;

int later(const char *name)
{
	if (fork() != 0)
		return 0;
	prctl(PR_SET_NAME, name);
	until_waiting(getppid());
	return 1;
}

/* Which a child keeps locked for ever. */
static int locked_file(const char *path, int how)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };
	int fd = open(path, O_RDWR | O_CREAT, 0600), locked[2];

	must(pipe(locked) == 0, "pipe");
	if (fork() == 0) {
		fd = open(path, O_RDWR);
		must(how == LOCK_EX ? flock(fd, how) == 0 : fcntl(fd, how, &lock) == 0, "lock");
		write(locked[1], "", 1);
		stay_child("locks-a-file");
	}
	read(locked[0], &byte, 1);
	return fd;
}
static struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

static void wait_flock(void)
{
	STUCK_AT(flock, locked_file("/tmp/actors.flock", LOCK_EX), LOCK_EX);
}
static void wait_fcntl(void)
{
	STUCK_AT(fcntl, locked_file("/tmp/actors.fcntl", F_SETLK), F_SETLKW, &wanted);
}
static void wait_open_lock(void)
{
	STUCK_AT(fcntl, locked_file("/tmp/actors.ofd", F_OFD_SETLK), F_OFD_SETLKW, &wanted);
}
static void wait_lease(void)
{
	int fd = open("/tmp/actors.lease", O_RDWR | O_CREAT, 0600);

	signal(SIGIO, SIG_IGN);
	must(fcntl(fd, F_SETLEASE, F_WRLCK) == 0, "F_SETLEASE");
	if (!later("lease-break"))
		STUCK_PAUSE();
	else
		STUCK(openat, AT_FDCWD, "/tmp/actors.lease", O_RDONLY, 0);
}

static void hold_position(void)
{
	int fd = open("/bin/busybox", O_RDONLY);

	if (later("fpos-wait"))
		STUCK_AT(lseek, fd, 0, SEEK_SET);
	else
		STUCK_AT(read, fd, missing_page(), 100);
}
static void hold_pipe(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	if (later("pipe-wait"))
		STUCK_AT(read, ends[0], &byte, 1);
	else if (later("pipe-size-wait"))
		STUCK_AT(fcntl, ends[1], F_SETPIPE_SZ, 8192);
	else
		STUCK_AT(write, ends[1], missing_page(), 100);
}
/* A write that begins in a page that is there holds the inode while it waits for the next. */
static void hold_inode(void)
{
	int fd = open("/tmp/actors.inode", O_RDWR | O_CREAT, 0600);

	if (later("inode-wait"))
		STUCK_AT(ftruncate, fd, 0);
	else if (later("inode-2-wait"))
		STUCK_AT(pwrite64, fd, "x", 1, 0);
	else
		STUCK_AT(write, fd, missing_page(), 100);
}
static void hold_stream(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && write(ends[1], "xy", 2) == 2,
	     "socketpair");
	if (later("stream-wait"))
		STUCK_AT(recvfrom, ends[0], &byte, 1, 0, NULL, NULL);
	else
		STUCK_AT(recvfrom, ends[0], missing_page(), 1, 0, NULL, NULL);
}
static void hold_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int poll = epoll_create1(0), fd = eventfd(1, 0);

	must(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	if (later("epoll-wait"))
		STUCK_AT(epoll_ctl, poll, EPOLL_CTL_ADD, eventfd(0, 0), &event);
	else
		STUCK_EPOLL(poll, missing_page());
}
/* The lock of a text that the kernel makes as it is read. */
static void hold_text(void)
{
	int fd = open("/proc/self/status", O_RDONLY);

	if (later("text-wait"))
		STUCK_AT(pread64, fd, &byte, 1, 0);
	else
		STUCK_AT(pread64, fd, missing_page(), 100, 0);
}

/* One task lists a folder into the page; others want to change the folder. */
#define FOLDER "/tmp/actors.folder"

static int wait_one_by_one(void)
{
	until_waiting(getppid());
	if (later("mkdir-wait"))
		return STUCK_MKDIR(FOLDER "/new", 0700);
	if (later("rename-wait"))
		return STUCK_RENAME(FOLDER "/old", FOLDER "/older");
	if (later("unlink-wait"))
		return STUCK_UNLINK(FOLDER "/old");
	if (later("rmdir-wait"))
		return STUCK_RMDIR(FOLDER "/inner");
	if (later("create-wait"))
		return STUCK(openat, AT_FDCWD, FOLDER "/made", O_CREAT | O_WRONLY, 0600);
	if (later("link-wait"))
		return STUCK_LINK(FOLDER "/old", FOLDER "/linked");
	if (later("symlink-wait"))
		return STUCK_SYMLINK("nowhere", FOLDER "/symbolic");
	stay_child("folder-helper");
	return 0;
}

static void hold_folder(void)
{
	int fd;

	must(mkdir(FOLDER, 0700) == 0 && mkdir(FOLDER "/inner", 0700) == 0, "mkdir");
	close(open(FOLDER "/old", O_CREAT | O_RDWR, 0600));
	fd = open(FOLDER, O_RDONLY | O_DIRECTORY);
	if (fork() == 0)
		wait_one_by_one();
	STUCK_AT(getdents64, fd, missing_page(), 4096);
}

const struct actor lock_actors[] = {
	{ "flock", wait_flock },        { "fcntl-lock", wait_fcntl },
	{ "ofd-lock", wait_open_lock }, { "lease", wait_lease },
	{ "fpos-hold", hold_position }, { "pipe-hold", hold_pipe },
	{ "inode-hold", hold_inode },   { "stream-hold", hold_stream },
	{ "epoll-hold", hold_epoll },   { "text-hold", hold_text },
	{ "folder-hold", hold_folder }, { NULL, NULL },
};
