#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# README's two commands as on a fresh machine of other releases of Debian, each in a root folder of its own, from a clone of
# what is committed here. Usage, as root: check_hosts.sh BUILD RELEASE…, as bookworm, trixie or sid. For each release one test
# a command; what they say goes to BUILD/hosts/RELEASE.log. The virtual machines are the same everywhere, so only the first
# release has them. KSTRAX_HOST_MAKE: further words for make.
build=$1
shift
here=$(dirname "$0")
. "$here/../cli/checks.sh"
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Identifier: Packages' | sed -n 's/^Debian|Debian|//p' | head -n 1)

# made RELEASE ROOT: a fresh system there, once.
made() {
	[ -e "$2/ready" ] && return
	rm -rf "$2"
	debootstrap --variant=minbase --include=ca-certificates,git,make "$1" "$2" "${mirror:-http://deb.debian.org/debian}" &&
		# A mirror's copy of sid may be weeks old.
		echo 'Acquire::Check-Valid-Until "false";' >"$2/etc/apt/apt.conf.d/99old-mirror" &&
		touch "$2/ready"
}

# inside ROOT COMMAND: mounts and processes of its own, which end with it.
inside() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --rbind /sys "$1/sys" &&
			exec chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
				KSTRAX_CHECK_VM="$KSTRAX_CHECK_VM" KSTRAX_HOST_MAKE="$KSTRAX_HOST_MAKE" sh -c "cd /kstrax && $2"' sh "$1" "$2"
}

for release in "$@"; do
	root=$build/hosts/$release
	log=$build/hosts/$release.log
	mkdir -p "$build/hosts"
	if ! made "$release" "$root" >"$log" 2>&1; then
		bad "$release: no system can be made"
		tail -n 5 "$log"
		continue
	fi
	rm -rf "$root/kstrax"
	git clone -q . "$root/kstrax" || exit 1
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	for command in demo check; do
		# shellcheck disable=SC2016
		if inside "$root" "make $command \$KSTRAX_HOST_MAKE" >>"$log" 2>&1; then
			ok
			echo "ok   $release: make $command: $(tail -n 1 "$log")"
		else
			bad "$release: make $command"
			grep -E '^(FAIL|.*error:|make.*\*\*\*)' "$log" | head -n 20
			tail -n 3 "$log"
		fi
	done
	export KSTRAX_CHECK_VM=no
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
