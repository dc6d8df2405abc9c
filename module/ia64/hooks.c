// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kstrax_stub: hooks the system-call path of IA-64, which has no tracepoints
 * there. While a recorder is attached, every entry of sys_call_table names
 * paths.S; docs/ia64-recorder.md says why this and not something else.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/stop_machine.h>
#include <linux/workqueue.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

#include "ctr_mod.h"
#include "ia64/ivt.h"
#include "ia64/stub_frame.h"

#define FIRST_CALL (__NR_exit - 1)

/* With these two a task can be switched out at any instruction of paths.S. */
#if defined(CONFIG_PREEMPTION) || defined(CONFIG_PREEMPT)
#define PREEMPTIBLE_KERNEL 1
#else
#define PREEMPTIBLE_KERNEL 0
#endif

extern const char ia64_ivt[];

/* Addresses of code, in both: the kernel calls handlers without descriptors. */
static unsigned long *table; /* sys_call_table */
static unsigned long handlers[NR_syscalls];

/*
 * The ways back that the kernel gives handlers: ia64_ret_from_syscall, and one
 * more for calls that are traced or audited, which is told when it is first seen.
 */
static unsigned long ways[STUB_WAYS];
static char *const our_ways[STUB_WAYS] = { kstrax_stub_return_0, kstrax_stub_return_1 };

static DEFINE_MUTEX(lock); /* of attaching and detaching */
static struct ctr_hooks attached;
static const struct ctr_hooks *hooks; /* &attached, or NULL */
static bool overridden;               /* another module put its own handlers in front of ours */
static bool pinned;                   /* never to be unloaded */

/* ---- a call ---------------------------------------------------------------- */

/* -1: not one of the two. */
static int way_of(unsigned long back)
{
	int i;

	for (i = 0; i < STUB_WAYS; i++) {
		unsigned long way = READ_ONCE(ways[i]);

		if (!way)
			way = cmpxchg(&ways[i], 0, back) ?: back;
		if (way == back)
			return i;
	}
	return -1;
}

/* Registers beyond those that the caller passed hold anything. */
static void clear_absent_arguments(struct pt_regs *regs)
{
	unsigned long *args = stub_arguments(regs);
	unsigned long frame = regs->cr_ifs;
	int i = 0;

	if ((long)frame >= 0) /* a new program's has the valid bit, and no arguments */
		i = (frame & 0x7f) - (frame >> 7 & 0x7f);
	for (; i < 8; i++)
		args[i] = 0;
}

unsigned long kstrax_stub_enter(struct pt_regs *regs)
{
	unsigned long *back = stub_return(regs);
	unsigned long call = regs->r15 - FIRST_CALL;
	const struct ctr_hooks *h;

	if (WARN_ON_ONCE(call >= NR_syscalls))
		return handlers[0];

	preempt_disable_notrace();
	h = READ_ONCE(hooks);
	if (h) {
		int way = way_of(*back);

		if (way >= 0)
			*back = (unsigned long)our_ways[way];
		clear_absent_arguments(regs);
		h->enter(h->data, regs, regs->r15);
	}
	preempt_enable_notrace();
	return handlers[call];
}

/*
 * The kernel will make r10 = -1 and r8 = errno of a negative ret, unless the
 * handler cleared pt_regs.r8 to say that it is no error: ret is already in the
 * form that a hook is promised.
 */
unsigned long kstrax_stub_exit(struct pt_regs *regs, long ret, unsigned long way)
{
	const struct ctr_hooks *h;

	preempt_disable_notrace();
	h = READ_ONCE(hooks);
	if (h) {
		clear_absent_arguments(regs);
		h->exit(h->data, regs, ret);
	}
	preempt_enable_notrace();
	return ways[way];
}

/* ---- attaching and detaching ------------------------------------------------ */

static void stay_loaded(const char *why)
{
	if (!pinned)
		__module_get(THIS_MODULE);
	pinned = true;
	pr_warn("%s: this module stays loaded\n", why);
}

int ctr_attach(const struct ctr_hooks *recorder)
{
	int i, err = -EBUSY;

	mutex_lock(&lock);
	if (hooks || overridden)
		goto out;
	attached = *recorder;
	for (i = 0; i < NR_syscalls; i++)
		handlers[i] = table[i];
	smp_store_release(&hooks, &attached);
	for (i = 0; i < NR_syscalls; i++)
		WRITE_ONCE(table[i], (unsigned long)kstrax_stub_entry);
	err = 0;
out:
	mutex_unlock(&lock);
	return err;
}
EXPORT_SYMBOL_GPL(ctr_attach);

/*
 * No CPU runs a task here, so all that tasks know lies in memory. One that is
 * in a call has our way back somewhere on its stacks; nothing else looks like
 * it, and copies that nobody will use again may change with it.
 */
static int release_calls(void *unused)
{
	struct task_struct *process, *task;

	for_each_process_thread(process, task) {
		unsigned long *word = (void *)task + IA64_RBS_OFFSET;
		unsigned long *end = (void *)task + IA64_STK_OFFSET;
		int i;

		if (task->flags & PF_KTHREAD) /* makes no calls, and may be us */
			continue;
		for (; word < end; word++)
			for (i = 0; i < STUB_WAYS; i++)
				if (*word == (unsigned long)our_ways[i])
					*word = ways[i];
	}
	return 0;
}

/* Waits for those that were switched out in paths.S, with nothing of it on a stack. */
static void wait_for_preempted(void)
{
	if (PREEMPTIBLE_KERNEL)
		synchronize_rcu_tasks();
}

static void unhook(struct work_struct *unused)
{
	int i;

	WRITE_ONCE(hooks, NULL);
	for (i = 0; i < NR_syscalls; i++) {
		if (table[i] == (unsigned long)kstrax_stub_entry)
			WRITE_ONCE(table[i], handlers[i]);
		else
			overridden = true;
	}
	wait_for_preempted();
	stop_machine(release_calls, NULL, NULL);
	wait_for_preempted();

	if (overridden)
		stay_loaded("another module has changed sys_call_table since");
	if (PREEMPTIBLE_KERNEL && !IS_ENABLED(CONFIG_TASKS_RCU))
		stay_loaded("this kernel cannot tell when preempted tasks have left");
}

/*
 * In a task of the kernel's: the one that unloads a recorder is in a call
 * itself, and on one CPU only would still have its registers in the processor.
 */
void ctr_detach(void)
{
	struct work_struct work;

	mutex_lock(&lock);
	if (hooks) {
		INIT_WORK_ONSTACK(&work, unhook);
		schedule_work(&work);
		flush_work(&work);
		destroy_work_on_stack(&work);
	}
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(ctr_detach);

/* ---- loading ------------------------------------------------------------------ */

static bool in_kernel_image(unsigned long address)
{
	return address - KERNEL_START < KERNEL_TR_PAGE_SIZE;
}

static bool find_table(void)
{
	struct break_vector found;
	int i;

	if (!ivt_read_break_vector(ia64_ivt, &found) || found.table % sizeof(long) ||
	    !in_kernel_image(found.table) || !in_kernel_image(found.back))
		return false;
	table = (unsigned long *)found.table;
	if (table[0] != found.none) /* number 0 is no call */
		return false;
	for (i = 0; i < NR_syscalls; i++)
		if (!in_kernel_image(table[i]) || table[i] % 16)
			return false;
	ways[0] = found.back;
	return true;
}

static int __init stub_init(void)
{
	if (!find_table()) {
		pr_err("this kernel's system-call path is not as it is known to be\n");
		return -ENODEV;
	}
	pr_info("version %s: %d calls\n", KSTRAX_VERSION, NR_syscalls);
	return 0;
}

/* A recorder holds a reference through ctr_attach: none is left by now. */
static void __exit stub_exit(void)
{
	pr_info("unloaded\n");
}

module_init(stub_init);
module_exit(stub_exit);

MODULE_DESCRIPTION("kstrax: hook of the system-call path on IA-64");
MODULE_AUTHOR("The kstrax developers");
MODULE_VERSION(KSTRAX_VERSION);
MODULE_LICENSE("GPL");
