// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls through the other tables of an x86-64 kernel: IA-32's, and x32's. */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__

/* Numbers of the IA-32 table. */
enum {
	IA32_WRITE = 4,
	IA32_OPEN = 5,
	IA32_CLOSE = 6,
	IA32_CREAT = 8,
	IA32_GETPID = 20,
	IA32_OPENAT = 295
};

static const long x32_bit = 0x40000000;

static int ia32_call(int nr, uint32_t a, uint32_t b, uint32_t c)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "0"((long)nr), "b"((long)a), "c"((long)b), "d"((long)c), "S"(0x51L),
		       "D"(0xd1L)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

void scene_compat(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t name = (uintptr_t)low;
	int fd;

	must(low != MAP_FAILED, "MAP_32BIT");
	for (int i = 0; i < 20; i++)
		must(ia32_call(IA32_GETPID, i, 2, 3) == getpid(), "int 0x80");

	strcpy(low, in_folder("compat-file"));
	fd = ia32_call(IA32_CREAT, name, 0644, 0);
	must(fd >= 0, "compat creat");
	must(ia32_call(IA32_WRITE, fd, name, 3) == 3, "compat write");
	ia32_call(IA32_CLOSE, fd, 0, 0);
	fd = ia32_call(IA32_OPEN, name, O_RDONLY, 0);
	must(fd >= 0, "compat open");
	ia32_call(IA32_CLOSE, fd, 0, 0);
	fd = ia32_call(IA32_OPENAT, AT_FDCWD, name, O_RDONLY);
	must(fd >= 0, "compat openat");
	must(ia32_call(IA32_CLOSE, fd, 0, 0) == 0, "compat close");
	must(ia32_call(IA32_CLOSE, fd, 0, 0) < 0, "compat close again");
	strcpy(low, "/no/such/compat/file");
	must(ia32_call(IA32_OPEN, name, O_RDONLY, 0) < 0, "compat open");
	must(ia32_call(IA32_OPEN, 16, O_RDONLY, 0) < 0, "compat open of nothing");
	must(ia32_call(4000, 1, 2, 3) < 0, "a compat call that is none");
	munmap(low, 4096);

	/* Debian's kernels refuse x32; the attempt is recorded all the same. */
	syscall(x32_bit | SYS_getpid, 1, 2, 3, 4, 5, 6);
	syscall(x32_bit | SYS_open, "/no/such/x32/file", O_RDONLY);
}

#else

void scene_compat(void)
{
}

#endif
