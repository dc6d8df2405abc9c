# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of the running recorder on a 32-bit kernel: test_live's, with a kstrax of that word size."""

import unittest

import test_installed
import test_live
from kstraxvm import live
from kstraxvm.gdb import Gdb
from kstraxvm.kernels import i386
from kstraxvm.readers import rings

FLAVOUR = "686-pae"


class Control(test_live.Control):
    flavour = FLAVOUR

    def test_a_file_too_large_to_map_is_refused(self):
        done = self.machine.run(f"truncate -s 5G /tmp/large_0; {live.BIN}/kstrax -t /tmp/large", check=False)
        self.assertEqual(done.rc, 1)
        self.assertIn("/tmp/large_0: is too large for a 32-bit program (5368709120 bytes)", done.stdout)


class Copying(test_live.Copying):
    flavour = FLAVOUR


class Trouble(test_live.Trouble):
    flavour = FLAVOUR


class Unloading(test_live.Unloading):
    flavour = FLAVOUR

    @staticmethod
    def options():
        # No more than what the kernel maps beside its own memory: so it is memory that runs out first.
        return {**test_live.Unloading.options(), "memory": 112}


class Agreement(test_live.Agreement):
    flavour = FLAVOUR


class Simple(test_live.Simple):
    flavour = FLAVOUR


class Head(test_live.WithFolder):
    def test_it_is_whole_at_every_store(self):
        """Past 2^32, too, where both of its words change."""
        stub, raw = self.folder / "gdb", self.folder / "raw"
        with i386.guest(FLAVOUR, cpus=1, qemu_options=("-gdb", f"unix:{stub},server=on,wait=off")) as guest:
            guest.load_recorder(1000)
            guest.run("workload storm 1 0 600 >/tmp/storm 2>&1 &")
            guest.freeze()
            guest.raw_memory(raw)
            virtual, physical = rings.first_head(raw)
            gdb = Gdb(stub)
            first, last = 2**32 - 3, 2**32 + 3
            gdb.write(physical, first)
            gdb.watch(virtual)
            seen = [first]
            while seen[-1] != last and len(seen) < 20:
                gdb.go_on()
                seen.append(gdb.read(physical))
            gdb.close()
        self.assertEqual(sorted(set(seen)), list(range(first, last + 1)), seen)
        self.assertEqual(seen, sorted(seen))


class Installed(test_live.WithFolder):
    def test_k4_installed_modules_record(self):
        """What `make install` puts below DESTDIR for this kernel, loaded by modprobe."""
        i386.build_recorder(FLAVOUR)
        release = i386.release(FLAVOUR)
        test_installed.make("install", self.folder, release, i386.kernel_headers(FLAVOUR))
        modules = self.folder / f"lib/modules/{release}/kernel/drivers/kstrax"
        files = {f"/{path.relative_to(self.folder)}": path
                 for path in (modules / "ctr_mod.ko", modules / "kstrax_buf.ko", self.folder / "usr/sbin/kstrax-rec")}
        with i386.guest(FLAVOUR, files={**files, "/usr/sbin/kstrax": i386.kstrax()}) as guest:
            run = lambda command: guest.run(f"export PATH=/usr/sbin:$PATH; cd /tmp; {command}").stdout
            run("depmod; kstrax-rec start 4000")
            self.assertIn("kernel buf entry: 4000\n", run("kstrax -S"))
            run("kstrax -b -R -o /tmp/copy")
            self.assertGreater(len(live.calls(live.fetch(guest, "copy", self.folder))), 100)
            run("kstrax-rec stop; modprobe -r ctr_mod; ! grep -q -e ctr_mod -e kstrax /proc/modules")


if __name__ == "__main__":
    unittest.main()
