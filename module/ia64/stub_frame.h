/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame that paths.S lays below a call's pt_regs for as long as a hook
 * runs: what the C code, and the hook, see of the call besides pt_regs.
 */
#ifndef KSTRAX_STUB_FRAME_H
#define KSTRAX_STUB_FRAME_H

/* From the frame's lowest address; the first 16 bytes are a callee's scratch. */
#define STUB_F6 16    /* f6 to f11, 16 bytes each */
#define STUB_ARGS 112 /* the 8 argument registers */
#define STUB_RP 176   /* where the call returns to */
#define STUB_SIZE 192

/* The kernel calls handlers with pt_regs 16 bytes above the stack pointer. */
#define STUB_REGS (STUB_SIZE + 16)

#define STUB_WAYS 2 /* of returning from a call: see hooks.c */

#ifndef __ASSEMBLY__

struct pt_regs;

/* Valid inside a hook only. What the caller did not pass is 0. */
static inline unsigned long *stub_arguments(struct pt_regs *regs)
{
	return (unsigned long *)((char *)regs - STUB_REGS + STUB_ARGS);
}

static inline unsigned long *stub_return(struct pt_regs *regs)
{
	return (unsigned long *)((char *)regs - STUB_REGS + STUB_RP);
}

/* Both give the address to go on at. */
unsigned long kstrax_stub_enter(struct pt_regs *regs);
unsigned long kstrax_stub_exit(struct pt_regs *regs, long ret, unsigned long way);

/* Code addresses of paths.S: as data, since a function's name is its descriptor. */
extern char kstrax_stub_entry[], kstrax_stub_return_0[], kstrax_stub_return_1[];

#endif
#endif
