// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for signals, or were stopped by one. */
#define _GNU_SOURCE
#include "actors.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static sigset_t some(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}
static void suspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	STUCK(rt_sigsuspend, &none, 8);
}
static void wait_signal(void)
{
	sigset_t set = some(SIGUSR1);

	STUCK(rt_sigtimedwait, &set, NULL, NULL, 8);
}
static void wait_some_time(void)
{
	sigset_t set = some(SIGUSR1);
	struct timespec time = { 100000, 0 };
	siginfo_t info;

	STUCK(rt_sigtimedwait, &set, &info, &time, 8);
}
static void do_pause(void)
{
	STUCK_PAUSE();
}
static void wait_signalfd(void)
{
	sigset_t set = some(SIGUSR2);
	struct signalfd_siginfo info;

	STUCK_AT(read, signalfd(-1, &set, 0), &info, sizeof(info));
}
static void stop(void)
{
	meant_end_of("kill", SYS_kill);
	syscall(SYS_kill, getpid(), SIGSTOP);
}
static void stop_in_group(void)
{
	setpgid(0, 0);
	meant_end_of("tgkill", SYS_tgkill);
	syscall(SYS_tgkill, getpid(), getpid(), SIGSTOP);
}
/* Stopped out of user mode, where it spins. */
static void stop_spinning(void)
{
	pid_t parent = getpid();

	if (fork() == 0) {
		sleep(1);
		kill(parent, SIGSTOP);
		stay_child("stops-parent");
	}
	meant_no_call();
	for (;;)
		;
}
/* In a handler, whose call has nothing to do with what it broke off. */
static void wait_again(int number)
{
	STUCK_PAUSE();
}
static void wait_in_handler(void)
{
	signal(SIGALRM, wait_again);
	alarm(1);
	STUCK_PAUSE();
}

const struct actor signal_actors[] = {
	{ "sigsuspend", suspend },          { "sigwaitinfo", wait_signal },
	{ "sigtimedwait", wait_some_time }, { "pause", do_pause },
	{ "signalfd", wait_signalfd },      { "stopped", stop },
	{ "stopped-group", stop_in_group }, { "stopped-spin", stop_spinning },
	{ "in-handler", wait_in_handler },  { NULL, NULL },
};
