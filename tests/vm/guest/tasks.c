// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks of strange names and of every state, and what the running kernel says of all, and of their files. */
#define _GNU_SOURCE
#include "workload.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

static void appear_as(const char *name)
{
	prctl(PR_SET_NAME, name);
	dprintf(1, "%ld\n", syscall(SYS_gettid));
}

static void *wait_as(void *name)
{
	appear_as(name);
	for (;;)
		pause();
	return NULL;
}

static void be_blocked(void)
{
	appear_as("blocked in vfork");
	if (vfork() == 0) /* its parent waits, uninterruptibly, for as long as it stays */
		wait_as("child of vfork");
}

static void be_stopped(void)
{
	appear_as("stopped");
	raise(SIGSTOP);
}

static void be_traced(void)
{
	appear_as("traced");
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
}

static void be_dead(void)
{
	appear_as("dead\a, not buried");
}

static void act(void (*part)(void))
{
	if (fork() == 0) {
		part();
		_exit(0);
	}
}

/* Prints the thread ids of all that take part, and stays. */
void cast(void)
{
	static char *const names[] = { "two\nlines", "\33[2J\33[31m\377\"\\", " ) R 1 1 1", "" };
	pthread_t thread;

	act(be_blocked);
	act(be_stopped);
	act(be_traced);
	act(be_dead);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		must(!pthread_create(&thread, NULL, wait_as, names[i]), "pthread_create");
	wait_as("as long as it may be");
}

static size_t read_text(char *text, size_t size, const char *process, const char *task,
			const char *file)
{
	char path[128];
	int fd;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/%s", process, task, file);
	fd = open(path, O_RDONLY);
	got = fd < 0 ? -1 : read(fd, text, size - 1);
	close(fd);
	text[got > 0 ? got : 0] = 0;
	return got > 0 ? got : 0;
}

static void print_task(const char *process, const char *task)
{
	char stat[1024], name[64];
	size_t size = read_text(name, sizeof(name), process, task, "comm");

	if (size == 0 || read_text(stat, sizeof(stat), process, task, "stat") == 0)
		return; /* gone */
	printf("%s %s %c ", task, process, strrchr(stat, ')')[2]);
	for (size_t i = 0; i + 1 < size; i++) /* a newline ends it */
		printf("%02x", (unsigned char)name[i]);
	printf("\n");
}

/* A line each: thread, process, state, the name's bytes in hexadecimal. */
void tasks(void)
{
	DIR *all = opendir("/proc");

	for (struct dirent *process; (process = readdir(all));) {
		char path[64];
		DIR *threads;

		snprintf(path, sizeof(path), "/proc/%.20s/task", process->d_name);
		if (process->d_name[0] < '0' || process->d_name[0] > '9' ||
		    !(threads = opendir(path)))
			continue;
		for (struct dirent *task; (task = readdir(threads));)
			if (task->d_name[0] != '.')
				print_task(process->d_name, task->d_name);
		closedir(threads);
	}
	closedir(all);
}

static char text[65536];

static ssize_t get(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t size = 0, got;

	while (fd >= 0 && (got = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += got;
	close(fd);
	text[size] = 0;
	return fd < 0 ? -1 : size;
}

static ssize_t follow(const char *path)
{
	return readlink(path, text, sizeof(text) - 1);
}

static void say(ssize_t size)
{
	for (ssize_t i = 0; i < size; i++)
		printf("%02x", (unsigned char)text[i]);
	printf(size == 0 ? "-\n" : "\n");
}

static void descriptors_of(const char *process)
{
	char path[128];
	DIR *all;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	all = opendir(path);
	for (struct dirent *one; all && (one = readdir(all));) {
		unsigned long long position;
		unsigned int flags;

		if (one->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%.20s", process, one->d_name);
		if (get(path) <= 0 || sscanf(text, "pos: %llu flags: %o", &position, &flags) != 2)
			continue;
		printf("fd %s %s %llu %o ", process, one->d_name, position, flags);
		snprintf(path, sizeof(path), "/proc/%s/fd/%.20s", process, one->d_name);
		say(follow(path));
	}
	if (all)
		closedir(all);
}

/* What /proc says of these processes' files, a line a fact, its texts in hexadecimal. */
void witness(int argc, char **argv)
{
	static const struct {
		const char *name;
		ssize_t (*read)(const char *path);
	} facts[] = { { "cwd", follow },
		      { "root", follow },
		      { "exe", follow },
		      { "cmdline", get },
		      { "cgroup", get } };
	static const char *const tables[] = { "tcp", "tcp6", "udp",     "udp6",  "unix",
					      "raw", "raw6", "netlink", "packet" };
	char path[128];

	for (int i = 0; i < argc; i++) {
		descriptors_of(argv[i]);
		for (size_t fact = 0; fact < sizeof(facts) / sizeof(facts[0]); fact++) {
			snprintf(path, sizeof(path), "/proc/%s/%s", argv[i], facts[fact].name);
			printf("%s %s ", facts[fact].name, argv[i]);
			say(facts[fact].read(path));
		}
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(path, sizeof(path), "/proc/net/%s", tables[i]);
		if (get(path) <= 0)
			continue;
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			printf("net %s %s\n", tables[i], line);
	}
}
