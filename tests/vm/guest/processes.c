// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that come, turn into others, and go. */
#define _GNU_SOURCE
#include "workload.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const child_argv[] = { "workload", "exec-child", NULL };

static void execute(const char *program)
{
	execve(program, child_argv, environ);
	_exit(99);
}

static pid_t execute_in_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		execute("/proc/self/exe");
	return child;
}

static void must_end_with(pid_t child, int status)
{
	int got;

	must(child > 0 && waitpid(child, &got, 0) == child, "waitpid");
	must(WIFEXITED(got) && WEXITSTATUS(got) == status, "a child's exit status");
}

void scene_processes(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();

		if (child == 0) {
			note_thread();
			getppid();
			_exit(i);
		}
		must_end_with(child, i);

		child = fork();
		if (child == 0)
			execute("/proc/self/exe");
		must_end_with(child, 7);

		must_end_with(execute_in_vfork(), 7);

		child = fork();
		if (child == 0) {
			note_thread();
			execute("/no/such/program");
		}
		must_end_with(child, 99);
	}
}

static void *execute_from_thread(void *unused)
{
	note_thread();
	execute("/proc/self/exe");
	return NULL;
}

#ifdef __aarch64__
static const char other_program[] = "/bin/arm32";
#else
static const char other_program[] = "/bin/ia32";
#endif

/* Entered by one table of system calls, left by another. */
void scene_ia32_program(void)
{
	pid_t child = fork();

	if (child == 0) {
		note_thread();
		execute(other_program);
	}
	must_end_with(child, 7);
}

/* The thread takes over the leader's id inside the call, the leader dies. */
void scene_thread_exec(void)
{
	pid_t child = fork();

	if (child == 0) {
		pthread_t thread;

		note_thread();
		pthread_create(&thread, NULL, execute_from_thread, NULL);
		for (;;)
			pause();
	}
	must_end_with(child, 7);
}
