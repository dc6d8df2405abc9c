/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the kernel keeps its table of system calls. No symbol that a module
 * may use says so, but the processor's own way does: the interruption vector
 * table is exported, and its break vector loads the table's address with an
 * instruction that holds all 64 bits of it.
 */
#ifndef KSTRAX_IVT_H
#define KSTRAX_IVT_H

#define IVT_BREAK 0x2c00 /* vector 11, of 64 bundles: the processor's manual, vol. 2 */
#define IVT_VECTOR_BUNDLES 64
#define BUNDLE_WORDS 2 /* of 64 bits */

struct break_vector {
	unsigned long table; /* sys_call_table: movl r30 */
	unsigned long none;  /* sys_ni_syscall, for numbers beyond it: (p) movl r30 */
	unsigned long back;  /* ia64_ret_from_syscall: movl r3 */
};

struct movl {
	unsigned int target;    /* general register */
	unsigned int predicate; /* 0: always */
	unsigned long value;
};

static inline unsigned long ivt_bits(unsigned long word, int from, int count)
{
	return word >> from & ((1UL << count) - 1);
}

/* Format X2 in a bundle of template MLX. Returns 0 if the bundle is another. */
static inline int ivt_decode_movl(const unsigned long *bundle, struct movl *movl)
{
	unsigned long imm41 = bundle[0] >> 46 | ivt_bits(bundle[1], 0, 23) << 18;
	unsigned long insn = bundle[1] >> 23;

	if ((bundle[0] & 0x1e) != 0x04 || ivt_bits(insn, 37, 4) != 6 || ivt_bits(insn, 20, 1))
		return 0;
	movl->predicate = ivt_bits(insn, 0, 6);
	movl->target = ivt_bits(insn, 6, 7);
	movl->value = ivt_bits(insn, 36, 1) << 63 | imm41 << 22 | ivt_bits(insn, 21, 1) << 21 |
		      ivt_bits(insn, 22, 5) << 16 | ivt_bits(insn, 27, 9) << 7 |
		      ivt_bits(insn, 13, 7);
	return 1;
}

/* Returns 0 if the break vector is not written as it is known to be. */
static inline int ivt_read_break_vector(const char *ivt, struct break_vector *found)
{
	const unsigned long *bundle = (const unsigned long *)(ivt + IVT_BREAK);
	struct movl movl;
	int i;

	found->table = found->none = found->back = 0;
	for (i = 0; i < IVT_VECTOR_BUNDLES; i++, bundle += BUNDLE_WORDS) {
		unsigned long *at;

		if (!ivt_decode_movl(bundle, &movl))
			continue;
		if (movl.target == 30)
			at = movl.predicate ? &found->none : &found->table;
		else if (movl.target == 3 && !movl.predicate)
			at = &found->back;
		else
			continue;
		if (*at)
			return 0;
		*at = movl.value;
	}
	return found->table && found->none && found->back;
}

#endif
