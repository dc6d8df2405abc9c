// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recording itself. Each CPU writes to its own ring only, with preemption
 * off, and no interrupt makes a system call: one writer a ring, so there is
 * nothing to lock.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include "entry.h"
#include "filter.h"
#include "record.h"
#include "ring.h"
#include "waiting.h"

/*
 * In one store: who reads memory at any moment finds the head as it was, or as
 * it is. And after the serial of the slot before, or a reader would take that
 * slot for torn.
 */
static __always_inline void set_head(u64 *head, u64 value)
{
#if BITS_PER_LONG == 64
	smp_store_release(head, value);
#else
	/* IA-32: the low half comes first, and the high one changes once in 2^32 records. */
	if (likely((u32)value))
		smp_store_release((u32 *)head, (u32)value);
	else
		atomic64_set((atomic64_t *)head, value);
#endif
}

/* serial: what is to be published with it. */
static __always_inline struct kstrax_slot *reserve(struct writer *w, u32 *serial)
{
	struct kstrax_slot *slot = w->next;
	u64 head = *w->head + 1;

	set_head(w->head, head);
	smp_wmb(); /* the slot's position is taken before the slot changes */
	w->next = slot + 1 == w->end ? w->ring : slot + 1;
	*serial = (u32)head;
	return slot;
}

/*
 * The serial, stored last, vouches for the rest. A release costs nothing where
 * stores stay in order (x86), and less than a barrier where they do not; IA-64's
 * slots are not aligned for one.
 */
static __always_inline void publish(struct kstrax_slot *slot, u32 serial)
{
	if (sizeof(*slot) % sizeof(slot->serial)) {
		smp_wmb();
		slot->serial = serial;
	} else {
		smp_store_release(&slot->serial, serial);
	}
}

/* size counts the NUL, or is a number of whole slots. */
static void record_name(struct writer *w, struct kstrax_call call, u64 time, size_t size)
{
	const char *from = w->name;

	while (size) {
		u32 serial;
		struct kstrax_slot *slot = reserve(w, &serial);
		size_t part = min(size, sizeof(slot->args));

		kstrax_fill(slot, call, KSTRAX_KIND_PATH, time);
		memset(slot->args, 0, sizeof(slot->args));
		memcpy(slot->args, from, part);
		publish(slot, serial);
		from += part;
		size -= part;
	}
}

/* Else whoever may open files could fill a ring with one name after another. */
static long longest_name __read_mostly;

void limit_names(unsigned int slots)
{
	const long part = sizeof_field(struct kstrax_slot, args);

	longest_name = slots && slots <= KSTRAX_PATH_MAX / part ? slots * part : KSTRAX_PATH_MAX;
}

/* Reads without faulting; false: the name is not resident, or nowhere at all. */
static bool capture_name(struct writer *w, struct kstrax_call call, u64 time,
			 const char __user *name)
{
	long length;

	pagefault_disable();
	length = strncpy_from_user(w->name, name, longest_name);
	pagefault_enable();
	if (length < 0)
		return false;

	if (length < longest_name) {
		record_name(w, call, time, length + 1);
	} else { /* cut off: no slot may end it with padding */
		w->lost[KSTRAX_LOST_PATH_CUT]++;
		record_name(w, call, time,
			    rounddown(longest_name, sizeof_field(struct kstrax_slot, args)));
	}
	return true;
}

static noinline void name_at_enter(struct writer *w, struct kstrax_call call, u64 time,
				   unsigned long name)
{
	if (!capture_name(w, call, time, kstrax_user_pointer(call, name)))
		w->lost[KSTRAX_LOST_PATH_BUSY] += waiting_add();
}

/* By now the kernel has read the name itself: unless it could not either. */
static noinline void name_at_exit(struct writer *w, struct kstrax_call call, u64 time,
				  struct pt_regs *regs, int name, long ret)
{
	if (!waiting_remove() || ret == -EFAULT)
		return;
	if (!capture_name(w, call, time, kstrax_user_pointer(call, kstrax_argument(regs, name))))
		w->lost[KSTRAX_LOST_PATH_FAULT]++;
}

#ifdef DECLARE_TRACE_SYSCALL
/*
 * Since Linux 6.13 (a363d27cdbc2) these tracepoints may fault. A name whose
 * page is only not mapped is had at entry, then, and not at exit, by when its
 * process may have written another there. Nobody is waited for: FOLL_NOWAIT
 * leaves a page that must be read first as it is, and a user's own file system
 * can hold up neither the record of a call nor the unloading of this module.
 */
static noinline void bring_in(const char __user *name)
{
	const unsigned long page = (unsigned long)name & PAGE_MASK;
	int i;

	for (i = 0; i < 2; i++) { /* KSTRAX_PATH_MAX bytes lie in two pages at most */
		long there;

		pagefault_disable();
		there = strnlen_user(name, longest_name);
		pagefault_enable();
		if (there ||
		    get_user_pages_unlocked(page + i * PAGE_SIZE, 1, NULL, FOLL_NOWAIT) < 0)
			return;
	}
}

static __always_inline void prepare_name(struct pt_regs *regs, long nr)
{
	struct kstrax_call call = kstrax_call(nr);
	int name = kstrax_name_argument(call);

	if (unlikely(name >= 0) && wanted(nr))
		bring_in(kstrax_user_pointer(call, kstrax_argument(regs, name)));
}
#else
static __always_inline void prepare_name(struct pt_regs *regs, long nr)
{
}
#endif

/*
 * The two probes. Tracepoints have preemption off on some kernels only. No
 * array on the stack: kernels that clear and guard those take longer over
 * that than over the record. What can wait until the clock is read does: what
 * is known before has to be saved across that call.
 */
void record_enter(void *unused, struct pt_regs *regs, long nr)
{
	struct kstrax_slot *slot;
	struct kstrax_call call;
	struct writer *w;
	u32 serial;
	int name;
	u64 time;

	prepare_name(regs, nr);
	preempt_disable_notrace();
	if (!wanted(nr))
		goto out;
	time = ktime_get_mono_fast_ns();
	call = kstrax_call(nr);
	w = this_cpu_ptr(&writers);

	slot = reserve(w, &serial);
	kstrax_fill(slot, call, KSTRAX_KIND_ENTRY, time);
	kstrax_fill_arguments(slot, regs);
	publish(slot, serial);

	name = kstrax_name_argument(call);
	if (unlikely(name >= 0))
		name_at_enter(w, call, time, slot->args[name]);
out:
	preempt_enable_notrace();
}

void record_exit(void *unused, struct pt_regs *regs, long ret)
{
	struct kstrax_slot *slot;
	struct kstrax_call call;
	struct writer *w;
	int i, name;
	u32 serial;
	u64 time;

	preempt_disable_notrace();
	if (!wanted_exit(regs)) {
		/* It may have been entered when it was. */
		if (kstrax_name_argument(kstrax_call_left(regs)) >= 0)
			waiting_remove();
		goto out;
	}
	time = ktime_get_mono_fast_ns();
	call = kstrax_call_left(regs);
	w = this_cpu_ptr(&writers);

	slot = reserve(w, &serial);
	kstrax_fill(slot, call, KSTRAX_KIND_EXIT, time);
	slot->args[0] = ret;
	for (i = 1; i < ARRAY_SIZE(slot->args); i++)
		slot->args[i] = 0;
	publish(slot, serial);

	name = kstrax_name_argument(call);
	if (unlikely(name >= 0))
		name_at_exit(w, call, time, regs, name, ret);
out:
	preempt_enable_notrace();
}
