// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Machines in trouble, with what runs on every machine around it. gallery SCENE: a line for each task,
 * its name, its id and the time in ns (CLOCK_MONOTONIC) before it does what it hangs in; it returns when all wait.
 */
#define _GNU_SOURCE
#include "gallery.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void must(int what, const char *message)
{
	if (what)
		return;
	perror(message);
	_exit(1);
}

void about_to(void)
{
	char name[17] = "";
	struct timespec now;

	prctl(PR_GET_NAME, name);
	clock_gettime(CLOCK_MONOTONIC, &now);
	dprintf(1, "%s %ld %lld\n", name, syscall(SYS_gettid),
		now.tv_sec * 1000000000LL + now.tv_nsec);
}

pid_t start(const char *name, void (*act)(void *argument), void *argument)
{
	pid_t process = fork();

	must(process >= 0, "fork");
	if (process != 0)
		return process;
	prctl(PR_SET_NAME, name);
	act(argument);
	for (;;)
		pause();
}

/* What /proc/PID/FILE begins with. */
static void peek(pid_t process, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", process, file);
	fd = open(path, O_RDONLY);
	got = fd < 0 ? -1 : read(fd, text, size - 1);
	close(fd);
	text[got > 0 ? got : 0] = 0;
}

void until_in(pid_t process, long call)
{
	char text[128] = "", *end = text;

	while (strtol(text, &end, 10) != call || *end != ' ') {
		usleep(10000);
		peek(process, "syscall", text, sizeof(text));
	}
}

void until_waiting(pid_t process)
{
	char text[256];
	const char *state;

	do {
		usleep(20000);
		peek(process, "stat", text, sizeof(text));
		state = strrchr(text, ')');
	} while (!state || !strchr("SDT", state[2]));
}

void write_trouble(const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/trouble/%s", file);
	fd = open(path, O_WRONLY);
	must(fd >= 0, path);
	about_to();
	must(write(fd, text, strlen(text)) > 0, text);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenes[] = {
		{ "deadlock", deadlock }, { "frozen", frozen },
		{ "stalled", stalled },   { "oom", out_of_memory },
		{ "hung", hung },         { "lockup", lock_up },
		{ "null", follow_null },  { "interrupt", interrupted },
	};

	signal(SIGHUP, SIG_IGN);
	for (size_t i = 0; argc == 2 && i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (strcmp(argv[1], scenes[i].name) != 0)
			continue;
		start_ordinary();
		scenes[i].play();
		return 0;
	}
	fprintf(stderr, "gallery: no such scene\n");
	return 1;
}
