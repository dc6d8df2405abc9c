// SPDX-License-Identifier: GPL-2.0
/*
 * Brings a kernel into trouble, for tests: who writes into a file of /proc/trouble gets
 * the kind that the file is named after.
 *   locks      "A B": takes lock A, and lock B a moment later; "A": takes that lock alone;
 *              "A wait": holds it until a signal comes
 *   null       follows a pointer that nobody has set
 *   spin       "SECONDS": stays on its CPU for so long, with preemption off
 *   interrupt  "CPU": lets a timer of that CPU follow such a pointer
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define MOMENT_MS 700

struct account {
	char name[40];
	long balance;
};

static struct account *volatile nobody;

/* ---- locks --------------------------------------------------------------- */

static DEFINE_MUTEX(accounts);
static DEFINE_MUTEX(orders);
static DEFINE_MUTEX(journal);
static DEFINE_MUTEX(config);
static DECLARE_WAIT_QUEUE_HEAD(never);

static struct mutex *lock_named(const char *name)
{
	static const struct {
		const char *name;
		struct mutex *lock;
	} locks[] = {
		{ "accounts", &accounts },
		{ "orders", &orders },
		{ "journal", &journal },
		{ "config", &config },
	};
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(locks); i++)
		if (strcmp(name, locks[i].name) == 0)
			return locks[i].lock;
	return NULL;
}

static noinline void trouble_take(struct mutex *lock)
{
	mutex_lock(lock);
	mutex_unlock(lock);
}

static noinline int trouble_hold(struct mutex *lock)
{
	int error;

	mutex_lock(lock);
	error = wait_event_interruptible(never, false);
	mutex_unlock(lock);
	return error;
}

/* In the moment between the two, another task can take the second. */
static noinline void trouble_take_both(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	msleep(MOMENT_MS);
	trouble_take(second);
	mutex_unlock(first);
}

static int be_locked(char *text)
{
	const char *first = strsep(&text, " ");
	const char *second = strsep(&text, " ");
	struct mutex *lock = lock_named(first), *other = lock_named(second);

	if (second && strcmp(second, "wait") == 0 && lock)
		return trouble_hold(lock);
	if (!lock || lock == other || (second && !other))
		return -EINVAL;
	if (other)
		trouble_take_both(lock, other);
	else
		trouble_take(lock);
	return 0;
}

/* ---- what the kernel dies of ----------------------------------------------- */

static noinline void trouble_book(struct account *account)
{
	account->balance++;
}

static int follow_null(char *text)
{
	trouble_book(nobody);
	return 0;
}

static noinline void trouble_spin(unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;

	preempt_disable();
	while (time_before(READ_ONCE(jiffies), end))
		cpu_relax();
	preempt_enable();
}

static int spin(char *text)
{
	unsigned int seconds;
	int error = kstrtouint(text, 10, &seconds);

	if (error)
		return error;
	trouble_spin(seconds);
	return 0;
}

static void trouble_expired(struct timer_list *timer)
{
	trouble_book(nobody);
}

static DEFINE_TIMER(timer, trouble_expired);
static DEFINE_MUTEX(starting);

static int interrupt(char *text)
{
	unsigned int cpu;
	int error = kstrtouint(text, 10, &cpu);

	if (error)
		return error;
	mutex_lock(&starting);
	cpus_read_lock();
	if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		error = -EINVAL;
	} else if (timer_pending(&timer)) {
		error = -EBUSY;
	} else {
		timer.expires = jiffies + msecs_to_jiffies(MOMENT_MS);
		add_timer_on(&timer, cpu);
	}
	cpus_read_unlock();
	mutex_unlock(&starting);
	return error;
}

/* ---- /proc/trouble --------------------------------------------------------- */

static ssize_t write_text(const char __user *from, size_t size, int (*act)(char *text))
{
	char text[64];
	int error;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = 0;
	error = act(strim(text));
	return error ? error : size;
}

#define TROUBLE_FILE(name, act)                                                              \
	static ssize_t name##_write(struct file *file, const char __user *from, size_t size, \
				    loff_t *position)                                        \
	{                                                                                    \
		return write_text(from, size, act);                                          \
	}                                                                                    \
	static const struct proc_ops name##_operations = {                                   \
		.proc_write = name##_write,                                                  \
		.proc_lseek = noop_llseek,                                                   \
	}

TROUBLE_FILE(locks, be_locked);
TROUBLE_FILE(null, follow_null);
TROUBLE_FILE(spin, spin);
TROUBLE_FILE(interrupt, interrupt);

static struct proc_dir_entry *folder;

static int __init trouble_init(void)
{
	folder = proc_mkdir("trouble", NULL);
	if (!folder)
		return -ENOMEM;
	if (proc_create("locks", 0200, folder, &locks_operations) &&
	    proc_create("null", 0200, folder, &null_operations) &&
	    proc_create("spin", 0200, folder, &spin_operations) &&
	    proc_create("interrupt", 0200, folder, &interrupt_operations))
		return 0;
	proc_remove(folder);
	return -ENOMEM;
}

static void __exit trouble_exit(void)
{
	proc_remove(folder); /* waits for the writers */
	timer_delete_sync(&timer);
}

module_init(trouble_init);
module_exit(trouble_exit);
MODULE_DESCRIPTION("deadlocks, hangs and oopses, for tests");
MODULE_LICENSE("GPL");
