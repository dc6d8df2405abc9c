// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ivt_check CODE TABLE NONE BACK: that ivt.h reads these three addresses out of
 * CODE, the bytes of an interruption vector table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "module/ia64/ivt.h"

int main(int argc, char **argv)
{
	static _Alignas(16) char code[IVT_BREAK + IVT_VECTOR_BUNDLES * BUNDLE_WORDS * 8];
	struct break_vector found;
	FILE *file = argc == 5 ? fopen(argv[1], "rb") : NULL;

	if (!file || fread(code, sizeof(code), 1, file) != 1) {
		fprintf(stderr, "ivt_check: no vectors to read\n");
		return 1;
	}
	if (!ivt_read_break_vector(code, &found) || found.table != strtoul(argv[2], NULL, 16) ||
	    found.none != strtoul(argv[3], NULL, 16) || found.back != strtoul(argv[4], NULL, 16)) {
		fprintf(stderr, "ivt_check: found table %lx, none %lx, way back %lx\n", found.table,
			found.none, found.back);
		return 1;
	}
	puts("this kernel's break vector says where its system calls are");
	return 0;
}
