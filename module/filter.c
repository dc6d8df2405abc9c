// SPDX-License-Identifier: GPL-2.0-or-later
/* Which calls are recorded: what the hot path asks only while not all are. */
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "filter.h"
#include "formats/kstrax_device.h"

const struct kstrax_filter *filtering_by __read_mostly;

static struct left_out {
	pid_t tgid;  /* 0: free */
	pid_t asker; /* thread whose asking call has not returned yet */
	struct file *until_closed;
} left_out[KSTRAX_LEFT_OUT_MAX];

static DEFINE_MUTEX(filter_lock); /* of changes to all of this */

static bool is_left_out(enum kstrax_kind kind)
{
	int i;

	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (READ_ONCE(left_out[i].tgid) != current->tgid)
			continue;
		/* The call that asked was entered: its exit belongs to that. */
		if (kind == KSTRAX_KIND_EXIT && left_out[i].asker == current->pid) {
			left_out[i].asker = 0;
			return false;
		}
		return true;
	}
	return false;
}

bool passes_filter(const struct kstrax_filter *filter, long nr, enum kstrax_kind kind)
{
	struct kstrax_call call = kstrax_call(nr);
	const u8 *calls =
		call.abi == KSTRAX_ABI_COMPAT ? filter->compat_calls : filter->native_calls;

	if (!(READ_ONCE(calls[call.nr / 8]) >> call.nr % 8 & 1))
		return false;
	if (filter->traced_pid != -1 && filter->traced_pid != current->tgid)
		return false;
	return !is_left_out(kind);
}

static bool passes_all(const struct kstrax_filter *filter)
{
	return filter->traced_pid == -1 &&
	       !memchr_inv(filter->native_calls, 0xff, sizeof(filter->native_calls)) &&
	       !memchr_inv(filter->compat_calls, 0xff, sizeof(filter->compat_calls));
}

/* With filter_lock held, after each change. */
static void switch_filtering(const struct kstrax_filter *filter)
{
	bool needed = !passes_all(filter);
	int i;

	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++)
		needed |= left_out[i].tgid != 0;
	WRITE_ONCE(filtering_by, needed ? filter : NULL);
}

int set_filter(struct kstrax_filter *filter, const struct kstrax_filter *given)
{
	if (given->traced_pid != -1 && given->traced_pid <= 0)
		return -EINVAL;
	mutex_lock(&filter_lock);
	*filter = *given;
	switch_filtering(filter);
	mutex_unlock(&filter_lock);
	return 0;
}

int leave_me_out(const struct kstrax_filter *filter, struct file *until_closed)
{
	struct left_out *free = NULL;
	int i, err = 0;

	mutex_lock(&filter_lock);
	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (left_out[i].tgid == current->tgid)
			goto out;
		if (!left_out[i].tgid)
			free = &left_out[i];
	}
	if (!free) {
		err = -EBUSY;
		goto out;
	}
	free->until_closed = until_closed;
	free->asker = current->pid;
	WRITE_ONCE(free->tgid, current->tgid);
	switch_filtering(filter);
out:
	mutex_unlock(&filter_lock);
	return err;
}

void leave_in_again(const struct kstrax_filter *filter, struct file *closed)
{
	int i;

	mutex_lock(&filter_lock);
	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (left_out[i].tgid && left_out[i].until_closed == closed)
			WRITE_ONCE(left_out[i].tgid, 0);
	}
	switch_filtering(filter);
	mutex_unlock(&filter_lock);
}
