// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that each hang in another call or stall, named after it, and what /proc says of all tasks.
 * actors stay: prints "ready" once all of them wait. actors witness: a line for each task.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actors.h"

static char byte;
static int lock_file;

static int read_end(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	return ends[0];
}

static void read_pipe(void)
{
	read(read_end(), &byte, 1);
}
static void write_pipe(void)
{
	int ends[2];
	static char block[1 << 17];

	must(pipe(ends) == 0, "pipe");
	write(ends[1], block, sizeof(block));
}
static void splice_pipe(void)
{
	int out[2];

	must(pipe(out) == 0, "pipe");
	splice(read_end(), NULL, out[1], NULL, 4096, 0);
}
static void open_fifo(void)
{
	mkfifo("/tmp/actors.fifo", 0600);
	open("/tmp/actors.fifo", O_RDONLY);
}
static int socket_pair(int type)
{
	int ends[2];

	must(socketpair(AF_UNIX, type, 0, ends) == 0, "socketpair");
	return ends[0];
}
static void recv_stream(void)
{
	read(socket_pair(SOCK_STREAM), &byte, 1);
}
static void recvmsg_datagram(void)
{
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	recvmsg(socket_pair(SOCK_DGRAM), &message, 0);
}
static void send_full(void)
{
	int end = socket_pair(SOCK_STREAM);
	static char block[4096];

	for (;;)
		send(end, block, sizeof(block), 0);
}
static int listening(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int end = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path + 1, name);
	must(bind(end, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(end, 0) == 0, "listen");
	return end;
}
static void accept_unix(void)
{
	accept(listening("accept"), NULL, NULL);
}
static void connect_full(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	listening("full");
	strcpy(address.sun_path + 1, "full");
	for (;;)
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
			sizeof(address));
}
static void wait_futex(void)
{
	static int word;

	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static void *hold_mutex(void *mutex)
{
	pthread_mutex_lock(mutex);
	prctl(PR_SET_NAME, "pi-owner");
	for (;;)
		pause();
	return NULL;
}
static void wait_futex_pi(void)
{
	static pthread_mutex_t mutex;
	pthread_mutexattr_t kind;
	pthread_t owner;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &kind);
	pthread_create(&owner, NULL, hold_mutex, &mutex);
	usleep(200000);
	pthread_mutex_lock(&mutex);
}
static void wait_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int poll = epoll_create1(0), end = read_end();

	epoll_ctl(poll, EPOLL_CTL_ADD, end, &event);
	epoll_wait(poll, &event, 1, -1);
}
static void wait_ppoll(void)
{
	struct pollfd end = { .fd = read_end(), .events = POLLIN };

	ppoll(&end, 1, NULL, NULL);
}
static void wait_poll(void)
{
	struct pollfd end = { .fd = read_end(), .events = POLLIN };

	poll(&end, 1, 100000000);
}
static void wait_select(void)
{
	fd_set set;
	int end = read_end();

	FD_ZERO(&set);
	FD_SET(end, &set);
	select(end + 1, &set, NULL, NULL, NULL);
}
static void sleep_nano(void)
{
	struct timespec time = { 100000, 0 };

	syscall(SYS_nanosleep, &time, NULL);
}
static void sleep_clock(void)
{
	struct timespec time = { 100000, 0 };

	clock_nanosleep(CLOCK_REALTIME, 0, &time, NULL);
}
void stay_child(const char *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		pause();
}
static void wait_child(void)
{
	if (fork() == 0)
		stay_child("child-of-wait4");
	wait4(-1, NULL, 0, NULL);
}
static void wait_id(void)
{
	siginfo_t info;

	if (fork() == 0)
		stay_child("child-of-waitid");
	waitid(P_ALL, 0, &info, WEXITED);
}
static void wait_flock(void)
{
	flock(open("/tmp/actors.lock", O_RDWR), LOCK_EX);
}
static void wait_fcntl(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

	fcntl(open("/tmp/actors.lock", O_RDWR), F_SETLKW, &lock);
}
static void receive_message(void)
{
	struct {
		long type;
		char text[8];
	} message;

	msgrcv(msgget(IPC_PRIVATE, 0600), &message, sizeof(message.text), 0, 0);
}
static void wait_semaphore(void)
{
	struct sembuf down = { 0, -1, 0 };

	semop(semget(IPC_PRIVATE, 1, 0600), &down, 1);
}
static void receive_queue(void)
{
	struct mq_attr form = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char text[8];

	mq_receive(mq_open("/actors", O_RDWR | O_CREAT, 0600, &form), text, sizeof(text), NULL);
}
static void wait_aio(void)
{
	aio_context_t context = 0;
	struct io_event event;

	syscall(SYS_io_setup, 1, &context);
	syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
}
static void suspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigsuspend(&none);
}
static void wait_signal(void)
{
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, NULL);
	sigwaitinfo(&some, NULL);
}
static void do_pause(void)
{
	pause();
}
static void wait_vfork(void)
{
	if (vfork() == 0)
		stay_child("child-of-vfork");
}
static void stop(void)
{
	raise(SIGSTOP);
}
static void trace(int how)
{
	pid_t child = fork();

	if (child == 0) {
		static const char *const names[] = { "pt-entry", "pt-exit", "pt-signal",
						     "pt-enosys" };

		prctl(PR_SET_NAME, names[how]);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		if (how == 2)
			raise(SIGUSR1);
		for (;;)
			syscall(how == 3 ? 999 : SYS_getppid);
	}
	waitpid(child, NULL, 0);
	if (how == 2) {
		ptrace(PTRACE_CONT, child, 0, 0);
		waitpid(child, NULL, 0);
	}
	for (int i = 0; how != 2 && i < 3 + (how != 0); i++) {
		ptrace(PTRACE_SYSCALL, child, 0, 0);
		waitpid(child, NULL, 0);
	}
	pause();
}
static void trace_entry(void)
{
	trace(0);
}
static void trace_exit(void)
{
	trace(1);
}
static void trace_signal(void)
{
	trace(2);
}
static void trace_unknown(void)
{
	trace(3);
}
static void restart(void)
{
	struct timespec time = { 100000, 0 };
	pid_t parent = getpid();

	if (fork() == 0) {
		usleep(300000);
		kill(parent, SIGSTOP);
		usleep(300000);
		kill(parent, SIGCONT);
		_exit(0);
	}
	syscall(SYS_nanosleep, &time, NULL);
}
static void spin(void)
{
	for (;;)
		;
}
static void die(void)
{
	_exit(0);
}
static void wait_inotify(void)
{
	int fd = inotify_init();

	inotify_add_watch(fd, "/tmp", IN_DELETE_SELF);
	read(fd, &byte, 1);
}
static void wait_timer(void)
{
	struct itimerspec time = { .it_value = { 100000, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	long count;

	timerfd_settime(fd, 0, &time, NULL);
	read(fd, &count, sizeof(count));
}
static void wait_event(void)
{
	long count;

	read(eventfd(0, 0), &count, sizeof(count));
}
static void wait_signalfd(void)
{
	sigset_t some;
	struct signalfd_siginfo info;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	read(signalfd(-1, &some, 0), &info, sizeof(info));
}
static void read_terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	grantpt(fd);
	unlockpt(fd);
	read(open(ptsname(fd), O_RDWR | O_NOCTTY), &byte, 1);
}
static void *stay(void *name)
{
	stay_child(name);
	return NULL;
}
static void threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, stay, "thread");
	pause();
}
static const struct {
	const char *name;
	void (*act)(void);
} actors[] = {
	{ "read-pipe", read_pipe },
	{ "write-pipe", write_pipe },
	{ "splice-pipe", splice_pipe },
	{ "open-fifo", open_fifo },
	{ "recv-stream", recv_stream },
	{ "recvmsg", recvmsg_datagram },
	{ "send-full", send_full },
	{ "accept-unix", accept_unix },
	{ "connect-full", connect_full },
	{ "futex", wait_futex },
	{ "futex-pi", wait_futex_pi },
	{ "epoll", wait_epoll },
	{ "ppoll", wait_ppoll },
	{ "poll", wait_poll },
	{ "select", wait_select },
	{ "nanosleep", sleep_nano },
	{ "clock-nanosleep", sleep_clock },
	{ "wait4", wait_child },
	{ "waitid", wait_id },
	{ "flock", wait_flock },
	{ "fcntl-lock", wait_fcntl },
	{ "msgrcv", receive_message },
	{ "semop", wait_semaphore },
	{ "mq-receive", receive_queue },
	{ "io-getevents", wait_aio },
	{ "sigsuspend", suspend },
	{ "sigwaitinfo", wait_signal },
	{ "pause", do_pause },
	{ "vfork", wait_vfork },
	{ "stopped", stop },
	{ "trace-entry", trace_entry },
	{ "trace-exit", trace_exit },
	{ "trace-signal", trace_signal },
	{ "trace-unknown", trace_unknown },
	{ "fault", fault },
	{ "fault-in-call", fault_in_call },
	{ "restart", restart },
	{ "spin", spin },
	{ "zombie", die },
	{ "inotify", wait_inotify },
	{ "timerfd", wait_timer },
	{ "eventfd", wait_event },
	{ "signalfd", wait_signalfd },
	{ "terminal", read_terminal },
	{ "threads", threads },
	{ "execve-fault", fault_in_execve },
	{ "fpos-hold", hold_position },
	{ "pipe-hold", hold_pipe },
	{ "inode-hold", hold_inode },
};

static void all_stay(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

	lock_file = open("/tmp/actors.lock", O_RDWR | O_CREAT, 0600);
	must(flock(lock_file, LOCK_EX) == 0 && fcntl(lock_file, F_SETLK, &lock) == 0, "lock");
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_NAME, actors[i].name);
		actors[i].act();
		perror(actors[i].name);
		_exit(1);
	}
	sleep(2);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "stay"))
		all_stay();
	else if (argc == 2 && !strcmp(argv[1], "witness"))
		witness();
	else
		return 2;
	return 0;
}
