// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctr_mod: hooks the system-call path through the kernel's own tracepoints.
 *
 * A recorder's functions become the tracepoints' probes themselves, so a call
 * costs no second jump; and they are registered only while a recorder is
 * attached, so without one system calls run as if this module were not there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "ctr_mod.h"

static struct tracepoint *sys_enter, *sys_exit;

static DEFINE_MUTEX(lock); /* of what follows */
static struct ctr_hooks attached;
static bool is_attached;

int ctr_attach(const struct ctr_hooks *hooks)
{
	int err = -EBUSY;

	mutex_lock(&lock);
	if (is_attached)
		goto out;

	err = tracepoint_probe_register(sys_enter, hooks->enter, hooks->data);
	if (err)
		goto out;
	err = tracepoint_probe_register(sys_exit, hooks->exit, hooks->data);
	if (err) {
		tracepoint_probe_unregister(sys_enter, hooks->enter, hooks->data);
		tracepoint_synchronize_unregister();
		goto out;
	}
	attached = *hooks;
	is_attached = true;
out:
	mutex_unlock(&lock);
	return err;
}
EXPORT_SYMBOL_GPL(ctr_attach);

void ctr_detach(void)
{
	mutex_lock(&lock);
	if (is_attached) {
		tracepoint_probe_unregister(sys_exit, attached.exit, attached.data);
		tracepoint_probe_unregister(sys_enter, attached.enter, attached.data);
		tracepoint_synchronize_unregister();
		is_attached = false;
	}
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(ctr_detach);

/* The kernel exports the way to the tracepoints, not these two by name. */
static void __init find_tracepoint(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sys_enter"))
		sys_enter = tp;
	else if (!strcmp(tp->name, "sys_exit"))
		sys_exit = tp;
}

static int __init ctr_init(void)
{
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	if (!sys_enter || !sys_exit) {
		pr_err("this kernel has no tracepoints for system calls\n");
		return -ENODEV;
	}
	pr_info("version %s\n", KSTRAX_VERSION);
	return 0;
}

/* A recorder holds a reference through ctr_attach: none is left by now. */
static void __exit ctr_exit(void)
{
	pr_info("unloaded\n");
}

module_init(ctr_init);
module_exit(ctr_exit);

MODULE_DESCRIPTION("kstrax: hooks of the system-call path");
MODULE_AUTHOR("The kstrax developers");
MODULE_VERSION(KSTRAX_VERSION);
MODULE_LICENSE("GPL");
