// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for others, that are dead, or that never were on a CPU. */
#define _GNU_SOURCE
#include "actors.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void stay_child(const char *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		STUCK_PAUSE();
}
static pid_t child(const char *name)
{
	pid_t child = fork();

	if (child == 0)
		stay_child(name);
	return child;
}
static void wait_child(void)
{
	child("child-of-wait4");
	STUCK(wait4, -1, NULL, 0, NULL);
}
static void wait_pid(void)
{
	STUCK(wait4, child("child-of-waitp"), NULL, 0, NULL);
}
static void wait_group(void)
{
	int status;

	child("child-of-group");
	STUCK(wait4, 0, &status, WUNTRACED, NULL);
}
static void wait_id(void)
{
	siginfo_t info;

	child("child-of-waitid");
	STUCK(waitid, P_ALL, 0, &info, WEXITED, NULL);
}
static void wait_one_id(void)
{
	siginfo_t info;

	STUCK(waitid, P_PID, child("child-of-waitone"), &info, WEXITED, NULL);
}
static void wait_descriptor(void)
{
	siginfo_t info;
	int fd = syscall(SYS_pidfd_open, child("child-of-pidfd"), 0);

	STUCK(waitid, 3 /* P_PIDFD */, fd, &info, WEXITED, NULL);
}
/* The child runs in the stack of its parent: what the parent is in is written down before. */
static void wait_vfork(void)
{
#ifdef SYS_vfork
	meant_call("vfork", SYS_vfork, NULL);
#else
	meant_call("clone", SYS_clone, NULL);
#endif
	if (vfork() == 0)
		stay_child("child-of-vfork");
}
static void die(void)
{
	meant_no_call();
	_exit(0);
}
static void *stay(void *name)
{
	stay_child(name);
	return NULL;
}
static void threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, stay, "thread");
	STUCK_PAUSE();
}
/* The first thread has ended, and another has not. */
static void die_before_others(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, stay, "left-behind");
	meant_no_call();
	syscall(SYS_exit, 0);
}
static void spin(void)
{
	meant_no_call();
	for (;;)
		;
}
const struct actor child_actors[] = {
	{ "wait4", wait_child },
	{ "wait4-pid", wait_pid },
	{ "wait4-group", wait_group },
	{ "waitid", wait_id },
	{ "waitid-pid", wait_one_id },
	{ "waitid-pidfd", wait_descriptor },
	{ "vfork", wait_vfork },
	{ "zombie", die },
	{ "threads", threads },
	{ "dead-leader", die_before_others },
	{ "spin", spin },
	{ NULL, NULL },
};

/* A real-time task forks on the CPU that it does not leave, and its child is none: it has to wait. */
static void fork_without_time(void)
{
	struct sched_param first = { 2 };
	struct timespec begin, now;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus) == 0, "sched_setaffinity");
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) != 0)
		skip("no real-time tasks");
	if (fork() == 0)
		stay_child("late-child");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < begin.tv_sec + 15);
	stay_child("never-runs");
}

const struct actor late_actors[] = {
	{ "never-ran", fork_without_time },
	{ NULL, NULL },
};
