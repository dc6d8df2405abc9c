/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks that each hang in another call or stall, named after it, and what is known of them. */
#ifndef ACTORS_H
#define ACTORS_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

/* A process of this name does this. It returns, with errno, if it was not to hang, or ends. */
struct actor {
	const char *name;
	void (*act)(void);
};

/* Each of them ends with an empty row. */
extern const struct actor pipe_actors[], socket_actors[], internet_actors[], poll_actors[],
	time_actors[], futex_actors[], message_actors[], child_actors[], signal_actors[],
	tracee_actors[], lock_actors[], fault_actors[], file_actors[], foreign_actors[],
	ring_actors[], frozen_actors[], late_actors[];

/*
 * Makes a system call, and first writes down that this task is about to hang in it: its number, its name and all six
 * words; STUCK_AT: and the file that its first argument, a descriptor, stands for.
 */
#define WORD(x) ((unsigned long)(x))
#define WORDS6(a, b, c, d, e, f, ...) WORD(a), WORD(b), WORD(c), WORD(d), WORD(e), WORD(f)
#define STUCK(call, ...) \
	stuck(#call, SYS_##call, 0, (unsigned long[6]){ WORDS6(__VA_ARGS__, 0, 0, 0, 0, 0, 0) })
#define STUCK_AT(call, ...) \
	stuck(#call, SYS_##call, 1, (unsigned long[6]){ WORDS6(__VA_ARGS__, 0, 0, 0, 0, 0, 0) })
long stuck(const char *name, long number, int file, const unsigned long words[6]);

/* Machines with the newer table of calls (arm64, riscv64) lack the older ones: there, these make what has taken their place. */
#ifdef SYS_pause
#define STUCK_PAUSE() STUCK(pause, 0)
#define STUCK_MKDIR(path, mode) STUCK(mkdir, path, mode)
#define STUCK_RMDIR(path) STUCK(rmdir, path)
#define STUCK_UNLINK(path) STUCK(unlink, path)
#define STUCK_RENAME(from, to) STUCK(rename, from, to)
#define STUCK_LINK(from, to) STUCK(link, from, to)
#define STUCK_SYMLINK(text, path) STUCK(symlink, text, path)
#define STUCK_CHMOD(path, mode) STUCK(chmod, path, mode)
#define STUCK_EPOLL(poll, events) STUCK_AT(epoll_wait, poll, events, 1, -1)
#else
#define STUCK_PAUSE() STUCK(ppoll, 0, 0, 0, 0)
#define STUCK_MKDIR(path, mode) STUCK(mkdirat, AT_FDCWD, path, mode)
#define STUCK_RMDIR(path) STUCK(unlinkat, AT_FDCWD, path, AT_REMOVEDIR)
#define STUCK_UNLINK(path) STUCK(unlinkat, AT_FDCWD, path, 0)
#ifdef SYS_renameat
#define STUCK_RENAME(from, to) STUCK(renameat, AT_FDCWD, from, AT_FDCWD, to)
#else /* riscv64 */
#define STUCK_RENAME(from, to) STUCK(renameat2, AT_FDCWD, from, AT_FDCWD, to, 0)
#endif
#define STUCK_LINK(from, to) STUCK(linkat, AT_FDCWD, from, AT_FDCWD, to, 0)
#define STUCK_SYMLINK(text, path) STUCK(symlinkat, text, AT_FDCWD, path)
#define STUCK_CHMOD(path, mode) STUCK(fchmodat, AT_FDCWD, path, mode)
#define STUCK_EPOLL(poll, events) STUCK_AT(epoll_pwait, poll, events, 1, -1, 0, 8)
/* Or the actor of the call is left out. */
enum {
	SYS_stat = -1,
	SYS_open = -1,
	SYS_creat = -1,
	SYS_poll = -1,
	SYS_select = -1,
	SYS_epoll_wait = -1
};
#endif

/* The same of what is to happen in another way. words may be none. */
void meant_call(const char *name, long number, const unsigned long *words);
/* It is to be in no call; or in one that has its result already. */
void meant_no_call(void);
void meant_end_of(const char *name, long number);
/* It closes a file: kernels before 6.6 do the work behind the call, those since then in it. */
void meant_close(void);

/* The kernel has no such thing: says so, and ends the task. */
void skip(const char *reason);

/* Prints what /proc says of each task, a line each. */
void witness(void);

/* Ends the task with a message unless what holds. */
void must(int what, const char *message);
/* Takes a name and waits for ever. */
void stay_child(const char *name);
/* Until that task sleeps, or is in one of these states, by the letters of /proc. */
void until(long task, const char *states);
#define until_waiting(task) until(task, "SD")
/* In the caller: 0. In a child of this name, once its parent waits: 1. */
int later(const char *name);

/* Whoever touches it waits, in a fault that nobody answers. */
char *missing_page(void);
/* The end of a pipe to which nobody writes. */
int silent_pipe(void);
/* One that takes no more. */
int full_pipe(void);

/* The file system on which frozen_actors hang, before anybody acts; 0: there is none. */
int freeze_files(void);

#endif
