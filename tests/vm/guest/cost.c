// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a call costs: cost CALLS ROUNDS THREADS, each thread on a CPU of its
 * own. Prints "getppid read1": nanoseconds a call, of the best round each, as
 * the slowest thread has them.
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

enum { MOST_THREADS = 64 };

static long calls;
static int rounds;
static pthread_barrier_t together;

struct best {
	double getppid, read;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static void *measure(void *number)
{
	struct best *best = malloc(sizeof(*best));
	char byte;
	int zero;

	best->getppid = best->read = 1e12;
	move_to_cpu((uintptr_t)number);
	zero = open("/dev/zero", O_RDONLY);
	for (int round = 0; round < rounds; round++) {
		double start, taken;

		pthread_barrier_wait(&together);
		start = now();
		for (long i = 0; i < calls; i++)
			syscall(SYS_getppid);
		taken = (now() - start) / calls;
		if (taken < best->getppid)
			best->getppid = taken;
		pthread_barrier_wait(&together);
		start = now();
		for (long i = 0; i < calls; i++)
			syscall(SYS_read, zero, &byte, 1);
		taken = (now() - start) / calls;
		if (taken < best->read)
			best->read = taken;
	}
	return best;
}

void cost(int argc, char **argv)
{
	int count = atoi(argv[2]);
	pthread_t threads[MOST_THREADS];
	struct best worst = { 0, 0 };

	calls = atol(argv[0]);
	rounds = atoi(argv[1]);
	must(calls > 0 && rounds > 0 && count > 0 && count <= MOST_THREADS, "cost: bad numbers");
	pthread_barrier_init(&together, NULL, count);
	for (uintptr_t i = 0; i < (uintptr_t)count; i++)
		must(pthread_create(&threads[i], NULL, measure, (void *)i) == 0, "pthread_create");
	for (int i = 0; i < count; i++) {
		void *result;
		struct best *best;

		pthread_join(threads[i], &result);
		best = result;
		if (best->getppid > worst.getppid)
			worst.getppid = best->getppid;
		if (best->read > worst.read)
			worst.read = best->read;
	}
	printf("%.1f %.1f\n", worst.getppid, worst.read);
}
