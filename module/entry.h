/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the recorder depends on the architecture: the layout of a slot, how
 * a call tells its ABI, and which argument is the name of a file. Code in a header,
 * since each record is made of it: a call would cost more than what is called.
 */
#ifndef KSTRAX_ENTRY_H
#define KSTRAX_ENTRY_H

#include <linux/audit.h>
#include <linux/build_bug.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "formats/kstrax_abi.h"

#if defined(CONFIG_X86_64)
#define kstrax_slot kstrax_entry_x86_64
#define KSTRAX_LAYOUT KSTRAX_LAYOUT_X86_64
#define KSTRAX_AUDIT_ARCH AUDIT_ARCH_X86_64
#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif
#elif defined(CONFIG_X86_32)
#define kstrax_slot kstrax_entry_ia32
#define KSTRAX_LAYOUT KSTRAX_LAYOUT_IA32
#define KSTRAX_AUDIT_ARCH AUDIT_ARCH_I386
#elif defined(CONFIG_IA64)
#define kstrax_slot kstrax_entry_ia64
#define KSTRAX_LAYOUT KSTRAX_LAYOUT_IA64
#define KSTRAX_AUDIT_ARCH AUDIT_ARCH_IA64
#include "ia64/stub_frame.h"
#elif defined(CONFIG_ARM64)
/* The same slot: the anchor says whose calls they are. */
#define kstrax_slot kstrax_entry_x86_64
#define KSTRAX_LAYOUT KSTRAX_LAYOUT_X86_64
#define KSTRAX_AUDIT_ARCH AUDIT_ARCH_AARCH64
#else
#error "no ring layout for this architecture"
#endif

/*
 * The most entries of all CPUs together: the manual's limits for IA-32 and
 * IA-64 (5.1.3), which follow from what the kernel can map beside its own. An
 * x86-64 kernel can map more than an IA-64 one of the same page size.
 */
#if defined(CONFIG_X86_32)
#define KSTRAX_MOST_ENTRIES 2500000ull
#elif PAGE_SHIFT >= 16
#define KSTRAX_MOST_ENTRIES (14ull << 30 << 16)
#elif PAGE_SHIFT >= 14
#define KSTRAX_MOST_ENTRIES (14ull << 30 << 8)
#elif PAGE_SHIFT >= 13
#define KSTRAX_MOST_ENTRIES (14ull << 30 << 4)
#else
#define KSTRAX_MOST_ENTRIES (14ull << 30)
#endif

/* Of the tables that calls go through, the slot says which. */
#if defined(CONFIG_X86_64) || defined(CONFIG_ARM64)
#define KSTRAX_SLOT_HAS_ABI
#endif

/*
 * Calls of the other table that open files, or start programs. No header that each kernel has
 * names those of ARM, which are the EABI's.
 */
#if defined(CONFIG_X86_64) && defined(CONFIG_IA32_EMULATION)
enum {
	COMPAT_OPEN = __NR_ia32_open,
	COMPAT_CREAT = __NR_ia32_creat,
	COMPAT_OPENAT = __NR_ia32_openat,
	COMPAT_OPENAT2 = __NR_ia32_openat2,
};
#elif defined(CONFIG_ARM64)
enum {
	COMPAT_OPEN = 5,
	COMPAT_CREAT = 8,
	COMPAT_OPENAT = 322,
	COMPAT_OPENAT2 = 437,
	COMPAT_EXECVE = 11,
	COMPAT_EXECVEAT = 387,
};
#else
#define KSTRAX_NO_COMPAT_NAMES
#endif

struct kstrax_call {
	u16 nr;  /* as it is stored */
	u16 abi; /* enum kstrax_abi */
};

/* nr is the kernel's own, of the call that current is in. */
static __always_inline struct kstrax_call kstrax_call(long nr)
{
	struct kstrax_call call = { .abi = KSTRAX_ABI_NATIVE };

#ifdef KSTRAX_SLOT_HAS_ABI
	if (unlikely(syscall_get_arch(current) != KSTRAX_AUDIT_ARCH))
		call.abi = KSTRAX_ABI_COMPAT;
#endif
#ifdef CONFIG_X86_64
	else if (unlikely(nr & __X32_SYSCALL_BIT && nr > 0)) {
		call.abi = KSTRAX_ABI_X32;
		nr &= ~__X32_SYSCALL_BIT;
	}
#endif
	if (likely((unsigned long)nr < KSTRAX_NR_TOO_BIG))
		call.nr = nr;
	else
		call.nr = nr == -1 ? KSTRAX_NR_NONE : KSTRAX_NR_TOO_BIG;
	return call;
}

/* The number of the call that current leaves. */
static __always_inline long kstrax_number(struct pt_regs *regs)
{
#ifdef CONFIG_IA64
	/*
	 * syscall_get_nr() has none once execve has made a new program's frame,
	 * and for a program that nobody may dump execve clears r15 as well.
	 */
	return regs->r15 ?: __NR_execve;
#else
	return syscall_get_nr(current, regs);
#endif
}

/* The call that current leaves. */
static __always_inline struct kstrax_call kstrax_call_left(struct pt_regs *regs)
{
	const long nr = kstrax_number(regs);
	struct kstrax_call call = kstrax_call(nr);

#ifdef CONFIG_ARM64
	/*
	 * execve leaves by the number that it was entered by, when the table is
	 * the new program's already. Of that program all registers are 0, also
	 * the one that each call has its number in.
	 */
	if (call.abi == KSTRAX_ABI_NATIVE) {
		if (unlikely(!regs->regs[8] && (nr == COMPAT_EXECVE || nr == COMPAT_EXECVEAT)))
			call.abi = KSTRAX_ABI_COMPAT;
	} else if (!regs->regs[7] && (nr == __NR_execve || nr == __NR_execveat)) {
		call.abi = KSTRAX_ABI_NATIVE;
	}
#endif
	return call;
}

/* Which argument names a file that the call opens; -1: none. */
static __always_inline int kstrax_name_argument(struct kstrax_call call)
{
#ifndef KSTRAX_NO_COMPAT_NAMES
	if (call.abi == KSTRAX_ABI_COMPAT) {
		switch (call.nr) {
		case COMPAT_OPEN:
		case COMPAT_CREAT:
			return 0;
		case COMPAT_OPENAT:
		case COMPAT_OPENAT2:
			return 1;
		}
		return -1;
	}
#endif
	/* x32 shares these numbers with the native table. */
	switch (call.nr) {
#ifdef __NR_open
	case __NR_open:
	case __NR_creat:
		return 0;
#endif
	case __NR_openat:
#ifdef __NR_openat2
	case __NR_openat2:
#endif
		return 1;
	}
	return -1;
}

/* A register as the pointer that the call takes it for. */
static inline const char __user *kstrax_user_pointer(struct kstrax_call call, unsigned long value)
{
	if (call.abi == KSTRAX_ABI_COMPAT)
		value = (u32)value;
	return (const char __user *)value;
}

static __always_inline void kstrax_fill(struct kstrax_slot *slot, struct kstrax_call call,
					enum kstrax_kind kind, u64 time)
{
	slot->time = time;
	slot->pid = current->pid;
	slot->nr_kind = KSTRAX_NR_KIND(call.nr, kind);
#ifdef KSTRAX_SLOT_HAS_ABI
	slot->abi = call.abi;
	slot->tgid = current->tgid;
#endif
}

/* Straight into the slot, which has them aligned and of the registers' size. */
static __always_inline void kstrax_fill_arguments(struct kstrax_slot *slot, struct pt_regs *regs)
{
#ifdef CONFIG_IA64
	/* syscall_get_arguments() is not exported there, and unwinds the stack. */
	memcpy(slot->args, stub_arguments(regs), sizeof(slot->args));
#else
	BUILD_BUG_ON(offsetof(struct kstrax_slot, args) % sizeof(long));
	BUILD_BUG_ON(sizeof(slot->args) != 6 * sizeof(long));
	syscall_get_arguments(current, regs, (void *)slot + offsetof(struct kstrax_slot, args));
#endif
}

static inline unsigned long kstrax_argument(struct pt_regs *regs, int which)
{
#ifdef CONFIG_IA64
	return stub_arguments(regs)[which];
#else
	unsigned long args[6];

	syscall_get_arguments(current, regs, args);
	return args[which];
#endif
}

#endif
