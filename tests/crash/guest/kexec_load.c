/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads a kernel to be started by a panic. Usage: kexec-load VMLINUZ INITRAMFS CMDLINE */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, ramdisk;

	if (argc != 4)
		return 2;
	kernel = open(argv[1], O_RDONLY);
	ramdisk = open(argv[2], O_RDONLY);
	if (kernel < 0 || ramdisk < 0 ||
	    syscall(SYS_kexec_file_load, kernel, ramdisk, strlen(argv[3]) + 1, argv[3],
		    (unsigned long)KEXEC_FILE_ON_CRASH)) {
		fprintf(stderr, "kexec-load: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
