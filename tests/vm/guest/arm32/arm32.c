// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole program of 32-bit ARM, without libraries: what an arm64 kernel runs by
 * its other table. execve enters it by the one and leaves by the number of that.
 */
static int call(int nr, int a, int b, int c, int d)
{
	register int r0 asm("r0") = a;
	register int r1 asm("r1") = b;
	register int r2 asm("r2") = c;
	register int r3 asm("r3") = d;
	register int r7 asm("r7") = nr;

	asm volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r7) : "memory");
	return r0;
}

void _start(void)
{
	enum {
		EXIT = 1,
		OPEN = 5,
		CLOSE = 6,
		CREAT = 8,
		EXECVE = 11,
		GETPID = 20,
		GETPPID = 64,
		OPENAT = 322,
		OPENAT2 = 437,
		SET_TLS = 0xf0005,
	};
	enum { CURRENT_FOLDER = -100, CLOSE_ON_EXEC = 02000000 };
	/* Back to a 64-bit program: the other way round. */
	static const char *const arguments[] = { "sh", "-c", "exit 7", 0, 0 };
	const long long how[3] = { CLOSE_ON_EXEC, 0, 0 };

	call(SET_TLS, 0, 0, 0, 0);
	call(GETPID, 1, 2, 3, 4);
	call(OPEN, (int)"/no/such/file/of/an/arm32/program", 0, 0, 0);
	call(CLOSE, call(CREAT, (int)"/tmp/arm32-created", 0600, 0, 0), 0, 0, 0);
	call(CLOSE, call(OPENAT, CURRENT_FOLDER, (int)"/tmp/arm32-created", 0, 0), 0, 0, 0);
	call(OPENAT2, CURRENT_FOLDER, (int)"/no/such/file/of/arm32/openat2", (int)how, sizeof(how));
	call(4000, 1, 2, 3, 4);
	call(GETPPID, 0, 0, 0, 0);
	call(EXECVE, (int)"/bin/busybox", (int)arguments, (int)(arguments + 4), 0);
	call(EXIT, 1, 0, 0, 0);
	__builtin_unreachable();
}
