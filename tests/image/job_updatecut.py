"""A good update by the page, and the plug pulled at any write of it, from "install" to its end: while the other slot is written, around the sector that says what is to be
tried, in U-Boot's own write, during the trial, around the sector that says what is good. In each of these states one whole system is the good one, what is to be tried is
whole too, the system that ran has not lost an octet, and the store has every letter.

Every state is judged by what the boot chain goes by (`job_boot.py` shows that U-Boot goes by it); some are really started. The control is a disk that forgets what it had
flushed, which must leave states that are not as they must be.
"""

import random
import re

import card
from job_boot import COPY, SECTOR, SLOTS, STARTS, STATE
from job_powercut import PASSWORD, copy
from job_story import receive
from job_update import ALWAYS_OPEN, Maker, PAGE, and_files, back, bring, passes, runs, signed_in, small, system
from person import Phone, claim
from powercut import Disk, Judge, State, judge_all, logged, read_log, states, storm
from vm import BOARDS, Machine

SIZE = 448 * card.MIB
LETTERS, CUTS, CONTROLS = 6, 40, 60
# Of the states' stores every so-and-so-many is read letter by letter.
READ = 4
DOMAIN = "letters.example"


def run():
    maker = Maker()
    disk = card.make("updatecut", ALWAYS_OPEN + BOARDS["virt"].settings, size=SIZE)
    card.put(disk, "update.pub", maker.public())
    old = system(disk)
    new = and_files(small(old), {"etc/another": b"system"})
    base, log = copy(disk, "before-update"), card.work / "updatecut.log"
    with Machine(None, drive=logged(disk, log), boot=card.FROM_THE_CARD) as machine:
        machine.says("imap")
        phone = Phone(machine)
        ann = claim(phone, domain=DOMAIN)
        promises = storm(machine.ports["smtp"], ann, log, LETTERS)
        page = bring(phone, maker.update("0.1.1", new))
        begun = log.stat().st_size
        phone.press(page, "/install")
        passes(machine, "b")
        # The trial's server, and the one that follows it.
        runs(back(machine, 2, ann), "B", "brought version 0.1.1")
        print(f"  an update, from power-on to the page of the new system: {machine.age():.0f} s", flush=True)
        machine.shut()
    judged(base, read_log(log), begun, promises, old, new, ann)


def judged(base, entries, begun, promises, old, new, ann):
    before = Disk.of(base, 0, SIZE)
    # What was flushed when the update began is there in every state.
    first = next(i for i, e in enumerate(entries) if e.end >= begun)
    for entry in entries[:first]:
        before.apply(entry)
    entries = entries[first:]
    turns = [i for i, e in enumerate(entries) if e.data is not None and e.offset in (STATE, COPY)]
    assert len(turns) >= 3, f"tried, taken away, good: {len(turns)} writes of the boot state"
    # Both sides of each of these writes.
    around = sorted({cut for turn in turns for cut in (turn, turn + 1)})
    chance = random.Random(4)
    counts, wrong, stores, kept, caught = {}, [], [], {}, 0
    for number, state in enumerate(states(before, entries, promises, CUTS, CUTS, CONTROLS, at=around)):
        counts[state.kind] = counts.get(state.kind, 0) + 1
        what, next_start = of_slots(state.disk, old, new)
        if state.kind == "control":
            caught += bool(what)
            continue
        if what:
            wrong.append((state.kind, state.cut, what))
        elif number % READ == 0:
            stores.append(State(state.kind, state.cut, state.disk.rest(card.DATA_AT), state.promised))
        # One of each kind is started: which one, is chance.
        seen, _ = kept.get(next_start, (0, None))
        kept[next_start] = seen + 1, state if chance.random() * (seen + 1) < 1 else kept[next_start][1]
    _, bad = judge_all(Judge(ann, PASSWORD), stores)
    seen = {what: times for what, (times, _) in kept.items()}
    print(f"  while an update is written, tried and kept: {counts} of {len(entries)} writes; what starts next: {seen}; {len(stores)} stores read; the control is caught in {caught}", flush=True)
    assert not wrong + bad, f"{len(wrong + bad)} states are not as they must be: {(wrong + bad)[:6]}"
    assert set(seen) == {"a", "b on trial", "b"}, f"the cuts missed something: {seen}"
    assert caught, "a disk that forgets what it had flushed has whole systems only: this test sees nothing"
    for expected, (_, state) in kept.items():
        starts(state, expected, ann)


def of_slots(disk, old, new):
    """What is wrong, and what starts next."""
    good, once = boot_state(disk)
    next_start = f"{once} on trial" if once else good
    if disk.read(SLOTS["a"], len(old)) != old:
        return "the system that ran has changed", next_start
    if "b" in (good, once) and disk.read(SLOTS["b"], len(new)) != new:
        return f"{next_start} is to start, and is not whole", next_start
    return None, next_start


def boot_state(disk):
    """The good slot and the one to be tried, as U-Boot reads them."""
    sectors = [disk.read(at, SECTOR) for at in (STATE, COPY)]
    whole = [s for s in sectors if s[:4] == s[508:] == b"PBbs" and s[4] in (1, 2)]
    if not whole:
        return "a", None
    names = {1: "a", 2: "b"}
    good, once = names[whole[0][4]], names.get(whole[0][8])
    return good, once if once != good and whole[0] is sectors[0] else None


def starts(state, expected, ann):
    """The boot chain takes what the state says; whatever it was, one system serves in the end, and the page says which."""
    again = card.work / "updatecut-again.card"
    state.disk.save(again)
    with Machine(again, boot=card.FROM_THE_CARD) as machine:
        machine.hears(STARTS)
        slot, trial = re.search(STARTS, machine.console()).groups()
        assert f"{slot}{' on trial' if trial else ''}" == expected, f"cut {state.kind} {state.cut}: started {slot} ({trial}), expected {expected}"
        machine.says("smtp")
        receive(machine, ann, f"after the cut, from {expected}")
        text = signed_in(machine, ann).go(PAGE).text
        assert f"from slot {expected[0].upper()}" in text, text
    again.unlink()
