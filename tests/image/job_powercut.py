"""The plug is pulled: at any write of the first start (which grows the data), and under live mail. What was acknowledged is there afterwards, whole, once.

`powercut.py` says which states are rebuilt and how they are judged; a few of the grown ones are really started again.
"""

import random
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

import card
from person import Phone, claim
from powercut import FLUSH, Disk, Judge, State, judge_all, logged, mend, read_log, states, storm
from vm import BOARDS, Machine

# The disk map (firmware/disk_map.rs): the data is the fourth partition, 64 MiB in the image.
DATA_AT, DATA_NUMBER = card.DATA_AT, 4
SIZE = 320 * card.MIB
PASSWORD = "three small green boats"
LETTERS = 120
# States by kind; at least 200 that must hold, and those that must not.
PREFIXES, LOSSES, CONTROLS = 110, 110, 10
GROWING, STARTED_AGAIN = 40, 3


def run():
    disk = card.make("powercut", BOARDS["virt"].settings, size=SIZE)
    first, second = (card.work / f"powercut-{name}.log" for name in ("first", "second"))
    new = copy(disk, "new")
    with Machine(None, drive=logged(disk, first), boot=card.straight(), reboots=False) as machine:
        machine.says("smtp")
        grown = first.stat().st_size
        ann = claim(Phone(machine), domain="letters.example")
        machine.shut()
    growth(new, read_log(first), grown)
    lived_in = copy(disk, "lived-in")
    with Machine(None, drive=logged(disk, second), boot=card.straight(), reboots=False) as machine:
        machine.says("smtp")
        promises = storm(machine.ports["smtp"], ann, second, LETTERS)
        machine.cut()
    assert len(promises) == LETTERS, f"{len(promises)} of {LETTERS} letters were taken"
    mail(lived_in, read_log(second), promises, Judge(ann, PASSWORD))


def copy(disk, name):
    there = card.work / f"powercut-{name}.card"
    subprocess.run(["cp", "--sparse=always", disk, there], check=True)
    return there


def mail(disk, entries, promises, judge):
    base = Disk.of(disk, DATA_AT, SIZE - DATA_AT)
    counts, wrong = judge_all(judge, states(base, entries, promises, PREFIXES, LOSSES, CONTROLS))
    lost = [one for one in wrong if one[0] == "control"]
    bad = [one for one in wrong if one[0] != "control"]
    print(f"  under mail: {counts}; {sum(bool(e.flags & FLUSH) for e in entries)} flushes; the control lost in {len(lost)} of {counts['control']}", flush=True)
    assert counts["prefix"] + counts["loss"] >= 200, f"too few states: {counts}"
    assert not bad, f"{len(bad)} states are not as they must be: {bad[:6]}"
    assert len(lost) >= counts["control"] // 2, "a disk that forgets what it had flushed lost nothing: this test sees nothing"


def growth(disk, entries, until):
    """Cuts while the data grows: the partition is the old or the grown one, its file system mends as a start mends it and lies within it; and it grows on."""
    base = Disk.of(disk, 0, SIZE)
    entries = [e for e in entries if e.end <= until]
    counts, wrong = {}, []
    kept = []
    for state in states(base, entries, [], GROWING // 2, GROWING // 2, seed=2):
        counts[state.kind] = counts.get(state.kind, 0) + 1
        kept.append(state)
        what = of_a_grown(state)
        if what:
            wrong.append((state.kind, state.cut, what))
    print(f"  while it grows: {counts} of {len(entries)} writes", flush=True)
    assert not wrong, f"{len(wrong)} states are not as they must be: {wrong[:6]}"
    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(grows_on, state) for state in random.Random(3).sample(kept, STARTED_AGAIN)]:
            job.result()


def grows_on(state):
    again = card.work / f"powercut-again-{state.cut}-{state.kind}.card"
    state.disk.save(again)
    with Machine(again, boot=card.straight(), reboots=False) as machine:
        machine.says("smtp")
        machine.shut()
    with open(again, "rb") as f:
        table = f.read(512)
        f.seek(DATA_AT + 1024)
        sectors, blocks = sizes(table, f.read(1024))
    again.unlink()
    assert DATA_AT + sectors * 512 == SIZE and blocks * 4096 == sectors * 512, f"cut {state.kind} {state.cut}: not grown on: {sectors} sectors, {blocks} blocks"


def of_a_grown(state: State):
    sectors, blocks = sizes(state.disk.read(0, 512), state.disk.read(DATA_AT + 1024, 1024))
    if sectors * 512 not in (64 * card.MIB, SIZE - DATA_AT):
        return f"the partition has {sectors} sectors"
    if blocks * 4096 > sectors * 512:
        return f"{blocks} blocks do not fit into {sectors} sectors"
    part = card.work / "powercut-state.data"
    state.disk.rest(DATA_AT).save(part)
    return mend(part)


def sizes(table, superblock):
    """Sectors of the data partition by the partition table, blocks of its file system by its own word."""
    assert table[510:512] == b"\x55\xaa", "no partition table"
    start, sectors = struct.unpack_from("<II", table, 446 + 16 * (DATA_NUMBER - 1) + 8)
    assert start * 512 == DATA_AT, f"the data begins at sector {start}"
    assert superblock[56:58] == b"\x53\xef", "no file system"
    return sectors, struct.unpack_from("<I", superblock, 4)[0]
