// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks in calls of another kind: of 32 bits, from programs of 32 and (x86) of 64, and of x32. */
#define _GNU_SOURCE
#include "actors.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The same on IA-32 and on ARM. */
enum { READ_32 = 3, PAUSE_32 = 29, NANOSLEEP_32 = 162 };

#ifdef __x86_64__
#define X32 0x40000000L

static long int80(long number, long a, long b, long c)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "0"(number), "b"(a), "c"(b), "d"(c)
		     : "memory", "r8", "r9", "r10", "r11");
	if (result == -ENOSYS)
		skip("no 32-bit calls");
	return result;
}
/* A place that a 32-bit call can name. */
static long low_page(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	must(page != MAP_FAILED, "MAP_32BIT");
	return (long)page;
}
static void pause_32(void)
{
	meant_call("pause", PAUSE_32, NULL);
	int80(PAUSE_32, 0, 0, 0);
}
static void read_32(void)
{
	long fd = silent_pipe(), page = low_page();

	meant_call("read", READ_32, (unsigned long[6]){ fd, page, 1 });
	int80(READ_32, fd, page, 1);
}
static void pause_x32(void)
{
	meant_call("pause", X32 | SYS_pause, NULL);
	syscall(X32 | SYS_pause);
	skip("no x32");
}
static void read_x32(void)
{
	long fd = silent_pipe(), page = low_page();

	meant_call("read", X32 | SYS_read, (unsigned long[6]){ fd, page, 1 });
	syscall(X32 | SYS_read, fd, page, 1);
	skip("no x32");
}
/* Numbers of its own begin at 512. */
static void readv_x32(void)
{
	long fd = silent_pipe(), page = low_page();

	((unsigned int *)page)[0] = page + 64;
	((unsigned int *)page)[1] = 1;
	meant_call("readv", X32 | 515, (unsigned long[6]){ fd, page, 1 });
	syscall(X32 | 515, fd, page, 1);
	skip("no x32");
}
#endif

/* What actors32 does; its memory is its own, so words of it are not known here. */
static void run_32(const char *what, const char *name, long number)
{
	if (access("/bin/actors32", X_OK) != 0)
		skip("no 32-bit program");
	dup2(silent_pipe(), 0);
	meant_call(name, number, NULL);
	execl("/bin/actors32", "actors32", what, NULL);
	skip("no 32-bit programs");
}
static void pause_in_32(void)
{
	run_32("p", "pause", PAUSE_32);
}
static void pause_by_vdso(void)
{
	run_32("P", "pause", PAUSE_32);
}
static void read_in_32(void)
{
	run_32("r", "read", READ_32);
}
static void read_by_vdso(void)
{
	run_32("R", "read", READ_32);
}
static void sleep_by_vdso(void)
{
	run_32("N", "nanosleep", NANOSLEEP_32);
}

const struct actor foreign_actors[] = {
#ifdef __x86_64__
	{ "int80-pause", pause_32 },          { "int80-read", read_32 },
	{ "x32-pause", pause_x32 },           { "x32-read", read_x32 },
	{ "x32-readv", readv_x32 },
#endif
	{ "ia32-pause", pause_in_32 },        { "ia32-vdso-pause", pause_by_vdso },
	{ "ia32-read", read_in_32 },          { "ia32-vdso-read", read_by_vdso },
	{ "ia32-vdso-sleep", sleep_by_vdso }, { NULL, NULL },
};
