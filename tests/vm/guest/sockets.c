// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of every family and in the states that stay. */
#define _GNU_SOURCE
#include "workload.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static int bound(int family, int type, const void *address, socklen_t size)
{
	int fd = socket(family, type, 0);

	must(fd >= 0 && bind(fd, address, size) == 0, "bind");
	return fd;
}

static int connected(int listener, int family, int type)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd = socket(family, type, 0);

	must(getsockname(listener, (struct sockaddr *)&address, &size) == 0, "getsockname");
	must(connect(fd, (struct sockaddr *)&address, size) == 0, "connect");
	return fd;
}

static void internet(int family, const void *address, socklen_t size)
{
	int listener = bound(family, SOCK_STREAM, address, size);
	int datagrams = bound(family, SOCK_DGRAM, address, size);
	int half;

	must(listen(listener, 5) == 0, "listen");
	connected(listener, family, SOCK_STREAM);
	must(accept(listener, NULL, NULL) >= 0, "accept");
	half = connected(listener, family, SOCK_STREAM); /* FIN_WAIT2 and CLOSE_WAIT */
	must(accept(listener, NULL, NULL) >= 0 && shutdown(half, SHUT_WR) == 0, "shutdown");
	connected(listener, family,
		  SOCK_STREAM); /* not accepted yet: without an inode on that side */
	connected(datagrams, family, SOCK_DGRAM);
	socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socket(family, SOCK_DGRAM, 0);
}

static int unix_socket(int type, const char *name, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, name, size);
	return bound(AF_UNIX, type, &address, offsetof(struct sockaddr_un, sun_path) + size);
}

static void local(void)
{
	int pair[2];
	int by_path = unix_socket(SOCK_STREAM, "/tmp/files/stream.sock", 22);
	int abstract = unix_socket(SOCK_SEQPACKET, "\0abstract\0name", 14);

	must(listen(by_path, 5) == 0 && listen(abstract, 5) == 0, "listen");
	connected(by_path, AF_UNIX, SOCK_STREAM);
	must(accept(by_path, NULL, NULL) >= 0, "accept");
	connected(abstract, AF_UNIX, SOCK_SEQPACKET);
	connected(unix_socket(SOCK_DGRAM, "datagrams", 10), AF_UNIX, SOCK_DGRAM);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "socketpair");
	socket(AF_UNIX, SOCK_STREAM, 0);
}

void hold_sockets(void)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons(8080),
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9090),
				    .sin6_addr = IN6ADDR_ANY_INIT };
	struct {
		sa_family_t family;
		unsigned short pad;
		unsigned int port, groups;
	} netlink = { .family = AF_NETLINK, .port = 4711, .groups = 1 };

	raise_loopback();
	sleep_us(100000);
	internet(AF_INET, &four, sizeof(four));
	internet(AF_INET6, &six, sizeof(six));
	local();
	bound(AF_NETLINK, SOCK_RAW, &netlink, sizeof(netlink));
	socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	socket(AF_PACKET, SOCK_RAW, 0);
	socket(40 /* AF_VSOCK */, SOCK_STREAM, 0);
	socket(38 /* AF_ALG */, SOCK_SEQPACKET, 0);
}
