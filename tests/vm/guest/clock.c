// SPDX-License-Identifier: GPL-2.0-or-later
/* clock: prints the frequency of this machine's time stamp counter in kHz. */
#include "workload.h"

#include <stdio.h>
#include <time.h>
#ifndef __aarch64__
#include <x86intrin.h>
#endif

struct both {
	unsigned long long counter;
	double seconds;
};

static unsigned long long time_stamp(void)
{
#ifdef __aarch64__
	unsigned long long value;

	asm volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#else
	return __rdtsc();
#endif
}

/* Read at one moment: the pair that took least of those tried. */
static struct both read_both(void)
{
	unsigned long long least = ~0ull;
	struct both best = { 0, 0 };

	for (int i = 0; i < 50; i++) {
		unsigned long long before = time_stamp(), after;
		struct timespec time;

		clock_gettime(CLOCK_MONOTONIC_RAW, &time);
		after = time_stamp();
		if (after - before < least) {
			least = after - before;
			best.counter = before + least / 2;
			best.seconds = time.tv_sec + time.tv_nsec / 1e9;
		}
	}
	return best;
}

void clock_rate(void)
{
	struct both start = read_both(), end;

	sleep_us(200000);
	end = read_both();
	printf("%.0f\n", (end.counter - start.counter) / (end.seconds - start.seconds) / 1000);
}
