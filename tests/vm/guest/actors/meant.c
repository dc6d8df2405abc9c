// SPDX-License-Identifier: GPL-2.0-or-later
/* What each task means to hang in: a line of /tmp/actors.meant, which a later one of the same task overrides. */
#define _GNU_SOURCE
#include "actors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Inherited by all; an actor may be in another root by now. */
static void write_down(const char *line)
{
	static int file = -1;

	if (file < 0)
		file = open("/tmp/actors.meant", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	write(file, line, strlen(line));
}

/* tid, where, number, name, file or -, words. */
static void write_call(const char *where, const char *name, long number, const char *file,
		       const unsigned long *words)
{
	char line[1024];
	int size = snprintf(line, sizeof(line), "%ld %s %ld %s %s", syscall(SYS_gettid), where,
			    number, name, file);

	for (int i = 0; words && i < 6; i++)
		size += snprintf(line + size, sizeof(line) - size, " 0x%lx", words[i]);
	strcpy(line + size, "\n");
	write_down(line);
}

long stuck(const char *name, long number, int file, const unsigned long words[6])
{
	char link[64], path[256] = "-";

	if (number < 0)
		skip("this machine has no such call");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)words[0]);
	if (file)
		readlink(link, path, sizeof(path) - 1);
	write_call("in", name, number, path, words);
	return syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

void meant_call(const char *name, long number, const unsigned long *words)
{
	write_call("in", name, number, "-", words);
}

void meant_no_call(void)
{
	write_call("out", "-", -1, "-", NULL);
}

void meant_close(void)
{
	write_call("near", "close", SYS_close, "-", NULL);
}

void meant_end_of(const char *name, long number)
{
	write_call("behind", name, number, "-", NULL);
}

void until(long task, const char *states)
{
	char path[64], text[512];
	const char *state;
	int looks = 0; /* in a row: for a moment, it may wait for another lock */

	snprintf(path, sizeof(path), "/proc/%ld/stat", task);
	while (looks < 10) {
		int fd = open(path, O_RDONLY);
		ssize_t size = read(fd, text, sizeof(text) - 1);

		close(fd);
		text[size > 0 ? size : 0] = 0;
		state = strrchr(text, ')');
		looks = state && strchr(states, state[2]) ? looks + 1 : 0;
		usleep(20000);
	}
}

void skip(const char *reason)
{
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	printf("skip %s: %s\n", name, reason);
	fflush(stdout);
	_exit(0);
}

void must(int what, const char *message)
{
	char name[17] = "";

	if (what)
		return;
	prctl(PR_GET_NAME, name);
	fprintf(stderr, "%s: %s: %s\n", name, message, strerror(errno));
	_exit(1);
}
