// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kstrax_buf: records every system call into per-CPU rings of fixed-size
 * slots, described in memory so that a reader of a dump finds and proves them
 * without symbols: formats/kstrax_abi.h is the contract.
 * Here it is loaded and unloaded; record.c records.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#ifdef __CHECKER__ /* sparse does not know __has_include */
#include <linux/panic_notifier.h>
#elif __has_include(<linux/panic_notifier.h>)
#include <linux/panic_notifier.h>
#endif

#include "clock.h"
#include "ctr_mod.h"
#include "device.h"
#include "entry.h"
#include "formats/kstrax_device.h"
#include "kstrax_buf.h"
#include "record.h"
#include "ring.h"

static unsigned long entries = 160000;
module_param(entries, ulong, 0444);
MODULE_PARM_DESC(entries, "slots of each CPU's ring (default 160000)");

static unsigned int name_slots = 3;
module_param(name_slots, uint, 0444);
MODULE_PARM_DESC(name_slots, "the most slots that a file name takes; 0: no limit (default 3)");

/* "1 CPU", "each of 4 CPUs" */
#define EACH_CPU "%s%u CPU%s"
#define EACH_CPU_OF(n) (n) == 1 ? "" : "each of ", n, (n) == 1 ? "" : "s"

struct kstrax_anchor *kstrax_ring_anchor;
EXPORT_SYMBOL_GPL(kstrax_ring_anchor);

static const struct ctr_hooks hooks = {
	.enter = record_enter,
	.exit = record_exit,
};

static int record_panic(struct notifier_block *nb, unsigned long event, void *text)
{
	struct kstrax_end *end = &kstrax_ring_anchor->end;

	clock_of(kstrax_ring_anchor)->end_offset_ns =
		ktime_get_real_fast_ns() - ktime_get_mono_fast_ns();
	end->time_ns = ktime_get_mono_fast_ns();
	end->cpu = raw_smp_processor_id();
	end->pid = current->pid;
	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = {
	.notifier_call = record_panic, .priority = INT_MAX, /* before those that take their time */
};

#define KSTRAX_ANCHOR_AND_CLOCK (sizeof(struct kstrax_anchor) + sizeof(struct kstrax_clock))

/* ---- what a reader finds the rings by ------------------------------------- */

static void describe(struct kstrax_anchor *anchor, size_t block_size)
{
	struct kstrax_facts *facts = &anchor->facts;
	ktime_t now = ktime_get();

	anchor->anchor_size = KSTRAX_ANCHOR_AND_CLOCK;
	anchor->cpu_offset = ALIGN(KSTRAX_ANCHOR_AND_CLOCK, 128);
	anchor->cpu_size = sizeof(struct kstrax_cpu);
	anchor->frames_size = sizeof(struct kstrax_frames);
	anchor->block_size = block_size;
	anchor->virt_addr = (unsigned long)anchor;
	anchor->phys_addr = virt_to_phys(anchor);

	facts->abi_version = KSTRAX_ABI_VERSION;
	facts->endian_mark = KSTRAX_ENDIAN_MARK;
	facts->audit_arch = KSTRAX_AUDIT_ARCH;
	facts->layout = KSTRAX_LAYOUT;
	facts->entry_size = sizeof(struct kstrax_slot);
	facts->word_size = sizeof(long);
	facts->page_shift = PAGE_SHIFT;
	facts->possible_cpus = nr_cpu_ids;
	facts->entries_per_cpu = entries;
	get_random_bytes(&facts->instance_id, sizeof(facts->instance_id));
	facts->start_monotonic_ns = ktime_to_ns(now);
	facts->start_realtime_ns = ktime_to_ns(ktime_mono_to_real(now));
	strscpy(facts->module_version, KSTRAX_VERSION, sizeof(facts->module_version));
	strscpy(facts->kernel_release, init_utsname()->release, sizeof(facts->kernel_release));
	strscpy(facts->host_name, init_utsname()->nodename, sizeof(facts->host_name));
	clock_of(anchor)->room = KSTRAX_CLOCK_ROOM;

	/* Everything is recorded. */
	anchor->filter.traced_pid = -1;
	anchor->filter.version = 1;
	memset(anchor->filter.native_calls, 0xff, sizeof(anchor->filter.native_calls));
	memset(anchor->filter.compat_calls, 0xff, sizeof(anchor->filter.compat_calls));
}

/* From here on it is an anchor: the magic comes when all the rest is true. */
static void validate(struct kstrax_anchor *anchor)
{
	static const u8 masked[] = KSTRAX_ANCHOR_MAGIC_MASKED;
	u8 magic[KSTRAX_MAGIC_SIZE];
	u32 crc;

	unmask_magic(magic, masked);
	crc = crc32_le(~0, magic, sizeof(magic));
	crc = crc32_le(crc, (u8 *)anchor + sizeof(magic),
		       offsetof(struct kstrax_anchor, crc) - sizeof(magic));
	anchor->crc = ~crc;
	smp_wmb();
	memcpy(anchor->magic, magic, sizeof(magic));
	memzero_explicit(magic, sizeof(magic));
}

/* ---- loading and unloading ------------------------------------------------- */

static void free_all(struct kstrax_anchor *anchor)
{
	size_t block_size = anchor->block_size;
	unsigned int cpu;

	memzero_explicit(anchor->magic, sizeof(anchor->magic));
	for_each_possible_cpu(cpu)
		free_ring(anchor, cpu);
	memzero_explicit(anchor, block_size);
	free_pages_exact(anchor, block_size);
}

/* The anchor with a descriptor for every CPU that can ever be; none has a ring yet. */
static struct kstrax_anchor *make_anchor(void)
{
	size_t block_size =
		ALIGN(KSTRAX_ANCHOR_AND_CLOCK, 128) + nr_cpu_ids * sizeof(struct kstrax_cpu);
	struct kstrax_anchor *anchor = alloc_pages_exact(block_size, GFP_KERNEL | __GFP_ZERO);
	unsigned int cpu;

	if (!anchor)
		return NULL;
	describe(anchor, block_size);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		descriptor(anchor, cpu)->cpu = cpu;
	return anchor;
}

/* The kernel would try to make room for any size, at any other's cost. */
static int check_size(void)
{
	unsigned int cpus = num_online_cpus();
	u64 most = div_u64(KSTRAX_MOST_ENTRIES, cpus);

	if (!entries || entries > most) {
		pr_err("entries=%lu: 1 to %llu are possible for " EACH_CPU "\n", entries, most,
		       EACH_CPU_OF(cpus));
		return -EINVAL;
	}
	most = most_entries(cpus);
	if (entries > most) {
		pr_err("entries=%lu: the memory available holds %llu for " EACH_CPU "\n", entries,
		       most, EACH_CPU_OF(cpus));
		return -ENOMEM;
	}
	return 0;
}

static void say_loaded(void)
{
	unsigned int more = num_possible_cpus() - cpus_with_rings;

	pr_info("version %s: recording, %lu entries on " EACH_CPU " (%lu KiB)\n", KSTRAX_VERSION,
		entries, EACH_CPU_OF(cpus_with_rings),
		(unsigned long)cpus_with_rings * entries * sizeof(struct kstrax_slot) / 1024);
	if (more)
		pr_info("%u more CPU%s possible: each gets its ring when it comes\n", more,
			more == 1 ? " is" : "s are");
}

static int __init kstrax_init(void)
{
	struct kstrax_anchor *anchor;
	int err = check_size();

	if (err)
		return err;
	limit_names(name_slots);
	anchor = make_anchor();
	if (!anchor)
		return -ENOMEM;
	kstrax_ring_anchor = anchor;
	err = make_rings();
	if (err) {
		pr_err("no memory for %lu entries on " EACH_CPU "\n", entries,
		       EACH_CPU_OF(num_online_cpus()));
		goto no_rings;
	}
	watch_clock(anchor);
	validate(anchor);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);

	err = ctr_attach(&hooks);
	if (err) {
		pr_err("cannot hook the system-call path: error %d\n", err);
		goto no_hooks;
	}
	err = make_device();
	if (err) {
		pr_err("cannot make the device /dev/%s: error %d\n", KSTRAX_DEVICE_NAME, err);
		goto no_device;
	}
	say_loaded();
	return 0;

no_device:
	ctr_detach();
no_hooks:
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unwatch_clock();
	expect_no_more_cpus();
no_rings:
	kstrax_ring_anchor = NULL;
	free_all(anchor);
	return err;
}

static void __exit kstrax_exit(void)
{
	struct kstrax_anchor *anchor = kstrax_ring_anchor;

	remove_device(); /* nobody has it open, or this would not run */
	ctr_detach();    /* first: a CPU that comes from now on gets no writer */
	expect_no_more_cpus();
	unwatch_clock();
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	kstrax_ring_anchor = NULL;
	free_all(anchor);
	pr_info("recording stopped, unloaded\n");
}

module_init(kstrax_init);
module_exit(kstrax_exit);

MODULE_DESCRIPTION("kstrax: per-CPU rings of recorded system calls");
MODULE_AUTHOR("The kstrax developers");
MODULE_VERSION(KSTRAX_VERSION);
MODULE_LICENSE("GPL");
