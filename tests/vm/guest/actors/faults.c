// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for a page that never comes, in user mode and in calls. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static int answers(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, 0);

	must(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0, "userfaultfd");
	return fd;
}
/* Of all machines: a multiple of the others'. */
enum { LARGEST_PAGE = 65536 };

char *missing_page(void)
{
	char *page = mmap(NULL, LARGEST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	struct uffdio_register range = { { (unsigned long)page, LARGEST_PAGE },
					 UFFDIO_REGISTER_MODE_MISSING,
					 0 };

	must(ioctl(answers(), UFFDIO_REGISTER, &range) == 0, "UFFDIO_REGISTER");
	return page;
}

static void write_page(void)
{
	char *page = missing_page();

	meant_no_call();
	*page = 1;
}
static void run_page(void)
{
	char *page = missing_page();

	must(mprotect(page, LARGEST_PAGE, PROT_READ | PROT_EXEC) == 0, "mprotect");
	meant_no_call();
	((void (*)(void))page)();
}
static void fault_in_write(void)
{
	STUCK_AT(write, full_pipe(), missing_page(), 100);
}
static void fault_in_pipe(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	STUCK_AT(write, ends[1], missing_page(), 100);
}
static void fault_in_execve(void)
{
	char *words[] = { "true", missing_page(), NULL };

	STUCK(execve, "/bin/busybox", words, NULL);
}
static void fault_in_name(void)
{
	STUCK(openat, AT_FDCWD, missing_page(), O_RDONLY, 0);
}
static void fault_in_stat(void)
{
	STUCK(stat, "/bin/busybox", missing_page());
}
static void fault_in_random(void)
{
	STUCK(getrandom, missing_page(), 100, 0);
}
static void fault_in_futex(void)
{
	STUCK(futex, missing_page(), FUTEX_WAIT, 0, NULL, NULL, 0);
}
static void lock_page(void)
{
	STUCK(mlock, missing_page(), LARGEST_PAGE);
}
static void read_process(void)
{
	static char block[100];
	struct iovec to = { block, sizeof(block) }, from = { missing_page(), sizeof(block) };

	STUCK(process_vm_readv, getpid(), &to, 1, &from, 1, 0);
}
static void read_faults(void)
{
	struct uffd_msg message;

	STUCK_AT(read, answers(), &message, sizeof(message));
}

const struct actor fault_actors[] = {
	{ "fault", write_page },
	{ "fault-to-run", run_page },
	{ "fault-in-call", fault_in_pipe },
	{ "full-not-fault", fault_in_write },
	{ "execve-fault", fault_in_execve },
	{ "name-fault", fault_in_name },
	{ "stat-fault", fault_in_stat },
	{ "random-fault", fault_in_random },
	{ "futex-fault", fault_in_futex },
	{ "mlock-fault", lock_page },
	{ "process-vm", read_process },
	{ "read-faults", read_faults },
	{ NULL, NULL },
};
