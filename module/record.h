/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two probes: hooks of ctr_mod.h. */
#ifndef KSTRAX_RECORD_H
#define KSTRAX_RECORD_H

struct pt_regs;

void record_enter(void *unused, struct pt_regs *regs, long nr);
void record_exit(void *unused, struct pt_regs *regs, long ret);

#endif
