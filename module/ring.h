/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rings, their descriptors and the lists of their page frames. A CPU gets
 * its ring at loading if it is there, else in the step that prepares its
 * coming. One that goes keeps its ring: what it recorded is wanted in a dump.
 */
#ifndef KSTRAX_RING_H
#define KSTRAX_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/percpu.h>

#include "entry.h"

/* What a CPU needs to write, in one cache line that no other CPU writes. */
struct writer {
	struct kstrax_slot *next; /* the slot of position *head */
	struct kstrax_slot *ring;
	struct kstrax_slot *end; /* of the ring */
	u64 *head;               /* these two in its descriptor */
	u64 *lost;
	char *name; /* KSTRAX_PATH_MAX bytes, to read a file name into */
} ____cacheline_aligned;

DECLARE_PER_CPU(struct writer, writers);

extern unsigned int cpus_with_rings;

static inline struct kstrax_cpu *descriptor(struct kstrax_anchor *anchor, unsigned int cpu)
{
	return (void *)anchor + anchor->cpu_offset + cpu * sizeof(struct kstrax_cpu);
}

/* Its ring, which can come at any moment, and then stays; NULL: none. */
static inline void *ring_of(struct kstrax_anchor *anchor, unsigned int cpu)
{
	const u64 *ring_virt =
		(void *)descriptor(anchor, cpu) + offsetof(struct kstrax_cpu, ring_virt);

	return (void *)(unsigned long)READ_ONCE(*ring_virt);
}

/* For the CPUs that are there, and from then on for those that come. */
int make_rings(void);
void expect_no_more_cpus(void);
void free_ring(struct kstrax_anchor *anchor, unsigned int cpu);

/* How many for each of so many CPUs: an estimate, and others need some memory as well. */
u64 most_entries(unsigned int cpus);

void unmask_magic(u8 *magic, const u8 *masked);

#endif
