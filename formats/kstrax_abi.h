/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring ABI: everything that the recorder leaves in kernel memory, and
 * everything that is copied from there into buffer files.
 *
 * One header for both sides: it compiles in the kernel (C11) and in C++20.
 * All numbers are little-endian, all sizes are in bytes, all times in
 * nanoseconds. No field is a pointer or changes its size with the word size,
 * so an analyzer on one machine reads the memory of another.
 *
 * How the parts hang together:
 *
 *   anchor ──▶ one descriptor a CPU ──▶ chain of frame lists ──▶ page frames
 *   (found by its magic at the start    (physical addresses: no page table,
 *    of a page; proves itself by its     no symbol and no debug info needed)
 *    own address and a CRC)                        │
 *                                                  ▼
 *                                   the ring: entries_per_cpu slots
 */
#ifndef KSTRAX_ABI_H
#define KSTRAX_ABI_H

#include <linux/types.h>

#ifdef __cplusplus
#define KSTRAX_ASSERT(what) static_assert(what, #what)
#define KSTRAX_OFFSETOF(type, member) __builtin_offsetof(type, member)
#else
#define KSTRAX_ASSERT(what) _Static_assert(what, #what)
#define KSTRAX_OFFSETOF(type, member) __builtin_offsetof(struct type, member)
#endif

#define KSTRAX_PACKED __attribute__((packed))

/* Raised when an old reader could no longer make sense of what is written. */
#define KSTRAX_ABI_VERSION 1
/* Reads as this only where the byte order is the reader's. */
#define KSTRAX_ENDIAN_MARK 0x01020304

/* ---- entries ---------------------------------------------------------- */

/*
 * The ring is an array of fixed-size slots. The record at position p (0, 1,
 * 2, … since loading; 64 bits, never wraps) lies in slot p % entries_per_cpu.
 *
 * The writer, alone on its CPU, works in this order:
 *   1. descriptor.head = p + 1     position p is reserved
 *   2. every field of the slot but the serial
 *   3. serial = low 32 bits of p + 1, with release semantics
 *
 * So a slot holds the record of position p if and only if its serial is
 * (__u32)(p + 1); any other value says that it was never written, or that
 * the CPU stopped between 1 and 3 (a torn slot). A reader that copies a live
 * ring checks besides, after copying, that p + entries_per_cpu >= head still.
 */
enum kstrax_layout_id {
	KSTRAX_LAYOUT_IA32 = 1,
	KSTRAX_LAYOUT_IA64 = 2,
	KSTRAX_LAYOUT_X86_64 = 3,
};

/* IA-32. The process identifier fits 16 bits: PID_MAX is 32768 there. */
struct kstrax_entry_ia32 {
	__u32 serial;
	__u64 time;    /* CLOCK_MONOTONIC */
	__u16 pid;     /* thread id */
	__u16 nr_kind; /* see KSTRAX_NR_KIND */
	__u32 args[6];
} KSTRAX_PACKED;

struct kstrax_entry_ia64 {
	__u32 serial;
	__u64 time;
	__u32 pid;
	__u16 nr_kind;
	__u64 args[7];
} KSTRAX_PACKED;

/* arm64's, too: facts.audit_arch tells. */
struct kstrax_entry_x86_64 {
	__u32 serial;
	__u64 time;
	__u32 pid;
	__u16 nr_kind;
	__u16 abi;  /* enum kstrax_abi */
	__u32 tgid; /* process id */
	__u64 args[6];
} KSTRAX_PACKED;

/* The sizes 40 and 74 are the manual's (kstrax 1.0.0, section 5.1.3). */
KSTRAX_ASSERT(sizeof(struct kstrax_entry_ia32) == 40);
KSTRAX_ASSERT(sizeof(struct kstrax_entry_ia64) == 74);
KSTRAX_ASSERT(sizeof(struct kstrax_entry_x86_64) == 72);

/* The largest ring slot that a reader accepts. */
#define KSTRAX_ENTRY_SIZE_MAX 256

enum kstrax_kind {
	KSTRAX_KIND_ENTRY = 1, /* args = the call's arguments */
	KSTRAX_KIND_EXIT = 2,  /* args[0] = return value, or -errno */
	/*
	 * Follows its entry (or its exit, where the name was not resident at
	 * entry) on the same CPU, in as many slots as the name needs: the args
	 * area holds the bytes of the file name, the last slot ends them with
	 * NUL. time, pid, number and abi repeat those of the record it follows.
	 * A name without NUL in its last slot is cut off: a recorder stores one
	 * that is too long as whole slots, so that no padding reads as its end.
	 * What is too long the module's parameter name_slots says.
	 */
	KSTRAX_KIND_PATH = 3,
};

/* The system-call number in the low 12 bits, the kind in the high 4. */
#define KSTRAX_NR_MASK 0xfff
#define KSTRAX_KIND_SHIFT 12
/* clang-format off */
#define KSTRAX_NR_KIND(nr, kind) (((nr) & KSTRAX_NR_MASK) | ((kind) << KSTRAX_KIND_SHIFT))
/* clang-format on */
/* No number: the kernel said -1, as after rt_sigreturn. */
#define KSTRAX_NR_NONE 0xfff
/* A number that 12 bits do not hold: no such call exists, but for ARM's own (0xf0005 and its like). */
#define KSTRAX_NR_TOO_BIG 0xffe

/* Which table of numbers and arguments a call was made through. */
enum kstrax_abi {
	KSTRAX_ABI_NATIVE = 0,
	KSTRAX_ABI_COMPAT = 1, /* IA-32 calls on x86-64, ARM's (EABI) on arm64 */
	KSTRAX_ABI_X32 = 2,    /* nr is stored without bit 30 */
};

/* The longest file name that is recorded, NUL included (PATH_MAX). */
#define KSTRAX_PATH_MAX 4096

/* ---- what is true of a recording from load to unload ------------------- */

struct kstrax_facts {
	__u32 abi_version; /* KSTRAX_ABI_VERSION */
	__u32 endian_mark; /* KSTRAX_ENDIAN_MARK */
	__u32 audit_arch;  /* AUDIT_ARCH_… of <linux/audit.h> */
	__u16 layout;      /* enum kstrax_layout_id */
	__u16 entry_size;  /* one slot; at least the layout's size */
	__u8 word_size;    /* sizeof(long) of the recording kernel */
	__u8 page_shift;
	__u16 reserved;
	__u32 possible_cpus; /* CPU numbers are below this */
	__u64 entries_per_cpu;
	__u64 instance_id; /* tells recordings of one machine apart */
	/* One moment on both clocks: wall time = time - monotonic + realtime. */
	__s64 start_monotonic_ns;
	__s64 start_realtime_ns; /* since 1970-01-01 UTC */
	/* NUL-terminated where shorter than the array. */
	char module_version[16];
	char kernel_release[72];
	char host_name[72];
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_facts) == 216);

/* Why something could not be recorded; indexes kstrax_cpu.lost. */
enum kstrax_lost_cause {
	KSTRAX_LOST_PATH_FAULT = 0, /* file names unreadable at entry and at exit */
	KSTRAX_LOST_PATH_BUSY = 1,  /* names given up: too many calls waiting for a page */
	KSTRAX_LOST_NO_RING = 2,    /* records of a CPU that there was no memory for when it came */
	KSTRAX_LOST_PATH_CUT = 3, /* names cut off: they would have taken more slots than allowed */
	KSTRAX_LOST_CAUSES = 4,
};

/* How the recording ended; all zero while it goes on. */
struct kstrax_end {
	__u64 time_ns; /* CLOCK_MONOTONIC, at the panic */
	__u32 cpu;     /* that panicked */
	__u32 pid;     /* thread id of the task that panicked */
} KSTRAX_PACKED;

/* ---- the anchor --------------------------------------------------------- */

#define KSTRAX_MAGIC_SIZE 16
/*
 * The magics are kept masked, so that neither the module's text nor a reader's
 * image holds what a scan of memory looks for. Unmask at run time with a key
 * that the compiler cannot see through (volatile).
 */
#define KSTRAX_MAGIC_KEY 0xa7
/* clang-format off */
#define KSTRAX_ANCHOR_MAGIC_MASKED \
	{ 0xec, 0xf4, 0xf3, 0xf5, 0xe6, 0xff, 0x2e, 0xe6, 0xe9, 0xe4, 0xef, 0xe8, 0xf5, 0xaa, 0xad, 0xbd }
#define KSTRAX_FRAMES_MAGIC_MASKED \
	{ 0xec, 0xf4, 0xf3, 0xf5, 0xe6, 0xff, 0x2e, 0xe1, 0xf5, 0xe6, 0xea, 0xe2, 0xf4, 0xaa, 0xad, 0xbd }
/* clang-format on */

/* Bits of one call table: bit nr is set when that call is recorded. */
#define KSTRAX_CALL_BITMAP_BYTES 512

/* What is being recorded; changed while recording goes on, so under no CRC. */
struct kstrax_filter {
	__s32 traced_pid; /* process id; -1: all */
	__u32 version;    /* 1 at loading, when all is recorded; 0: not counted */
	__u8 native_calls[KSTRAX_CALL_BITMAP_BYTES]; /* and x32 */
	__u8 compat_calls[KSTRAX_CALL_BITMAP_BYTES];
} KSTRAX_PACKED;

/*
 * When the wall clock was set while the module was loaded: what facts say of
 * the two clocks holds until the first step. Step n (from 0) lies in row
 * n % room, written as a slot is: serial = 0, count = n + 1, the other fields,
 * serial = n + 1. So a row with another serial is not there (any more).
 */
#define KSTRAX_CLOCK_ROOM 64 /* a power of two */

struct kstrax_clock_step {
	__u64 serial;
	__s64 monotonic_ns; /* from when on */
	__s64 offset_ns;    /* wall time = time + offset_ns */
} KSTRAX_PACKED;

struct kstrax_clock {
	__u64 count; /* steps since loading */
	__u32 room;  /* rows */
	__u32 flags; /* KSTRAX_CLOCK_… */
	/* At the panic, to within some microseconds; 0: there was none. */
	__s64 end_offset_ns;
	struct kstrax_clock_step steps[KSTRAX_CLOCK_ROOM];
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_clock) == 1560);

/* Every step is noted. Without it only end_offset_ns tells whether there were any. */
#define KSTRAX_CLOCK_WATCHED 1

/*
 * At the start of a page, physically contiguous with the descriptors behind
 * it. The part up to and with crc never changes while the module is loaded.
 */
struct kstrax_anchor {
	__u8 magic[KSTRAX_MAGIC_SIZE];
	__u32 anchor_size; /* of this struct and what follows it: struct kstrax_clock, from version 2.1 on */
	__u32 cpu_offset;  /* of the first descriptor, from the anchor */
	__u32 cpu_size;    /* of one descriptor */
	__u32 frames_size; /* of the header of a frame list */
	__u64 block_size;  /* anchor and descriptors */
	__u64 virt_addr;   /* of this struct, in its kernel */
	__u64 phys_addr;   /* a copy elsewhere (page cache, dump in a dump) is no anchor */
	struct kstrax_facts facts;
	__u32 reserved;
	/* CRC-32 (zlib's) of all bytes before it. */
	__u32 crc;
	struct kstrax_end end;
	struct kstrax_filter filter;
} KSTRAX_PACKED;
KSTRAX_ASSERT(KSTRAX_OFFSETOF(kstrax_anchor, facts) == 56);
KSTRAX_ASSERT(KSTRAX_OFFSETOF(kstrax_anchor, crc) == 276);
KSTRAX_ASSERT(KSTRAX_OFFSETOF(kstrax_anchor, end) == 280);
KSTRAX_ASSERT(KSTRAX_OFFSETOF(kstrax_anchor, filter) == 296);
KSTRAX_ASSERT(sizeof(struct kstrax_anchor) == 1328);

/*
 * One a CPU, at anchor + cpu_offset + cpu * cpu_size. The writer's words have
 * cache lines of their own (128 bytes: IA-64's line, and a pair on x86).
 *
 * A CPU that is there at loading has its ring from the start, another gets it
 * before it first runs: ring_virt, stored last, says that the ring is there. A
 * CPU that goes keeps it. Before version 2.1 every CPU that could ever be had
 * one, and a descriptor without one was all zeros.
 */
struct kstrax_cpu {
	__u64 head;                     /* next position to be written */
	__u64 lost[KSTRAX_LOST_CAUSES]; /* by enum kstrax_lost_cause */
	__u8 pad1[88];
	__u64 cursor;      /* next position that no reader has taken */
	__u64 ring_virt;   /* 0: no ring: no such CPU (yet), or no memory for it */
	__u64 frames_phys; /* of the first frame list */
	__u32 cpu;
	__u8 pad2[100];
} KSTRAX_PACKED;
KSTRAX_ASSERT(KSTRAX_OFFSETOF(kstrax_cpu, cursor) == 128);
KSTRAX_ASSERT(sizeof(struct kstrax_cpu) == 256);

/* A page that names page frames of one ring, in the ring's order. */
struct kstrax_frames {
	__u8 magic[KSTRAX_MAGIC_SIZE];
	__u64 instance_id; /* the anchor's */
	__u64 phys_addr;   /* of this page */
	__u64 next_phys;   /* of the next list of this ring; 0: the last */
	__u32 cpu;
	__u32 index; /* in the chain, from 0 */
	__u32 count; /* of frame numbers in this page */
	/* CRC-32 of header and frame numbers, with this field taken as 0. */
	__u32 crc;
	__u64 pad;
	/* __u64 frame_numbers[count] follow: physical address >> page_shift */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_frames) == 64);

/*
 * ---- buffer files: NAME_CPU, one for each CPU below possible_cpus --------
 *
 * possible_cpus in the header's facts is 1 + the last CPU that has a ring;
 * what the kernel said stands behind the header. Both are written anew when a
 * CPU comes that has a higher number.
 */

/* clang-format off */
#define KSTRAX_FILE_MAGIC { 'K', 'S', 'T', 'R', 'A', 'X', 'B', '\n' }
/* clang-format on */
#define KSTRAX_FILE_VERSION 1

struct kstrax_file_header {
	__u8 magic[8];
	__u32 version;
	__u32 header_size; /* the first chunk's offset */
	struct kstrax_facts facts;
	/* What lies before it was taken by an earlier copy, and is not missing here. */
	__u64 start_position;
	__u32 cpu;
	__u32 crc; /* CRC-32 of all bytes before it */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_file_header) == 248);

#define KSTRAX_FILE_FILTER 0x544c464b /* "KFLT" */

/* Between the header and the first chunk, where a reader that does not know it passes over it. */
struct kstrax_file_filter {
	__u32 magic; /* KSTRAX_FILE_FILTER */
	__u32 reserved;
	/* As it stood when the copy ended; while it goes on, when it began. */
	struct kstrax_filter filter;
	__u32 crc; /* CRC-32 of all bytes before it */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_file_filter) == 1044);

#define KSTRAX_FILE_MORE 0x524f4d4b /* "KMOR" */

/* In the same place, behind the other one: written anew, with the header, when it changes while the file grows. */
struct kstrax_file_more {
	__u32 magic;               /* KSTRAX_FILE_MORE */
	__u32 possible_cpus;       /* the kernel's */
	struct kstrax_clock clock; /* the anchor's, all zeros if it had none */
	__u32 reserved;
	__u32 crc; /* CRC-32 of all bytes before it */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_file_more) == 1576);

#define KSTRAX_CHUNK_ENTRIES 0x4b43454e /* "NECK" */
#define KSTRAX_CHUNK_END 0x4b444e45     /* "ENDK": the file is whole */

/* Followed by count * entry_size bytes of slots as they stood in the ring. */
struct kstrax_chunk {
	__u32 magic; /* KSTRAX_CHUNK_ENTRIES */
	__u32 count;
	__u64 first_position;
	/* Positions missing between the last chunk and this one: those that newer
	 * ones had overwritten, and those whose memory could not be read. */
	__u64 overwritten_before;
	__u64 unreadable_before;
	__u32 data_crc; /* CRC-32 of the slots */
	__u32 crc;      /* CRC-32 of all fields before it */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_chunk) == 40);

/* The last thing in the file. */
struct kstrax_file_end {
	__u32 magic;              /* KSTRAX_CHUNK_END */
	__u32 flags;              /* KSTRAX_END_… */
	__u64 head;               /* the descriptor's when the copy ended */
	__u64 overwritten_before; /* between the last chunk and head, as in a chunk */
	__u64 unreadable_before;
	__u64 lost[KSTRAX_LOST_CAUSES];
	struct kstrax_end end;
	__u32 reserved;
	__u32 crc; /* CRC-32 of all fields before it */
} KSTRAX_PACKED;
KSTRAX_ASSERT(sizeof(struct kstrax_file_end) == 88);

/* What was read to make the file was damaged, and the file says how far. */
#define KSTRAX_END_DAMAGED 1
/* The CPU had no ring: it never ran. */
#define KSTRAX_END_NO_RING 2
/* The disk was full: what was to come is missing, and counted as unreadable. */
#define KSTRAX_END_DISK_FULL 4
/* The kernel had such a CPU, but its ring could not be found. */
#define KSTRAX_END_RING_MISSING 8

#endif
