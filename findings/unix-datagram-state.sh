#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux: a bound unix datagram socket counts as connected from the moment that another socket connects to it, for
# as long as it lives, though it has no peer.
#
# Surprising: connect() of a datagram socket sets the state of both ends. The bound one then has state 03 in
# /proc/net/unix (SS_CONNECTED; sk_state is TCP_ESTABLISHED), getpeername() still says that it is not connected,
# and nothing sets the state back when the other end is closed.
# Matters to a reader of dumps: sk_state of a unix datagram socket says nothing about a peer. A tool that
# prints ESTABLISHED, or looks for the hung partner of such a socket, looks for somebody who is not there.
# Seen with Linux 5.10, 6.1, 6.12, 6.18 and 7.2. It uses the running kernel, and installs nothing. November 2026.
set -u
echo "version: Linux $(uname -r)"
python3 - <<'PY'
import os, socket, sys
name = f"kernel-finding-{os.getpid()}"
def state():
    with open("/proc/net/unix") as table:
        return next(line.split()[5] for line in table if line.rstrip().endswith("@" + name))
bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
bound.bind("\0" + name)
states = [state()]
other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
other.connect("\0" + name)
states.append(state())
try:
    peer = repr(bound.getpeername())
except OSError as problem:
    peer = problem.strerror
other.close()
states.append(state())
print(f"bound: {states[0]}; another has connected to it: {states[1]}, getpeername: {peer}; that one is closed: {states[2]}")
still = states == ["01", "03", "03"] and peer == "Transport endpoint is not connected"
print("still so" if still else "changed: it no longer behaves like this")
sys.exit(not still)
PY
