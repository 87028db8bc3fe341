#!/usr/bin/env python3
"""The static files for the boards: no larger than firmware/sizes.toml says, nothing to resolve at start, crash addresses that lead to a
line, and a day's work done on each kind of processor: letters sent by SMTP, stored, read by IMAP and POP3, the box ended, the store checked.

    BOXES=target/boxes tests/static/run.py             all four
    BOXES=target/boxes tests/static/run.py pi64 pc     only these

qemu-user plays the oldest processor of each kind of board, and stops at an instruction that it does not have. Its kernel is this machine's:
how the program gets on with a board's kernel is for tests/image.
"""

import os
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from pathlib import Path

import elf

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))
import box
import job_python

BOXES = Path(os.environ.get("BOXES", ROOT / "target/boxes"))
# Target, the word in its ELF header, and who plays its processor: a Zero 2 W and 3, a Pi 2, a Pi 1 and Zero; a PC is this machine itself.
TARGETS = {
    "pi64": ("aarch64-unknown-linux-musl", "aarch64", ["qemu-aarch64-static", "-cpu", "cortex-a53"]),
    "pi2": ("armv7-unknown-linux-musleabihf", "arm", ["qemu-arm-static", "-cpu", "cortex-a7"]),
    "pi32": ("arm-unknown-linux-musleabihf", "arm", ["qemu-arm-static", "-cpu", "arm1176"]),
    "pc": ("x86_64-unknown-linux-musl", "x86_64", []),
}
# `return 0`, by what executes it.
RETURN_0 = {"aarch64": "00008052c0035fd6", "arm": "0000a0e31eff2fe1", "thumb": "00207047"}
# A core that is shared, and ten instructions for one.
box.START_SECONDS = 120
box.STOP_SECONDS = 30


def main():
    names = sys.argv[1:] or TARGETS
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise SystemExit(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    failed = 0
    for name in names:
        begun = time.monotonic()
        try:
            said = "ok, " + try_one(name)
        except BaseException:
            failed += 1
            said = "FAILED"
            traceback.print_exc()
        print(f"static {name:<5} {said} ({time.monotonic() - begun:.1f} s)", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


def try_one(name):
    target, machine, player = TARGETS[name]
    program = elf.Elf(BOXES / f"pillarbox-{target}")
    symbols = elf.Elf(BOXES / f"pillarbox-{target}.debug")
    size = small_enough(name, program)
    needs_nobody(program, machine)
    addresses_lead_to_lines(program, symbols)
    with tempfile.TemporaryDirectory(prefix="pillarbox-static-") as folder:
        os.environ["PILLARBOX"] = str(playable(program, symbols, player, Path(folder)))
        with box.Box() as one:
            job_python.run(one)
            one.stop()
            one.check()
    return f"{size} octets"


def small_enough(name, program):
    bound = tomllib.loads((ROOT / "firmware/sizes.toml").read_text())["binary"][name]
    size = len(program.octets)
    assert size <= bound, f"{program.path.name} has grown to {size} octets; firmware/sizes.toml allows {bound}"
    return size


def needs_nobody(program, machine):
    assert program.machine == machine, f"{program.path} is for {program.machine}"
    assert program.kind == elf.EXEC, f"{program.path} is not at a fixed address (ELF type {program.kind})"
    for kind, what in ((elf.INTERP, "an interpreter"), (elf.DYNAMIC, "a dynamic section")):
        assert not program.of_kind(kind), f"{program.path} has {what}"
    for _, flags, *_ in program.of_kind(elf.GNU_STACK):
        assert not flags & 1, f"{program.path} has a stack that can be executed"
    for kind, flags, *_ in program.of_kind(elf.LOAD):
        assert flags & 3 != 3, f"{program.path} has memory that can be written and executed"


def addresses_lead_to_lines(program, symbols):
    """As for a report from a board: its build id finds the symbols, and each address a function and a line of ours."""
    assert program.build_id(), f"{program.path} has no build id"
    assert program.build_id() == symbols.build_id(), "the symbols belong to another build"
    ours = {n: a for n, a in symbols.functions().items() if "pillarbox" in n and "keep_panics_discreet" in n}
    assert ours, f"{symbols.path} does not know the function that reports faults"
    report = f"a fault (build {program.build_id()}) at" + "".join(f" {(address & ~1) + 9:#x}" for address in ours.values())
    said = subprocess.run([ROOT / "firmware/lines", symbols.path], input=report, capture_output=True, text=True, check=True).stdout
    assert "src/process.rs:" in said, f"{report}\n{said}"


def playable(program, symbols, player, folder):
    """What does as the program on this machine does. qemu-user has no get_robust_list, without which musl refuses LMDB its locks: in the copy
    that is played, the one function that asks for it says that all is well. The file that boards get is left as it is. And no sandbox: it is made of this
    machine's system calls and for one thread, and qemu has more of both; the PC's file runs in it, those of boards do in tests/image."""
    if not player:
        return program.path
    octets = bytearray(program.octets)
    address = symbols.functions()["pthread_mutexattr_setrobust"]
    dialect = "thumb" if address & 1 else program.machine
    patch = bytes.fromhex(RETURN_0[dialect])
    offset = program.offset(address & ~1)
    octets[offset : offset + len(patch)] = patch
    copy, script = folder / "pillarbox.copy", folder / "pillarbox"
    copy.write_bytes(octets)
    copy.chmod(0o755)
    script.write_text(f"""#!/bin/sh
for word; do
  shift
  [ "$word" = --sandbox ] || set -- "$@" "$word"
done
exec {" ".join(player)} {copy} "$@"
""")
    script.chmod(0o755)
    return script


main()
