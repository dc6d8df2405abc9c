// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait at pipes and fifos. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char byte;

int silent_pipe(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	return ends[0];
}

int full_pipe(void)
{
	int ends[2];
	static char block[4096];

	must(pipe2(ends, O_NONBLOCK) == 0, "pipe");
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	must(fcntl(ends[1], F_SETFL, 0) == 0, "F_SETFL");
	return ends[1];
}

static void read_pipe(void)
{
	STUCK_AT(read, silent_pipe(), &byte, 1);
}
static void readv_pipe(void)
{
	struct iovec part = { &byte, 1 };

	STUCK_AT(readv, silent_pipe(), &part, 1);
}
static void write_pipe(void)
{
	STUCK_AT(write, full_pipe(), "x", 1);
}
static void writev_pipe(void)
{
	struct iovec part = { &byte, 1 };

	STUCK_AT(writev, full_pipe(), &part, 1);
}
static void splice_from(void)
{
	STUCK_AT(splice, silent_pipe(), NULL, full_pipe(), NULL, 4096, 0);
}
static void splice_to(void)
{
	STUCK_AT(splice, open("/bin/busybox", O_RDONLY), NULL, full_pipe(), NULL, 4096, 0);
}
static void tee_pipe(void)
{
	STUCK_AT(tee, silent_pipe(), full_pipe(), 4096, 0);
}
static void vmsplice_full(void)
{
	struct iovec part = { &byte, 1 };

	STUCK_AT(vmsplice, full_pipe(), &part, 1, 0);
}
static void sendfile_full(void)
{
	STUCK_AT(sendfile, full_pipe(), open("/bin/busybox", O_RDONLY), NULL, 4096);
}
static const char *fifo(const char *path)
{
	must(mkfifo(path, 0600) == 0, path);
	return path;
}
static void open_fifo(void)
{
	STUCK(openat, AT_FDCWD, fifo("/tmp/actors.fifo"), O_RDONLY, 0);
}
static void open_to_write(void)
{
	STUCK(open, fifo("/tmp/actors.fifo-2"), O_WRONLY, 0);
}
static void open_by_creat(void)
{
	STUCK(creat, fifo("/tmp/actors.fifo-3"), 0600);
}
static void read_fifo(void)
{
	STUCK_AT(read, open(fifo("/tmp/actors.fifo-4"), O_RDWR), &byte, 1);
}

const struct actor pipe_actors[] = {
	{ "read-pipe", read_pipe },
	{ "readv", readv_pipe },
	{ "write-pipe", write_pipe },
	{ "writev", writev_pipe },
	{ "splice-from", splice_from },
	{ "splice-to", splice_to },
	{ "tee", tee_pipe },
	{ "vmsplice", vmsplice_full },
	{ "sendfile", sendfile_full },
	{ "open-fifo", open_fifo },
	{ "open-to-write", open_to_write },
	{ "creat-fifo", open_by_creat },
	{ "read-fifo", read_fifo },
	{ NULL, NULL },
};
