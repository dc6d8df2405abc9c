# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers of rings, dumps and traces, written apart from the analyzer, to judge it by."""
