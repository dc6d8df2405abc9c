// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for a page that never comes: in user mode, in a call, and with a lock in their hands. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void must(int what, const char *message)
{
	if (!what) {
		perror(message);
		_exit(1);
	}
}

/* Whoever touches it waits. */
static char *missing_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, 0);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { { (unsigned long)page, 4096 },
					 UFFDIO_REGISTER_MODE_MISSING,
					 0 };

	must(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &range) == 0,
	     "userfaultfd");
	return page;
}

void fault(void)
{
	*missing_page() = 1;
}

void fault_in_call(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	write(ends[1], missing_page(), 100);
}

void fault_in_execve(void)
{
	char *words[] = { "true", missing_page(), NULL };

	syscall(SYS_execve, "/bin/busybox", words, NULL);
}

/* A child that does its part once its parent waits with the lock. */
static int later(const char *name)
{
	if (fork() != 0)
		return 0;
	prctl(PR_SET_NAME, name);
	usleep(500000);
	return 1;
}

void hold_position(void)
{
	int fd = open("/bin/busybox", O_RDONLY);

	if (later("fpos-wait"))
		lseek(fd, 0, SEEK_SET);
	else
		read(fd, missing_page(), 100);
}

void hold_pipe(void)
{
	int ends[2];
	char byte;

	must(pipe(ends) == 0, "pipe");
	if (later("pipe-wait"))
		read(ends[0], &byte, 1);
	else
		write(ends[1], missing_page(), 100);
}

/* A write that begins in a page that is there holds the inode while it waits for the next. */
void hold_inode(void)
{
	int fd = open("/tmp/actors.inode", O_RDWR | O_CREAT, 0600);

	if (later("inode-wait"))
		ftruncate(fd, 0);
	else
		write(fd, missing_page(), 100);
}
