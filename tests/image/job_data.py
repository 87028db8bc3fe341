"""Cards whose data partition is absent, empty, spoilt, full or locked, and a clock that knows no year: the box starts, once, and says what is the matter."""

import re
import socket
import subprocess
import time

import card
import inside
from vm import Machine

MIB = 1024 * 1024
DATA_AT = 192 * MIB
# The fourth entry of the MBR.
ENTRY = 446 + 3 * 16
SUPERBLOCK = DATA_AT + 1024
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"


def run():
    for name, spoil, options, sentence in (
        ("absent", absent, {}, "there is no data partition"),
        ("empty", empty, {}, "the data partition is empty"),
        ("corrupt", corrupt, {}, "no file system that is known"),
        ("read-only", None, {"read_only": True}, "cannot be mounted"),
    ):
        rescue(name, spoil, sentence, **options)
    full()
    in_1970()


def rescue(name, spoil, sentence, read_only=False):
    disk = card.make(f"data-{name}", size=256 * MIB)
    before = None
    if spoil:
        spoil(disk)
        before = data_of(disk)
    drive = ["-drive", f"if=none,id=card,format=raw,file={disk},readonly=on", "-device", "virtio-blk-device,drive=card"] if read_only else ()
    with Machine(disk, boot=inside.from_the_kernel(agent=False), drive=drive, watchdog=True) as machine:
        machine.hears(sentence)
        page = http(machine)
        assert page.startswith(b"HTTP/1.1 200"), page[:300]
        assert not greets(machine, "smtp"), "a box without a data partition takes no mail"
        time.sleep(5)
        assert machine.console().count("kernel modules") == 1, "it starts again and again"
    assert before is None or data_of(disk) == before, "nothing may be written to what could hold mail"
    print(f"  {name}: the page is there, and nothing else was touched")


def full():
    disk = card.make("data-full", size=256 * MIB)
    with Machine(disk, boot=inside.from_the_kernel(agent=False)) as machine:
        machine.says("smtp")
        time.sleep(3)
    fill(disk)
    with Machine(disk, boot=inside.from_the_kernel(agent=False)) as machine:
        machine.says("smtp")
        machine.says("imap")
        assert machine.console().count("kernel modules") == 1
    print("  full: the doors greet")


def in_1970():
    with Machine(card.make("data-1970"), boot=inside.from_the_kernel(agent=False), clock="1970-01-01T00:00:10") as machine:
        print(f"  1970: the door greets {machine.says('smtp'):.1f} s after power-on")


def absent(disk):
    write(disk, ENTRY, bytes(16))


def empty(disk):
    write(disk, DATA_AT, bytes(64 * MIB))


def corrupt(disk):
    write(disk, SUPERBLOCK, b"\xa5" * 1024)


def fill(disk):
    """Everything that is free is taken; the journal is replayed first, as a start would."""
    part = card.work / "part"
    part.write_bytes(data_of(disk))
    tool = {"env": {"PATH": PATH}, "check": False, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    subprocess.run(["e2fsck", "-fy", str(part)], **tool)
    told = subprocess.run(["dumpe2fs", "-h", str(part)], **tool).stdout.decode()
    free = int(re.search(r"Free blocks: +([0-9]+)", told)[1]) * 4096
    filler = card.work / "filler"
    filler.write_bytes(b"x" * (free - 32 * 4096))
    subprocess.run(["debugfs", "-w", "-R", f"write {filler} filler", str(part)], **tool)
    write(disk, DATA_AT, part.read_bytes())


def write(disk, at, octets):
    with open(disk, "r+b") as file:
        file.seek(at)
        file.write(octets)


def data_of(disk):
    with open(disk, "rb") as file:
        file.seek(DATA_AT)
        return file.read(64 * MIB)


def http(machine, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", machine.ports["http"]), 5) as s:
                s.settimeout(10)
                s.sendall(b"GET / HTTP/1.1\r\nHost: pillarbox.local\r\nConnection: close\r\n\r\n")
                answer = b""
                while more := s.recv(65536):
                    answer += more
                if answer:
                    return answer
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError("no page")


def greets(machine, door):
    try:
        with socket.create_connection(("127.0.0.1", machine.ports[door]), 5) as s:
            s.settimeout(5)
            return bool(s.recv(100))
    except OSError:
        return False
