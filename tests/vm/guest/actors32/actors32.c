// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An actor of 32 bits, IA-32 or ARM, without libraries (-nostdlib): actors32 p, r or n hangs in pause, read or nanosleep by
 * int80 or svc, and with a capital by the way that the kernel recommends, which ARM has none of.
 */
enum { READ = 3, PAUSE = 29, NANOSLEEP = 162 };
enum { AT_SYSINFO = 32 };

#ifdef __arm__
static int by_interrupt(int nr, int a, int b, int c)
{
	register int r0 asm("r0") = a;
	register int r1 asm("r1") = b;
	register int r2 asm("r2") = c;
	register int r7 asm("r7") = nr;

	asm volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
	return r0;
}
static int by_vdso(unsigned long entry, int nr, int a, int b, int c)
{
	return by_interrupt(nr, a, b, c);
}
#else
static int by_interrupt(int nr, int a, int b, int c)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static int by_vdso(unsigned long entry, int nr, int a, int b, int c)
{
	int result;

	asm volatile("call *%%edi"
		     : "=a"(result)
		     : "0"(nr), "b"(a), "c"(b), "d"(c), "D"(entry)
		     : "memory");
	return result;
}

#endif

/* What the kernel has put above the stack: words, the environment, the auxiliary vector. */
static unsigned long entry_of_vdso(char **words)
{
	unsigned long *at = (unsigned long *)words;

	while (*at++)
		;
	while (*at++)
		;
	for (; at[0]; at += 2)
		if (at[0] == AT_SYSINFO)
			return at[1];
	return 0;
}

__attribute__((used)) static void act(int *stack)
{
	static char byte;
	static const int time[2] = { 100000, 0 };
	char **words = (char **)(stack + 1), what = words[1][0];
	unsigned long entry = what < 'a' ? entry_of_vdso(words) : 0;

	for (;;) {
		int nr = (what | 0x20) == 'p' ? PAUSE : (what | 0x20) == 'r' ? READ : NANOSLEEP;
		int a = nr == NANOSLEEP ? (int)time : 0, b = nr == READ ? (int)&byte : 0;

		if (entry)
			by_vdso(entry, nr, a, b, nr == READ);
		else
			by_interrupt(nr, a, b, nr == READ);
	}
}

#ifdef __arm__
asm(".globl _start\n_start:\n\tmov r0, sp\n\tbl act\n");
#else
asm(".globl _start\n_start:\n\tmov %esp, %eax\n\tpush %eax\n\tcall act\n");
#endif
