// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for an io_uring, or have threads of the kernel work for them. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define VHOST_SET_OWNER _IO(0xAF, 1)

static int ring(struct io_uring_params *parameters)
{
	int fd = syscall(SYS_io_uring_setup, 4, parameters);

	if (fd < 0)
		skip("no io_uring");
	return fd;
}
static void wait_ring(void)
{
	struct io_uring_params parameters = { 0 };

	STUCK_AT(io_uring_enter, ring(&parameters), 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}
/* A read that a worker is to do, and waits in. */
static void work_in_ring(void)
{
	struct io_uring_params parameters = { 0 };
	int fd = ring(&parameters);
	char *queue = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entries =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	static char byte;

	must(queue != MAP_FAILED && entries != MAP_FAILED, "mmap");
	entries[0] = (struct io_uring_sqe){ .opcode = IORING_OP_READ,
					    .flags = IOSQE_ASYNC,
					    .fd = silent_pipe(),
					    .addr = (unsigned long)&byte,
					    .len = 1 };
	((unsigned int *)(queue + parameters.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned int *)(queue + parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) == 1, "io_uring_enter");
	STUCK_AT(io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}
/* A thread that looks for work, and soon sleeps. */
static void have_it_polled(void)
{
	struct io_uring_params parameters = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10 };

	ring(&parameters);
	STUCK_PAUSE();
}
static void own_vhost(void)
{
	int fd = open("/dev/vhost-net", O_RDWR);

	if (fd < 0)
		skip("no vhost_net");
	must(ioctl(fd, VHOST_SET_OWNER, 0) == 0, "VHOST_SET_OWNER");
	STUCK_PAUSE();
}

const struct actor ring_actors[] = {
	{ "io-uring", wait_ring },
	{ "io-uring-work", work_in_ring },
	{ "io-uring-poll", have_it_polled },
	{ "vhost", own_vhost },
	{ NULL, NULL },
};
