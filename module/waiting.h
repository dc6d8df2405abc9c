/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls whose file name was not resident at entry: they wait for their
 * exit, by when the kernel itself has read the name.
 */
#ifndef KSTRAX_WAITING_H
#define KSTRAX_WAITING_H

#include <linux/types.h>

/*
 * Returns how many other calls had to be given up for this one: 0 or 1. Some
 * key must go when a set is full, or keys left behind would fill it for good.
 */
unsigned int waiting_add(void);

/* Whether current's call was waiting; it no longer is. */
bool waiting_remove(void);

#endif
