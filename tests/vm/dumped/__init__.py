# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dump says of its kernel, held against what the kernel itself said just before."""
