# SPDX-License-Identifier: GPL-2.0-or-later
"""How a recording is found in a dump with no debug information: KASLR is on."""

import re
import subprocess
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.kernels import i386
from kstraxvm.paths import test_program


class WithDumps(unittest.TestCase):
    @classmethod
    def guest(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        guest = cls.guest()
        cls.folder = paths.scratch(cls.addClassCleanup)
        with guest:
            guest.load_recorder(40000)
            scenarios.run_workload(guest)
            guest.run("cp /proc/kallsyms /share/kallsyms")
            guest.get("kallsyms", cls.folder / "kallsyms")
            guest.panic()
            cls.elf, cls.kdump = (cls.folder / f"panic.{form}" for form in ("elf", "kdump"))
            guest.dump(cls.elf, "elf")
            guest.dump(cls.kdump, "kdump-zlib")

    def report_and_ways(self, dump, *options):
        """The paired report, and {way: what -v says of it}."""
        done = subprocess.run([reports.command("kstrax-dump"), "-v", "-t", "--columns=manual", *options, dump], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        # With symbols or types, what tasks are called is lost.
        lost = re.search("the kernel's (symbols|types) cannot be read", done.stderr)
        self.assertEqual(done.returncode, 3 if lost else 0, done.stderr)
        return done.stdout, {name.strip(): said for name, said in
                             re.findall(r"^kstrax-dump: note: (.{16}) .{10}  (.*)$", done.stderr, re.MULTILINE)}

    def patched(self, pattern, replacement):
        """The compressed dump with another VMCOREINFO in its headers; memory stays as it is."""
        dump = bytearray(self.kdump.read_bytes())
        start = dump.index(b"OSRELEASE=")
        text = bytes(dump[start:dump.index(b"\0", start)])
        changed, count = re.subn(pattern, replacement, text, flags=re.DOTALL)
        self.assertEqual((count, len(changed)), (1, len(text)))
        dump[start:start + len(text)] = changed
        path = self.folder / "patched.kdump"
        path.write_bytes(dump)
        return path

    def names_kallsyms(self, name=b"names"):
        return b"SYMBOL(kallsyms_%s)" % name in self.kdump.read_bytes()[:1 << 20]

    def test_every_symbol_is_the_running_kernels(self):
        # Those of modules come last, with a tab and the module behind them.
        expected = [line for line in (self.folder / "kallsyms").read_text().splitlines() if "[" not in line]
        for dump in (self.elf, self.kdump):
            with self.subTest(dump=dump.name):
                done = subprocess.run([test_program("kallsyms"), dump], text=True, stdout=subprocess.PIPE, check=True)
                self.assertEqual(done.stdout.splitlines(), expected)
                self.assertGreater(len(expected), 40000)

    def test_every_way_leads_to_the_same_report(self):
        expected, ways = self.report_and_ways(self.elf)
        self.assertIn("found: ", ways["page scan"])
        report, ways = self.report_and_ways(self.kdump)
        print("".join(f"     {name:16}{said}\n" for name, said in ways.items()), end="")
        self.assertEqual(report, expected)
        self.assertIn("not made", ways["page scan"])
        taken = "list of modules" if self.names_kallsyms() and self.data_symbols else "modules' memory"
        self.assertIn("found: ", ways[taken])
        report, ways = self.report_and_ways(self.kdump, "--search")
        self.assertEqual(report, expected)
        self.assertIn("found: ", ways["page scan"])

    def test_wrong_vmcoreinfo_leads_to_the_next_way(self):
        # A CPU that panicked is in the kernel, so QEMU's note of it leads to the page tables.
        expected, _ = self.report_and_ways(self.elf)
        zeros = lambda found: b"\0" * len(found[0])
        rows = [(rb"^.*$", zeros, "modules' memory"),
                (rb"(?<=SYMBOL\(swapper_pg_dir\)=)[0-9a-f]+", lambda found: b"f" * len(found[0]), "modules' memory"),
                (rb"(?<=SYMBOL\(_stext\)=)[0-9a-f]+", lambda found: b"1" * len(found[0]), "modules' memory")]
        if self.names_kallsyms():
            rows += [(rb"(?<=SYMBOL\(kallsyms_%s\)=)[0-9a-f]+" % name, lambda found: found[0][:-4] + b"0123", "modules' memory")
                     for name in (b"names", b"num_syms", b"token_table", b"token_index", b"offsets", b"relative_base")
                     if self.names_kallsyms(name)]  # 7.3 has no relative_base: its offsets are relative to their own places
        for pattern, replacement, way in rows:
            with self.subTest(pattern=pattern):
                report, ways = self.report_and_ways(self.patched(pattern, replacement))
                # Without types, the tasks are lost with the symbols; those know what became of a thread's last call.
                same = (lambda text: text) if self.data_symbols else reports.without_fates
                self.assertEqual(same(report), same(expected))
                self.assertRegex(ways[way], "^found: ")
                self.assertRegex(ways["list of modules"], "^nothing: ")


class X86_64(WithDumps):
    data_symbols = True

    @classmethod
    def guest(cls):
        return scenarios.guest_with_programs(memory=384)


class Pae(WithDumps):
    data_symbols = False  # its kallsyms has functions only

    @classmethod
    def guest(cls):
        return i386.guest("686-pae", memory=256)


if __name__ == "__main__":
    unittest.main()
