"""Which system starts: the image's own U-Boot script on virt, every case of firmware/boot_state.rs and firmware/slot.rs, and the same card on a raspi3b.

U-Boot says on the console which slot it starts, and why; where that is the question, the slots hold a kernel that is one instruction, a jump to itself: a system that
hangs, loaded in no time, and the plug is pulled then. In slot A it is not packed, in slot B it is by LZMA, as in the image that people get. The image's own kernel is asked
twice: a whole start, and a system whose initramfs is nothing, so that its kernel panics and the board restarts by itself.

Not shown: the GPU's own stage (`as_the_board_boots` does what config.txt asks of it), a Pi 4's, 5's or Zero's U-Boot, a real card's torn sector.
"""

import lzma
import random
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import card
from vm import Machine

SECTOR, MIB = 512, 1024 * 1024
STATE, COPY = 64 * SECTOR, 72 * SECTOR
SLOTS = {"a": 64 * MIB, "b": 128 * MIB}
SLOT = 64 * MIB
# All of a system that only hangs.
SMALL = MIB
LZMA = 3
# A machine that is in U-Boot waits as much as it works.
TOGETHER = 3
NUMBER = {None: 0, "a": 1, "b": 2}
# U-Boot's head before kernel and initramfs.
HEAD = 64
# Whole: a machine's console comes octet by octet.
STARTS = r"pillarbox: starting slot ([ab])(?: pillarbox\.(trial|instead)=1)?[^\n]*\n"


def run():
    original = two_systems()
    small = two_small_systems(original)
    with ThreadPoolExecutor(TOGETHER) as pool:
        jobs = [
            pool.submit(a_whole_start, original),
            pool.submit(on_a_board, small),
            pool.submit(a_kernel_that_panics_is_not_tried_again, original, small),
            *(pool.submit(of_a_case, small, *case) for case in CASES),
            *(pool.submit(a_power_cut_in_the_trial, small, moment) for moment in MOMENTS),
            pool.submit(nothing_to_start_stops, small),
        ]
        for job in jobs:
            job.result()


def of_a_case(small, name, change, expected):
    path = copy(small, name)
    with open(path, "r+b") as f:
        change(f)
    before = first_megabytes(path)
    starts_with(path, expected, name)
    only_the_trial_was_taken_away(before, first_megabytes(path), name)
    path.unlink()


def two_systems():
    """A card on which both slots hold the image's system, by a boot state that says A."""
    path = card.make("boot", size=256 * MIB)
    with open(path, "r+b") as f:
        assert sector(f, STATE) == state("a") == sector(f, COPY), "the image says at sectors 64 and 72 that A is good"
        f.seek(SLOTS["a"])
        system = f.read(SLOT)
        put(f, SLOTS["b"], system)
    return path


def two_small_systems(original):
    """The same card with systems that only hang."""
    path = copy(original, "small")
    kernel = struct.pack("<2I6Q4sI", 0x1400_0000, 0, 0, 0x1_0000, 0xA, 0, 0, 0, b"ARM\x64", 0).ljust(0x1_0000, b"\0")
    # Noise behind it, for otherwise little would be left of it.
    kernel += random.Random(5).randbytes(0x8000)
    forms = {"a": packed(14, kernel), "b": packed(14, lzma.compress(kernel, lzma.FORMAT_ALONE), LZMA)}
    with open(path, "r+b") as f:
        for name, slot in SLOTS.items():
            place, head = 8, [1]
            for part in (forms[name], packed(3, b"nothing".ljust(0x4000, b"\0"))):
                put(f, slot + place * SECTOR, part)
                head += [place, -(-len(part) // SECTOR)]
                place += -(-len(part) // 4096) * 8
            # (The sum at the sector's end is for process 1; U-Boot goes by the parts' own.)
            put(f, slot, (b"PBsl" + struct.pack("<5I", *head)).ljust(SECTOR, b"\0"))
    return path


def copy(path, name):
    to = card.work / f"boot-{re.sub('[^a-z0-9]+', '-', name.lower())}.card"
    to.write_bytes(b"")
    card.subprocess.run(["cp", "--sparse=always", str(path), str(to)], check=True)
    return to


# The cases: what is changed on the card, what U-Boot then starts first.


def says(good, once=None, copied=None):
    def change(f):
        put(f, STATE, state(good, once))
        put(f, COPY, state(copied or good))

    return change


def also(*changes):
    return lambda f: [change(f) for change in changes]


def harm(slot, part, at=0x1000):
    """One bit, `at` octets into the kernel (0) or the initramfs (1)."""

    def change(f):
        first = struct.unpack("<5I", f_read(f, SLOTS[slot] + 4, 20))[1 + 2 * part]
        place = SLOTS[slot] + first * SECTOR + HEAD + at
        put(f, place, bytes([f_read(f, place, 1)[0] ^ 1]))

    return change


def empty(slot):
    return lambda f: put(f, SLOTS[slot], bytes(SECTOR))


def overwrite(where, octets):
    return lambda f: put(f, where, octets)


def lies(slot, word, value):
    return lambda f: put(f, SLOTS[slot] + 4 * word, struct.pack("<I", value))


def state(good, once=None):
    return (b"PBbs" + struct.pack("<II", NUMBER[good], NUMBER[once])).ljust(508, b"\0") + b"PBbs"


NOISE = bytes(range(256)) * 2
A, B, TRY_A, TRY_B, INSTEAD_A, INSTEAD_B = ("a", None), ("b", None), ("a", "trial"), ("b", "trial"), ("a", "instead"), ("b", "instead")
CASES = (
    ("a is good", says("a"), A),
    ("b is good", says("b"), B),
    ("b is tried", says("a", "b"), TRY_B),
    ("a is tried", says("b", "a"), TRY_A),
    ("the good one needs no trial", says("b", "b"), B),
    ("the state is zeroed", also(says("b"), overwrite(STATE, bytes(SECTOR))), B),
    ("the state is noise", also(says("b"), overwrite(STATE, NOISE)), B),
    ("the state's end is torn off", also(says("a", "b"), overwrite(STATE + 256, NOISE[:256])), A),
    ("state and copy are lost", also(says("b"), overwrite(STATE, NOISE), overwrite(COPY, bytes(SECTOR))), A),
    ("no such slot is good", overwrite(STATE + 4, b"\x03"), A),
    ("no such slot to try", overwrite(STATE + 8, b"\x07"), A),
    ("tried, but its kernel is harmed", also(says("a", "b"), harm("b", 0)), A),
    ("tried, but its initramfs is harmed", also(says("a", "b"), harm("b", 1)), A),
    ("tried, but the slot is empty", also(says("a", "b"), empty("b")), A),
    ("tried, but its head lies", also(says("a", "b"), lies("b", 3, 0xFFFF_FFFF)), A),
    ("the good one is harmed", harm("a", 0), INSTEAD_B),
    ("the good one is empty", also(says("b"), empty("b")), INSTEAD_A),
)


def starts_with(path, expected, name):
    """Switches on, waits for the first slot that is started, pulls the plug."""
    with Machine(path, boot=card.FROM_THE_CARD, memory=128, forward=()) as machine:
        machine.hears(STARTS)
        slot, why = re.search(STARTS, machine.console()).groups()
    assert (slot, why) == expected, f"{name}: started {slot} ({why}), expected {expected}"


def only_the_trial_was_taken_away(before, after, name):
    """U-Boot's one write: whatever it did, nothing on the card differs but "to be tried", and only where something was to be tried."""
    differing = [at for at, (x, y) in enumerate(zip(before, after)) if x != y]
    asked = before[STATE + 8] != 0 and before[STATE + 508 : STATE + 512] == b"PBbs" and before[STATE + 4] != before[STATE + 8] < 3
    assert differing == ([STATE + 8] if asked else []), f"{name}: {differing[:10]}"
    if asked:
        assert after[STATE + 8] == 0


MOMENTS = ("the trial of slot b begins", "starting slot b", "Starting kernel")


def a_power_cut_in_the_trial(small, moment):
    """Both states that U-Boot's write can leave: before it, B is tried (again); after it, and at any later moment of the trial, A starts."""
    path = copy(small, f"cut {moment}")
    with open(path, "r+b") as f:
        says("a", "b")(f)
    with Machine(path, boot=card.FROM_THE_CARD, memory=128, forward=()) as machine:
        machine.hears(moment)
    starts_with(path, A, f"the power was cut after '{moment}'")


def a_kernel_that_panics_is_not_tried_again(original, small):
    """A system with right sums whose initramfs holds nothing: its kernel panics, and the board restarts into the good one (which hangs here) without a hand."""
    path = copy(original, "panic")
    with open(path, "r+b") as f, open(small, "rb") as other:
        put(f, SLOTS["a"], f_read(other, SLOTS["a"], SMALL))
        first, count = struct.unpack("<5I", f_read(f, SLOTS["b"] + 4, 20))[3:]
        put(f, SLOTS["b"] + first * SECTOR, packed(3, bytes(count * SECTOR - HEAD)))
        says("a", "b")(f)
    with Machine(path, boot=card.FROM_THE_CARD, memory=128, forward=()) as machine:
        machine.hears(r"Kernel panic")
        machine.hears(STARTS, times=2)
        assert re.findall(STARTS, machine.console()) == [TRY_B_SAID, A_SAID]


TRY_B_SAID, A_SAID = ("b", "trial"), ("a", "")


def nothing_to_start_stops(small):
    path = copy(small, "nothing")
    with open(path, "r+b") as f:
        empty("a")(f)
        harm("b", 1)(f)
    with Machine(path, boot=card.FROM_THE_CARD, memory=128, forward=()) as machine:
        machine.hears("no slot of this card holds a whole system")
        assert not re.search(STARTS, machine.console())


def a_whole_start(original):
    """The kernel starts, and the card's own first process serves."""
    path = copy(original, "whole")
    with Machine(path, boot=card.FROM_THE_CARD) as machine:
        seconds = machine.hears(r"Starting kernel")
        print(f"  virt: U-Boot hands over after {seconds:.1f} s, mail greets after {machine.says('smtp'):.1f} s", flush=True)


def on_a_board(small):
    """A raspi3b that does with the card what the GPU's firmware would: the image's U-Boot for the Pi reads the same slots from an SD card."""
    path = copy(small, "raspi3b")
    with open(path, "r+b") as f:
        says("a", "b")(f)
    boot, console = card.as_the_board_boots("raspi3b", path)
    with Machine(path, board="raspi3b", boot=boot, reboots=False, forward=()) as machine:
        machine.console = lambda: console.read_bytes().decode(errors="replace").replace("\r", "") if console.exists() else ""
        seconds = machine.hears(STARTS, 240)
        slot, why = re.search(STARTS, machine.console()).groups()
        assert (slot, why) == TRY_B, f"raspi3b started {slot} ({why})"
        print(f"  raspi3b: U-Boot hands over after {seconds:.1f} s", flush=True)
    with open(path, "rb") as f:
        assert sector(f, STATE) == state("a"), "U-Boot on the SD card took the trial away"


# Octets of a card.


def packed(kind, octets, how=0):
    """A part with U-Boot's head, as firmware/uboot.rs writes it."""

    def head(own):
        return struct.pack(">7I4B32s", 0x2705_1956, own, 0, len(octets), 0, 0, zlib.crc32(octets), 5, 22, kind, how, b"test")

    return head(zlib.crc32(head(0))) + octets


def put(f, at, octets):
    f.seek(at)
    f.write(octets)


def f_read(f, at, count):
    f.seek(at)
    return f.read(count)


def sector(f, at):
    return f_read(f, at, SECTOR)


def first_megabytes(path):
    with open(path, "rb") as f:
        return f.read(4 * MIB)
