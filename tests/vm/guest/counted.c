// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that can be told from all others: counted THREADS SECONDS. Call n of thread t asks
 * lseek for the offset t << 32 | n and gets it back, so that a record that was made up, or
 * joined to another call's, shows itself. Each eighth asks for a name as well, long enough
 * for several slots, that says the same. Half of the threads stay on a CPU; the others move.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

static int file;
static time_t end;

static void *run(void *number)
{
	unsigned int self = (uintptr_t)number;
	uint64_t thread = syscall(SYS_gettid);
	char name[160];

	move_to_cpu(self);
	for (uint64_t n = 1; n % 1024 || time(NULL) < end; n++) {
		uint64_t offset = thread << 32 | n;

		must((uint64_t)syscall(SYS_lseek, file, offset, SEEK_SET) == offset, "lseek");
		if (n % 8 == 0) {
			/* From one slot to four. */
			snprintf(name, sizeof(name), "/none/%0*ju/%0*ju", (int)(n / 8 % 67),
				 (uintmax_t)thread, (int)(n / 8 % 71), (uintmax_t)n);
			open(name, O_RDONLY);
		}
		if (self % 2 && n % 128 == 0)
			move_to_cpu(self + n / 128);
	}
	return NULL;
}

void counted(int argc, char **argv)
{
	unsigned int count = atoi(argv[0]);
	pthread_t threads[MOST_THREADS];

	must(argc == 2 && count > 0 && count <= MOST_THREADS, "counted: bad limits");
	end = time(NULL) + atoi(argv[1]);
	file = memfd_create("counted", 0);
	must(file >= 0, "memfd_create");
	for (uintptr_t i = 0; i < count; i++)
		must(pthread_create(&threads[i], NULL, run, (void *)i) == 0, "pthread_create");
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}
