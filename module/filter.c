// SPDX-License-Identifier: GPL-2.0-or-later
/* Which calls are recorded: what the hot path asks only while not all are. */
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "filter.h"
#include "formats/kstrax_device.h"

const struct kstrax_filter *filtering_by __read_mostly;

static struct left_out {
	struct pid *process; /* referenced: its number may be another's soon; NULL: free */
	pid_t asker;         /* thread whose asking call has not returned yet */
	struct file *until_closed;
} left_out[KSTRAX_LEFT_OUT_MAX];

static DEFINE_MUTEX(filter_lock); /* of changes to all of this */

static bool is_left_out(enum kstrax_kind kind)
{
	const struct pid *process = task_tgid(current);
	int i;

	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (READ_ONCE(left_out[i].process) != process)
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

bool passes_filter(const struct kstrax_filter *filter, struct kstrax_call call,
		   enum kstrax_kind kind)
{
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
		needed |= left_out[i].process != NULL;
	WRITE_ONCE(filtering_by, needed ? filter : NULL);
}

/* Never again that of loading, which says that nothing was left out. */
static void count_change(struct kstrax_filter *filter)
{
	filter->version = max(filter->version + 1, 2U);
}

int set_filter(struct kstrax_filter *filter, struct kstrax_filter *given)
{
	if (given->traced_pid != -1 && given->traced_pid <= 0)
		return -EINVAL;
	mutex_lock(&filter_lock);
	count_change(filter);
	given->version = filter->version;
	*filter = *given;
	switch_filtering(filter);
	mutex_unlock(&filter_lock);
	return 0;
}

/* A process that is gone needs no place, though a child of it may still have the file open. */
static bool is_gone(struct pid *process)
{
	bool gone;

	rcu_read_lock();
	gone = !pid_task(process, PIDTYPE_TGID);
	rcu_read_unlock();
	return gone;
}

static void give_up(struct left_out *place)
{
	struct pid *process = place->process;

	WRITE_ONCE(place->process, NULL);
	put_pid(process);
}

int leave_me_out(const struct kstrax_filter *filter, struct file *until_closed)
{
	struct pid *process = task_tgid(current);
	struct left_out *free = NULL;
	int i, err = 0;

	mutex_lock(&filter_lock);
	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (left_out[i].process == process)
			goto out;
		if (left_out[i].process && is_gone(left_out[i].process))
			give_up(&left_out[i]);
		if (!left_out[i].process)
			free = &left_out[i];
	}
	if (!free) {
		err = -EBUSY;
		goto out;
	}
	free->until_closed = until_closed;
	free->asker = current->pid;
	WRITE_ONCE(free->process, get_pid(process));
	switch_filtering(filter);
out:
	mutex_unlock(&filter_lock);
	return err;
}

void leave_in_again(struct kstrax_filter *filter, struct file *closed)
{
	int i;

	mutex_lock(&filter_lock);
	for (i = 0; i < KSTRAX_LEFT_OUT_MAX; i++) {
		if (!left_out[i].process || left_out[i].until_closed != closed)
			continue;
		/* Of a process that goes on, exits without their entries will be recorded. */
		if (!(current->flags & PF_EXITING))
			count_change(filter);
		give_up(&left_out[i]);
	}
	switch_filtering(filter);
	mutex_unlock(&filter_lock);
}
