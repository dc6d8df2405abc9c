// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file system of a server's, at /srv/share: its daemon has asked the server for a file's content, and the
 * server no longer answers. Others wait for the daemon, or for who waits for it.
 */
#define _GNU_SOURCE
#include "gallery.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHARE "/srv/share"
#define PORT 2049
#define LONG 100000 /* seconds that names stay known */

enum { ROOT = 1, LEDGER, CATALOG, INCOMING };

static int device, server;

/* ---- the server ------------------------------------------------------------ */

static struct sockaddr_in server_address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void serve(void *unused)
{
	const struct sockaddr_in address = server_address();
	char request[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(fd, 1) == 0, "listen");
	fd = accept(fd, NULL, NULL);
	read(fd, request, sizeof(request));
}

/* ---- the daemon ------------------------------------------------------------ */

static void answer(const struct fuse_in_header *request, int error, const void *data, size_t size)
{
	struct fuse_out_header header = { sizeof(header) + size, error, request->unique };
	const struct iovec parts[] = { { &header, sizeof(header) }, { (void *)data, size } };

	must(writev(device, parts, size ? 2 : 1) >= 0 || errno == ENOENT, "answer");
}

static struct fuse_attr attributes(unsigned long node)
{
	const int folder = node == ROOT || node == INCOMING;

	return (struct fuse_attr){ .ino = node,
				   .size = folder ? 0 : 1 << 20,
				   .mode = folder ? S_IFDIR | 0755 : S_IFREG | 0644,
				   .nlink = 1 };
}

static void answer_init(const struct fuse_in_header *request, const void *body)
{
	const struct fuse_init_in *in = body;
	const struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
					   .minor = FUSE_KERNEL_MINOR_VERSION,
					   .max_readahead = in->max_readahead,
					   .flags = FUSE_PARALLEL_DIROPS,
					   .max_write = 4096 };

	answer(request, 0, &out, sizeof(out));
}

static void answer_lookup(const struct fuse_in_header *request, const void *name)
{
	static const char *const names[] = {
		[LEDGER] = "ledger.csv", [CATALOG] = "catalog.db", [INCOMING] = "incoming"
	};
	struct fuse_entry_out out = { .entry_valid = LONG };

	for (unsigned long node = LEDGER; request->nodeid == ROOT && node <= INCOMING; node++)
		if (strcmp(name, names[node]) == 0) {
			out.nodeid = node;
			out.attr = attributes(node);
			answer(request, 0, &out, sizeof(out));
			return;
		}
	answer(request, -ENOENT, NULL, 0);
}

static void answer_attributes(const struct fuse_in_header *request, const void *unused)
{
	const struct fuse_attr_out out = { .attr = attributes(request->nodeid) };

	answer(request, 0, &out, sizeof(out));
}

static void answer_open(const struct fuse_in_header *request, const void *unused)
{
	const struct fuse_open_out out = { .fh = request->nodeid };

	answer(request, 0, &out, sizeof(out));
}

/* The answer would come from the server. */
static void ask_server(const struct fuse_in_header *request, const void *unused)
{
	char content[4096];

	write(server, "get ledger.csv\n", 15);
	about_to();
	recv(server, content, sizeof(content), 0);
	answer(request, -EIO, NULL, 0);
}

static void connect_server(void)
{
	const struct sockaddr_in address = server_address();

	server = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(server, (const struct sockaddr *)&address, sizeof(address)) == 0, "connect");
}

static void run_daemon(void *unused)
{
	static const struct {
		unsigned int call;
		void (*answer)(const struct fuse_in_header *request, const void *body);
	} answers[] = {
		{ FUSE_INIT, answer_init },          { FUSE_LOOKUP, answer_lookup },
		{ FUSE_GETATTR, answer_attributes }, { FUSE_OPEN, answer_open },
		{ FUSE_OPENDIR, answer_open },       { FUSE_READ, ask_server },
	};
	static _Alignas(8) char buffer[1 << 17];
	const struct fuse_in_header *request = (const void *)buffer;

	connect_server();
	while (read(device, buffer, sizeof(buffer)) > 0) {
		size_t i, count = sizeof(answers) / sizeof(answers[0]);

		for (i = 0; i < count && answers[i].call != request->opcode; i++)
			;
		if (i < count)
			answers[i].answer(request, request + 1);
		else if (request->opcode != FUSE_FORGET)
			answer(request, -ENOSYS, NULL, 0);
	}
}

/* ---- those that use it --------------------------------------------------------- */

static void read_ledger(void *ledger)
{
	char text[4096];

	about_to();
	read(*(int *)ledger, text, sizeof(text));
}

static void open_ledger(void *unused)
{
	about_to();
	open(SHARE "/ledger.csv", O_RDONLY);
}

static void look_at_catalog(void *unused)
{
	struct stat status;

	about_to();
	stat(SHARE "/catalog.db", &status);
}

static void count_space(void *unused)
{
	struct statfs status;

	about_to();
	statfs(SHARE, &status);
}

/* Has the folder's lock while it waits for the daemon; the others want that lock. */
static void make_file(void *unused)
{
	about_to();
	open(SHARE "/incoming/today.csv", O_CREAT | O_WRONLY, 0600);
}

static void make_folder(void *unused)
{
	about_to();
	mkdir(SHARE "/incoming/archive", 0755);
}

static void remove_file(void *unused)
{
	about_to();
	unlink(SHARE "/incoming/old.csv");
}

static void list_folder(void *folder)
{
	char entries[4096];

	about_to();
	syscall(SYS_getdents64, *(int *)folder, entries, sizeof(entries));
}

/* ---- the scene --------------------------------------------------------------- */

static void mount_share(void)
{
	char options[128];

	mkdir("/srv", 0755);
	mkdir(SHARE, 0755);
	device = open("/dev/fuse", O_RDWR);
	must(device >= 0, "/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	must(mount("storage:/share", SHARE, "fuse.remote", 0, options) == 0, "mount");
}

void stalled(void)
{
	pid_t storage = start("storaged", serve, NULL);
	int folder, ledgers[4];

	mount_share();
	until_in(storage, SYS_accept);
	until_in(start("remotefsd", run_daemon, NULL), SYS_read);
	close(device);
	folder = open(SHARE "/incoming", O_RDONLY | O_DIRECTORY);
	must(folder >= 0, "incoming");
	for (int i = 0; i < 4; i++)
		must((ledgers[i] = open(SHARE "/ledger.csv", O_RDONLY)) >= 0, "ledger.csv");
	close(ledgers[3]); /* answered, so that the kernel does not ask again when this process ends */
	until_in(storage, SYS_read);
	kill(storage, SIGSTOP);
	until_in(start("import", read_ledger, &ledgers[0]), SYS_read);
	until_in(start("grep", read_ledger, &ledgers[1]), SYS_read);
	until_in(start("awk", read_ledger, &ledgers[2]), SYS_read);
	until_in(start("head", open_ledger, NULL), SYS_openat);
	until_waiting(start("stat", look_at_catalog, NULL));
	until_in(start("df", count_space, NULL), SYS_statfs);
	until_waiting(start("touch", make_file, NULL));
	until_in(start("mkdir", make_folder, NULL), SYS_mkdir);
	until_in(start("rm", remove_file, NULL), SYS_unlink);
	until_in(start("ls", list_folder, &folder), SYS_getdents64);
}
