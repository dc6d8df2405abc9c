// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole program of the IA-32 kind, without libraries (gcc -m32 -nostdlib):
 * an execve from a 64-bit program enters by one table and exits by the other.
 */
static int call(int nr, int a, int b, int c)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

void _start(void)
{
	enum { EXIT = 1, OPEN = 5, GETPID = 20, GETPPID = 64 };

	call(GETPID, 1, 2, 3);
	call(OPEN, (int)"/no/such/file/of/an/ia32/program", 0, 0);
	call(GETPPID, 0, 0, 0);
	call(EXIT, 7, 0, 0);
	__builtin_unreachable();
}
