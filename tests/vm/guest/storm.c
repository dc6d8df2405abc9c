// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As many calls as a CPU can make: storm THREADS CALLS SECONDS, ended by
 * whichever limit comes first (0: none). Each thread stays on one CPU and
 * prints "CPU TID CALLS" when it is done.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 256, BATCH = 200 };

static unsigned long calls_each;
static double seconds;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void *run(void *number)
{
	unsigned int self = (uintptr_t)number;
	double end = now() + seconds;
	unsigned long calls = 0;
	char byte;
	int zero;

	move_to_cpu(self);
	zero = open("/dev/zero", O_RDONLY);
	while ((!calls_each || calls < calls_each) && (seconds == 0 || now() < end)) {
		for (int i = 0; i < BATCH; i += 2) {
			syscall(SYS_getpid);
			syscall(SYS_read, zero, &byte, 1);
		}
		calls += BATCH;
	}
	printf("%u %ld %lu\n", self, syscall(SYS_gettid), calls);
	return NULL;
}

void storm(int argc, char **argv)
{
	unsigned int count = atoi(argv[0]);
	pthread_t threads[MOST_THREADS];

	calls_each = strtoul(argv[1], NULL, 10);
	seconds = atof(argv[2]);
	must(count > 0 && count <= MOST_THREADS && (calls_each || seconds > 0),
	     "storm: bad limits");
	for (uintptr_t i = 0; i < count; i++)
		must(pthread_create(&threads[i], NULL, run, (void *)i) == 0, "pthread_create");
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}
