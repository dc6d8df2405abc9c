// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that a kernel dies under. */
#define _GNU_SOURCE
#include "gallery.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ON_CPU 1

static void move_to_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(ON_CPU, &set);
	must(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

static void fill_memory(void *unused)
{
	const size_t size = 1 << 20;

	about_to();
	for (;;) {
		void *more = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

		must(more != MAP_FAILED, "mmap");
		memset(more, 1, size);
	}
}

static void spin(void *unused)
{
	move_to_cpu();
	write_trouble("spin", "1000");
}

static void book(void *unused)
{
	write_trouble("null", "1");
}

/* One call that takes long, again and again. */
static void draw_numbers(void *unused)
{
	static char numbers[16 << 20];
	int fd = open("/dev/urandom", O_RDONLY);

	move_to_cpu();
	about_to();
	for (;;)
		must(read(fd, numbers, sizeof(numbers)) > 0, "read");
}

static void arm(void *unused)
{
	write_trouble("interrupt", "1");
}

void out_of_memory(void)
{
	start("report-gen", fill_memory, NULL);
}

void lock_up(void)
{
	start("raid-check", spin, NULL);
}

void follow_null(void)
{
	start("billing", book, NULL);
}

void interrupted(void)
{
	start("keygen", draw_numbers, NULL);
	sleep(1);
	start("watchdogd", arm, NULL);
}
