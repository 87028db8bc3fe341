"""What a cut of the power can leave of a disk: every write and flush of a machine recorded by QEMU (blklogwrites), states rebuilt from the record, each judged.

Two kinds of states. A *prefix*: all writes up to one came to the disk, in order, none after it. A *loss*: what was flushed before the cut is there; of what was
written since, each write came whole, in part (some of its sectors) or not at all. A disk may do both and nothing worse, as long as it keeps its word about flushes.

The control keeps that word no longer: the same losses over writes that had been flushed. The box cannot survive that with all its mail, so if the
judge found nothing missing there it would be blind, and the test fails.

What is promised is taken from outside: whenever the box said `250`, the record's length was noted. A cut behind that length must not lose the letter.
"""

import hashlib
import imaplib
import mmap
import os
import random
import re
import shutil
import smtplib
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients"))
from box import SERVICES, binary, free_ports  # noqa: E402

import card  # noqa: E402
from person import unverified  # noqa: E402

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4
SECTOR, PAGE = 512, 4096
# Of a write since the last flush: kept whole with this probability, in part with the next.
WHOLE, TORN = 0.5, 0.15
TOGETHER = 2
# More writes than a few letters make.
LETTERS_WRITES = 40


def logged(card, log):
    """QEMU's options for a drive whose writes are recorded in `log`."""
    Path(log).write_bytes(b"")
    return [
        "-blockdev", f"driver=file,filename={card},node-name=file", "-blockdev", "driver=raw,file=file,node-name=raw",
        "-blockdev", f"driver=file,filename={log},node-name=log",
        "-blockdev", f"driver=blklogwrites,file=raw,log=log,log-sector-size={SECTOR},node-name=logged",
        "-device", "virtio-blk-device,drive=logged",
    ]


class Entry:
    """A write, a flush or a discard. `end`: how long the record was when it stood in it."""

    __slots__ = ("offset", "length", "flags", "data", "end")

    def __init__(self, offset, length, flags, data, end):
        self.offset, self.length, self.flags, self.data, self.end = offset, length, flags, data, end


def read_log(path):
    """To its end: the count in its head is written late."""
    with open(path, "rb") as f:
        raw = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    magic, _, _, sector = struct.unpack_from("<QQQI", raw, 0)
    assert magic == MAGIC and sector == SECTOR, f"no record of writes: {magic:#x}, sectors of {sector}"
    at, entries = SECTOR, []
    while at + 32 <= len(raw):
        first, count, flags, _ = struct.unpack_from("<QQQQ", raw, at)
        if (first, count, flags) == (0, 0, 0):
            break
        at += SECTOR
        data = None
        if not flags & DISCARD and count:
            if at + count * SECTOR > len(raw):
                break
            data = memoryview(raw)[at : at + count * SECTOR]
            at += count * SECTOR
        entries.append(Entry(first * SECTOR, count * SECTOR, flags, data, at))
    return entries


class Disk:
    """A stretch of a disk as its pages that are not all zero: copies are cheap."""

    def __init__(self, start, length, pages=None):
        self.start, self.length, self.pages = start, length, pages if pages is not None else {}

    @staticmethod
    def of(card, start, length):
        disk, zero = Disk(start, length), bytes(PAGE)
        with open(card, "rb") as f:
            at = 0
            while at < length:
                # Holes are passed over.
                try:
                    at = os.lseek(f.fileno(), start + at, os.SEEK_DATA) - start
                except OSError:
                    break
                at -= at % PAGE
                if at >= length:
                    break
                f.seek(start + at)
                page = f.read(min(PAGE, length - at))
                if page != zero[: len(page)]:
                    disk.pages[at // PAGE] = page.ljust(PAGE, b"\0")
                at += PAGE
        return disk

    def copy(self):
        return Disk(self.start, self.length, dict(self.pages))

    def write(self, offset, data):
        offset -= self.start
        skip = max(0, -offset)
        data, offset = data[skip:], offset + skip
        data = data[: max(0, self.length - offset)]
        while len(data):
            page, within = divmod(offset, PAGE)
            part = data[: PAGE - within]
            if len(part) == PAGE:
                self.pages[page] = bytes(part)
            else:
                old = bytearray(self.pages.get(page, bytes(PAGE)))
                old[within : within + len(part)] = part
                self.pages[page] = bytes(old)
            data, offset = data[len(part) :], offset + len(part)

    def apply(self, entry):
        if entry.data is not None:
            self.write(entry.offset, entry.data)
        elif entry.flags & DISCARD and entry.length:
            self.write(entry.offset, memoryview(bytes(entry.length)))

    def lose(self, entries, chance):
        """Some of these writes come, some in part, some never. One that the guest wanted on the disk at once (FUA) was there before it went on."""
        for entry in entries:
            kind = 0 if entry.flags & FUA else chance.random()
            if kind < WHOLE:
                self.apply(entry)
            elif kind < WHOLE + TORN and entry.data is not None:
                for at in range(0, entry.length, SECTOR):
                    if chance.random() < 0.5:
                        self.write(entry.offset + at, entry.data[at : at + SECTOR])

    def read(self, at, length):
        nothing, at = bytes(PAGE), at - self.start
        pages = b"".join(self.pages.get(page, nothing) for page in range(at // PAGE, (at + length - 1) // PAGE + 1))
        return pages[at % PAGE :][:length]

    def rest(self, start):
        """What is behind `start`, which is a page's beginning."""
        before = (start - self.start) // PAGE
        return Disk(start, self.start + self.length - start, {page - before: octets for page, octets in self.pages.items() if page >= before})

    def save(self, path):
        with open(path, "wb") as f:
            f.truncate(self.length)
            for page, data in self.pages.items():
                f.seek(page * PAGE)
                f.write(data[: self.length - page * PAGE])


class State:
    def __init__(self, kind, cut, disk, promised):
        self.kind, self.cut, self.disk, self.promised = kind, cut, disk, promised


def states(base, entries, promises, cuts, losses, control=0, seed=1, at=()):
    """Rebuilds them in the order of their cuts. `promises`: (what, length of the record when it was promised). `at`: cuts that are wanted in both kinds besides."""
    chance = random.Random(seed)
    here = [i + 1 for i, e in enumerate(entries) if e.flags & (FLUSH | DISCARD) or e.data is not None]
    wanted = [(cut, "prefix") for cut in chance.sample(here, min(cuts, len(here)))]
    wanted += [(cut, "loss") for cut in chance.choices(here, k=losses)]
    wanted += [(cut, kind) for cut in at if cut for kind in ("prefix", "loss")]
    # Only where there is something to lose.
    late = [cut for cut in here if promises and entries[cut - 1].end >= promises[len(promises) // 2][1]]
    wanted += [(cut, "control") for cut in chance.choices([cut for cut in at if cut] or late or here, k=control)]
    written, durable, done, flushed = base.copy(), base.copy(), 0, 0
    for cut, kind in sorted(wanted):
        while done < cut:
            written.apply(entries[done])
            done += 1
            if entries[done - 1].flags & FLUSH:
                for entry in entries[flushed:done]:
                    durable.apply(entry)
                flushed = done
        end = entries[cut - 1].end
        promised = [what for what, length in promises if length <= end]
        if kind == "prefix":
            disk = written.copy()
        elif kind == "loss":
            disk = durable.copy()
            disk.lose(entries[flushed:cut], chance)
        else:
            # A disk that said "flushed" and kept everything since before the third letter before the cut in its memory: it forgets all of that, or some.
            recent = [length for _, length in promises if length <= end][-3:]
            since = next((i for i, e in enumerate(entries) if recent and e.end >= recent[0]), 0)
            since = max(0, since - LETTERS_WRITES)
            disk = base.copy()
            for entry in entries[:since]:
                disk.apply(entry)
            if chance.random() < 0.6:
                disk.lose([Entry(e.offset, e.length, e.flags & ~FUA, e.data, e.end) for e in entries[since:cut]], chance)
        yield State(kind, cut, disk, promised)


# The mail.


def letter(number, sender):
    """The same for the same number, of 200 octets to 60 KB."""
    size = 200 + number * 7919 % (60_000 if number % 5 == 0 else 4000)
    line = hashlib.sha256(str(number).encode()).hexdigest()
    body = "".join(f"{n:06} {line}\r\n" for n in range(size // 73 + 1))
    return f"From: {sender}\r\nSubject: letter {number}\r\nX-Number: {number}\r\n\r\n{body}"


def storm(port, to, log, letters, senders=3):
    """Several senders at once; what the box said 250 to, each with the record's length at that moment, in the order of those lengths."""
    promises, numbers, trouble = [], iter(range(1, letters + 1)), []
    lock = threading.Lock()

    def send():
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=120) as line:
                while True:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    line.sendmail("bob@far.test", [to], letter(number, "bob@far.test"))
                    # Behind the answer: what made it durable stands before this.
                    length = os.path.getsize(log)
                    with lock:
                        promises.append((number, length))
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise trouble[0]
    return sorted(promises, key=lambda promise: promise[1])


# The judge.


class Judge:
    """Repairs as a start does, checks the store, reads every letter by IMAP."""

    def __init__(self, person, password, sender="bob@far.test"):
        self.person, self.password, self.sender = person, password, sender
        # Those of boxes that have ended; as many as work at a time.
        self.idle_ports = []

    def of(self, state):
        """`None`, or what is wrong."""
        folder = Path(tempfile.mkdtemp(prefix="pillarbox-cut-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        try:
            return self.look(state, folder)
        except subprocess.TimeoutExpired as error:
            return f"{error.cmd[0]} does not end"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def look(self, state, folder):
        disk, data = folder / "disk", folder / "pillarbox"
        state.disk.save(disk)
        wrong = mend(disk)
        if wrong:
            return wrong
        tool("debugfs", "-R", f"rdump /pillarbox {folder}", disk)
        disk.unlink()
        if not (data / "data.mdb").exists():
            return f"the store is gone, with {len(state.promised)} letters" if state.promised else None
        done = subprocess.run([binary(), "check", "--data", data], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            return f"check ends with {done.returncode}: {(done.stdout + done.stderr)[-400:]}"
        there = self.read(folder, data)
        if isinstance(there, str):
            return there
        missing = set(state.promised) - set(there)
        if missing:
            return f"{len(missing)} of {len(state.promised)} letters are lost: {sorted(missing)[:5]}"
        return None

    def read(self, folder, data):
        """The numbers of the letters there, each once and whole; or what is wrong with them."""
        try:
            ports = self.idle_ports.pop()
        except IndexError:
            ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
        try:
            return self.read_at(ports, folder, data)
        finally:
            self.idle_ports.append(ports)

    def read_at(self, ports, folder, data):
        listen = "".join(f'{service} = ["127.0.0.1:{port}"]\n' for service, port in ports.items())
        (folder / "settings").mkdir()
        config = folder / "settings" / "pillarbox.toml"
        config.write_text(f'hostname = "mail.letters.example"\ndomains = ["letters.example"]\nsetup.mdns = false\n[listen]\n{listen}')
        with open(folder / "log", "wb") as said:
            box = subprocess.Popen([binary(), "run", "--data", data, "--config", config], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            line = within(60, lambda: box.poll() is None, lambda: imaplib.IMAP4("127.0.0.1", ports["imap"], timeout=60))
            if line is None:
                return f"the box does not start: {(folder / 'log').read_text(errors='replace')[-400:]}"
            line.starttls(unverified())
            line.login(self.person, self.password)
            exist = int(line.select("INBOX", readonly=True)[1][0])
            there = []
            for answer in line.fetch("1:*", "(BODY.PEEK[])")[1] if exist else []:
                if isinstance(answer, tuple):
                    number = re.search(rb"^X-Number: (\d+)\r$", answer[1], re.M)
                    if number is None:
                        continue  # The box's own welcome.
                    number = int(number[1])
                    if not answer[1].endswith(letter(number, self.sender).encode()):
                        return f"letter {number} is not what was sent"
                    there.append(number)
            line.shutdown()
        finally:
            box.kill()
            box.wait()
        if len(set(there)) != len(there):
            return "a letter is there twice"
        return there


def within(seconds, alive, make):
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        try:
            return make()
        except OSError:
            time.sleep(0.02)
    return None


def tool(*command, seconds=60):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, env={**os.environ, "PATH": card.PATH})


def mend(disk):
    """What mounting does: the journal is replayed, files without a name are let go. More than that must not be needed: -p refuses it."""
    done = tool("e2fsck", "-fp", disk)
    return None if done.returncode in (0, 1) else f"e2fsck -p ends with {done.returncode}: {(done.stdout + done.stderr)[-400:]}"


def judge_all(judge, them):
    """How many of each kind were judged, and those that are wrong: (kind, cut, what)."""
    counts, wrong = {}, []
    with ThreadPoolExecutor(TOGETHER) as pool:
        waiting = []
        for state in them:
            counts[state.kind] = counts.get(state.kind, 0) + 1
            waiting.append((state.kind, state.cut, pool.submit(judge.of, state)))
            # Rebuilt states are megabytes: only a few wait.
            while sum(not job.done() for _, _, job in waiting) > 2 * TOGETHER:
                time.sleep(0.005)
        for kind, cut, job in waiting:
            if job.result():
                wrong.append((kind, cut, job.result()))
    return counts, wrong
