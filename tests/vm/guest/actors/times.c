// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that sleep, and calls that go on after a stop: by restart_syscall, or made anew. */
#define _GNU_SOURCE
#include "actors.h"

#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static struct timespec hours = { 100000, 0 };

static void sleep_nano(void)
{
	STUCK(nanosleep, &hours, NULL);
}
static void sleep_clock(void)
{
	STUCK(clock_nanosleep, CLOCK_REALTIME, 0, &hours, NULL);
}
static void sleep_until(void)
{
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec += 100000;
	STUCK(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
}
static void sleep_cpu_time(void)
{
	STUCK(clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &hours, NULL);
}
static void wait_timer(void)
{
	struct itimerspec time = { .it_value = { 100000, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	long count;

	timerfd_settime(fd, 0, &time, NULL);
	STUCK_AT(read, fd, &count, sizeof(count));
}

/* A child stops its parent in its call, and lets it go on. */
static void will_be_stopped(void)
{
	pid_t parent = getpid();

	if (fork() != 0)
		return;
	until_waiting(parent);
	kill(parent, SIGSTOP);
	until(parent, "T");
	kill(parent, SIGCONT);
	_exit(0);
}
static void restart_sleep(void)
{
	will_be_stopped();
	meant_call("restart_syscall", SYS_restart_syscall, NULL);
	syscall(SYS_nanosleep, &hours, NULL);
}
static void restart_clock(void)
{
	will_be_stopped();
	meant_call("restart_syscall", SYS_restart_syscall, NULL);
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hours, NULL);
}
static void restart_poll(void)
{
	struct pollfd end = { .fd = silent_pipe(), .events = POLLIN };

	if (SYS_poll < 0)
		skip("this machine has no such call");
	will_be_stopped();
	meant_call("restart_syscall", SYS_restart_syscall, NULL);
	syscall(SYS_poll, &end, 1, 100000000);
}
static void restart_futex(void)
{
	static int word;

	will_be_stopped();
	meant_call("restart_syscall", SYS_restart_syscall, NULL);
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, &hours, NULL, 0);
}
static void read_again(void)
{
	char byte;

	will_be_stopped();
	STUCK_AT(read, silent_pipe(), &byte, 1);
}

const struct actor time_actors[] = {
	{ "nanosleep", sleep_nano },
	{ "clock-nanosleep", sleep_clock },
	{ "sleep-until", sleep_until },
	{ "sleep-cpu-time", sleep_cpu_time },
	{ "timerfd", wait_timer },
	{ "restart", restart_sleep },
	{ "restart-clock", restart_clock },
	{ "restart-poll", restart_poll },
	{ "restart-futex", restart_futex },
	{ "read-again", read_again },
	{ NULL, NULL },
};
