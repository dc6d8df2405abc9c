#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions that recording adds to a system call on arm64, as recorder_cost.py counts them on x86-64.

ARM64_KERNEL= names a kernel of kstraxvm/kernels/arm64.py.
"""

import recorder_cost as cost  # which says where kstraxvm is
from kstraxvm import BUILD, paths
from kstraxvm.kernels import arm64

PROBES = "bench/bench_probes.ko"
RECORDERS = [cost.NOTHING, cost.EMPTY, cost.TIMED, cost.KSTRAX, cost.FTRACE]


def main():
    arm64.build_recorder(arm64.NAME, PROBES)
    folder = BUILD / "modules" / arm64.release()
    modules = {f"/{path.name}": path for path in (*paths.recorder_modules(arm64.release()), folder / PROBES)}
    with arm64.guest(cpus=1, memory=1024, timeout=3600, files=modules, accelerator="tcg,thread=single",
                     qemu_options=("-icount", "shift=0,sleep=off")) as machine:
        print(f"Linux {machine.kernel.release}, emulated\n\ninstructions a call")
        cost.table(cost.in_turn(machine, RECORDERS, 1, cost.clock_of_calls(4)), RECORDERS, goals=False)


if __name__ == "__main__":
    main()
