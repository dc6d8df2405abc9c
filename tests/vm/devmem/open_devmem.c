// SPDX-License-Identifier: GPL-2.0
/*
 * Makes /dev/mem what it is on a kernel built without STRICT_DEVMEM: of every
 * page frame, the kernel's own check says that it may be seen. For tests.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>

static int allow(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs_set_return_value(regs, 1);
	return 0;
}

static struct kretprobe check = {
	.kp.symbol_name = "devmem_is_allowed",
	.handler = allow,
};

static int __init open_devmem_init(void)
{
	return register_kretprobe(&check);
}

static void __exit open_devmem_exit(void)
{
	unregister_kretprobe(&check);
}

module_init(open_devmem_init);
module_exit(open_devmem_exit);
MODULE_DESCRIPTION("lets /dev/mem show all of memory");
MODULE_LICENSE("GPL");
