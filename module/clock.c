// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the wall clock is set: by clock_settime() and its like, by a leap
 * second, by waking up. The kernel tells at each of its clock's updates; what
 * is asked there is one comparison. Records have monotonic times only, so
 * nothing of this costs them anything.
 */
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/timekeeping.h>
#ifdef __CHECKER__ /* sparse does not know __has_include */
#define KSTRAX_WATCHES_CLOCK 1
#elif __has_include(<linux/pvclock_gtod.h>) && __has_include(<linux/timekeeper_internal.h>)
#define KSTRAX_WATCHES_CLOCK 1
#endif
#ifdef KSTRAX_WATCHES_CLOCK
#include <linux/pvclock_gtod.h>
#include <linux/timekeeper_internal.h>
#endif

#include "clock.h"
#include "kstrax_buf.h"

#ifdef KSTRAX_WATCHES_CLOCK
static s64 known_offset; /* under the timekeeper's lock, once it is watched */

/* In any context, but one at a time: the kernel holds its timekeeper's lock. */
static int note_offset(struct notifier_block *nb, unsigned long was_set, void *timekeeper)
{
	struct kstrax_clock *clock = clock_of(kstrax_ring_anchor);
	s64 offset = ktime_to_ns(((struct timekeeper *)timekeeper)->offs_real);
	struct kstrax_clock_step *step;
	u64 count = clock->count;

	if (likely(offset == known_offset))
		return NOTIFY_DONE;
	known_offset = offset;
	step = &clock->steps[(unsigned int)count % KSTRAX_CLOCK_ROOM];
	step->serial = 0;
	smp_wmb(); /* a reader of a dump or of live memory takes no half of a row */
	clock->count = count + 1;
	smp_wmb();
	step->monotonic_ns = ktime_get_mono_fast_ns();
	step->offset_ns = offset;
	smp_wmb();
	step->serial = count + 1;
	return NOTIFY_DONE;
}

static struct notifier_block clock_notifier = {
	.notifier_call = note_offset,
};

/* The kernel tells at once, too: no step is missed since the facts were written. */
void watch_clock(struct kstrax_anchor *anchor)
{
	const struct kstrax_facts *facts = &anchor->facts;

	known_offset = facts->start_realtime_ns - facts->start_monotonic_ns;
	if (!pvclock_gtod_register_notifier(&clock_notifier))
		clock_of(anchor)->flags |= KSTRAX_CLOCK_WATCHED;
}

void unwatch_clock(void)
{
	pvclock_gtod_unregister_notifier(&clock_notifier);
}
#else
void watch_clock(struct kstrax_anchor *anchor)
{
}

void unwatch_clock(void)
{
}
#endif
