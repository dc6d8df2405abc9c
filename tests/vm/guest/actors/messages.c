// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that wait at queues and semaphores, and for input and output that was begun. */
#define _GNU_SOURCE
#include "actors.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

static struct {
	long type;
	char text[8];
} message = { 1, "" };
static struct timespec hours = { 100000, 0 };

static void receive_message(void)
{
	STUCK(msgrcv, msgget(IPC_PRIVATE, 0600), &message, sizeof(message.text), 0, 0);
}
static void send_message(void)
{
	int queue = msgget(IPC_PRIVATE, 0600);

	while (msgsnd(queue, &message, sizeof(message.text), IPC_NOWAIT) == 0)
		;
	STUCK(msgsnd, queue, &message, sizeof(message.text), 0);
}
static int semaphore(void)
{
	return semget(IPC_PRIVATE, 1, 0600);
}
static void wait_semaphore(void)
{
	struct sembuf down = { 0, -1, 0 };

	STUCK(semop, semaphore(), &down, 1);
}
static void wait_some_time(void)
{
	struct sembuf down = { 0, -1, SEM_UNDO };

	STUCK(semtimedop, semaphore(), &down, 1, &hours);
}
static void wait_for_zero(void)
{
	struct sembuf up = { 0, 1, 0 }, zero = { 0, 0, 0 };
	int id = semaphore();

	must(semop(id, &up, 1) == 0, "semop");
	STUCK(semop, id, &zero, 1);
}
static mqd_t queue(const char *name)
{
	struct mq_attr form = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &form);

	must(queue >= 0, "mq_open");
	return queue;
}
static void receive_queue(void)
{
	STUCK_AT(mq_timedreceive, queue("/actors"), message.text, sizeof(message.text), NULL, NULL);
}
static void send_queue(void)
{
	mqd_t full = queue("/full");

	must(mq_send(full, "x", 1, 0) == 0, "mq_send");
	STUCK_AT(mq_timedsend, full, message.text, 1, 0, NULL);
}
static aio_context_t context(void)
{
	aio_context_t context = 0;

	must(syscall(SYS_io_setup, 1, &context) == 0, "io_setup");
	return context;
}
static void wait_aio(void)
{
	struct io_event event;

	STUCK(io_getevents, context(), 1, 1, &event, NULL);
}
static void wait_aio_with_mask(void)
{
	struct io_event event;

	STUCK(io_pgetevents, context(), 1, 1, &event, &hours, NULL);
}

const struct actor message_actors[] = {
	{ "msgrcv", receive_message },
	{ "msgsnd", send_message },
	{ "semop", wait_semaphore },
	{ "semtimedop", wait_some_time },
	{ "semop-zero", wait_for_zero },
	{ "mq-receive", receive_queue },
	{ "mq-send", send_queue },
	{ "io-getevents", wait_aio },
	{ "io-pgetevents", wait_aio_with_mask },
	{ NULL, NULL },
};
