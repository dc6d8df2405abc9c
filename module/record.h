/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two probes, which are hooks of ctr_mod.h, and what they are told before they are hooked. */
#ifndef KSTRAX_RECORD_H
#define KSTRAX_RECORD_H

struct pt_regs;

/* Of a file name: longer ones are cut off; 0: KSTRAX_PATH_MAX alone limits them. */
void limit_names(unsigned int slots);

void record_enter(void *unused, struct pt_regs *regs, long nr);
void record_exit(void *unused, struct pt_regs *regs, long ret);

#endif
