/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of the wall clock, which are noted behind the anchor. */
#ifndef KSTRAX_CLOCK_H
#define KSTRAX_CLOCK_H

#include "formats/kstrax_abi.h"

static inline struct kstrax_clock *clock_of(struct kstrax_anchor *anchor)
{
	return (void *)(anchor + 1);
}

/* From now on every step is noted, where the kernel tells of them. */
void watch_clock(struct kstrax_anchor *anchor);
void unwatch_clock(void);

#endif
