// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc says of each task: its call and its kernel stack, and when it last ran. */
#include "actors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t read_text(char *text, size_t size, const char *task, const char *file)
{
	char path[128];
	ssize_t got, all = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", task, file);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (size_t)all < size - 1 &&
	       (got = read(fd, text + all, size - 1 - all)) > 0)
		all += got;
	close(fd);
	text[all] = 0;
	return all;
}

/* Its id, its name without blanks, when it last ran in ns, its state, its call as /proc has it in one word, its frames, then a dot. */
static void print_witness(const char *task)
{
	static char sched[1 << 16], call[512], stack[1 << 14], stat[1024], name[64];
	char *ran = NULL;
	unsigned long ms = 0, ns = 0;

	if (read_text(sched, sizeof(sched), task, "sched") > 0 &&
	    (ran = strstr(sched, "se.exec_start")))
		sscanf(strchr(ran, ':') + 1, "%lu.%lu", &ms, &ns);
	if (read_text(stat, sizeof(stat), task, "stat") == 0)
		return; /* gone */
	read_text(name, sizeof(name), task, "comm");
	name[strcspn(name, "\n")] = 0;
	for (char *c = name; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	read_text(call, sizeof(call), task, "syscall");
	call[strcspn(call, "\n")] = 0;
	for (char *c = call; *c; c++)
		*c = *c == ' ' ? ',' : *c;
	read_text(stack, sizeof(stack), task, "stack");
	printf("%s %s %lu %c %s", strrchr(task, '/') + 1, name, ms * 1000000 + ns,
	       strrchr(stat, ')')[2], *call ? call : "-");
	for (char *line = strtok(stack, "\n"); line; line = strtok(NULL, "\n")) {
		char *name = strchr(line, ']');

		if (!name)
			continue;
		printf(" ");
		for (name += 2; *name && *name != ' ' && *name != '/'; name++)
			putchar(*name);
		if (*name && (name = strchr(name, ' ')))
			printf(":%s", name + 1); /* of a module */
	}
	printf(" .\n");
}

void witness(void)
{
	DIR *all = opendir("/proc");

	for (struct dirent *process; (process = readdir(all));) {
		char path[600];
		DIR *threads;

		if (process->d_name[0] < '0' || process->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", process->d_name);
		if (!(threads = opendir(path)))
			continue;
		for (struct dirent *task; (task = readdir(threads));) {
			if (task->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/task/%s", process->d_name, task->d_name);
			print_witness(path);
		}
		closedir(threads);
	}
	closedir(all);
}
