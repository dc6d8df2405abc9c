// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for a word of memory. */
#define _GNU_SOURCE
#include "actors.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FUTEX_WAITV 449
#define FUTEX2_WAIT 455
#define FUTEX2_32 2

static int word, other;

static void wait_futex(void)
{
	STUCK(futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static void wait_bitset(void)
{
	STUCK(futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 4);
}
static void wait_several(void)
{
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} waiters[2] = { { 0, (uintptr_t)&word, FUTEX2_32, 0 },
			 { 0, (uintptr_t)&other, FUTEX2_32, 0 } };

	stuck("futex_waitv", FUTEX_WAITV, 0, (unsigned long[6]){ WORD(waiters), 2, 0, 0, 1 });
}
static void wait_new_way(void)
{
	stuck("futex_wait", FUTEX2_WAIT, 0,
	      (unsigned long[6]){ WORD(&word), 0, 0xffffffff, FUTEX2_32, 0, 1 });
}
static void *wait_in_thread(void *name)
{
	prctl(PR_SET_NAME, name);
	STUCK(futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}
/* It waits at another word than it said. */
static void requeue(void)
{
	pthread_t waiter;

	pthread_create(&waiter, NULL, wait_in_thread, "futex-requeued");
	while (syscall(SYS_futex, &word, FUTEX_REQUEUE, 0, 1, &other, 0) != 1)
		usleep(20000);
	STUCK_PAUSE();
}
static void *hold_word(void *unused)
{
	prctl(PR_SET_NAME, "pi-owner");
	syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	STUCK_PAUSE();
	return NULL;
}
static void wait_pi(void)
{
	pthread_t owner;

	pthread_create(&owner, NULL, hold_word, NULL);
	while (!__atomic_load_n(&word, __ATOMIC_RELAXED))
		usleep(20000);
	STUCK(futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
}
static void wait_requeue_pi(void)
{
	STUCK(futex, &word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &other, 0);
}

const struct actor futex_actors[] = {
	{ "futex", wait_futex },
	{ "futex-bitset", wait_bitset },
	{ "futex-waitv", wait_several },
	{ "futex-wait", wait_new_way },
	{ "futex-requeue", requeue },
	{ "futex-pi", wait_pi },
	{ "futex-to-pi", wait_requeue_pi },
	{ NULL, NULL },
};
