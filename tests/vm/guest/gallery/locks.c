// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks of the module: two tasks that each hold what the other wants, and one that sleeps with what others want. */
#include "gallery.h"

#include <sys/syscall.h>

static void use_locks(void *text)
{
	write_trouble("locks", text);
}

static void start_blocked(const char *name, char *locks)
{
	until_in(start(name, use_locks, locks), SYS_write);
}

void deadlock(void)
{
	start_blocked("flush", "journal wait");
	start_blocked("rotate", "config journal");
	start_blocked("reload-1", "config");
	start_blocked("reload-2", "config");
	start_blocked("reload-3", "config");
	start_blocked("transfer-in", "accounts orders");
	start_blocked("transfer-out", "orders accounts");
	start_blocked("report-1", "accounts");
	start_blocked("report-2", "accounts");
	start_blocked("report-3", "orders");
}

void hung(void)
{
	start_blocked("firmware", "config wait");
	start_blocked("netd", "config");
	start_blocked("monitor", "config");
}
