// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes every kind of system call that a recorder can get wrong.
 *
 *   workload run FOLDER [SCENE…]   all scenes, or those named
 *   workload storm THREADS CALLS SECONDS
 *   workload counted THREADS SECONDS
 *   workload crowd THREADS [stay]  stay: until it is killed
 *   workload stuck FOLDER SECONDS  tasks that hang once FOLDER's file system is frozen
 *   workload ghosts PROCESSES CALLS  calls whose exits are overwritten
 *   workload cost CALLS ROUNDS THREADS  nanoseconds a call
 *   workload clock                 the time stamp counter's kHz, of the host too
 *   workload cycles COUNT SEED MODULES KSTRAX  the recorder comes and goes
 *   workload device                what /dev/kstrax must refuse
 *   workload exec-child            what the scenes execute
 *
 * The thread ids of a run are written to FOLDER/tids, one a line.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*run)(void);
} scenes[] = {
	{ "threads", scene_threads },         { "blocking", scene_blocking },
	{ "processes", scene_processes },     { "ia32-program", scene_ia32_program },
	{ "thread-exec", scene_thread_exec }, { "signals", scene_signals },
	{ "compat", scene_compat },           { "names", scene_names },
	{ "lost-name", scene_lost_name },
};

static const char folder_variable[] =
	"KSTRAX_WORKLOAD_FOLDER"; /* environment, for executed children */

void must(int what, const char *message)
{
	if (what)
		return;
	fprintf(stderr, "workload: %s: %s\n", message, strerror(errno));
	exit(1);
}

const char *in_folder(const char *name)
{
	static __thread char path[256];

	snprintf(path, sizeof(path), "%s/%s", getenv(folder_variable), name);
	return path;
}

void note_thread(void)
{
	char line[16];
	int length = snprintf(line, sizeof(line), "%ld\n", syscall(SYS_gettid));
	int fd = open(in_folder("tids"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, line, length) == length, "tids");
	close(fd);
}

void move_to_cpu(unsigned int number)
{
	static long cpus;
	cpu_set_t set;

	if (!cpus)
		cpus = sysconf(_SC_NPROCESSORS_ONLN);
	CPU_ZERO(&set);
	CPU_SET(number % cpus, &set);
	must(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

void sleep_us(long microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000 };

	nanosleep(&time, NULL);
}

void wait_until_asleep(pid_t thread)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", thread);
	for (int tries = 0; tries < 5000; tries++) {
		int fd = open(path, O_RDONLY);
		ssize_t size = read(fd, text, sizeof(text) - 1);

		close(fd);
		must(fd >= 0 && size > 0, path);
		text[size] = 0;
		if (!strncmp(strrchr(text, ')'), ") S", 3))
			return;
		sleep_us(1000);
	}
	must(0, "a thread that should sleep does not");
}

static void run_scenes(int argc, char **argv)
{
	mkdir(argv[0], 0755);
	setenv(folder_variable, argv[0], 1);
	note_thread();
	move_to_cpu(0);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		int wanted = argc == 1;

		for (int arg = 1; arg < argc; arg++)
			wanted |= !strcmp(argv[arg], scenes[i].name);
		if (wanted)
			scenes[i].run();
	}
}

int main(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "exec-child")) {
		note_thread();
		return 7;
	}
	if (argc >= 3 && !strcmp(argv[1], "run")) {
		run_scenes(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "storm")) {
		storm(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "counted")) {
		counted(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "device")) {
		device();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "open-device")) {
		open_device();
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "cost")) {
		cost(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "cast")) {
		cast();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "tasks")) {
		tasks();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "files")) {
		files();
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "files-child")) {
		files_child(argv);
		return 0;
	}
	if (argc >= 3 && !strcmp(argv[1], "witness")) {
		witness(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "clock")) {
		clock_rate();
		return 0;
	}
	if (argc == 6 && !strcmp(argv[1], "cycles")) {
		cycles(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "stuck")) {
		stuck(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "ghosts")) {
		ghosts(argc - 2, argv + 2);
		return 0;
	}
	if (argc >= 3 && !strcmp(argv[1], "crowd")) {
		crowd(argc - 2, argv + 2);
		return 0;
	}
	fprintf(stderr, "usage: workload run FOLDER [SCENE…] | storm THREADS CALLS SECONDS | "
			"counted THREADS SECONDS |\n"
			"       workload crowd THREADS [stay] | stuck FOLDER SECONDS | ghosts "
			"PROCESSES CALLS |\n"
			"       workload cost CALLS ROUNDS THREADS |\n"
			"       workload cycles COUNT SEED MODULES KSTRAX | clock | device\n");
	return 2;
}
