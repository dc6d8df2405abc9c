// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks about which records alone are wrong: that wait for a frozen file system while they exit,
 * or behind a call's end; and calls whose exits a ring no longer holds.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void exit_thread(int fd)
{
	syscall(SYS_exit, 3);
}
static void exit_process(int fd)
{
	_exit(7);
}

static void close_it(int fd)
{
	close(fd);
}

static void execute(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	execl("/bin/busybox", "true", (char *)0);
}

static void make_folder(int fd)
{
	mkdir("made-while-frozen", 0755);
}

static const struct {
	const char *name;
	void (*do_it)(int fd);
} ways[] = {
	{ "exit_group", exit_process }, { "exit", exit_thread },  { "close", close_it },
	{ "execve", execute },          { "mkdir", make_folder },
};

/*
 * FOLDER SECONDS: a process for each way to get stuck, named after it, in a folder of a file system
 * that is to be frozen in the meantime. All but mkdir let go of a deleted file then.
 */
void stuck(int argc, char **argv)
{
	must(chdir(argv[0]) == 0, "chdir");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd;

		if (fork() != 0)
			continue;
		prctl(PR_SET_NAME, ways[i].name);
		fd = open(ways[i].name, O_CREAT | O_RDWR, 0600);
		must(fd >= 0 && write(fd, "x", 1) == 1 && unlink(ways[i].name) == 0,
		     "a deleted file");
		sleep_us(atol(argv[1]) * 1000000);
		ways[i].do_it(fd);
		_exit(0);
	}
	for (;;)
		pause();
}

static void move_task(pid_t task, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(task, sizeof(set), &set) == 0, "sched_setaffinity");
}

/*
 * PROCESSES CALLS: each process enters nanosleep on CPU 0, returns on CPU 1 and ends, but for the
 * last, which makes another call there; then CPU 1 makes calls until its ring has been written
 * through. The entries of nanosleep are there, what came behind them is not.
 */
void ghosts(int argc, char **argv)
{
	const int count = atoi(argv[0]);
	pid_t *processes = calloc(count, sizeof(*processes));

	move_task(0, 0);
	for (int i = 0; i < count; i++) {
		processes[i] = fork();
		if (processes[i] == 0) {
			struct timespec time = { 0, 300000000 };

			syscall(SYS_nanosleep, &time, 0);
			if (i + 1 < count)
				_exit(0);
			prctl(PR_SET_NAME, "went on");
			for (;;)
				pause();
		}
	}
	sleep_us(100000);
	for (int i = 0; i < count; i++)
		move_task(processes[i], 1);
	for (int i = 0; i + 1 < count; i++)
		waitpid(processes[i], NULL, 0);
	wait_until_asleep(processes[count - 1]);
	sleep_us(200000);
	move_task(0, 1);
	for (int i = 0; i < atoi(argv[1]); i++)
		syscall(SYS_getppid);
	move_task(0, 0);
}
