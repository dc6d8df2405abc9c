// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait for any of several descriptors. */
#define _GNU_SOURCE
#include "actors.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static struct epoll_event event = { .events = EPOLLIN };

static int watch(int fd)
{
	int poll = epoll_create1(0);

	must(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	return poll;
}
static void wait_epoll(void)
{
	STUCK_AT(epoll_wait, watch(silent_pipe()), &event, 1, -1);
}
static void wait_with_mask(void)
{
	sigset_t none;

	sigemptyset(&none);
	STUCK_AT(epoll_pwait, watch(silent_pipe()), &event, 1, -1, &none, 8);
}
static void wait_exactly(void)
{
	struct timespec time = { 100000, 0 };

	STUCK_AT(epoll_pwait2, watch(silent_pipe()), &event, 1, &time, NULL, 0);
}
static void wait_nested(void)
{
	STUCK_AT(epoll_wait, watch(watch(silent_pipe())), &event, 1, 100000000);
}
static void wait_ppoll(void)
{
	struct pollfd end = { .fd = silent_pipe(), .events = POLLIN };

	STUCK(ppoll, &end, 1, NULL, NULL, 0);
}
static void wait_poll(void)
{
	struct pollfd end = { .fd = silent_pipe(), .events = POLLIN };

	STUCK(poll, &end, 1, 100000000);
}
static fd_set *set_of(int end)
{
	static fd_set set;

	FD_ZERO(&set);
	FD_SET(end, &set);
	return &set;
}
static void wait_select(void)
{
	int end = silent_pipe();

	STUCK(select, end + 1, set_of(end), NULL, NULL, NULL);
}
static void wait_pselect(void)
{
	int end = silent_pipe();
	struct timespec time = { 100000, 0 };

	STUCK(pselect6, end + 1, set_of(end), NULL, NULL, &time, NULL);
}
static void wait_for_nothing(void)
{
	STUCK(poll, NULL, 0, -1);
}

const struct actor poll_actors[] = {
	{ "epoll", wait_epoll },
	{ "epoll-pwait", wait_with_mask },
	{ "epoll-pwait2", wait_exactly },
	{ "epoll-nested", wait_nested },
	{ "ppoll", wait_ppoll },
	{ "poll", wait_poll },
	{ "poll-nothing", wait_for_nothing },
	{ "select", wait_select },
	{ "pselect", wait_pselect },
	{ NULL, NULL },
};
