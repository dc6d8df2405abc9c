#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""paths_test.py OBJDUMP PATHS_O: runs the code of paths.S.

No IA-64 machine is at hand, so this steps through the disassembly: the few
instructions that paths.S is made of, with the register stack, NaTs and the
procedure calling standard. The C functions and the handler are played by the
test, and clobber all that a callee may.
"""

import re
import subprocess
import sys
import unittest

NAT = "NaT"
SCRATCH = [f"r{n}" for n in (2, 3, *range(8, 12), *range(14, 32))]
KERNEL_GP, MODULE_GP = 0xA000000100C00000, 0xA000000200300000
HANDLER, BACK = 0xA000000100100000, 0xA00000010000C360
C_CODE = {"kstrax_stub_enter": 0xC0DE00, "kstrax_stub_exit": 0xC0DE40}
DESCRIPTORS = {"kstrax_stub_enter": 0xD000, "kstrax_stub_exit": 0xD010}
REGS = 0xE000000001007E70  # pt_regs; the kernel calls handlers with sp 16 below
SP = REGS - 16
ARGS, RP = REGS - 208 + 112, REGS - 208 + 176  # stub_frame.h


def disassemble(objdump, path):
    """Address of each slot (bundle + 0, 1, 2) -> text; names -> address."""
    code, names, slot = {}, {}, None
    for line in subprocess.run([objdump, "-dr", path], check=True, text=True, capture_output=True).stdout.splitlines():
        if label := re.match(r"([0-9a-f]+) <(\w+)>:", line):
            names[label[2]] = int(label[1], 16)
        elif reloc := re.match(r"\s+([0-9a-f]+): FPTR64I\s+(\w+)", line):
            code[int(reloc[1], 16)] = f"movl {reloc[2]}"
        elif insn := re.match(r"\s+([0-9a-f]+):\t(?:[0-9a-f]{2} )+\s*\t?(?:\[\w+\])?\s*(.*)", line):
            address = int(insn[1], 16)
            slot = address & ~15 | {0: 0, 6: 1, 12: 2}[address & 15]
            text = insn[2].removesuffix(";;").strip()
            if text.startswith("movl"):  # the relocation, printed before it, names the value
                code[slot] = text.split("=")[0] + "=" + code[slot].removeprefix("movl ")
            elif text:
                code[slot] = text
    return code, names


class Machine:
    def __init__(self, code):
        self.code = code
        self.static = {f"r{n}": 0 for n in range(1, 32)} | {"r12": SP, "r1": KERNEL_GP}
        self.stacked = {}  # by number in the register file
        self.base, self.sof, self.sol = 100, 20, 15  # the user's frame: 15 locals, 5 outputs
        self.pfs = (0, 0)
        self.branch = {}
        self.predicates = {"p0": True}
        self.floats = {f"f{n}": f"user's f{n}" for n in range(6, 12)}
        self.memory = {}
        for name, at in DESCRIPTORS.items():
            self.memory[at], self.memory[at + 8] = C_CODE[name], MODULE_GP

    def get(self, reg):
        if reg == "r0":
            return 0
        if (number := int(reg[1:])) < 32:
            return self.static[reg]
        return self.stacked.get(self.base + number - 32, NAT)

    def set(self, reg, value):
        if (number := int(reg[1:])) < 32:
            self.static[reg] = value
            return
        assert number - 32 < self.sof, f"{reg} is beyond the frame"
        self.stacked[self.base + number - 32] = value

    def call(self):
        self.pfs = (self.sof, self.sol)
        self.base, self.sof, self.sol = self.base + self.sol, self.sof - self.sol, 0

    def ret(self):
        self.sof, self.sol = self.pfs
        self.base -= self.sol

    def clobber(self, keep=()):
        for reg in SCRATCH:
            if reg not in keep:
                self.static[reg] = "clobbered"
        self.static["r1"] = "clobbered"
        self.predicates |= {f"p{n}": n % 2 == 0 for n in range(6, 16)}
        self.floats |= {name: "clobbered" for name in self.floats}
        self.branch |= {"b6": "clobbered", "b7": "clobbered"}
        self.memory |= {self.static["r12"] + n: "clobbered" for n in range(-256, 16, 8)}

    def store(self, address, value):
        assert value != NAT, "a NaT was stored: fault"
        assert address % 8 == 0 and self.static["r12"] <= address < SP, f"stored at {address:#x}"
        self.memory[address] = value

    def run(self, at, stops):
        """Until a branch goes to an address in stops, which is returned; callees are functions of it."""
        for _ in range(1000):
            to = self.step(self.code.get(at, "nop"), at)
            if to in stops:
                return to
            if to in C_CODE.values():
                to = self.callee(to)
            at = to if to is not None else at + 1 if at & 3 < 2 else (at | 15) + 1
        raise AssertionError("runs for ever")

    def step(self, text, at):
        predicate, text = re.match(r"(?:\((p\d+)\) )?(.*)", text).groups()
        if not self.predicates[f"p{int(predicate[1:])}" if predicate else "p0"] or text.startswith("nop"):
            return None
        for form, act in FORMS:
            if match := re.fullmatch(form, text):
                return act(self, at, *match.groups())
        raise AssertionError(f"unknown instruction: {text}")


def alloc(m, at, reg, sof, sol):
    saved = m.pfs
    m.sof, m.sol = int(sof), int(sol)
    m.set(reg, saved)


def load(m, at, reg, address, step):
    value = m.memory[m.get(address)]
    if step:
        m.set(address, m.get(address) + int(step))
    m.set(reg, value)


def store(m, at, address, reg, step):
    m.store(m.get(address), m.get(reg))
    if step:
        m.set(address, m.get(address) + int(step))


def spill(m, at, address, reg, step):
    assert m.get(address) % 16 == 0
    m.store(m.get(address), m.floats[reg])
    if step:
        m.set(address, m.get(address) + int(step))


def fill(m, at, reg, address, step):
    m.floats[reg] = m.memory[m.get(address)]
    if step:
        m.set(address, m.get(address) + int(step))


def tnat(m, at, zero, nonzero, reg):
    is_nat = m.get(reg) == NAT
    m.predicates |= {zero: not is_nat, nonzero: is_nat, "p0": True}


def call(m, at, link, to):
    m.branch[link] = (at | 15) + 1
    m.call()
    return m.branch[to] if to.startswith("b") else int(to.split()[0], 16)


def ret(m, at, reg):
    m.ret()
    return m.branch[reg]


R, B = r"(r\d+)", r"(b\d)"
FORMS = [
    (rf"alloc {R}=ar\.pfs,(\d+),(\d+),0", alloc),
    (rf"adds? {R}=(-?\d+),{R}", lambda m, at, to, n, reg: m.set(to, m.get(reg) + int(n))),
    (rf"mov {R}=(-?\d+)", lambda m, at, to, n: m.set(to, int(n))),
    (rf"mov {R}={R}", lambda m, at, to, reg: m.set(to, m.get(reg))),
    (rf"mov {R}={B}", lambda m, at, to, reg: m.set(to, m.branch[reg])),
    (rf"mov {B}={R}", lambda m, at, to, reg: m.branch.update({to: m.get(reg)})),
    (rf"mov\.i ar\.pfs={R}", lambda m, at, reg: setattr(m, "pfs", m.get(reg))),
    (rf"movl {R}=(\w+)", lambda m, at, to, name: m.set(to, DESCRIPTORS[name])),
    (rf"tnat\.z (p\d+),(p\d+)={R}", tnat),
    (rf"ld8 {R}=\[{R}\](?:,(\d+))?", load),
    (rf"st8 \[{R}\]={R}(?:,(\d+))?", store),
    (rf"stf\.spill \[{R}\]=(f\d+)(?:,(\d+))?", spill),
    (rf"ldf\.fill (f\d+)=\[{R}\](?:,(\d+))?", fill),
    (rf"br\.call\.sptk\.many {B}=(.*)", call),
    (rf"br\.many {B}", lambda m, at, reg: m.branch[reg]),
    (rf"br\.ret\.sptk\.many {B}", ret),
]


class Paths(unittest.TestCase):
    def setUp(self):
        code, self.names = disassemble(*COMMAND_LINE)
        self.m = m = Machine(code)
        m.stacked |= {100 + 15 + i: 0xA0 + i for i in range(5)}
        m.stacked[100 + 15 + 1] = NAT  # the user's second argument
        m.branch["b0"] = BACK
        self.seen = []
        self.answer = HANDLER

        def callee(address):
            self.assertEqual(m.static["r1"], MODULE_GP)
            self.assertEqual(m.static["r12"], SP - 192)
            outs = [m.get(f"r{32 + n}") for n in range(m.sof)]
            self.seen.append((address, outs, [m.memory[ARGS + 8 * n] for n in range(8)], m.memory.get(RP)))
            if address == C_CODE["kstrax_stub_enter"]:
                m.memory[RP] = self.names[self.way]
            m.clobber()
            m.static["r8"] = self.answer
            m.ret()
            return m.branch["b0"]

        m.callee = callee
        self.way = "kstrax_stub_return_0"

    def enter(self):
        m = self.m
        m.call()  # by the break vector, from the user's frame
        frame = m.base, m.pfs
        self.assertEqual(m.run(self.names["kstrax_stub_entry"], [HANDLER]), HANDLER)
        self.assertEqual((m.base, m.pfs), frame)
        self.assertEqual((m.static["r12"], m.static["r1"]), (SP, KERNEL_GP))
        self.assertEqual(m.branch["b0"], self.names[self.way])

    def leave(self, result, **saved):
        m = self.m
        for name, value in saved.items():
            setattr(m, name, value)
        m.clobber()
        m.static |= {"r8": result, "r1": KERNEL_GP}
        m.ret()
        frame = m.base, m.sof, m.sol
        self.answer = BACK
        self.assertEqual(m.run(m.branch["b0"], [BACK]), BACK)
        self.assertEqual((m.base, m.sof, m.sol), frame)
        self.assertEqual((m.static["r8"], m.static["r12"], m.static["r1"]), (result, SP, KERNEL_GP))

    def test_handler_finds_all_as_the_kernel_left_it(self):
        self.enter()
        self.assertEqual([self.m.get(f"r{32 + n}") for n in range(5)], [0xA0, -1, 0xA2, 0xA3, 0xA4])
        self.assertEqual(self.m.floats, {f"f{n}": f"user's f{n}" for n in range(6, 12)})

    def test_hook_sees_arguments_and_return_address(self):
        self.enter()
        address, outs, args, back = self.seen[0]
        self.assertEqual((address, outs[:1], back), (C_CODE["kstrax_stub_enter"], [REGS], BACK))
        self.assertEqual(args, [0xA0, -1, 0xA2, 0xA3, 0xA4, -1, -1, -1])

    def test_no_register_faults(self):
        self.m.stacked.clear()
        self.enter()
        self.assertEqual(self.seen[0][2], [-1] * 8)

    def test_call_returns_through_way_0(self):
        self.returns_through(0)

    def test_call_returns_through_way_1(self):
        self.returns_through(1)

    def returns_through(self, number):
        self.way = f"kstrax_stub_return_{number}"
        self.enter()
        self.leave(-2)
        address, outs, args, _ = self.seen[1]
        self.assertEqual((address, outs[:3]), (C_CODE["kstrax_stub_exit"], [REGS, -2, number]))
        self.assertEqual(args[:5], [0xA0, -1, 0xA2, 0xA3, 0xA4])

    def test_execve_returns_with_no_frame(self):
        self.enter()
        self.leave(0, pfs=(0, 0))

    def test_interpreter_notices_a_clobbered_register(self):
        entry = self.names["kstrax_stub_entry"]
        slot = next(s for s, text in self.m.code.items() if s >= entry and text == "mov r1=r42")
        self.m.code[slot] = "nop"
        with self.assertRaises(AssertionError):
            self.enter()


if __name__ == "__main__":
    COMMAND_LINE = sys.argv[1:3]
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Paths))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(bad != 0)
