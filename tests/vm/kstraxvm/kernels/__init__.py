# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the kernels to boot come from: packages of Debian, and what is built for them."""
