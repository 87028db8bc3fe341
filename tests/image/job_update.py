"""Updates by the page, through the image's own boot chain on virt: one that is good, one that does not start, one that finds no network, and the plug pulled while
one is written and while one is tried. After each of them one system runs by itself, the page says what became of it, and the mail is there.

The systems are the image's own; the bad ones have a few octets more at the end of their initramfs, which the kernel unpacks over what stands before. All are signed by a
key of this test, whose public half lies on the card's first partition, as an owner's would.

Not shown: a board's own U-Boot and watchdog; a system that hangs with nothing to reset it, which waits for the plug (that is the cut during the trial).
"""

import base64
import hashlib
import os
import re
import struct
import sys
import time
import zlib
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import card
from job_boot import HEAD, SECTOR, SLOTS, STARTS
from job_story import PASSWORD, TimeServer, letters_by_pop3, receive, subjects_by_imap
from person import Phone, claim
from vm import BOARDS, Machine

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients"))
from world import eventually  # noqa: E402

PAGE = "/household/update"
# A trial has deadlines of its own; an emulated machine takes its time.
TRIAL = 240


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
    settings = "[setup]\nalways = true\n\n[clock]\nservers = [\"10.0.2.2\"]\n\n" + BOARDS["virt"].settings
    disk = card.make("update", settings)
    card.put(disk, "update.pub", maker.public())
    good = system(disk)
    start = {"boot": card.FROM_THE_CARD, "net": "restrict=off"}
    with TimeServer():
        with Machine(disk, **start) as machine:
            machine.says("imap")
            phone = Phone(machine)
            ann = claim(phone)
            receive(machine, ann, "before the update")
            refused = phone.upload(phone.go(PAGE), "file", Maker().update("0.2.0", good))
            assert "signed by somebody else" in refused.text, refused.text
            tried(machine, phone, maker.update("0.1.1", good), "b")
            phone = back(machine)
            runs(phone, "B", "brought version 0.1.1")
            assert subjects_by_imap(machine, ann) == ["before the update"]
            print("  a good update runs")

            page = bring(phone, maker.update("0.2.0", and_files(good, {"init": b"nothing that runs"})))
            phone.press(page, "/install")
            eventually(lambda: "writes the new system" in phone.go(PAGE).text, "it is being written", seconds=60)
            machine.cut()
        with Machine(disk, **start) as machine:
            machine.says("imap")
            phone = signed_in(machine)
            page = phone.go(PAGE)
            assert "from slot B" in page.text and "given up" not in page.text, page.text
            assert "Version 0.2.0 is here" in page.text, page.text
            print("  the plug pulled while one was written: nothing has changed, and the file waits")
            phone.press(page, "/install")
            passes(machine, "a")
            phone = back(machine)
            runs(phone, "B", "version 0.2.0 was given up: it did not start")
            print("  one that does not start is given up")

            tried(machine, phone, maker.update("0.3.0", and_files(good, {"modules.list": b""})), "a")
            phone = back(machine)
            runs(phone, "B", "version 0.3.0 was given up")
            receive(machine, ann, "after three updates")
            print("  one without modules is given up")

            page = bring(phone, maker.update("0.4.0", good))
            phone.press(page, "/install")
            passes(machine, "a")
            machine.cut()
        with Machine(disk, **start) as machine:
            machine.says("imap")
            runs(signed_in(machine), "B", "version 0.4.0 was given up")
            assert sorted(subjects_by_imap(machine, ann)) == ["after three updates", "before the update"]
            assert letters_by_pop3(machine, ann) == 2
            print("  the plug pulled during the trial: the old one runs")


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
    machine.hears(r"pillarbox: starting slot [ab] pillarbox\.trial=1", seconds=TRIAL, times=machine.trials)
    last = re.findall(STARTS, machine.console())[-1]
    assert last == (slot, "trial"), f"started {last}, expected {slot} on trial"


def back(machine):
    """A page again, from whichever system runs after the trial."""
    time.sleep(5)
    return eventually(lambda: not_on_trial(machine), "the page is there after the trial", seconds=TRIAL)


def not_on_trial(machine):
    try:
        phone = signed_in(machine)
        text = phone.go(PAGE).text
    except OSError:
        return None
    return None if "being tried" in text else phone


def signed_in(machine):
    phone = Phone(machine)
    phone.fill(phone.go("/sign-in"), user="ann@pillarbox.local", password=PASSWORD)
    return phone


def runs(phone, slot, outcome):
    text = eventually(lambda: told(phone, outcome), f"the page says {outcome!r}", seconds=30)
    assert f"from slot {slot}" in text, text


def told(phone, outcome):
    text = phone.go(PAGE).text
    return text if outcome in text else None
