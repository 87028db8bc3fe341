"""Cards whose data partition is absent, empty, spoilt, full or locked, and a clock that knows no year: the box starts, once, and says what is the matter."""

import re
import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import card
from job_story import letters_by_pop3, receive, subjects_by_imap
from person import Phone, claim
from vm import BOARDS, STARTED, Machine

# The fourth entry of the MBR.
ENTRY = 446 + 3 * 16
SUPERBLOCK = card.DATA_AT + 1024
# Of a full partition so much is free, octets; and a letter that does not fit in there. (A small one goes into pages of the store that are free.)
LEFT = 128 * 1024
LARGE = "0123456789abcdef" * 4 + "\r\n"
LARGE *= 2_000_000 // len(LARGE)


def run():
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(rescue, *one)
            for one in (
                ("absent", absent, "there is no data partition"),
                ("empty", empty, "the data partition is empty"),
                ("corrupt", corrupt, "no file system that is known"),
                ("read-only", None, "cannot be mounted"),
            )
        ]
        jobs += [pool.submit(full), pool.submit(in_1970)]
        for job in jobs:
            job.result()


def rescue(name, spoil, sentence):
    disk = card.make(f"data-{name}", size=256 * card.MIB)
    before, drive = None, ()
    if spoil:
        spoil(disk)
        before = data_of(disk)
    else:
        drive = ["-drive", f"if=none,id=card,format=raw,file={disk},readonly=on", "-device", "virtio-blk-device,drive=card"]
    with Machine(disk, boot=card.straight(), drive=drive, watchdog=True) as machine:
        machine.hears(sentence)
        page = http(machine)
        assert page.startswith(b"HTTP/1.1 200"), page[:300]
        assert not greets(machine, "smtp"), "a box without a data partition takes no mail"
        # Longer than process 1 would need to come round again.
        time.sleep(5)
        assert len(re.findall(STARTED, machine.console())) == 1, "it starts again and again"
    assert before is None or data_of(disk) == before, "nothing may be written to what could hold mail"
    print(f"  {name}: the page is there, and nothing else was touched", flush=True)


def full():
    """What is there can be read; what comes is not taken now, and is not lost: its sender tries again. With room it is taken."""
    disk = card.make("data-full", BOARDS["virt"].settings, size=256 * card.MIB)
    with Machine(disk, boot=card.straight()) as machine:
        machine.says("smtp")
        ann = claim(Phone(machine), domain="letters.example")
        receive(machine, ann, "before")
        machine.shut()
    fill(disk)
    with Machine(disk, boot=card.straight()) as machine:
        machine.says("smtp")
        try:
            receive(machine, ann, "while it is full", LARGE)
            raise AssertionError("a full card took a letter")
        except smtplib.SMTPResponseException as error:
            assert 400 <= error.smtp_code < 500, error
        except smtplib.SMTPRecipientsRefused as error:
            assert all(400 <= code < 500 for code, _ in error.recipients.values()), error
        assert subjects_by_imap(machine, ann) == ["before"]
        assert letters_by_pop3(machine, ann) == 1
        assert len(re.findall(STARTED, machine.console())) == 1
    print("  full: what is there is read, what comes is put off", flush=True)


def in_1970():
    """A clock that knows no year: mail comes and is read, and the box says that its clock is not set."""
    with Machine(card.make("data-1970"), boot=card.straight(), clock="1970-01-01T00:00:10") as machine:
        print(f"  1970: the door greets {machine.says('smtp'):.1f} s after power-on", flush=True)
        machine.hears("the clock is not set", 20)
        ann = claim(Phone(machine), domain="letters.example")
        receive(machine, ann, "from another time")
        assert subjects_by_imap(machine, ann) == ["from another time"]


def absent(disk):
    write(disk, ENTRY, bytes(16))


def empty(disk):
    write(disk, card.DATA_AT, bytes(64 * card.MIB))


def corrupt(disk):
    write(disk, SUPERBLOCK, b"\xa5" * 1024)


def fill(disk):
    """Everything that is free is taken, but for a little."""
    free = int(re.search(r"Free blocks: +([0-9]+)", card.on_data(disk, "show_super_stats -h"))[1]) * 4096
    filler = card.work / "filler"
    filler.write_bytes(b"x" * (free - LEFT))
    card.on_data(disk, f"write {filler} filler")
    card.on_data(disk, "stat filler")


def write(disk, at, octets):
    with open(disk, "r+b") as file:
        file.seek(at)
        file.write(octets)


def data_of(disk):
    with open(disk, "rb") as file:
        file.seek(card.DATA_AT)
        return file.read(64 * card.MIB)


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
