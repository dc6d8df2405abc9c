#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory that runs out, reads and writes that fail or are short, signals: at whatever call they come, the program ends
# with a status and a line, and leaves no part of an output. Some calls of each kind; all with KSTRAX_FAULTS=0.
# Usage: injected_faults_test.sh BUILD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
gcc -shared -fPIC -O2 -Wall -Wextra -o "$scratch/faults.so" tests/faults/faults.c -ldl || exit 1
python3 -B tests/faults/inject.py "$1" "$scratch/faults.so"
