// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait at sockets of the internet's kinds, over the loopback device. */
#define _GNU_SOURCE
#include "actors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static char byte;

static struct sockaddr_in at(int end)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	must(getsockname(end, (struct sockaddr *)&address, &size) == 0, "getsockname");
	return address;
}
static int bound(int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int end = socket(AF_INET, type, 0);

	must(bind(end, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	if (type == SOCK_STREAM)
		must(listen(end, 0) == 0, "listen");
	return end;
}
/* One end of a connection; the other stays in other. */
static int connected(int *other)
{
	int listener = bound(SOCK_STREAM), end = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = at(listener);

	must(connect(end, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	*other = accept(listener, NULL, NULL);
	return end;
}
static int full_connection(void)
{
	int other, end = connected(&other);
	static char block[1 << 16];

	do {
		while (send(end, block, sizeof(block), MSG_DONTWAIT) > 0)
			;
		usleep(100000); /* what has gone to the other side leaves room */
	} while (send(end, block, sizeof(block), MSG_DONTWAIT) > 0);
	return end;
}
static void accept_tcp(void)
{
	STUCK_AT(accept, bound(SOCK_STREAM), NULL, NULL);
}
static void recv_tcp(void)
{
	int other;

	STUCK_AT(recvfrom, connected(&other), &byte, 1, 0, NULL, NULL);
}
static void send_tcp(void)
{
	static char block[1 << 20];

	STUCK_AT(sendto, full_connection(), block, sizeof(block), 0, NULL, 0);
}
/* Its descriptor is gone already, and it waits for the other side. */
static void close_lingering(void)
{
	struct linger linger = { 1, 10000 };
	int end = full_connection();

	must(setsockopt(end, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0, "SO_LINGER");
	meant_close();
	syscall(SYS_close, end);
}
static void connect_tcp(void)
{
	int listener = bound(SOCK_STREAM), end;
	struct sockaddr_in address = at(listener);

	for (int i = 0; i < 3; i++) {
		end = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(end, (struct sockaddr *)&address, sizeof(address));
		usleep(100000);
	}
	end = socket(AF_INET, SOCK_STREAM, 0);
	STUCK_AT(connect, end, &address, sizeof(address));
}
static void recv_udp(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	STUCK_AT(recvfrom, bound(SOCK_DGRAM), &byte, 1, 0, &address, &size);
}
/* The socket's own lock, which is no mutex: who copies to a page that does not come has it. */
static void hold_socket(void)
{
	int other, end = connected(&other);

	send(other, "xy", 2, 0);
	if (later("tcp-lock-wait"))
		STUCK_AT(recvfrom, end, &byte, 1, 0, NULL, NULL);
	else
		STUCK_AT(recvfrom, end, missing_page(), 1, 0, NULL, NULL);
}

const struct actor internet_actors[] = {
	{ "tcp-accept", accept_tcp },     { "tcp-recv", recv_tcp },
	{ "tcp-send", send_tcp },         { "tcp-close", close_lingering },
	{ "tcp-connect", connect_tcp },   { "udp-recv", recv_udp },
	{ "tcp-lock-hold", hold_socket }, { NULL, NULL },
};
