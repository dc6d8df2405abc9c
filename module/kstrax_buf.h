/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kstrax_buf offers to the rest of the kernel, and to whoever reads its dump. */
#ifndef KSTRAX_BUF_H
#define KSTRAX_BUF_H

#include "formats/kstrax_abi.h"

/*
 * Whoever has this kernel's symbols finds the rings by this one; others scan
 * memory for the anchor's magic. NULL: nothing is recorded.
 */
extern struct kstrax_anchor *kstrax_ring_anchor;

#endif
