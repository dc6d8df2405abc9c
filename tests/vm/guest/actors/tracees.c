// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that a tracer or a filter has stopped: each is the child of an actor that waits. */
#define _GNU_SOURCE
#include "actors.h"

#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#ifdef __x86_64__
#include <sys/reg.h>
#elif defined(__riscv)
#include <asm/ptrace.h>
#endif
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

/* A child that stops until it is let go on. */
static pid_t tracee(const char *name, void (*act)(void))
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NAME, name);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		act();
		_exit(1);
	}
	waitpid(child, NULL, 0);
	return child;
}
static void go_on(pid_t child, int how, int signal)
{
	must(ptrace(how, child, 0, signal) == 0, "ptrace");
	waitpid(child, NULL, 0);
}
/* The call that it entered last. */
static long call_of(pid_t child)
{
#ifdef __x86_64__
	return ptrace(PTRACE_PEEKUSER, child, 8 * ORIG_RAX, 0);
#else
	struct user_regs_struct registers = { .pc = 0 };
	struct iovec all = { &registers, sizeof(registers) };

	must(ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &all) == 0, "PTRACE_GETREGSET");
#ifdef __riscv
	return registers.a7;
#else
	return registers.regs[8];
#endif
#endif
}
static void leave_there(void)
{
	STUCK_PAUSE();
}

static void ask_parent(void)
{
	STUCK(getppid, 0);
}
/* Its own write of what it means is two calls of those that stop it: the tracer lets these pass. */
static void trace_entry(void)
{
	pid_t child = tracee("pt-entry", ask_parent);

	do
		go_on(child, PTRACE_SYSCALL, 0);
	while (call_of(child) != SYS_getppid);
	leave_there();
}
static void ask_and_return(void)
{
	meant_end_of("getppid", SYS_getppid);
	syscall(SYS_getppid);
}
static void trace_exit(void)
{
	pid_t child = tracee("pt-exit", ask_and_return);

	do
		go_on(child, PTRACE_SYSCALL, 0);
	while (call_of(child) != SYS_getppid);
	go_on(child, PTRACE_SYSCALL, 0);
	leave_there();
}
static void call_nothing(void)
{
	meant_end_of("-", 999);
	syscall(999);
}
static void trace_unknown(void)
{
	pid_t child = tracee("pt-enosys", call_nothing);

	do
		go_on(child, PTRACE_SYSCALL, 0);
	while (call_of(child) != 999);
	go_on(child, PTRACE_SYSCALL, 0);
	leave_there();
}
static void raise_signal(void)
{
	meant_end_of("kill", SYS_kill);
	syscall(SYS_kill, getpid(), SIGUSR1);
}
static void trace_signal(void)
{
	go_on(tracee("pt-signal", raise_signal), PTRACE_CONT, 0);
	leave_there();
}
static void handle(int number)
{
}
/* Its entry says which call it is, its exit no more. */
static void return_from_handler(void)
{
	signal(SIGUSR1, handle);
	meant_no_call();
	syscall(SYS_kill, getpid(), SIGUSR1);
}
static void trace_sigreturn(void)
{
	pid_t child = tracee("pt-sigreturn", return_from_handler);

	go_on(child, PTRACE_CONT, 0);
	go_on(child, PTRACE_SYSCALL, SIGUSR1);
	while (call_of(child) != SYS_rt_sigreturn)
		go_on(child, PTRACE_SYSCALL, 0);
	go_on(child, PTRACE_SYSCALL, 0);
	leave_there();
}
/* Stops that are events, and lie within a call. */
static void trace_event(const char *name, void (*act)(void), long option)
{
	pid_t child = tracee(name, act);

	must(ptrace(PTRACE_SETOPTIONS, child, 0, option) == 0, "PTRACE_SETOPTIONS");
	go_on(child, PTRACE_CONT, 0);
	leave_there();
}
static void run_program(void)
{
	char *words[] = { "busybox", "true", NULL };

	meant_call("execve", SYS_execve, NULL);
	execve("/bin/busybox", words, NULL);
}
static void trace_exec(void)
{
	trace_event("pt-exec", run_program, PTRACE_O_TRACEEXEC);
}
static void make_child(void)
{
#ifdef SYS_fork
	meant_call("fork", SYS_fork, NULL);
	if (syscall(SYS_fork) == 0)
#else
	meant_call("clone", SYS_clone, NULL);
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
#endif
		stay_child("child-of-pt-fork");
}
static void trace_fork(void)
{
	trace_event("pt-fork", make_child, PTRACE_O_TRACEFORK);
}
static void end(void)
{
	STUCK(exit_group, 3);
}
static void trace_end(void)
{
	trace_event("pt-end", end, PTRACE_O_TRACEEXIT);
}
/* A stop of the whole group, which its tracer has seized. */
static void trace_group(void)
{
	int fd = silent_pipe();
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NAME, "pt-group");
		meant_end_of("read", SYS_read);
		for (;;)
			syscall(SYS_read, fd, NULL, 1);
	}
	until_waiting(child);
	must(ptrace(PTRACE_SEIZE, child, 0, 0) == 0, "PTRACE_SEIZE");
	kill(child, SIGSTOP);
	waitpid(child, NULL, 0);
	ptrace(PTRACE_CONT, child, 0, SIGSTOP);
	waitpid(child, NULL, 0);
	leave_there();
}

/* Answers getppid so; everything else may pass. */
static int filter(unsigned int answer, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };
	int fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0)
		skip("no seccomp of this kind");
	return fd;
}
static void wait_for_listener(void)
{
	filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	STUCK(getppid, 0);
}
static void listen(void)
{
	struct seccomp_notif notification = { 0 };
	int fd = filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	if (fork() == 0)
		stay_child("filtered");
	STUCK_AT(ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, &notification);
}
static void call_filtered(void)
{
	filter(SECCOMP_RET_TRACE, 0);
	STUCK(getppid, 0);
}
static void trace_filter(void)
{
	trace_event("pt-seccomp", call_filtered, PTRACE_O_TRACESECCOMP);
}

const struct actor tracee_actors[] = {
	{ "trace-entry", trace_entry },
	{ "trace-exit", trace_exit },
	{ "trace-signal", trace_signal },
	{ "trace-unknown", trace_unknown },
	{ "trace-sigreturn", trace_sigreturn },
	{ "trace-exec", trace_exec },
	{ "trace-fork", trace_fork },
	{ "trace-end", trace_end },
	{ "trace-group", trace_group },
	{ "seccomp-notify", wait_for_listener },
	{ "seccomp-listen", listen },
	{ "trace-seccomp", trace_filter },
	{ NULL, NULL },
};
