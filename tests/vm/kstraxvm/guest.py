# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine: boots, runs commands, panics, is dumped.

    with Guest(cpus=2, memory=512) as guest:
        guest.load_recorder(entries=20000)
        print(guest.run("uname -r").stdout)
        guest.panic()
        guest.dump("panic.elf", "elf")

Whatever goes wrong raises GuestProblem with the end of the console: a step or
the whole that takes too long, a kernel that is not well, a QEMU that ended.
"""

import ctypes
import dataclasses
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import initramfs, machines, qemu, share
from .console import Console
from .kernels.kernel import Kernel
from .paths import recorder_modules
from .problem import GuestProblem
from .qmp import Qmp

# Of an emulated machine that does not come up: its CPUs may run what a kernel's code was before the
# kernel changed it, or get no time on a busy host while a timer is measured. Before the agent
# answers nothing of ours has run.
BOOT_ATTEMPTS = 3


@dataclasses.dataclass
class Result:
    """Of a command in the guest; its two outputs come as one."""
    stdout: str
    rc: int


def _end_with_parent():
    """In the child: QEMU must not outlive a test that was killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Guest:
    def __init__(self, kernel=None, cpus=2, possible=None, memory=512, kaslr=True, cpu_model=None, cmdline="",
                 files=None, boot_modules=None, machine=machines.PC, qemu_options=(),
                 accelerator="tcg,thread=multi", timeout=1800, expect_trouble=False, reboots=False):
        """possible: CPUs that there is room for, if more than there are; memory in MiB; files: {guest path: host path} in its root; timeout: seconds in all.

        This and other limits only end what hangs: on a busy machine a boot was seen to take minutes.

        cpu_model: if not the machine's own.
        boot_modules: instead of those that the shared folder and QEMU's dumps want.
        expect_trouble: the kernel's complaints are the caller's to judge.
        reboots: a panic leads to another boot, in the same memory, and not to the machine's end (panic_and_reboot).
        """
        self.kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
        self.cpus = cpus
        self._possible = possible or cpus
        self.memory = memory
        self._kaslr = kaslr
        self._machine = machine
        self._cpu_model = cpu_model or machine.cpu_model
        self._cmdline = cmdline
        self._files = dict(files or {})
        self._boot_modules = boot_modules
        self._accelerator = accelerator
        self._qemu_options = list(qemu_options)
        self._timeout = timeout
        self._expect_trouble = expect_trouble
        self._reboots = reboots
        self._process = self._qmp = self._agent = self._way = None
        self._agent_input = b""
        self._commands = 0

    # ---- life ------------------------------------------------------------

    def __enter__(self):
        self.kernel.fetch()
        for attempt in range(BOOT_ATTEMPTS):
            self._deadline = time.monotonic() + self._timeout
            self._folder = pathlib.Path(tempfile.mkdtemp(prefix="kstraxvm-"))
            try:
                self._start()
                return self
            except BaseException as problem:
                self._stop()
                if attempt + 1 == BOOT_ATTEMPTS or not isinstance(problem, GuestProblem):
                    raise

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.check()
        finally:
            self._stop()

    def _start(self):
        self._agent_input = b""
        self.share = self._folder / "share"
        (self.share / ".agent").mkdir(parents=True)
        self._way = share.way_for(self.kernel, self._boot_modules)(self.share, self._folder / "port")
        self.console = Console(self._folder / "console")
        ramdisk = self._folder / "initramfs"
        ramdisk.write_bytes(self.ramdisk(self._files))
        # CPUs that get no time for half a minute are not stalled.
        cmdline = (f"console={self._machine.console} loglevel=5 panic={int(self._reboots)} {self._machine.cmdline} "
                   f"rcupdate.rcu_cpu_stall_timeout=300 watchdog_thresh=60 {self._cmdline}")
        if not self._kaslr:
            cmdline += " nokaslr"
        self._process = subprocess.Popen(
            [*qemu.command(self._machine.qemu, self._machine.package), *self._machine.options,
             "-accel", self._accelerator, "-cpu", self._cpu_model, "-smp", self._cpus_option(),
             "-m", str(self.memory), "-nodefaults", "-display", "none", *([] if self._reboots else ["-no-reboot"]),
             "-kernel", self.kernel.image, "-initrd", ramdisk, "-append", cmdline,
             "-chardev", f"file,id=console,path={self._folder}/console", "-serial", "chardev:console",
             "-chardev", f"socket,id=agent,path={self._folder}/agent,server=on,wait=off",
             *self._machine.agent,
             "-qmp", f"unix:{self._folder}/qmp,server=on,wait=off",
             *(["-device", "vmcoreinfo"] if self._machine.vmcoreinfo else []), *self._way.qemu_options(), *self._qemu_options],
            stdin=subprocess.DEVNULL, stdout=(self._folder / "qemu.log").open("wb"),
            stderr=subprocess.STDOUT, preexec_fn=_end_with_parent)
        self._wait(lambda: (self._folder / "agent").exists() and (self._folder / "qmp").exists(),
                   120, "QEMU's start")
        self._agent = socket.socket(socket.AF_UNIX)
        self._agent.connect(str(self._folder / "agent"))
        self._qmp = Qmp(self._folder / "qmp")
        self._way.connect()
        self._wait_for_agent("ready", 400, "boot")

    def _cpus_option(self):
        if not self._machine.pluggable:
            return str(self.cpus)
        # A socket each: so all stand in the table that kernels without ACPI read.
        return f"{self.cpus},sockets={self._possible},maxcpus={self._possible}"

    def _stop(self):
        for connection in (self._qmp, self._agent, self._way):
            if connection:
                connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    # ---- waiting ---------------------------------------------------------

    def fail(self, message):
        raise GuestProblem(message, self.console.tail())

    def check(self):
        """Fails if the kernel has complained, or QEMU has ended."""
        if not self._expect_trouble:
            trouble = self.console.trouble()
            if trouble:
                time.sleep(1)  # let it finish what it has to say
                self.fail(f"the guest's kernel is not well: {trouble}")
            if self.console.panicked():
                self.fail("the guest's kernel has panicked, as was said before")
        if self._process.poll() is not None:
            log = (self._folder / "qemu.log").read_text(errors="replace").strip()
            self.fail(f"QEMU ended with status {self._process.returncode}: {log}")

    def _wait(self, ready, timeout, what):
        end = time.monotonic() + timeout
        while not ready():
            self.check()
            now = time.monotonic()
            if now > self._deadline:
                self.fail(f"{what}: the guest's {self._timeout} seconds are over")
            if now > end:
                self.fail(f"{what} takes more than {timeout} seconds")
            time.sleep(0.02)

    def _wait_for_agent(self, start, timeout, what):
        """The line of the agent that begins so."""
        def arrived():
            self._agent.settimeout(0.1)
            try:
                data = self._agent.recv(4096)
            except TimeoutError:
                return self._take_line(start)
            if not data:
                self.check()
                self.fail(f"{what}: the agent's line is closed")
            self._agent_input += data
            return self._take_line(start)

        self._line = None
        self._wait(arrived, timeout, what)
        return self._line

    def _take_line(self, start):
        while b"\n" in self._agent_input:
            line, _, self._agent_input = self._agent_input.partition(b"\n")
            line = line.decode(errors="replace").strip()
            if line == start or line.startswith(start + " "):
                self._line = line
                return True
        return False

    # ---- work ------------------------------------------------------------

    def _send(self, command):
        self._commands += 1
        (self.share / f".agent/{self._commands}.cmd").write_text(command + "\n")
        self._agent.sendall(b"%d\n" % self._commands)
        self._way.send()
        return str(self._commands)

    def run(self, command, timeout=300, check=True):
        """Runs a shell command; check: a status other than 0 is a failure."""
        number = self._send(command)
        line = self._wait_for_agent(number, timeout, f"'{command}'")
        self.check()
        answer = line.split()[1:]
        self._way.receive(answer)
        output = (self.share / f".agent/{number}.out").read_bytes().decode(errors="replace")
        result = Result(output, int(answer[0]))
        if check and result.rc != 0:
            self.fail(f"'{command}' in the guest: exit status {result.rc}\n{output[-3000:]}")
        return result

    def put(self, host_path, name=None):
        """Copies a file into the shared folder; returns its path in the guest."""
        name = name or pathlib.Path(host_path).name
        shutil.copy(host_path, self.share / name)
        return f"/share/{name}"

    def get(self, name, host_path):
        """Copies a file that the guest has put into /share."""
        shutil.copy(self.share / name, host_path)

    def ramdisk(self, files):
        """Of this guest's kernel, or of a second one that it is to start: the agent is its init."""
        modules = self._boot_modules
        if modules is None:
            # For the shared folder, and for the note with VMCOREINFO in QEMU's dumps.
            modules = [*self._way.boot_modules, *filter(self.kernel.has, ("qemu_fw_cfg",))]
        return initramfs.build(self.kernel.modules(modules), files)

    def load_recorder(self, entries=None, parameters="", loader="insmod"):
        """Loads ctr_mod and kstrax_buf; entries None: their default; parameters: more of kstrax_buf."""
        if entries is not None:
            parameters += f" entries={entries}"
        ctr_mod, kstrax_buf = (self.put(path) for path in recorder_modules(self.kernel.release))
        self.run(f"{loader} {ctr_mod} && {loader} {kstrax_buf} {parameters}")

    def plug_cpu(self):
        """A further CPU; the guest's kernel switches it on, or its administrator does."""
        free = [place for place in self._qmp.command("query-hotpluggable-cpus") if "qom-path" not in place]
        place = min(free, key=lambda place: place["props"]["socket-id"])
        self._qmp.command("device_add", driver=place["type"], **place["props"])

    # ---- the end -----------------------------------------------------------

    def panic(self, trigger="echo c > /proc/sysrq-trigger", timeout=300):
        """Panics and freezes the guest: every dump is then of the same state."""
        self.run("sync")
        self._send(trigger)
        self._await_panic(timeout)

    def panic_by_nmi(self):
        """As by a server's button, for a kernel that is to panic then (kernel.unknown_nmi_panic)."""
        self._qmp.command("inject-nmi")
        self._await_panic(300)

    def _await_panic(self, timeout):
        expected, self._expect_trouble = self._expect_trouble, True
        self._wait(self.console.panicked, timeout, "the panic")
        self.console.forget()
        self._expect_trouble = expected
        self.freeze()

    def crash_into_capture_kernel(self, trigger="echo c > /proc/sysrq-trigger", timeout=600):
        """Panics into the kernel that was loaded for it; its init is the agent from then on."""
        self._die_into(trigger, timeout, "the capture kernel's boot")

    def panic_and_reboot(self, trigger="echo c > /proc/sysrq-trigger", timeout=600):
        """Panics; the same kernel boots again in the same memory, which the firmware leaves as it is."""
        if not self._reboots:
            raise ValueError("this guest ends with its panic")
        self._die_into(trigger, timeout, "the boot after the panic")

    def _die_into(self, trigger, timeout, what):
        self.run("sync")
        self._send(trigger)
        expected, self._expect_trouble = self._expect_trouble, True
        self._wait_for_agent("ready", timeout, what)
        self.console.forget()
        self._expect_trouble = expected

    def processor_ns(self):
        """Time of the host's processors that the guest's have taken; waiting is not in it."""
        threads = [cpu["thread-id"] for cpu in self._qmp.command("query-cpus-fast")]
        return sum(int(pathlib.Path(f"/proc/{self._process.pid}/task/{thread}/schedstat").read_text().split()[0])
                   for thread in threads)

    def freeze(self):
        self._qmp.command("stop")

    def thaw(self):
        """After freeze: it goes on as if nothing had been."""
        self._qmp.command("cont")

    def dump(self, path, format="elf"):
        """QEMU's own dump; format: elf, kdump-zlib (flattened)."""
        self._qmp.command("dump-guest-memory", timeout=300, paging=False,
                          protocol=f"file:{self._output(path)}", format=format)
        pathlib.Path(path).chmod(0o644)

    def raw_memory(self, path):
        """The guest's RAM as it is: offset = physical address."""
        if self.memory > 3072:
            raise ValueError("above 3 GiB, memory is not one piece")
        start, size, path = self._machine.memory_at, self.memory << 20, self._output(path)
        part = path.with_name(path.name + ".part") if start else path
        self._qmp.command("pmemsave", timeout=300, val=start, size=size, filename=str(part))
        if start:
            # Before it, a hole.
            with part.open("rb") as memory, path.open("wb") as image:
                image.seek(start)
                shutil.copyfileobj(memory, image, 1 << 20)
            part.unlink()

    @staticmethod
    def _output(path):
        """QEMU's dumps are not writable by their owner: an older one must go first."""
        path = pathlib.Path(path).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path
