"""A hand inside the machine: `agent/agent.c` starts before the box's own program, and does over a virtual serial line what no door of the box would.

    with Machine(disk, boot=inside.straight()) as machine:             # instead of card.straight()
        hand = inside.Hand(machine)
        hand.kill(9, "run")

The card's own archive stays as it is; the kernel unpacks a second one over it, whose /init is the agent and whose /pillarbox is the box. `ZIG` names the compiler, which the
build of the box needs anyway.
"""

import itertools
import os
import re
import shlex
import socket
import subprocess
import time
from pathlib import Path

import card

HERE = Path(__file__).resolve().parent
COUNT = itertools.count()


def initramfs():
    """The card's archive, and behind it one more."""
    both = card.work / "initramfs-with-agent"
    with card.once:
        if not both.exists():
            own = card.parts()[1]
            octets = subprocess.run(["zstd", "--quiet", "--decompress", "--stdout", str(own)], stdout=subprocess.PIPE, check=True).stdout
            agent = card.work / "agent"
            zig = shlex.split(os.environ.get("ZIG", "zig"))
            subprocess.run([*zig, "cc", "-target", "aarch64-linux-musl", "-static", "-O2", "-o", str(agent), str(HERE / "agent" / "agent.c")], check=True)
            first = own.read_bytes()
            more = entry("pillarbox", unpack(octets, "init"), 1) + entry("init", agent.read_bytes(), 2) + entry("TRAILER!!!", b"", 0)
            # A plain archive begins at a multiple of four.
            both.write_bytes(first + bytes(-len(first) % 4) + more)
    return both


def unpack(archive, name):
    at = 0
    while archive[at:at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * number:at + 14 + 8 * number], 16) for number in range(13)]
        length, name_length = fields[6], fields[11]
        begins = at + 110 + name_length
        begins += -begins % 4
        if archive[at + 110:at + 110 + name_length - 1].decode() == name:
            return archive[begins:begins + length]
        at = begins + length
        at += -at % 4
    raise AssertionError(f"there is no {name} in the archive")


def entry(name, octets, number):
    fields = [number, 0o100755, 0, 0, 1, 0, len(octets), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    head += bytes(-len(head) % 4)
    return head + octets + bytes(-len(octets) % 4)


def straight(line=""):
    """As `card.straight`, and the hand's line."""
    options = card.straight(line)
    options[options.index("-initrd") + 1] = str(initramfs())
    place = card.work / f"hand-{next(COUNT)}"
    return [*options, "-device", "virtio-serial-device", "-chardev", f"socket,id=hand,path={place},server=on,wait=off", "-device", "virtserialport,chardev=hand,name=hand"]


class Hand:
    def __init__(self, machine, seconds=120):
        self.machine, self.socket = machine, socket.socket(socket.AF_UNIX)
        place = re.search(r"id=hand,path=([^,]+)", " ".join(machine.command))[1]
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket.connect(place)
                break
            except OSError:
                assert time.monotonic() < end and machine.is_on(), "the machine has no line for the hand"
                time.sleep(0.1)
        self.socket.settimeout(seconds)
        self.stream = self.socket.makefile("rwb")

    def close(self):
        """The line takes one at a time: after a reset of the machine it is another one's."""
        self.stream.close()
        self.socket.close()

    def ask(self, order):
        self.stream.write(order.encode() + b"\n")
        self.stream.flush()
        length = int(self.stream.readline())
        return self.stream.read(length).decode(errors="replace")

    def kill(self, signal, who):
        assert self.ask(f"kill {signal} {who}") == "ok", f"{who} does not run"

    def read(self, path):
        return self.ask(f"read {path}")

    def pss(self, who="1"):
        """Memory that is its own, in KiB."""
        number = "1" if who == "1" else self.ask(f"find {who}")
        found = re.search(r"^Pss: +([0-9]+) kB", self.read(f"/proc/{number}/smaps_rollup"), re.M)
        return int(found[1])

    def until(self, who, seconds=60):
        """Waits for a child that runs; gives its number."""
        end = time.monotonic() + seconds
        while (number := self.ask(f"find {who}")) == "0":
            assert time.monotonic() < end, f"{who} does not run"
            time.sleep(0.1)
        return int(number)
