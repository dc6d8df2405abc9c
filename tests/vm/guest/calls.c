// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that work, fail, block and migrate. */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 120, EXCHANGES = 60 };

static void fail_calls(void)
{
	char byte;

	close(-1);
	read(-1, &byte, 1);
	open("/no/such/file", O_RDONLY);
	syscall(SYS_write, 1, (void *)16, 4); /* EFAULT */
	syscall(SYS_mmap, 1, 1, 1, 1, 1, 1);
	syscall(999, 1, 2, 3, 4, 5, 6);  /* no such call */
	syscall(5000, 1, 2, 3, 4, 5, 6); /* nor has it 12 bits */
	syscall(-1, 1, 2, 3, 4, 5, 6);
}

static void *work(void *number)
{
	unsigned int self = (uintptr_t)number;
	char block[512];
	int zero;

	note_thread();
	zero = open("/dev/zero", O_RDONLY);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		syscall(SYS_getpid);
		syscall(SYS_lseek, zero, 0x123456789abcL, SEEK_SET);
		must(read(zero, block, sizeof(block)) == sizeof(block), "/dev/zero");
		if (round % 10 == self)
			fail_calls();
		if (round % 8 == 0)
			move_to_cpu(self + round / 8);
		if (round % 20 == 0)
			sleep_us(200);
		if (round % 30 == 0)
			sched_yield();
	}
	close(zero);
	return NULL;
}

void scene_threads(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, work, (void *)i) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static int there[2], back[2], pair[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void take_turns(int self)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < EXCHANGES; i++) {
		while (turn != self)
			pthread_cond_wait(&turned, &mutex);
		turn = !self;
		pthread_cond_signal(&turned);
	}
	pthread_mutex_unlock(&mutex);
}

static void *answer(void *unused)
{
	char byte;

	note_thread();
	for (int i = 0; i < EXCHANGES; i++) {
		must(read(there[0], &byte, 1) == 1, "pipe");
		if (i % 7 == 0)
			move_to_cpu(i);
		must(write(back[1], &byte, 1) == 1, "pipe");
	}
	take_turns(1);
	for (int i = 0; i < EXCHANGES; i++) {
		must(recv(pair[1], &byte, 1, 0) == 1, "recv");
		must(send(pair[1], &byte, 1, 0) == 1, "send");
	}
	return NULL;
}

static void wait_in_vain(void)
{
	struct epoll_event event;
	struct pollfd none = { .fd = there[0], .events = POLLIN };
	int epoll = epoll_create1(0);

	poll(&none, 1, 2);
	epoll_wait(epoll, &event, 1, 2);
	close(epoll);
}

void scene_blocking(void)
{
	pthread_t thread;
	char byte = 0;

	must(pipe(there) == 0 && pipe(back) == 0, "pipe");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	must(pthread_create(&thread, NULL, answer, NULL) == 0, "pthread_create");
	for (int i = 0; i < EXCHANGES; i++) {
		must(write(there[1], &byte, 1) == 1, "pipe");
		if (i % 5 == 0)
			move_to_cpu(i);
		must(read(back[0], &byte, 1) == 1, "pipe");
	}
	take_turns(0);
	for (int i = 0; i < EXCHANGES; i++) {
		must(send(pair[0], &byte, 1, 0) == 1, "send");
		must(recv(pair[0], &byte, 1, 0) == 1, "recv");
	}
	pthread_join(thread, NULL);
	wait_in_vain();
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
		close(pair[i]);
	}
}
