/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GALLERY_H
#define GALLERY_H

#include <sys/types.h>

/* Ends the task with a message unless what holds. */
void must(int what, const char *message);

/* A process of this name that does this with the argument, and never returns. */
pid_t start(const char *name, void (*act)(void *argument), void *argument);

/* A started one says that it is about to do what it will hang in: its name, id and the time. */
void about_to(void);

/* Waits until the process waits in this call. */
void until_in(pid_t process, long call);
/* Waits until it waits anywhere. */
void until_waiting(pid_t process);

/* A write of text into a file of /proc/trouble, after which there may be no machine. */
void write_trouble(const char *file, const char *text);

/* Those that every machine has, which wait for work. */
void start_ordinary(void);

/* The scenes; all that take part wait when they return, or the kernel is about to die. */
void deadlock(void);
void frozen(void);
void stalled(void);
void out_of_memory(void);
void hung(void);
void lock_up(void);
void follow_null(void);
void interrupted(void);

#endif
