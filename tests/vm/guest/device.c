// SPDX-License-Identifier: GPL-2.0-or-later
/* What /dev/kstrax must refuse, and that it refuses nothing else. */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/kstrax_device.h"

static const char path[] = "/dev/" KSTRAX_DEVICE_NAME;

static int opened(int flags)
{
	int fd = open(path, flags);

	must(fd >= 0, path);
	return fd;
}

static void must_fail(long result, int error, const char *what)
{
	must(result == -1 && errno == error, what);
}

/* As a user, and as root without the capability. */
static void open_without(int capability_only)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (capability_only) {
			prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN);
			/* Executing drops what is out of bounds. */
			execl("/bin/workload", "workload", "open-device", NULL);
		} else {
			must(setuid(1000) == 0, "setuid");
			must_fail(open(path, O_RDONLY), EACCES, "a user's open");
		}
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "a child without rights");
}

void open_device(void)
{
	must_fail(open(path, O_RDONLY), EPERM, "an open without CAP_SYS_ADMIN");
}

static void *mapped(int fd, int protection, int flags, off_t at)
{
	return mmap(NULL, 4096, protection, flags, fd, at);
}

static void mappings(void)
{
	int reading = opened(O_RDONLY), both = opened(O_RDWR);
	struct kstrax_anchor *anchor = mapped(reading, PROT_READ, MAP_SHARED, 0);
	/* What lies behind it the kernel refuses by itself. */
	const off_t last_page = (sizeof(long) == 8 ? INT64_MAX : UINT32_MAX) & ~8191ll;

	must(anchor != MAP_FAILED && anchor->facts.abi_version == KSTRAX_ABI_VERSION, "the anchor");
	must_fail((long)mapped(reading, PROT_READ | PROT_WRITE, MAP_SHARED, 0), EACCES,
		  "a writable mapping");
	must_fail((long)mapped(both, PROT_READ | PROT_WRITE, MAP_SHARED, 0), EACCES,
		  "a writable mapping of O_RDWR");
	must_fail((long)mapped(both, PROT_READ, MAP_SHARED, 0), EACCES,
		  "one that can become writable");
	must_fail((long)mapped(reading, PROT_READ, MAP_PRIVATE, 0), EACCES, "a private mapping");
	must_fail(mprotect(anchor, 4096, PROT_READ | PROT_WRITE), EACCES, "mprotect");
	must_fail((long)mapped(reading, PROT_READ | PROT_EXEC, MAP_SHARED, 0), EACCES,
		  "an executable mapping");
	must_fail(mprotect(anchor, 4096, PROT_READ | PROT_EXEC), EACCES,
		  "mprotect to an executable one");
	must_fail((long)mapped(reading, PROT_READ, MAP_SHARED, last_page / 16384 * 8192), ENXIO,
		  "far beyond");
	must_fail((long)mapped(reading, PROT_READ, MAP_SHARED, last_page), ENXIO,
		  "the last page of all");
	must_fail((long)mmap(NULL, 1ul << 30, PROT_READ, MAP_SHARED, reading, 0), ENXIO,
		  "more than there is");
	munmap(anchor, 4096);
	close(reading);
	close(both);
}

static void requests(void)
{
	int first = opened(O_RDONLY), second = opened(O_RDONLY);
	struct kstrax_anchor *anchor = mapped(first, PROT_READ, MAP_SHARED, 0);
	struct kstrax_filter filter = anchor->filter;
	struct kstrax_taken taken = { .cpu = 0, .position = 1 };

	must(filter.version == 1, "nothing was ever left out");
	must(ioctl(first, KSTRAX_IOC_SET_FILTER, &filter) == 0, "the same filter again");
	must(anchor->filter.version == 2, "a change is counted");
	filter.version = 1;
	must(ioctl(first, KSTRAX_IOC_SET_FILTER, &filter) == 0 && anchor->filter.version == 3,
	     "the version is the recorder's own");
	munmap(anchor, 4096); /* it would keep the file open */
	must_fail(ioctl(first, _IO(0xa7, 99)), ENOTTY, "no such request");
	must_fail(ioctl(first, KSTRAX_IOC_SET_FILTER, 16), EFAULT, "a bad pointer");
	filter.traced_pid = 0;
	must_fail(ioctl(first, KSTRAX_IOC_SET_FILTER, &filter), EINVAL, "process 0");
	filter.traced_pid = -2;
	must_fail(ioctl(first, KSTRAX_IOC_SET_FILTER, &filter), EINVAL, "process -2");

	must_fail(ioctl(first, KSTRAX_IOC_TAKE, &taken), EPERM, "taking without leave");
	must(ioctl(first, KSTRAX_IOC_CONSUME) == 0 && ioctl(first, KSTRAX_IOC_CONSUME) == 0,
	     "consume");
	must_fail(ioctl(second, KSTRAX_IOC_CONSUME), EBUSY, "a second consumer");
	must_fail(ioctl(second, KSTRAX_IOC_TAKE, &taken), EPERM, "taking by the second");
	must(ioctl(first, KSTRAX_IOC_TAKE, &taken) == 0, "take");
	taken.position = 0;
	must_fail(ioctl(first, KSTRAX_IOC_TAKE, &taken), EINVAL, "backwards");
	taken.position = ~0ull;
	must_fail(ioctl(first, KSTRAX_IOC_TAKE, &taken), EINVAL, "beyond the head");
	taken.cpu = 1u << 31;
	must_fail(ioctl(first, KSTRAX_IOC_TAKE, &taken), ENXIO, "no such CPU");
	close(first);
	must(ioctl(second, KSTRAX_IOC_CONSUME) == 0, "consume after the first is gone");

	/* As many processes are left out as there is room for, and room is given back. */
	for (int round = 0; round < 2; round++) {
		int line[2], wait_line[2], status;
		char byte;
		pid_t children[KSTRAX_LEFT_OUT_MAX + 1];

		must(pipe(line) == 0 && pipe(wait_line) == 0, "pipe");
		for (int i = 0; i <= KSTRAX_LEFT_OUT_MAX; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				int fd = opened(O_RDONLY),
				    result = ioctl(fd, KSTRAX_IOC_LEAVE_ME_OUT);

				byte = result == 0 ? 'y' : errno == EBUSY ? 'n' : '?';
				must(write(line[1], &byte, 1) == 1, "pipe");
				close(wait_line[1]);
				must(read(wait_line[0], &byte, 1) == 0, "pipe");
				_exit(0);
			}
			must(read(line[0], &byte, 1) == 1 &&
				     byte == (i < KSTRAX_LEFT_OUT_MAX ? 'y' : 'n'),
			     "left out");
		}
		close(wait_line[1]);
		for (int i = 0; i <= KSTRAX_LEFT_OUT_MAX; i++)
			must(waitpid(children[i], &status, 0) == children[i] && status == 0,
			     "a child left out");
		close(line[0]);
		close(line[1]);
		close(wait_line[0]);
	}
	close(second);
}

/* Who has the file open, and may no longer open it. */
static void privileges_dropped(void)
{
	struct kstrax_taken taken = { .cpu = 0 };
	struct kstrax_filter filter = { .traced_pid = -1 };
	int status, fd = opened(O_RDONLY);
	pid_t child = fork();

	if (child == 0) {
		must(setuid(1000) == 0, "setuid");
		must_fail(ioctl(fd, KSTRAX_IOC_SET_FILTER, &filter), EPERM, "a user's filter");
		must_fail(ioctl(fd, KSTRAX_IOC_CONSUME), EPERM, "a user who consumes");
		must_fail(ioctl(fd, KSTRAX_IOC_TAKE, &taken), EPERM, "a user who takes");
		must_fail(ioctl(fd, KSTRAX_IOC_LEAVE_ME_OUT), EPERM, "a user left out");
		must_fail((long)mapped(fd, PROT_READ, MAP_SHARED, 0), EPERM, "a user's mapping");
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "a child without privileges");
	close(fd);
}

/* Records of all CPUs so far. */
static uint64_t records(int fd)
{
	const struct kstrax_anchor *anchor = mapped(fd, PROT_READ, MAP_SHARED, 0);
	size_t size = anchor->block_size;
	uint64_t sum = 0;

	munmap((void *)anchor, 4096);
	anchor = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	must(anchor != MAP_FAILED, "the descriptors");
	for (unsigned int i = 0; i < anchor->facts.possible_cpus; i++) {
		const char *at = (const char *)anchor + anchor->cpu_offset + i * anchor->cpu_size;

		sum += ((const struct kstrax_cpu *)at)->head;
	}
	munmap((void *)anchor, size);
	return sum;
}

/* Starts a child that makes calls as this process, and returns how many records came meanwhile. */
static uint64_t records_of(pid_t number, int calls)
{
	int status, fd = opened(O_RDONLY);
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&number,
				   .set_tid_size = 1 };
	uint64_t before = records(fd);
	pid_t child = syscall(SYS_clone3, &args, sizeof(args));

	if (child == 0) {
		while (calls--)
			syscall(SYS_getppid);
		_exit(0);
	}
	must(child == number, "clone3");
	must(waitpid(child, &status, 0) == child && status == 0, "a child of that number");
	before = records(fd) - before;
	close(fd);
	return before;
}

/* Its number may be another process's soon, and the file stays open in a child of it. */
static void left_out_until_it_ends(void)
{
	enum { CALLS = 10000 };
	pid_t askers[KSTRAX_LEFT_OUT_MAX + 1];
	int line[2], status;

	must(pipe(line) == 0, "pipe");
	for (int i = 0; i <= KSTRAX_LEFT_OUT_MAX; i++) {
		askers[i] = fork();
		if (askers[i] == 0) {
			char byte;

			must(ioctl(opened(O_RDONLY), KSTRAX_IOC_LEAVE_ME_OUT) == 0, "left out");
			if (fork() == 0) {
				close(line[1]);
				must(read(line[0], &byte, 1) == 0, "pipe");
			}
			_exit(0);
		}
		must(waitpid(askers[i], &status, 0) == askers[i] && status == 0,
		     "a place of one that is gone");
	}
	must(records_of(askers[KSTRAX_LEFT_OUT_MAX], CALLS) >= 2 * CALLS,
	     "a process of that number is recorded");
	close(line[0]);
	close(line[1]);
}

void device(void)
{
	must(opened(O_RDONLY) >= 0, path);
	open_without(0);
	open_without(1);
	mappings();
	requests();
	privileges_dropped();
	left_out_until_it_ends();
	puts("ok");
}
