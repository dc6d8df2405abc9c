/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device of kstrax_buf: how a program on the running machine reads the
 * rings and says what is recorded. One header for both sides.
 *
 * It opens for root only (mode 0600, and CAP_SYS_ADMIN), for reading only. Who
 * has it open and gives up that capability can map it no more, and ask for
 * nothing (EPERM). It is mapped shared, neither writable nor executable
 * (EACCES), as if it were a file of whole pages:
 *
 *   the anchor with its descriptors     block_size bytes
 *   the ring of CPU 0                   entries_per_cpu * entry_size bytes
 *   the ring of CPU 1                   …
 *
 * with room for each CPU below possible_cpus, and nothing to be mapped where a
 * descriptor has no ring (ENXIO): one can come at any moment, and then stays.
 * So to read a record costs no system call. While it is open or mapped, the
 * module cannot be unloaded.
 *
 * How a live ring is copied: read head; copy; read head again, and drop those
 * positions p where p + entries_per_cpu < head now: they may be overwritten.
 * The record of position head - 1 may be unfinished: its serial tells.
 */
#ifndef KSTRAX_DEVICE_H
#define KSTRAX_DEVICE_H

#include <linux/ioctl.h>

#include "formats/kstrax_abi.h"

#define KSTRAX_DEVICE_NAME "kstrax"

/* For the mapping: what begins at a page's start. */
#define KSTRAX_WHOLE_PAGES(size, page_shift) \
	((((size) + (1ull << (page_shift)) - 1) >> (page_shift)) << (page_shift))

/* Says what is recorded from now on; EINVAL if traced_pid is neither -1 nor above 0. */
#define KSTRAX_IOC_SET_FILTER _IOW(0xa7, 1, struct kstrax_filter)

/*
 * Makes this open file the one that takes records out of the rings; until it
 * is closed. EBUSY if there is one. Others may read all the same.
 */
#define KSTRAX_IOC_CONSUME _IO(0xa7, 2)

/* All positions before this one are taken. */
struct kstrax_taken {
	__u32 cpu;
	__u32 reserved;
	__u64 position;
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_taken) == 16);

/*
 * Moves a CPU's cursor. EPERM without KSTRAX_IOC_CONSUME; ENXIO if there is no
 * such ring; EINVAL back from where it is, or beyond the head.
 */
#define KSTRAX_IOC_TAKE _IOW(0xa7, 3, struct kstrax_taken)

/*
 * The caller's process is not recorded from its next call on, until it ends or
 * this open file is closed. EBUSY if too many processes are left out already.
 */
#define KSTRAX_IOC_LEAVE_ME_OUT _IO(0xa7, 4)
#define KSTRAX_LEFT_OUT_MAX 8

#endif
