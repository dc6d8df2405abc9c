// SPDX-License-Identifier: GPL-2.0-or-later
/* A file system, at /srv/db, that a snapshot has frozen and left so. */
#define _GNU_SOURCE
#include "gallery.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DB "/srv/db"
#define PAGE 4096

static char *page; /* of a file, mapped */
static int shared_log;
static volatile pid_t page_writer;

static int new_file(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR, 0600);

	must(fd >= 0 && ftruncate(fd, PAGE) == 0, path);
	return fd;
}

static void read_orders(void *unused)
{
	char byte;

	mkfifo("/tmp/orders.fifo", 0600);
	read(open("/tmp/orders.fifo", O_RDWR), &byte, 1);
}

static void take_snapshot(void *unused)
{
	int fd = open(DB, O_RDONLY | O_DIRECTORY);

	must(fd >= 0 && ioctl(fd, FIFREEZE, 0) == 0, "FIFREEZE");
	start("lvcreate", read_orders, NULL);
	about_to();
	wait(NULL);
}

static void write_table(void *path)
{
	int fd = open(path, O_RDWR);

	about_to();
	pwrite(fd, "row", 3, 0);
}

static void write_log(void *unused)
{
	about_to();
	write(shared_log, "line\n", 5);
}

static void make_folder(void *unused)
{
	about_to();
	mkdir(DB "/new", 0755);
}

static void remove_file(void *unused)
{
	about_to();
	unlink(DB "/table-1");
}

/* No call: a fault that waits, with the process's memory map taken. */
static void *change_page(void *unused)
{
	prctl(PR_SET_NAME, "indexer-write");
	about_to();
	page_writer = gettid();
	*page = 1;
	return NULL;
}

static void index_tables(void *begin)
{
	pthread_t writer;
	char byte;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, new_file(DB "/index"), 0);
	must(page != MAP_FAILED && *page == 0, "mmap");
	read(*(int *)begin, &byte, 1);
	must(pthread_create(&writer, NULL, change_page, NULL) == 0, "pthread_create");
	while (page_writer == 0)
		usleep(10000);
	until_waiting(page_writer);
	about_to();
	mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	     0); /* wants the map for itself */
}

/* As ps does it for each process: waits for the memory map, too. */
static void read_command(void *process)
{
	char path[64], text[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", *(pid_t *)process);
	fd = open(path, O_RDONLY);
	about_to();
	read(fd, text, sizeof(text));
}

void frozen(void)
{
	static char *const tables[] = { DB "/table-1", DB "/table-2", DB "/table-3" };
	int begin[2];
	pid_t indexer;

	for (size_t i = 0; i < 3; i++)
		close(new_file(tables[i]));
	shared_log = new_file(DB "/app.log");
	must(pipe(begin) == 0, "pipe");
	indexer = start("indexer", index_tables, begin);
	until_in(indexer, SYS_read);
	until_in(start("snapshot", take_snapshot, NULL), SYS_wait4);
	for (size_t i = 0; i < 3; i++)
		until_in(start("db-writer", write_table, tables[i]), SYS_pwrite64);
	for (int i = 0; i < 3; i++)
		until_in(start("logger", write_log, NULL), SYS_write);
	until_in(start("mkdir", make_folder, NULL), SYS_mkdir);
	until_in(start("rm", remove_file, NULL), SYS_unlink);
	write(begin[1], "", 1);
	until_in(indexer, SYS_mmap);
	until_in(start("ps", read_command, &indexer), SYS_read);
}
