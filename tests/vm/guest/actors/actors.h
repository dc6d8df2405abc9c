/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ACTORS_H
#define ACTORS_H

/* Prints what /proc says of each task, a line each. */
void witness(void);

/* Ends the task with a message unless what holds. */
void must(int what, const char *message);
/* Takes a name and waits for ever. */
void stay_child(const char *name);

/* Those that wait for a page that never comes, */
void fault(void);
void fault_in_call(void);
void fault_in_execve(void);
/* and those that hold a lock meanwhile, while children of theirs wait for that. */
void hold_position(void);
void hold_pipe(void);
void hold_inode(void);

#endif
