#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compiles each header alone: one that another header must stand before says so only where somebody includes it first.
# Usage: FLAGS=… headers.sh HEADER…
status=0
for header; do
	# shellcheck disable=SC2086
	printf '#include "%s"\n' "$header" | ${CXX:-g++} -fsyntax-only $FLAGS -x c++ - || status=1
done
exit "$status"
