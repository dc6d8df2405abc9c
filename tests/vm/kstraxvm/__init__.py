# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots real kernels in QEMU for kstrax's tests: see guest.Guest."""

from .guest import Guest
from .kernels.kernel import Kernel, default_release
from .paths import BUILD, ROOT, program, recorder_modules
from .problem import GuestProblem

__all__ = ["BUILD", "ROOT", "Guest", "GuestProblem", "Kernel", "default_release", "program",
           "recorder_modules"]
