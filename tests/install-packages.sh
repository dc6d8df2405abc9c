#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs those Debian packages among the arguments that are missing.
missing=
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
	echo "install-packages: this is no Debian; install by hand what these hold:$missing" >&2
	exit 1
}
as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "install-packages: run as root: apt-get install$missing" >&2
		exit 1
	}
	as_root=sudo
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# A fresh machine has no package lists, an old one stale ones. Where one of several sources cannot be asked, the lists that
# are there may do.
# shellcheck disable=SC2086
$as_root apt-get -q update >"$log" 2>&1
# shellcheck disable=SC2086
$as_root apt-get -q -y --no-install-recommends install $missing >>"$log" 2>&1 && exit 0
tail -n 30 "$log" >&2
exit 1
