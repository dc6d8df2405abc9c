/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which calls are recorded: the anchor's filter, and the processes that have
 * asked to be left out.
 *
 * As long as everything is recorded, as it is after loading, the hot path looks
 * at one pointer, inline. Not at a static key, which costs as much there: to switch
 * one, the kernel changes its code, and interrupts every CPU of the machine for that.
 */
#ifndef KSTRAX_FILTER_H
#define KSTRAX_FILTER_H

#include <linux/cache.h>
#include <linux/compiler.h>

#include "entry.h"

struct file;

extern const struct kstrax_filter *filtering_by; /* NULL: all is recorded */

bool passes_filter(const struct kstrax_filter *filter, struct kstrax_call call,
		   enum kstrax_kind kind);

/* Says whether a call that current enters, nr by the kernel's count, is to be recorded. */
static __always_inline bool wanted(long nr)
{
	const struct kstrax_filter *filter = READ_ONCE(filtering_by);

	return likely(!filter) || passes_filter(filter, kstrax_call(nr), KSTRAX_KIND_ENTRY);
}

/* The same of one that it leaves. */
static __always_inline bool wanted_exit(struct pt_regs *regs)
{
	const struct kstrax_filter *filter = READ_ONCE(filtering_by);

	return likely(!filter) || passes_filter(filter, kstrax_call_left(regs), KSTRAX_KIND_EXIT);
}

/* Of the anchor's filter: takes what is given, under a version of its own, or -EINVAL. */
int set_filter(struct kstrax_filter *filter, struct kstrax_filter *given);

/* The calling process's calls are not recorded until it ends or that file is closed; -EBUSY: too many are left out. */
int leave_me_out(const struct kstrax_filter *filter, struct file *until_closed);
void leave_in_again(struct kstrax_filter *filter, struct file *closed);

#endif
