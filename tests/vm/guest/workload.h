/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scenes of the workload share. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <sys/types.h>

/* In each thread's first lines: writes its id to the list of the workload's threads. */
void note_thread(void);
/* Ends the workload with a message unless what holds. */
void must(int what, const char *message);
/* Moves the calling thread; round-robin over the machine's CPUs. */
void move_to_cpu(unsigned int number);
void sleep_us(long microseconds);
/* Waits until a thread of this process sleeps in the kernel. */
void wait_until_asleep(pid_t thread);
/* The file of that name below the workload's own folder. */
const char *in_folder(const char *name);

/* The scenes: each leaves nothing behind but records. */
void scene_threads(void);      /* threads that work, fail, sleep and migrate */
void scene_blocking(void);     /* pipes, futexes, sockets, polls */
void scene_processes(void);    /* fork, vfork, exec, exit */
void scene_ia32_program(void); /* execve of /bin/ia32 or /bin/arm32 */
void scene_thread_exec(void);  /* execve by a thread that is not the leader */
void scene_signals(void);      /* handlers, interrupted and restarted calls */
void scene_compat(void);       /* IA-32 and x32 calls */
void scene_names(void);        /* names of opened files of every kind */
void scene_lost_name(void);    /* one that cannot be read at exit either */

/* Not a scene of the ordinary run. */
void storm(int argc, char **argv);   /* THREADS CALLS SECONDS */
void counted(int argc, char **argv); /* THREADS SECONDS */
void device(void);                   /* what /dev/kstrax refuses */
void open_device(void);
void cost(int argc, char **argv); /* CALLS ROUNDS THREADS */
void cast(void);                  /* tasks of strange names, one in each state; they stay */
void tasks(void);                 /* what /proc says of all tasks */
void files(void);                 /* processes that hold files of every kind; they stay */
void files_child(char **argv);
void hold_sockets(void);
void witness(int argc, char **argv); /* what /proc says of these processes' files */
void clock_rate(void);
void cycles(int argc, char **argv); /* COUNT SEED MODULES KSTRAX */
void stuck(int argc, char **argv);  /* FOLDER SECONDS */
void ghosts(int argc, char **argv); /* PROCESSES CALLS */
void crowd(int argc, char **argv);  /* THREADS [stay]: opens that all wait for their name */

#endif
