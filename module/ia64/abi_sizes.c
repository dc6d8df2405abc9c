// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiled to assembly only, which then holds a line a field: what IA-64's kernel makes of the ABI. */
#include <linux/stddef.h>

#include "formats/kstrax_abi.h"

#define STRUCT(type) asm volatile("\n.ascii \"->" #type " . 0 %0\"" : : "i"(sizeof(struct type)));
/* clang-format off */
#define FIELD(type, member)                                                              \
	asm volatile("\n.ascii \"->" #type " " #member " %0 %1\""                        \
		     : : "i"(offsetof(struct type, member)),                             \
			 "i"(sizeof(((struct type *)0)->member)));
/* clang-format on */

void abi_sizes(void);
void abi_sizes(void)
{
#include "ia64/abi_fields.h"
}
