/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks of the system-call path, as ctr_mod (on IA-64: kstrax_stub) offers them to a recorder. */
#ifndef CTR_MOD_H
#define CTR_MOD_H

struct pt_regs;

/*
 * Both are called in the context of the calling task, on its own CPU; they
 * must not sleep. data is what the recorder gave with them.
 */
struct ctr_hooks {
	void (*enter)(void *data, struct pt_regs *regs, long nr);
	void (*exit)(void *data, struct pt_regs *regs, long ret);
	void *data;
};

/*
 * One recorder at a time: -EBUSY when there is one. The hooks are copied, and
 * may be called before this returns.
 */
int ctr_attach(const struct ctr_hooks *hooks);

/* When this returns, no CPU is in a hook any more, nor will be. */
void ctr_detach(void);

#endif
