// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for a file system that is frozen, some of which others wait for in turn. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE "/srv/frozen"

/* Of files that have no name any more: whoever lets go of the last of them has to remove them. */
static void keep_removed(const char *name, int ready, void (*let_go)(int fd))
{
	int fd;

	if (fork() != 0)
		return;
	prctl(PR_SET_NAME, name);
	fd = open(PLACE "/removed", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && write(fd, "x", 1) == 1 && unlink(PLACE "/removed") == 0, "removed");
	write(ready, "x", 1);
	while (access("/tmp/actors.frozen", F_OK) != 0)
		usleep(100000);
	let_go(fd);
	_exit(1);
}
static void close_removed(int fd)
{
	meant_close();
	syscall(SYS_close, fd);
}
static void exit_removed(int fd)
{
	STUCK(exit_group, 7);
}

int freeze_files(void)
{
	int ready[2], fd = open(PLACE, O_RDONLY | O_DIRECTORY);
	char byte;

	close(open(PLACE "/file", O_RDWR | O_CREAT, 0600));
	if (fd < 0 || truncate(PLACE "/file", 4096) != 0 || access(PLACE "/lost+found", F_OK) != 0)
		return 0;
	must(mkdir(PLACE "/folder", 0700) == 0 && pipe(ready) == 0, "pipe");
	keep_removed("close-frozen", ready[1], close_removed);
	read(ready[0], &byte, 1);
	keep_removed("exit-frozen", ready[1], exit_removed);
	read(ready[0], &byte, 1);
	must(ioctl(fd, FIFREEZE, 0) == 0, "FIFREEZE");
	close(open("/tmp/actors.frozen", O_CREAT | O_RDWR, 0600));
	close(fd);
	return 1;
}

static void make_folder(void)
{
	STUCK_MKDIR(PLACE "/new", 0700);
}
static void make_file(void)
{
	STUCK(openat, AT_FDCWD, PLACE "/other", O_CREAT | O_RDWR, 0600);
}
static void write_file(void)
{
	STUCK_AT(pwrite64, open(PLACE "/file", O_RDWR), "x", 1, 0);
}
static void cut_file(void)
{
	STUCK(truncate, PLACE "/file", 0);
}
static void grow_file(void)
{
	STUCK_AT(fallocate, open(PLACE "/file", O_RDWR), 0, 0, 1 << 16);
}
static void remove_folder(void)
{
	STUCK_RMDIR(PLACE "/folder");
}
static void rename_file(void)
{
	STUCK_RENAME(PLACE "/file", PLACE "/renamed");
}
static void change_mode(void)
{
	STUCK_CHMOD(PLACE "/file", 0644);
}
static char *mapped(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			  open(PLACE "/file", O_RDWR), 0);

	must(page != MAP_FAILED, "mmap");
	return page;
}
static void change_page(void)
{
	char *page = mapped();

	meant_no_call();
	*page = 1;
}
static void read_into_page(void)
{
	STUCK_AT(read, open("/bin/busybox", O_RDONLY), mapped(), 1);
}

/* A thread that nothing ends, not even its process. */
static volatile long frozen_thread;
static void *stay_frozen(void *name)
{
	prctl(PR_SET_NAME, name);
	frozen_thread = syscall(SYS_gettid);
	STUCK_MKDIR(PLACE "/newer", 0700);
	return NULL;
}
static void exec_beside(void)
{
	char *words[] = { "busybox", "true", NULL };
	pthread_t thread;

	pthread_create(&thread, NULL, stay_frozen, "stays-for-exec");
	while (!frozen_thread)
		usleep(20000);
	until(frozen_thread, "D");
	STUCK(execve, "/bin/busybox", words, NULL);
}
static void *exit_all(void *name)
{
	prctl(PR_SET_NAME, name);
	until(getpid(), "D");
	syscall(SYS_exit_group, 0);
	return NULL;
}
static void end_beside(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_all, "exits-all");
	STUCK_MKDIR(PLACE "/newest", 0700);
}

const struct actor frozen_actors[] = {
	{ "frozen-mkdir", make_folder },
	{ "frozen-create", make_file },
	{ "frozen-write", write_file },
	{ "frozen-truncate", cut_file },
	{ "frozen-grow", grow_file },
	{ "frozen-rmdir", remove_folder },
	{ "frozen-rename", rename_file },
	{ "frozen-chmod", change_mode },
	{ "frozen-page", change_page },
	{ "frozen-read", read_into_page },
	{ "exec-dethread", exec_beside },
	{ "frozen-exit-all", end_beside },
	{ NULL, NULL },
};
