# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines that guests are: what of QEMU's command line and of the kernel's depends on the architecture."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Machine:
    qemu: str
    package: str       # of Debian's, which has it
    cpu_model: str
    console: str       # the kernel's first serial line
    cmdline: str = ""  # what the kernel is told because it is emulated
    options: tuple = ()
    agent: tuple = ("-serial", "chardev:agent")  # the line of guest/init
    pluggable: bool = False                      # there may be room for more CPUs than there are
    memory_at: int = 0                           # physical address of the first byte of RAM
    vmcoreinfo: bool = True                      # the kernel can tell QEMU its VMCOREINFO


# On a loaded host, time of the guest's can pass without a tick: a kernel that checks its timer then panics.
PC = Machine(qemu="qemu-system-x86_64", package="qemu-system-x86", cpu_model="max", console="ttyS0",
             cmdline="no_timer_check", pluggable=True)

# QEMU's own models are AMD's, of which a 32-bit kernel complains when there are two.
PC_32 = dataclasses.replace(PC, qemu="qemu-system-i386", cpu_model="coreduo")

# Its only serial line of its own is the console's. An emulated cortex-a72 is several times as fast as "max".
ARM_VIRT = Machine(qemu="qemu-system-aarch64", package="qemu-system-arm", cpu_model="cortex-a72", console="ttyAMA0",
                   options=("-M", "virt"), agent=("-device", "pci-serial,chardev=agent"), memory_at=1 << 30)

# QEMU 7.2's has no way for VMCOREINFO.
RISCV_VIRT = Machine(qemu="qemu-system-riscv64", package="qemu-system-misc", cpu_model="rv64", console="ttyS0",
                     options=("-M", "virt"), agent=("-device", "pci-serial,chardev=agent"), memory_at=2 << 30,
                     vmcoreinfo=False)
