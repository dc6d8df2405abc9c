# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the scripts beside it: fetch NAME VERSION unpacks a Debian package, and those that
# it needs and this machine lacks, into $root, for $bin/PROGRAM to be run from there.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
cd "$scratch" || exit 2

fetch() {
	mkdir -p cache/partial
	if ! apt-get install --yes --reinstall --download-only --no-install-recommends \
		-o Dir::Cache::archives="$scratch/cache" -o Debug::NoLocking=1 "$1=$2" >fetch.log 2>&1; then
		echo "cannot try it: apt has no $1 $2 (try apt-get update; another version may behave otherwise)"
		tail -n 2 fetch.log
		exit 2
	fi
	for package in cache/*.deb; do dpkg -x "$package" "$root" || exit 2; done
	# shellcheck disable=SC2034
	bin=$root/usr/bin
	LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
	export LD_LIBRARY_PATH
	echo "version: $1 $2"
}

still() { # CONDITION…: the verdict
	if "$@"; then echo "still so"; exit 0; fi
	echo "changed: it no longer behaves like this"
	exit 1
}
