// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program (LD_PRELOAD), it lets one call of the program fail, from main() on. FAULT=GROUP:EFFECT:N names it:
 *   GROUP   alloc: memory; read; map; write; name: a file gets its name
 *   EFFECT  fail; all: this and all that follow fail; short: half of it is done; intr: EINTR; term, int: a signal comes before it
 *   N       of the group's calls, from 1
 * With FAULT_COUNTS=FILE, it writes a line "GROUP CALLS" for each group there when the program ends, and nothing fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum group { ALLOC, READ, MAP, WRITE, NAME, GROUPS };
static const char *const group_names[GROUPS] = { "alloc", "read", "map", "write", "name" };
static const int group_errors[GROUPS] = { ENOMEM, EIO, ENOMEM, ENOSPC, EIO };

static atomic_ulong calls[GROUPS];
static enum group fault_group = GROUPS;
static char fault_effect[8];
static unsigned long fault_at;
static atomic_int armed;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

enum outcome { GO_ON, FAIL, SHORT };

/* What becomes of the next call of a group; errno says why where it fails. */
static enum outcome next_call(enum group group)
{
	if (!atomic_load(&armed))
		return GO_ON;
	const unsigned long number = atomic_fetch_add(&calls[group], 1) + 1;

	if (group != fault_group)
		return GO_ON;
	if (strcmp(fault_effect, "all") == 0 ? number < fault_at : number != fault_at)
		return GO_ON;
	if (strcmp(fault_effect, "short") == 0)
		return SHORT;
	if (strcmp(fault_effect, "term") == 0 || strcmp(fault_effect, "int") == 0) {
		kill(getpid(), fault_effect[0] == 't' ? SIGTERM : SIGINT);
		return GO_ON;
	}
	errno = strcmp(fault_effect, "intr") == 0 ? EINTR : group_errors[group];
	return FAIL;
}

static size_t half(size_t size)
{
	return size > 1 ? size / 2 : size;
}

void *malloc(size_t size)
{
	return next_call(ALLOC) == FAIL ? NULL : __libc_malloc(size);
}
void *calloc(size_t count, size_t size)
{
	return next_call(ALLOC) == FAIL ? NULL : __libc_calloc(count, size);
}
void *realloc(void *old, size_t size)
{
	return next_call(ALLOC) == FAIL ? NULL : __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size)
{
	return next_call(ALLOC) == FAIL ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size)
{
	if (next_call(ALLOC) == FAIL)
		return ENOMEM;
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : ENOMEM;
}

ssize_t read(int fd, void *bytes, size_t size)
{
	const enum outcome outcome = next_call(READ);

	return outcome == FAIL ? -1 : REAL(read)(fd, bytes, outcome == SHORT ? half(size) : size);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at)
{
	const enum outcome outcome = next_call(READ);

	return outcome == FAIL ? -1
			       : REAL(pread64)(fd, bytes, outcome == SHORT ? half(size) : size, at);
}
ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
	return pread64(fd, bytes, size, at);
}
size_t fread(void *bytes, size_t size, size_t count, FILE *stream)
{
	return next_call(READ) == FAIL ? (size_t)0 : REAL(fread)(bytes, size, count, stream);
}
void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
	return next_call(MAP) == FAIL ? MAP_FAILED
				      : REAL(mmap64)(at, size, protection, flags, fd, offset);
}
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap64(at, size, protection, flags, fd, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	const enum outcome outcome = fd == STDERR_FILENO ? GO_ON : next_call(WRITE);

	return outcome == FAIL ? -1 : REAL(write)(fd, bytes, outcome == SHORT ? half(size) : size);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at)
{
	const enum outcome outcome = next_call(WRITE);

	return outcome == FAIL ? -1 : REAL(pwritev64)(fd, parts, outcome == SHORT ? 1 : count, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
	return pwritev64(fd, parts, count, at);
}
/* What is interrupted or short below a stream is the C library's to mend. */
static int stream_fails(FILE *stream)
{
	if (stream == stderr || next_call(WRITE) != FAIL)
		return 0;
	return errno != EINTR;
}
size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream)
{
	return stream_fails(stream) ? 0 : REAL(fwrite)(bytes, size, count, stream);
}
int fflush(FILE *stream)
{
	return stream && __fpending(stream) > 0 && stream_fails(stream) ? EOF
									: REAL(fflush)(stream);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	return next_call(NAME) == FAIL ? -1 : REAL(linkat)(from_folder, from, to_folder, to, flags);
}
int rename(const char *from, const char *to)
{
	return next_call(NAME) == FAIL ? -1 : REAL(rename)(from, to);
}
int mkstemp64(char *name)
{
	return next_call(NAME) == FAIL ? -1 : REAL(mkstemp64)(name);
}
int mkstemp(char *name)
{
	return mkstemp64(name);
}

static int counts_fd = -1; /* opened before the program gives up to open files */

static void write_counts(void)
{
	char text[256] = "";

	atomic_store(&armed, 0);
	for (int group = 0; group < GROUPS; ++group) {
		const size_t size = strlen(text);

		snprintf(text + size, sizeof text - size, "%s %lu\n", group_names[group],
			 atomic_load(&calls[group]));
	}
	(void)!write(counts_fd, text, strlen(text));
}

static void read_fault(void)
{
	const char *text = getenv("FAULT");
	char name[8] = "";

	if (getenv("FAULT_COUNTS")) {
		counts_fd = open(getenv("FAULT_COUNTS"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				 0600);
		atexit(write_counts);
	}
	if (!text || sscanf(text, "%7[a-z]:%7[a-z]:%lu", name, fault_effect, &fault_at) != 3)
		return;
	for (int group = 0; group < GROUPS; ++group)
		if (strcmp(name, group_names[group]) == 0)
			fault_group = group;
}

static int (*program)(int, char **, char **);

static int begin(int argc, char **argv, char **environment)
{
	read_fault();
	atomic_store(&armed, 1);
	return program(argc, argv, environment);
}

/* What the loader and static objects do before main() is not the program's to answer for. */
int __libc_start_main(int (*main_function)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
		      void *stack_end)
{
	program = main_function;
	return ((int (*)(int (*)(int, char **, char **), int, char **, void (*)(void),
			 void (*)(void), void (*)(void),
			 void *))dlsym(RTLD_NEXT, "__libc_start_main"))(begin, argc, argv, init,
									fini, rtld_fini, stack_end);
}
