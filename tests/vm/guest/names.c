// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of opened files, of every kind that a recorder can stumble over. */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A multiple of the page of every machine: 4, 16 or 64 KiB. */
enum { PAGE = 65536 };

static void open_and_close(const char *name, int flags)
{
	int fd = openat(AT_FDCWD, name, flags, 0644);

	must(fd >= 0, name);
	close(fd);
}

static void hold(const char *name)
{
	int fd = open(in_folder("holder"), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0 && write(fd, name, strlen(name) + 1) > 0, "holder");
	close(fd);
}

/* A private mapping of the file that holds the name: no page of it is there yet. */
static char *held(void)
{
	int fd = open(in_folder("holder"), O_RDONLY);
	char *map;

	must(fd >= 0, "holder");
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	must(map != MAP_FAILED, "mmap");
	close(fd);
	return map;
}

/* Ends with no NUL before memory does. */
static char *unended(void)
{
	char *map =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(map != MAP_FAILED, "mmap");
	munmap(map + PAGE, PAGE);
	memset(map, 'u', PAGE);
	return map + PAGE - 100;
}

static void open_of_length(size_t length)
{
	char *name = malloc(length + 1);

	/* Folders that do not exist: 'l/l/l/…' */
	for (size_t i = 0; i < length; i++)
		name[i] = i % 2 ? '/' : 'l';
	name[length] = 0;
	must(openat(AT_FDCWD, name, O_RDONLY) < 0, "a long name");
	free(name);
}

void scene_names(void)
{
	struct open_how how = { .flags = O_RDONLY };
	char longest[256], *map;
	int fd;

	/* 255 bytes: the longest that a file's own name can be. */
	memset(longest, 'n', 255);
	longest[255] = 0;
	fd = open(in_folder(""), O_RDONLY | O_DIRECTORY);
	must(fd >= 0, "the folder");
	close(openat(fd, longest, O_RDWR | O_CREAT, 0644));
	syscall(SYS_openat, fd, "evil\033[31m\nname\t\"<b>\\\001\377", O_RDWR | O_CREAT, 0644);
	close(fd);

	open_and_close(in_folder("plain"), O_RDWR | O_CREAT);
#ifdef SYS_open /* newer architectures do without */
	close(syscall(SYS_creat, in_folder("created"), 0600));
	close(syscall(SYS_open, in_folder("created"), O_RDONLY));
#else
	open_and_close(in_folder("created"), O_WRONLY | O_CREAT | O_TRUNC);
#endif
	fd = syscall(SYS_openat2, AT_FDCWD, in_folder("created"), &how, sizeof(how));
	must(fd >= 0, "openat2");
	close(fd);
	must(open("", O_RDONLY) < 0, "an empty name");

	/* Around the size of a slot, and of the most that is recorded. */
	for (size_t length = 46; length <= 49; length++)
		open_of_length(length);
	for (size_t length = 4094; length <= 4097; length++)
		open_of_length(length);
	open_of_length(6000);

	/* Not resident at entry: the name is read at exit. */
	snprintf(longest, sizeof(longest), "%s", in_folder("created"));
	hold(longest);
	for (int i = 0; i < 4; i++) {
		map = held();
		open_and_close(map, O_RDONLY);
		madvise(map, PAGE, MADV_DONTNEED);
		open_and_close(map, O_RDONLY);
		munmap(map, PAGE);
	}
	hold("/no/such/file/of/a/late/name");
	map = held();
	must(openat(AT_FDCWD, map, O_RDONLY) < 0, "a late name");
	munmap(map, PAGE);

	/* No name at all. */
	must(openat(AT_FDCWD, (char *)16, O_RDONLY) < 0 && errno == EFAULT, "a bad pointer");
	must(openat(AT_FDCWD, unended(), O_RDONLY) < 0 && errno == EFAULT, "a name without end");
}

static char *late_name;
static volatile pid_t opener;

static void *open_fifo(void *unused)
{
	note_thread();
	opener = syscall(SYS_gettid);
	must(openat(AT_FDCWD, late_name, O_RDONLY) >= 0, "fifo");
	return NULL;
}

/* The kernel has read the name; before the call exits, the page goes away. */
void scene_lost_name(void)
{
	char fifo[256];
	pthread_t thread;

	strcpy(fifo, in_folder("fifo"));
	must(mkfifo(fifo, 0600) == 0 || errno == EEXIST, "mkfifo");
	hold(fifo);
	late_name = held();
	opener = 0;
	must(pthread_create(&thread, NULL, open_fifo, NULL) == 0, "pthread_create");
	while (!opener)
		sleep_us(500);
	wait_until_asleep(opener);
	munmap(late_name, PAGE);
	open_and_close(fifo, O_WRONLY);
	pthread_join(thread, NULL);
}

struct waiter {
	pthread_t thread;
	char *name;
	volatile pid_t tid;
};

static void *wait_in_open(void *argument)
{
	struct waiter *self = argument;

	self->tid = syscall(SYS_gettid);
	must(open(self->name, O_RDONLY) >= 0, "fifo");
	return NULL;
}

/* Many calls at once that wait with their names unrecorded. */
void crowd(int argc, char **argv)
{
	int count = atoi(argv[0]);
	struct waiter *all = calloc(count, sizeof(*all));
	int writer;

	setenv("KSTRAX_WORKLOAD_FOLDER", "/tmp", 1);
	must(mkfifo("/tmp/crowd", 0600) == 0 || errno == EEXIST, "mkfifo");
	hold("/tmp/crowd");
	for (int i = 0; i < count; i++) {
		pthread_attr_t small;

		all[i].name = held();
		pthread_attr_init(&small);
		pthread_attr_setstacksize(&small, 64 << 10);
		must(pthread_create(&all[i].thread, &small, wait_in_open, &all[i]) == 0,
		     "pthread_create");
	}
	for (int i = 0; i < count; i++) {
		while (!all[i].tid)
			sleep_us(500);
		wait_until_asleep(all[i].tid);
	}
	if (argc > 1) {
		puts("waiting");
		fflush(stdout);
		pause();
	}
	writer = open("/tmp/crowd", O_WRONLY);
	must(writer >= 0, "fifo");
	for (int i = 0; i < count; i++)
		pthread_join(all[i].thread, NULL);
	printf("%d\n", count);
}
