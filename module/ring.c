// SPDX-License-Identifier: GPL-2.0-or-later
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "kstrax_buf.h"
#include "ring.h"

DEFINE_PER_CPU(struct writer, writers);

/* Where a CPU without a ring writes, and nobody reads: so recording need not ask for a ring. */
static DEFINE_PER_CPU(struct kstrax_slot, nowhere);
static char nameless[KSTRAX_PATH_MAX];

unsigned int cpus_with_rings;
static enum cpuhp_state hotplug_state;
static bool loading; /* under the CPUs' lock */

/*
 * The key is hidden from the compiler, so that no magic stands ready-made in
 * this module for a scan of memory to fall for.
 */
void unmask_magic(u8 *magic, const u8 *masked)
{
	u8 key = KSTRAX_MAGIC_KEY;
	int i;

	OPTIMIZER_HIDE_VAR(key);
	for (i = 0; i < KSTRAX_MAGIC_SIZE; i++)
		magic[i] = masked[i] ^ key;
}

/* zlib's CRC-32 */
static u32 crc_of(const void *data, size_t size)
{
	return ~crc32_le(~0, data, size);
}

/* Also of a chain that is only half made: its last list's next_phys is 0. */
static void free_frames(u64 phys)
{
	while (phys) {
		struct kstrax_frames *list = phys_to_virt(phys);

		phys = list->next_phys;
		/* Nobody may find in free memory what is no longer true. */
		memzero_explicit(list, PAGE_SIZE);
		free_page((unsigned long)list);
	}
}

/* Lists are made from the last to the first: each names the one behind it. */
static int make_frames(struct kstrax_anchor *anchor, struct kstrax_cpu *desc, void *ring,
		       size_t size, int node)
{
	static const u8 masked[] = KSTRAX_FRAMES_MAGIC_MASKED;
	const size_t per_list = (PAGE_SIZE - sizeof(struct kstrax_frames)) / sizeof(u64);
	size_t pages = DIV_ROUND_UP(size, PAGE_SIZE);
	size_t index = DIV_ROUND_UP(pages, per_list);

	while (index--) {
		size_t first = index * per_list;
		size_t i, count = min(pages - first, per_list);
		struct page *page = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		struct kstrax_frames *list;
		u64 *numbers;

		if (!page)
			return -ENOMEM;
		list = page_address(page);
		unmask_magic(list->magic, masked);
		list->instance_id = anchor->facts.instance_id;
		list->phys_addr = virt_to_phys(list);
		list->next_phys = desc->frames_phys;
		list->cpu = desc->cpu;
		list->index = index;
		list->count = count;
		numbers = (u64 *)(list + 1);
		for (i = 0; i < count; i++)
			numbers[i] = vmalloc_to_pfn(ring + (first + i) * PAGE_SIZE);
		list->crc = crc_of(list, sizeof(*list) + count * sizeof(u64));
		desc->frames_phys = list->phys_addr;
	}
	return 0;
}

/* What programs did is nobody's to find in free memory. A ring may have gigabytes. */
static void wipe(void *memory, size_t size)
{
	while (size) {
		size_t part = min_t(size_t, size, SZ_1M);

		memzero_explicit(memory, part);
		memory += part;
		size -= part;
		cond_resched();
	}
}

void free_ring(struct kstrax_anchor *anchor, unsigned int cpu)
{
	struct writer *w = per_cpu_ptr(&writers, cpu);
	struct kstrax_cpu *desc = descriptor(anchor, cpu);

	if (!desc->ring_virt)
		return;
	free_frames(desc->frames_phys);
	wipe(w->name, KSTRAX_PATH_MAX);
	free_page((unsigned long)w->name);
	wipe(w->ring, (void *)w->end - (void *)w->ring);
	vfree(w->ring);
}

static void point_writer(struct writer *w, struct kstrax_slot *ring, size_t entries,
			 struct kstrax_cpu *desc, size_t counter, char *name)
{
	w->next = w->ring = ring;
	w->end = ring + entries;
	w->head = (void *)desc + counter;
	w->lost = (void *)desc + offsetof(struct kstrax_cpu, lost);
	w->name = name;
}

/* Its records are counted, and that is all. */
static void give_no_ring(struct kstrax_anchor *anchor, unsigned int cpu)
{
	point_writer(per_cpu_ptr(&writers, cpu), per_cpu_ptr(&nowhere, cpu), 1,
		     descriptor(anchor, cpu),
		     offsetof(struct kstrax_cpu, lost[KSTRAX_LOST_NO_RING]), nameless);
}

static int give_ring(struct kstrax_anchor *anchor, unsigned int cpu)
{
	struct kstrax_cpu *desc = descriptor(anchor, cpu);
	u64 *ring_virt = (void *)desc + offsetof(struct kstrax_cpu, ring_virt);
	size_t entries = anchor->facts.entries_per_cpu;
	size_t size = entries * sizeof(struct kstrax_slot);
	int node = cpu_to_node(cpu);
	struct page *name = alloc_pages_node(node, GFP_KERNEL, 0);
	void *ring = name ? vzalloc_node(size, node) : NULL;

	BUILD_BUG_ON(PAGE_SIZE < KSTRAX_PATH_MAX);
	/* No cache line that a CPU writes at each record is anyone else's. */
	BUILD_BUG_ON(__alignof__(struct writer) % SMP_CACHE_BYTES);
	BUILD_BUG_ON(offsetof(struct kstrax_cpu, cursor) % SMP_CACHE_BYTES);
	BUILD_BUG_ON(sizeof(struct kstrax_cpu) % SMP_CACHE_BYTES);
	if (!ring || make_frames(anchor, desc, ring, size, node)) {
		free_frames(desc->frames_phys);
		desc->frames_phys = 0;
		vfree(ring);
		if (name)
			__free_page(name);
		return -ENOMEM;
	}
	point_writer(per_cpu_ptr(&writers, cpu), ring, entries, desc,
		     offsetof(struct kstrax_cpu, head), page_address(name));
	cpus_with_rings++;
	smp_wmb(); /* who sees the address may map the ring, and follow its frame lists */
	WRITE_ONCE(*ring_virt, (unsigned long)ring);
	return 0;
}

u64 most_entries(unsigned int cpus)
{
	unsigned long available = si_mem_available();

	available -= available / 8;
	return div_u64((u64)available << PAGE_SHIFT, cpus * sizeof(struct kstrax_slot));
}

/* Before a CPU runs. Whatever happens to its ring, the CPU is not kept from coming. */
static int prepare_cpu(unsigned int cpu)
{
	struct kstrax_anchor *anchor = kstrax_ring_anchor;
	u64 entries = anchor->facts.entries_per_cpu;

	if (per_cpu_ptr(&writers, cpu)->next)
		return 0; /* it has been here before */
	if (entries <= most_entries(1) && !give_ring(anchor, cpu))
		return 0;
	if (loading)
		return -ENOMEM;
	give_no_ring(anchor, cpu);
	pr_warn("no memory for the ring of CPU %u: its calls are only counted until this module is "
		"loaded anew\n",
		cpu);
	return 0;
}

void expect_no_more_cpus(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
}

int make_rings(void)
{
	unsigned int cpu;
	int state, err = 0;

	cpus_read_lock();
	state = __cpuhp_setup_state_cpuslocked(CPUHP_BP_PREPARE_DYN, "kstrax:prepare", false,
					       prepare_cpu, NULL, false);
	/* Some kernels (5.10) do not do this at this stage, whatever they are asked. */
	loading = true;
	if (state >= 0)
		for_each_online_cpu(cpu) {
			err = prepare_cpu(cpu);
			if (err)
				break;
		}
	loading = false;
	cpus_read_unlock();
	if (state < 0)
		return state;
	hotplug_state = state;
	if (err)
		expect_no_more_cpus();
	return err;
}
