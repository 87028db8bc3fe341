"""Updates by the page that must not stay, through the image's own boot chain on virt: one signed by somebody else, one that does not start, one that finds no card. After each
of them the old system runs by itself, the page says what became of it, and the mail is there. The update that is good, and the plug pulled at any moment of it: job_updatecut.py.

The systems are the image's own; the bad ones have a few octets more at the end of their initramfs, which the kernel unpacks over what stands before. All are signed by a
key of this test, whose public half lies on the card's first partition, as an owner's would.

Not shown: a board's own U-Boot and watchdog; a system that hangs with nothing to reset it, which waits for the plug (that is a cut during the trial).
"""

import base64
import gzip
import hashlib
import os
import re
import struct
import sys
import zlib
from http.client import HTTPException
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import card
from job_boot import HEAD, SECTOR, SLOTS, STARTS
from job_story import PASSWORD, letters_by_pop3, receive, subjects_by_imap
from person import Phone, claim
from vm import BOARDS, Machine

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients"))
from world import eventually  # noqa: E402

PAGE = "/household/update"
# A trial has deadlines of its own; an emulated machine takes its time.
TRIAL = 600
LIVES = "the server lives"
ALWAYS_OPEN = "[setup]\nalways = true\n\n"


class Maker:
    """Whose updates this card takes."""

    def __init__(self):
        self.key, self.number = Ed25519PrivateKey.generate(), os.urandom(8)

    def public(self):
        raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return base64.b64encode(b"Ed" + self.number + raw) + b"\n"

    def update(self, version, system):
        comment = f"pillarbox {version} pi64".encode()
        signature = self.key.sign(hashlib.blake2b(system).digest())
        lines = (
            b"untrusted comment: a test's",
            base64.b64encode(b"ED" + self.number + signature),
            b"trusted comment: " + comment,
            base64.b64encode(self.key.sign(signature + comment)),
            b"",
        )
        return b"\n".join(lines) + b"\n" + system


def run():
    maker = Maker()
    disk = card.make("update", ALWAYS_OPEN + BOARDS["virt"].settings, size=448 * card.MIB)
    card.put(disk, "update.pub", maker.public())
    good = small(system(disk))
    with Machine(disk, boot=card.FROM_THE_CARD) as machine:
        machine.says("imap")
        phone = Phone(machine)
        ann = claim(phone)
        receive(machine, ann, "before the updates")
        refused = phone.upload(phone.go(PAGE), "file", Maker().update("0.2.0", good))
        assert "signed by somebody else" in refused.text, refused.text
        print(f"  {machine.age():.0f} s: one that somebody else signed is refused", flush=True)

        tried(machine, phone, maker.update("0.2.0", and_files(good, {"init": b"nothing that runs"})), "b")
        phone = back(machine)
        runs(phone, "A", "version 0.2.0 was given up: it did not start")
        print(f"  {machine.age():.0f} s: one that does not start is given up", flush=True)

        tried(machine, phone, maker.update("0.3.0", and_files(good, {"modules.list": b""})), "b")
        phone = back(machine)
        runs(phone, "A", "version 0.3.0 was given up")
        print(f"  {machine.age():.0f} s: one without modules is given up", flush=True)
        receive(machine, ann, "after two updates")
        assert sorted(subjects_by_imap(machine, ann)) == ["after two updates", "before the updates"]
        assert letters_by_pop3(machine, ann) == 2


def small(system):
    """The same system with its kernel packed, if it is not: half as much to bring and to write."""
    form, kernel, sectors, initramfs, initramfs_sectors = struct.unpack("<5I", system[4:24])
    at = kernel * SECTOR
    head = bytearray(system[at : at + HEAD])
    if head[31]:
        return system
    length = struct.unpack(">I", head[12:16])[0]
    packed = gzip.compress(system[at + HEAD : at + HEAD + length], 3, mtime=0)
    head[4:8], head[12:16], head[24:28], head[31] = bytes(4), struct.pack(">I", len(packed)), struct.pack(">I", zlib.crc32(packed)), 1
    head[4:8] = struct.pack(">I", zlib.crc32(head))
    part = bytes(head) + packed
    place = kernel + -(-len(part) // 4096) * 8
    first = bytearray(system[:SECTOR])
    first[4:24] = struct.pack("<5I", form, kernel, -(-len(part) // SECTOR), place, initramfs_sectors)
    first[508:512] = struct.pack("<I", zlib.crc32(first[:508]))
    whole = bytes(first) + system[SECTOR:at] + part
    return whole.ljust(place * SECTOR, b"\0") + system[initramfs * SECTOR :]


def system(disk):
    """The system in slot A, as an update brings it."""
    with open(disk, "rb") as f:
        f.seek(SLOTS["a"])
        head = f.read(SECTOR)
        first = struct.unpack("<4I", head[8:24])
        f.seek(SLOTS["a"])
        return f.read(max(first[0] + first[1], first[2] + first[3]) * SECTOR)


def and_files(system, files):
    """The same system with these files over those of its initramfs."""
    form, kernel, kernel_sectors, initramfs, _ = struct.unpack("<5I", system[4:24])
    at = initramfs * SECTOR
    length = struct.unpack(">I", system[at + 12 : at + 16])[0]
    data = system[at + HEAD : at + HEAD + length]
    data = data.ljust(-(-len(data) // 4) * 4, b"\0") + archive(files)
    image = bytearray(system[at : at + HEAD])
    image[4:8] = bytes(4)
    image[12:16], image[24:28] = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(data))
    image[4:8] = struct.pack(">I", zlib.crc32(bytes(image)))
    part = bytes(image) + data
    sectors = -(-len(part) // SECTOR)
    head = bytearray(system[:SECTOR])
    head[4:24] = struct.pack("<5I", form, kernel, kernel_sectors, initramfs, sectors)
    head[508:512] = struct.pack("<I", zlib.crc32(bytes(head[:508])))
    return bytes(head) + system[SECTOR:at] + part.ljust(sectors * SECTOR, b"\0")


def archive(files):
    """cpio, "newc"."""
    out = b""
    for number, (name, octets) in enumerate([*files.items(), ("TRAILER!!!", b"")]):
        fields = (9000 + number, 0o100755 if octets else 0o100644, 0, 0, 1, 0, len(octets), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out = out.ljust(-(-len(out) // 4) * 4, b"\0") + octets
        out = out.ljust(-(-len(out) // 4) * 4, b"\0")
    return out


def bring(phone, file):
    page = phone.upload(phone.go(PAGE), "file", file)
    assert "its signature is right" in page.text, page.text
    return page


def tried(machine, phone, file, slot):
    """Brings it and has it installed; the boot chain starts it."""
    phone.press(bring(phone, file), "/install")
    passes(machine, slot)


def passes(machine, slot):
    """The boot chain starts this slot once more, on trial."""
    machine.trials = getattr(machine, "trials", 0) + 1
    machine.hears(r"pillarbox: starting slot [ab] pillarbox\.trial=1[^\n]*\n", seconds=TRIAL, times=machine.trials)
    last = re.findall(STARTS, machine.console())[-1]
    assert last == (slot, "trial"), f"started {last}, expected {slot} on trial"
    machine.lived = len(re.findall(LIVES, machine.console()))


def back(machine, lives=1, who="ann@pillarbox.local"):
    """A page again, from whichever system runs after the trial. `lives`: how many servers begin until then."""
    machine.hears(LIVES, seconds=TRIAL, times=machine.lived + lives)
    return eventually(lambda: not_on_trial(machine, who), "the page is there after the trial", seconds=TRIAL)


def not_on_trial(machine, who):
    try:
        phone = signed_in(machine, who)
        text = phone.go(PAGE).text
    except (OSError, HTTPException, AssertionError):
        # A server goes and another comes meanwhile.
        return None
    return None if "being tried" in text else phone


def signed_in(machine, who="ann@pillarbox.local"):
    phone = Phone(machine)
    phone.fill(phone.go("/sign-in"), user=who, password=PASSWORD)
    return phone


def runs(phone, slot, outcome):
    text = eventually(lambda: told(phone, outcome), f"the page says {outcome!r}", seconds=30)
    assert f"from slot {slot}" in text, text


def told(phone, outcome):
    text = phone.go(PAGE).text
    return text if outcome in text else None
