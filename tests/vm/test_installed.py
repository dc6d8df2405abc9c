# SPDX-License-Identifier: GPL-2.0-or-later
"""K4: what `make install` puts where, what DKMS makes of it, and that both run and go again."""

import os
import pathlib
import shutil
import unittest

from kstraxvm import BUILD, ROOT, Guest, default_release, live, paths
from kstraxvm.kernels import apt, headers
from kstraxvm.kernels.dkms import Dkms

VERSION = paths.version()
RELEASE = default_release()
MODULES = f"lib/modules/{RELEASE}/kernel/drivers/kstrax"
SOURCES = f"usr/src/kstrax-{VERSION}"


def make(target, root, release=RELEASE, kernel_headers=None):
    apt.run(["make", "--no-print-directory", target, f"BUILD={BUILD}", f"DESTDIR={root}", f"KERNEL_RELEASE={release}",
             *([f"KERNEL_HEADERS={kernel_headers}"] if kernel_headers else [])],
            cwd=ROOT, env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")})


def files_below(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


class Installed(unittest.TestCase):
    def setUp(self):
        self.root = paths.scratch(self.addCleanup)
        make("install", self.root)

    def record(self, modules):
        """Boots with these modules of the root, by their paths, and has modprobe load them for kstrax-rec."""
        kmod = pathlib.Path(shutil.which("kmod"))
        files = {f"/usr/sbin/{name}": self.root / "usr/sbin" / name for name in ("kstrax-rec", "kstrax-simple")}
        files["/usr/sbin/kstrax"] = paths.program("kstrax")  # the same, stripped
        for name in ("modprobe", "depmod", "modinfo"):
            files[f"/usr/sbin/{name}"] = kmod
        for path in (*live.libraries(kmod), *live.libraries(files["/usr/sbin/kstrax"])):
            files[path] = path
        files.update({f"/{path}": self.root / path for path in modules})
        with Guest(files=files) as guest:
            run = lambda command: guest.run(f"export PATH=/usr/sbin:$PATH; cd /tmp; {command}").stdout
            run("depmod")
            for path in modules:
                self.assertEqual(run(f"modinfo -n {pathlib.PurePath(path).stem}"), f"/{path}\n")
            run("kstrax-rec start 4000")
            self.assertIn("kernel buf entry: 4000\n", run("kstrax -S"))
            run("kstrax -b -R -o /tmp/copy")
            entries = live.calls(live.fetch(guest, "copy", self.root))
            self.assertGreater(len(entries), 100)
            run("kstrax-rec stop; modprobe -r ctr_mod; ! grep -q -e ctr_mod -e kstrax /proc/modules")
            # S1, S2: its commands find one another where they are installed.
            run("kstrax-simple start; kstrax-simple stop; ls /tmp/*_kstrax-vm_1")

    def test_k4_installed_modules_record(self):
        modules = {f"{MODULES}/{name}.ko" for name in ("ctr_mod", "kstrax_buf")}
        commands = {f"usr/sbin/{name}" for name in ("kstrax", "kstrax-dump", "kstrax-rec", "kstrax-simple")}
        self.assertLessEqual(modules | commands | {f"{SOURCES}/dkms.conf"}, files_below(self.root))
        self.record(sorted(modules))

    def test_k4_uninstall_takes_everything_away(self):
        (self.root / MODULES / "anothers.ko").write_text("")
        make("uninstall", self.root)
        self.assertEqual(files_below(self.root), {f"{MODULES}/anothers.ko"})

    def test_dkms_passes_unfit_kernels_over(self):
        """What has no tracepoints cannot be hooked: a build that fails would leave the kernel's package half configured."""
        fit = (headers.installed(RELEASE) or BUILD / f"headers/{RELEASE}/usr/src/linux-headers-{RELEASE}") / ".config"
        module = f"kstrax/{VERSION}"
        for release, lacking, architecture in (("9.9.9-bare", "CONFIG_TRACEPOINTS", "x86_64"),
                                               ("9.9.9-mute", "CONFIG_HAVE_SYSCALL_TRACEPOINTS", "x86_64"),
                                               ("9.9.9-other", "CONFIG_NONE", "aarch64")):
            folder = self.root / release
            folder.mkdir()
            (folder / ".config").write_text(fit.read_text().replace(f"{lacking}=y", f"# {lacking} is not set"))
            dkms = Dkms(self.root)
            with self.subTest(lacking=lacking, architecture=architecture):
                self.assertTrue(dkms.passes_over(module, release, folder, architecture))

    def test_k4_dkms_follows_a_new_kernel(self):
        # As on a machine whose next kernel comes without our modules.
        shutil.rmtree(self.root / MODULES)
        before = files_below(self.root)
        dkms = Dkms(self.root)
        dkms.run("add", f"kstrax/{VERSION}")
        folder = headers.installed(RELEASE) or BUILD / f"headers/{RELEASE}/usr/src/linux-headers-{RELEASE}"
        # What Debian's hook runs when headers come.
        dkms.run("autoinstall", "-k", RELEASE, "--kernelsourcedir", folder)
        modules = {f"lib/modules/{RELEASE}/updates/dkms/{name}.ko" for name in ("ctr_mod", "kstrax_buf")}
        self.assertLessEqual(modules, files_below(self.root))
        self.record(sorted(modules))
        dkms.run("remove", f"kstrax/{VERSION}", "--all")
        shutil.rmtree(self.root / "var")
        self.assertEqual({name for name in files_below(self.root) if not name.startswith("copy_")}, before)


if __name__ == "__main__":
    unittest.main()
