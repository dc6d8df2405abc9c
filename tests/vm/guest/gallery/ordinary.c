// SPDX-License-Identifier: GPL-2.0-or-later
/* What runs on every machine and waits for work. */
#define _GNU_SOURCE
#include "gallery.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char byte;

static int listening(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(fd, 16) == 0, "listen");
	return fd;
}

static void poll_port(void *port)
{
	struct pollfd one = { .fd = listening((intptr_t)port), .events = POLLIN };

	poll(&one, 1, -1);
}

static void wait_epoll(void *port)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0);

	epoll_ctl(set, EPOLL_CTL_ADD, listening((intptr_t)port), &event);
	epoll_wait(set, &event, 1, -1);
}

static void read_fifo(void *path)
{
	mkfifo(path, 0600);
	read(open(path, O_RDWR), &byte, 1);
}

static void sleep_long(void *unused)
{
	sleep(100000);
}

static void follow_folder(void *path)
{
	int fd = inotify_init();

	inotify_add_watch(fd, path, IN_DELETE_SELF);
	read(fd, &byte, 1);
}

static void wait_child(void *unused)
{
	start("tail", follow_folder, "/tmp");
	wait(NULL);
}

static void wait_semaphore(void *unused)
{
	struct sembuf take = { 0, -1, 0 };

	semop(semget(IPC_PRIVATE, 1, 0600), &take, 1);
}

static void *wait_mutex(void *mutex)
{
	prctl(PR_SET_NAME, "http-worker");
	pthread_mutex_lock(mutex);
	return NULL;
}

static void run_threads(void *unused)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, wait_mutex, &mutex);
	sleep(100000);
}

void start_ordinary(void)
{
	static const struct {
		const char *name;
		void (*act)(void *argument);
		void *argument;
	} all[] = {
		{ "sshd", poll_port, (void *)22 },    { "nginx", wait_epoll, (void *)80 },
		{ "nginx", wait_epoll, (void *)443 }, { "rsyslogd", read_fifo, "/tmp/log.fifo" },
		{ "cron", sleep_long, NULL },         { "bash", wait_child, NULL },
		{ "postgres", wait_semaphore, NULL }, { "tomcat", run_threads, NULL },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		until_waiting(start(all[i].name, all[i].act, all[i].argument));
}
