/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/kstrax, once the anchor is there. */
#ifndef KSTRAX_DEVICE_IN_KERNEL_H
#define KSTRAX_DEVICE_IN_KERNEL_H

int make_device(void);
/* Precondition: nobody has it open, which the module's references see to. */
void remove_device(void);

#endif
