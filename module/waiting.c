// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A small set-associative table, one set a cache line: no lock, and an exit
 * whose name is already recorded only reads one line.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/sched.h>

#include "waiting.h"

#define WAITING_WAYS 8
#define WAITING_SET_BITS 5

struct waiting_set {
	atomic64_t task[WAITING_WAYS]; /* waiting_key(); 0: free */
} ____cacheline_aligned;

static struct waiting_set waiting_calls[1 << WAITING_SET_BITS];

/*
 * A task that dies inside its call (of an oops; a killed one exits from it
 * first) leaves its key behind. The start time keeps the next task of that
 * pid from taking the key for its own.
 */
static inline u64 waiting_key(void)
{
	return (u64)current->pid << 32 | (u32)current->start_time;
}

static inline struct waiting_set *waiting_set(void)
{
	return &waiting_calls[hash_32(current->pid, WAITING_SET_BITS)];
}

unsigned int waiting_add(void)
{
	struct waiting_set *set = waiting_set();
	u64 key = waiting_key();
	int i;

	for (i = 0; i < WAITING_WAYS; i++) {
		u64 held = atomic64_read(&set->task[i]);

		if (held == key)
			return 0;
		if (!held && !atomic64_cmpxchg(&set->task[i], 0, key))
			return 0;
	}
	return atomic64_xchg(&set->task[(u32)key % WAITING_WAYS], key) != 0;
}

bool waiting_remove(void)
{
	struct waiting_set *set = waiting_set();
	u64 key = waiting_key();
	int i;

	for (i = 0; i < WAITING_WAYS; i++) {
		if (atomic64_read(&set->task[i]) == key)
			return atomic64_cmpxchg(&set->task[i], key, 0) == key;
	}
	return false;
}
