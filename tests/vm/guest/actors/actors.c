// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * actors stay: starts all actors, prints "ready" once all of them should wait, and before that "skip NAME: REASON" of
 * each that this kernel has no place for. actors late: those that come last, and for a moment only.
 * actors witness: a line for each task.
 */
#define _GNU_SOURCE
#include "actors.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void start(const struct actor *actors)
{
	for (; actors->name; actors++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_NAME, actors->name);
		actors->act();
		if (errno == ENOSYS)
			skip("no such call");
		must(0, "did not stay");
	}
}

static void wait_for_them(unsigned int seconds)
{
	sleep(seconds);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static void all_stay(void)
{
	static const struct actor *const all[] = {
		pipe_actors,  socket_actors,  internet_actors, poll_actors,    time_actors,
		futex_actors, message_actors, child_actors,    signal_actors,  tracee_actors,
		lock_actors,  fault_actors,   file_actors,     foreign_actors, ring_actors,
	};

	signal(SIGHUP, SIG_IGN);
	if (freeze_files())
		start(frozen_actors);
	else
		puts("skip frozen: no file system to freeze");
	fflush(stdout);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		start(all[i]);
	wait_for_them(5);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "stay"))
		all_stay();
	else if (argc == 2 && !strcmp(argv[1], "late")) {
		start(late_actors);
		wait_for_them(1);
	} else if (argc == 2 && !strcmp(argv[1], "witness"))
		witness();
	else
		return 2;
	return 0;
}
