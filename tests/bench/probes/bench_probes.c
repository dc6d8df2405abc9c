// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_probes: what recorders are measured by. Hooked as kstrax_buf is, its
 * probes only do what probe= says:
 *
 *   nothing  the floor: the least that looking at a system call can cost
 *   clock    read the clock that records are stamped with
 *   shared   count calls in one word of memory, which all CPUs then fight for:
 *            what a recorder must not do, so that a measurement shows that it
 *            would tell
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "ctr_mod.h"

static char *probe = "nothing";
module_param(probe, charp, 0444);
MODULE_PARM_DESC(probe, "nothing, clock or shared");

static struct {
	atomic64_t calls;
} ____cacheline_aligned all_cpus;

static void nothing_at_enter(void *unused, struct pt_regs *regs, long nr)
{
}

static void nothing_at_exit(void *unused, struct pt_regs *regs, long ret)
{
}

static void clock_at_enter(void *unused, struct pt_regs *regs, long nr)
{
	ktime_get_mono_fast_ns();
}

static void clock_at_exit(void *unused, struct pt_regs *regs, long ret)
{
	ktime_get_mono_fast_ns();
}

static void count_at_enter(void *unused, struct pt_regs *regs, long nr)
{
	atomic64_inc(&all_cpus.calls);
}

static void count_at_exit(void *unused, struct pt_regs *regs, long ret)
{
	atomic64_inc(&all_cpus.calls);
}

static const struct {
	const char *name;
	struct ctr_hooks hooks;
} probes[] = {
	{ "nothing", { .enter = nothing_at_enter, .exit = nothing_at_exit } },
	{ "clock", { .enter = clock_at_enter, .exit = clock_at_exit } },
	{ "shared", { .enter = count_at_enter, .exit = count_at_exit } },
};

static int __init probes_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!strcmp(probe, probes[i].name))
			return ctr_attach(&probes[i].hooks);
	}
	pr_err("probe=%s is not one of nothing, clock, shared\n", probe);
	return -EINVAL;
}

static void __exit probes_exit(void)
{
	ctr_detach();
}

module_init(probes_init);
module_exit(probes_exit);

MODULE_DESCRIPTION("kstrax: probes that record nothing, to measure against");
MODULE_AUTHOR("The kstrax developers");
MODULE_LICENSE("GPL");
