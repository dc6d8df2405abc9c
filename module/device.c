// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/kstrax: formats/kstrax_device.h is the contract. An open file, and a
 * mapping through it, hold a reference to the module: nothing is freed under
 * a reader.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "device.h"
#include "filter.h"
#include "formats/kstrax_device.h"
#include "kstrax_buf.h"
#include "ring.h"

static struct file *consumer; /* may move cursors; under cursor_lock */
static DEFINE_MUTEX(cursor_lock);

/* At each use: an open file may be handed on, or kept when privileges are dropped. */
static bool may_use(void)
{
	return capable(CAP_SYS_ADMIN);
}

static int device_open(struct inode *inode, struct file *file)
{
	return may_use() ? 0 : -EPERM;
}

static int device_release(struct inode *inode, struct file *file)
{
	mutex_lock(&cursor_lock);
	if (consumer == file)
		consumer = NULL;
	mutex_unlock(&cursor_lock);
	leave_in_again(&kstrax_ring_anchor->filter, file);
	return 0;
}

/* What a page of the device's mapping shows; NULL beyond its parts. */
static struct page *device_page(unsigned long index)
{
	struct kstrax_anchor *anchor = kstrax_ring_anchor;
	const struct kstrax_facts *facts = &anchor->facts;
	unsigned long block_pages = DIV_ROUND_UP(anchor->block_size, PAGE_SIZE);
	unsigned long ring_pages = DIV_ROUND_UP(
		(unsigned long)facts->entries_per_cpu * sizeof(struct kstrax_slot), PAGE_SIZE);
	unsigned long cpu;
	void *ring;

	if (index < block_pages)
		return virt_to_page((void *)anchor + index * PAGE_SIZE);
	index -= block_pages;
	cpu = index / ring_pages;
	if (cpu >= facts->possible_cpus)
		return NULL;
	ring = ring_of(anchor, cpu);
	return ring ? vmalloc_to_page(ring + index % ring_pages * PAGE_SIZE) : NULL;
}

/* All pages at once: a reader of a busy ring has no time for page faults. */
static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long index = vma->vm_pgoff;
	unsigned long address;
	int err;

	if (!may_use())
		return -EPERM;
	/* Nor ever made writable: so it is for a shared mapping of a file open for reading. */
	if (vma->vm_flags & (VM_WRITE | VM_MAYWRITE | VM_EXEC))
		return -EACCES;
	/*
	 * Nor ever executable. vm_flags_clear() does this in newer kernels, where
	 * the flags are const for all others; it locks a mapping that is in use.
	 * This one is still being made.
	 */
	*(vm_flags_t *)&vma->vm_flags &= ~VM_MAYEXEC;
	for (address = vma->vm_start; address < vma->vm_end; address += PAGE_SIZE) {
		struct page *page = device_page(index++);

		if (!page)
			return -ENXIO;
		err = vm_insert_page(vma, address, page);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* Whole on IA-32, too, where a position has two words. */
static atomic64_t *position_at(struct kstrax_anchor *anchor, unsigned int cpu, size_t offset)
{
	return (void *)descriptor(anchor, cpu) + offset;
}

static long take(struct file *file, const struct kstrax_taken *taken)
{
	struct kstrax_anchor *anchor = kstrax_ring_anchor;
	atomic64_t *cursor, *head;
	long err = -EPERM;

	if (taken->cpu >= anchor->facts.possible_cpus)
		return -ENXIO;
	if (!ring_of(anchor, taken->cpu))
		return -ENXIO;
	cursor = position_at(anchor, taken->cpu, offsetof(struct kstrax_cpu, cursor));
	head = position_at(anchor, taken->cpu, offsetof(struct kstrax_cpu, head));
	mutex_lock(&cursor_lock);
	if (consumer == file) {
		err = -EINVAL;
		if (taken->position >= (u64)atomic64_read(cursor) &&
		    taken->position <= (u64)atomic64_read(head)) {
			atomic64_set(cursor, taken->position);
			err = 0;
		}
	}
	mutex_unlock(&cursor_lock);
	return err;
}

static long consume(struct file *file)
{
	long err = -EBUSY;

	mutex_lock(&cursor_lock);
	if (!consumer || consumer == file) {
		consumer = file;
		err = 0;
	}
	mutex_unlock(&cursor_lock);
	return err;
}

static long set_filter_from(const void __user *from)
{
	struct kstrax_filter *given = memdup_user(from, sizeof(*given));
	long err;

	if (IS_ERR(given))
		return PTR_ERR(given);
	err = set_filter(&kstrax_ring_anchor->filter, given);
	kfree(given);
	return err;
}

static long device_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	void __user *from = (void __user *)argument;
	struct kstrax_taken taken;

	if (!may_use())
		return -EPERM;
	switch (request) {
	case KSTRAX_IOC_SET_FILTER:
		return set_filter_from(from);
	case KSTRAX_IOC_CONSUME:
		return consume(file);
	case KSTRAX_IOC_TAKE:
		if (copy_from_user(&taken, from, sizeof(taken)))
			return -EFAULT;
		return take(file, &taken);
	case KSTRAX_IOC_LEAVE_ME_OUT:
		return leave_me_out(&kstrax_ring_anchor->filter, file);
	}
	return -ENOTTY;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.mmap = device_mmap,
	.unlocked_ioctl = device_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = compat_ptr_ioctl,
#endif
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KSTRAX_DEVICE_NAME,
	.mode = 0600,
	.fops = &device_operations,
};

int make_device(void)
{
	return misc_register(&device);
}

void remove_device(void)
{
	misc_deregister(&device);
}
