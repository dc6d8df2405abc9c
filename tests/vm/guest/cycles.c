// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modules come and go while others call, read and open the device:
 * cycles COUNT SEED MODULES KSTRAX, where MODULES is the folder of the two
 * and KSTRAX the command. What is done follows from SEED; when, does not.
 *
 * Nothing but system calls between loading and unloading: on a kernel that
 * checks every access, each program that is started costs more than a cycle.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "formats/kstrax_device.h"

enum { VISITORS = 2, MOST_CPUS = 64, PAGE_SHIFT = 12 };

static const long long patience_us = 3600 * 1000000ll; /* an emulated clock can be fast */
static const char late_name[] = "/tmp/cycles-name";
static const char device_path[] = "/dev/" KSTRAX_DEVICE_NAME;
static const char *modules, *kstrax;
static pid_t visitors[VISITORS], storms[MOST_CPUS];
static unsigned int cpus;
static unsigned int in_use; /* unloadings that were refused */

static double seconds_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static long below(long limit)
{
	return random() % limit;
}

static pid_t child_of(void (*run)(unsigned int), unsigned int number)
{
	long seed = random();
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		srandom(seed);
		setpriority(PRIO_PROCESS, 0, 0);
		run(number);
	}
	return child;
}

static void kill_child(pid_t child, const char *what)
{
	int status;

	kill(child, SIGKILL);
	/* It ends by that, and by nothing else. */
	must(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
		     WTERMSIG(status) == SIGKILL,
	     what);
}

/* ---- the storm: a process on each CPU -------------------------------------- */

/* The name's page is away when it is called, so it is recorded at the exit. */
static void open_late_name(void)
{
	static char *name;

	if (!name) {
		int fd = open(late_name, O_RDWR | O_CREAT, 0600);

		must(fd >= 0 && write(fd, late_name, sizeof(late_name)) == sizeof(late_name),
		     late_name);
		name = mmap(NULL, 1 << PAGE_SHIFT, PROT_READ, MAP_PRIVATE, fd, 0);
		must(name != MAP_FAILED, late_name);
		close(fd);
	}
	madvise(name, 1 << PAGE_SHIFT, MADV_DONTNEED);
	close(open(name, O_RDONLY));
}

static void storm_on(unsigned int cpu)
{
	int zero = open("/dev/zero", O_RDONLY);
	char byte;

	move_to_cpu(cpu);
	for (;;) {
		for (int left = 100; left-- > 0;) {
			syscall(SYS_getpid);
			syscall(SYS_read, zero, &byte, 1);
		}
		open_late_name();
	}
}

/* ---- the device's users --------------------------------------------------- */

static struct kstrax_anchor *map_anchor(int fd)
{
	struct kstrax_anchor *anchor = mmap(NULL, 1 << PAGE_SHIFT, PROT_READ, MAP_SHARED, fd, 0);
	size_t size;

	must(anchor != MAP_FAILED, "the anchor");
	size = anchor->block_size;
	munmap(anchor, 1 << PAGE_SHIFT);
	anchor = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	must(anchor != MAP_FAILED, "the anchor and its descriptors");
	return anchor;
}

static volatile const struct kstrax_cpu *descriptor(const struct kstrax_anchor *anchor,
						    unsigned int cpu)
{
	return (const void *)((const char *)anchor + anchor->cpu_offset +
			      cpu * sizeof(struct kstrax_cpu));
}

/* Reads all of one ring. */
static void read_ring(int fd, const struct kstrax_anchor *anchor)
{
	size_t size = KSTRAX_WHOLE_PAGES(anchor->facts.entries_per_cpu * anchor->facts.entry_size,
					 PAGE_SHIFT);
	unsigned int cpu = below(cpus);
	size_t block = KSTRAX_WHOLE_PAGES(anchor->block_size, PAGE_SHIFT);
	volatile char *ring = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, block + cpu * size);

	must(ring != MAP_FAILED, "a ring");
	for (size_t at = 0; at < size; at += 64)
		ring[at];
	munmap((void *)ring, size);
}

/* getpid() is half of the storm's calls: they come and go, the others stay. */
static void change_filter(int fd, const struct kstrax_anchor *anchor)
{
	struct kstrax_filter filter = anchor->filter;

	filter.native_calls[SYS_getpid / 8] ^= 1 << SYS_getpid % 8;
	must(ioctl(fd, KSTRAX_IOC_SET_FILTER, &filter) == 0, "the filter");
}

/* Until it is killed: at any moment, with the device open or not. */
static void visit(unsigned int number)
{
	double start = 0;

	/* The device is in use a fifth of the time, or nobody could unload it. */
	for (;; sleep_us(below(100000 + 8e6 * (seconds_now() - start)))) {
		int fd = open(device_path, O_RDONLY);
		struct kstrax_anchor *anchor;

		start = seconds_now();
		/* Not loaded; or just coming or going. */
		if (fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
			continue;
		must(fd >= 0, device_path);
		anchor = map_anchor(fd);
		if (below(2))
			must(ioctl(fd, KSTRAX_IOC_LEAVE_ME_OUT) == 0, "left out");
		if (below(2))
			change_filter(fd, anchor);
		if (below(2))
			read_ring(fd, anchor);
		munmap(anchor, anchor->block_size);
		close(fd);
	}
}

/* ---- what happens while the modules are loaded ------------------------------ */

static void go_at_once(void)
{
}

static void stay_a_moment(void)
{
	sleep_us(below(50000));
}

static void must_not_unload(const char *name, const char *why)
{
	must(syscall(SYS_delete_module, name, O_NONBLOCK) == -1 && errno == EWOULDBLOCK, why);
}

/* Calls of every CPU go through the hooks, and will when they are taken off. */
static void see_all_cpus_record(void)
{
	int fd = open(device_path, O_RDONLY);
	struct kstrax_anchor *anchor;
	__u64 first[MOST_CPUS];
	long long waited = 0;

	must(fd >= 0, device_path);
	must_not_unload("kstrax_buf", "its device is open");
	anchor = map_anchor(fd);
	close(fd);
	must_not_unload("kstrax_buf", "its memory is mapped");
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		first[cpu] = descriptor(anchor, cpu)->head;
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		for (; descriptor(anchor, cpu)->head < first[cpu] + 100; waited += 5000) {
			must(waited < patience_us, "a CPU does not record");
			sleep_us(5000);
		}
	}
	munmap(anchor, anchor->block_size);
}

static void kill_a_visitor(void)
{
	pid_t *visitor = &visitors[below(VISITORS)];

	kill_child(*visitor, "a visitor");
	*visitor = child_of(visit, 0);
}

static void remove_copy(void)
{
	char path[32];

	for (unsigned int cpu = 0; cpu < MOST_CPUS; cpu++) {
		snprintf(path, sizeof(path), "/tmp/cycle_%u", cpu);
		unlink(path);
	}
}

static pid_t start_copy(char *for_time)
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		char *arguments[] = { "kstrax", "-b", "-o", "/tmp/cycle", for_time ? "-T" : NULL,
				      for_time, NULL };
		int nowhere = open("/dev/null", O_WRONLY);

		dup2(nowhere, 1);
		dup2(nowhere, 2);
		execv(kstrax, arguments);
		_exit(127);
	}
	return child;
}

static void copy(void)
{
	pid_t child = start_copy("0.1");
	int status;

	must(waitpid(child, &status, 0) == child && WIFEXITED(status), "kstrax -b");
	/* 3: small rings were overwritten. */
	must(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3, "kstrax -b's exit status");
	remove_copy();
}

static void kill_copy(void)
{
	pid_t child = start_copy(NULL);

	sleep_us(below(300000));
	kill_child(child, "kstrax -b, killed");
	remove_copy();
}

/* Taken at random: the cheap ones stand more than once. */
static const struct {
	const char *name;
	void (*run)(void);
} meanwhile[] = {
	{ "go at once", go_at_once },
	{ "go at once", go_at_once },
	{ "go at once", go_at_once },
	{ "go at once", go_at_once },
	{ "stay a moment", stay_a_moment },
	{ "stay a moment", stay_a_moment },
	{ "stay a moment", stay_a_moment },
	{ "stay a moment", stay_a_moment },
	{ "all CPUs record", see_all_cpus_record },
	{ "all CPUs record", see_all_cpus_record },
	{ "all CPUs record", see_all_cpus_record },
	{ "kill a visitor", kill_a_visitor },
	{ "kill a visitor", kill_a_visitor },
	{ "kill a visitor", kill_a_visitor },
	{ "copy", copy },
	{ "kill a copy", kill_copy },
};

/* ---- loading and unloading ---------------------------------------------------- */

static void load(const char *name, const char *parameters)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.ko", modules, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0, path);
	must(syscall(SYS_finit_module, fd, parameters, 0) == 0, name);
	close(fd);
}

/* Refused while a visitor has the device open. */
static void unload(const char *name)
{
	for (long long waited = 0; syscall(SYS_delete_module, name, O_NONBLOCK) != 0;
	     waited += 5000) {
		must(errno == EWOULDBLOCK && waited < patience_us, name);
		in_use++;
		sleep_us(5000);
	}
}

static void cycle(int number)
{
	static int hooks_loaded;
	size_t choice = below(sizeof(meanwhile) / sizeof(meanwhile[0]));
	unsigned int refused = in_use;
	char entries[32];

	/* One in ten takes megabytes: its pages go back to the kernel and others use them. */
	snprintf(entries, sizeof(entries), "entries=%ld",
		 1 + below(number % 10 == 9 ? 60000 : 4000));
	if (!hooks_loaded)
		load("ctr_mod", "");
	load("kstrax_buf", entries);
	meanwhile[choice].run();
	must_not_unload("ctr_mod", "kstrax_buf uses it");
	unload("kstrax_buf");
	hooks_loaded = number % 3 != 0;
	if (!hooks_loaded)
		unload("ctr_mod");
	/* At once: it says how far a kernel that hangs had come. */
	printf("%d: %s, %s, refused %u times while in use\n", number, entries,
	       meanwhile[choice].name, in_use - refused);
	fflush(stdout);
}

void cycles(int argc, char **argv)
{
	int count = atoi(argv[0]);

	srandom(atoi(argv[1]));
	modules = argv[2];
	kstrax = argv[3];
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	must(cpus <= MOST_CPUS, "too many CPUs");
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		storms[cpu] = child_of(storm_on, cpu);
	for (int i = 0; i < VISITORS; i++)
		visitors[i] = child_of(visit, 0);
	/* It shares its CPU with none: three busy ones take enough of an emulating host's time. */
	must(setpriority(PRIO_PROCESS, 0, -20) == 0, "setpriority");
	/* Down to 0, whose cycle takes ctr_mod along. */
	for (int number = count; number-- > 0;)
		cycle(number);
	for (int i = 0; i < VISITORS; i++)
		kill_child(visitors[i], "a visitor");
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		kill_child(storms[cpu], "the storm");
	unlink(late_name);
}
