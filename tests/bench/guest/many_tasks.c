// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many_tasks PROCESSES THREADS: so many processes with so many threads each, as servers have them: files, pipes, sockets,
 * and threads that wait in one call or another, some for a lock of a file. Says "ready" when all of them wait; they stay.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILES 12 /* of each process, beside the pipe, the sockets and the epoll */

static int pipe_ends[2], sockets[2], epoll;

static void read_pipe(void)
{
	char byte;

	read(pipe_ends[0], &byte, 1);
}

static void receive(void)
{
	char byte;

	recv(sockets[0], &byte, 1, 0);
}

static void wait_for_events(void)
{
	struct epoll_event event;

	epoll_wait(epoll, &event, 1, -1);
}

static void wait_for_input(void)
{
	struct pollfd one = { .fd = sockets[1], .events = POLLIN };

	poll(&one, 1, -1);
}

static void wait_for_lock(void)
{
	int file = open("/tmp/many.lock", O_RDWR | O_CREAT, 0600);

	flock(file, LOCK_EX);
	pause();
}

static void wait_for_mutex(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	pause();
}

static void sleep_long(void)
{
	sleep(100000);
}

static void *wait_forever(void *number)
{
	static void (*const ways[])(void) = { read_pipe,      receive,       wait_for_events,
					      wait_for_input, wait_for_lock, wait_for_mutex,
					      sleep_long };

	ways[(size_t)number % (sizeof(ways) / sizeof(ways[0]))]();
	return NULL;
}

static void serve(size_t process, size_t threads)
{
	pthread_attr_t small;

	for (int i = 0; i < FILES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/tmp/many.%zu.%d", process % 100, i);
		open(name, O_RDWR | O_CREAT, 0600);
	}
	if (pipe(pipe_ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
		exit(1);
	epoll = epoll_create1(0);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	for (size_t i = 1; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &small, wait_forever, (void *)(process + i)) != 0)
			exit(1);
	}
	wait_forever((void *)process);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	size_t processes = strtoul(argv[1], NULL, 10), threads = strtoul(argv[2], NULL, 10);

	for (size_t i = 0; i < processes; i++) {
		if (fork() == 0) {
			serve(i, threads);
			_exit(1);
		}
	}
	puts("ready");
	return 0;
}
