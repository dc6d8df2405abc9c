// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait at sockets within the machine. */
#define _GNU_SOURCE
#include "actors.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char byte;
static struct iovec part = { &byte, 1 };

static int socket_pair(int type)
{
	int ends[2];

	must(socketpair(AF_UNIX, type, 0, ends) == 0, "socketpair");
	return ends[0];
}
static int full_socket(int type)
{
	int end = socket_pair(type);
	static char block[1024];

	while (send(end, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	while (send(end, block, 1, MSG_DONTWAIT) > 0)
		;
	return end;
}
static void recv_stream(void)
{
	STUCK_AT(read, socket_pair(SOCK_STREAM), &byte, 1);
}
static void recv_from(void)
{
	STUCK_AT(recvfrom, socket_pair(SOCK_SEQPACKET), &byte, 1, 0, NULL, NULL);
}
static void recv_message(void)
{
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	STUCK_AT(recvmsg, socket_pair(SOCK_DGRAM), &message, 0);
}
static void recv_messages(void)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	STUCK_AT(recvmmsg, socket_pair(SOCK_DGRAM), &message, 1, 0, NULL);
}
static void send_full(void)
{
	STUCK_AT(sendto, full_socket(SOCK_STREAM), &byte, 1, 0, NULL, 0);
}
static void send_datagram(void)
{
	STUCK_AT(sendto, full_socket(SOCK_DGRAM), &byte, 1, 0, NULL, 0);
}
static void send_message(void)
{
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	STUCK_AT(sendmsg, full_socket(SOCK_STREAM), &message, 0);
}
static void send_messages(void)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	STUCK_AT(sendmmsg, full_socket(SOCK_SEQPACKET), &message, 1, 0);
}
static void write_socket(void)
{
	STUCK_AT(write, full_socket(SOCK_STREAM), &byte, 1);
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
	STUCK_AT(accept, listening("accept"), NULL, NULL);
}
static void accept_with_flags(void)
{
	STUCK_AT(accept4, listening("accept4"), NULL, NULL, SOCK_CLOEXEC);
}
static void connect_full(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int end;

	listening("full");
	strcpy(address.sun_path + 1, "full");
	while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address,
		       sizeof(address)) == 0)
		;
	end = socket(AF_UNIX, SOCK_STREAM, 0);
	STUCK_AT(connect, end, &address, sizeof(address));
}
static void recv_netlink(void)
{
	STUCK_AT(recvfrom, socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), &byte, 1, 0, NULL, NULL);
}
static void recv_alone(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int end = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(address.sun_path, "/tmp/actors.socket");
	must(bind(end, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	STUCK_AT(recvfrom, end, &byte, 1, MSG_PEEK, NULL, NULL);
}

const struct actor socket_actors[] = {
	{ "recv-stream", recv_stream },
	{ "recvfrom", recv_from },
	{ "recvmsg", recv_message },
	{ "recvmmsg", recv_messages },
	{ "send-full", send_full },
	{ "send-datagram", send_datagram },
	{ "sendmsg", send_message },
	{ "sendmmsg", send_messages },
	{ "write-socket", write_socket },
	{ "accept-unix", accept_unix },
	{ "accept4", accept_with_flags },
	{ "connect-full", connect_full },
	{ "recv-netlink", recv_netlink },
	{ "recv-bound", recv_alone },
	{ NULL, NULL },
};
