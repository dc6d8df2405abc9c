// SPDX-License-Identifier: GPL-2.0-or-later
/* Handlers, and calls that signals interrupt. */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int line[2];
static volatile pid_t reader;

static void handler(int signal)
{
	syscall(SYS_getppid);
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	must(sigaction(signal, &action, NULL) == 0, "sigaction");
}

static void *read_line(void *again)
{
	char byte;
	ssize_t size;

	note_thread();
	reader = syscall(SYS_gettid);
	size = read(line[0], &byte, 1);
	must(again ? size == 1 : size == -1 && errno == EINTR, "an interrupted read");
	return NULL;
}

/* A handler runs while a thread waits in read(), which goes on or gives up. */
static void interrupt_read(int signal, int goes_on)
{
	pthread_t thread;

	reader = 0;
	must(pthread_create(&thread, NULL, read_line, (void *)(uintptr_t)goes_on) == 0,
	     "pthread_create");
	while (!reader)
		sleep_us(500);
	wait_until_asleep(reader);
	syscall(SYS_tgkill, getpid(), reader, signal);
	if (goes_on) {
		sleep_us(5000);
		wait_until_asleep(reader);
		must(write(line[1], "x", 1) == 1, "pipe");
	}
	pthread_join(thread, NULL);
}

/* Stopped and continued, a sleep goes on by restart_syscall; a handler ends it. */
static void stop_and_continue(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		note_thread();
		sleep_us(600 * 1000000L);
		_exit(0);
	}
	wait_until_asleep(child);
	kill(child, SIGSTOP);
	must(waitpid(child, &status, WUNTRACED) == child, "a stopped child");
	kill(child, SIGCONT);
	wait_until_asleep(child);
	kill(child, SIGUSR2);
	must(waitpid(child, &status, 0) == child, "a continued child");
}

void scene_signals(void)
{
	must(pipe(line) == 0, "pipe");
	handle(SIGUSR1, SA_RESTART);
	handle(SIGUSR2, 0);
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	interrupt_read(SIGUSR1, 1);
	interrupt_read(SIGUSR2, 0);
	stop_and_continue();
	close(line[0]);
	close(line[1]);
}
