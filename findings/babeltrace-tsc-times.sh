#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# babeltrace2: times of a clock whose frequency is not 1 GHz are rounded to several nanoseconds once the
# machine has been up for months.
#
# Surprising: cycles become nanoseconds by floating point, which has 53 bits, where both are integers of
# 64. A trace whose clock is a 3 GHz time stamp counter, 400 days after boot, has one event a nanosecond;
# the text shows them in heaps with one time, some 0 and some 8 ns apart. --clock-cycles shows them right.
# Matters to a reader of dumps: who joins such a trace with the log or the memory of a crashed machine
# finds events at one time whose order was known, and differences that are wrong by more than a call to
# the clock takes. The servers whose crash is worth an analysis are those that have been up for long.
# Seen with babeltrace2 2.0.4-1+b6 of Debian 12. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch babeltrace2 2.0.4-1+b6

mkdir trace
cat >trace/metadata <<'CTF'
/* CTF 1.8 */
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { uint32_t magic; uint32_t stream_id; }; };
clock { name = tsc; freq = 3000000000; };
typealias integer { size = 64; align = 8; map = clock.tsc.value; } := tsc_t;
stream {
	id = 0;
	packet.context := struct { tsc_t timestamp_begin; tsc_t timestamp_end; uint64_t content_size; uint64_t packet_size; };
	event.header := struct { uint32_t id; tsc_t timestamp; };
};
event { id = 0; name = "tick"; stream_id = 0; fields := struct { uint64_t n; }; };
CTF
python3 - <<'PY'
import struct
first = 3_000_000_000 * 86400 * 400  # cycles in 400 days
events = [(first + 3 * n, n) for n in range(12)]
body = b"".join(struct.pack("<IQQ", 0, time, n) for time, n in events)
bits = 8 * (8 + 32 + len(body))
context = struct.pack("<QQQQ", events[0][0], events[-1][0], bits, bits)
open("trace/stream", "wb").write(struct.pack("<II", 0xC1FC1FC1, 0) + context + body)
PY

babeltrace() { "$bin/babeltrace2" --plugin-path="$root/usr/lib/x86_64-linux-gnu/babeltrace2/plugins" "$@"; }
babeltrace --clock-seconds trace >seconds 2>errors || { cat errors; exit 2; }
babeltrace --clock-cycles trace >cycles 2>errors || { cat errors; exit 2; }
echo "12 events, one each nanosecond, as the trace has them:"
head -n 4 cycles
echo "and as they are shown:"
cat seconds
different() { cut -d']' -f1 "$1" | sort -u | wc -l; }
echo "different times: $(different cycles) in cycles, $(different seconds) in seconds"
still [ "$(different cycles)" -eq 12 -a "$(different seconds)" -lt 12 ]
