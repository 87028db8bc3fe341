"""A card whose data cannot be read, and one whose store cannot: the box starts all the same, says so by its light and on one page, and makes the card anew by a short press,
the page and a long press, never by one of them."""

import re
import time

import card
from job_story import receive, subjects_by_imap
from person import Phone, claim
from vm import BOARDS, STARTED, Machine

# How much of a data partition is spoilt: its first superblock.
SPOILT = 64 * 1024
NOISE = b"\x5a"
# A press of 10 s by the guest's clock, which lags on a busy host.
LONG = 11
HELD = "button: held for 10 seconds"


def run():
    disk = card.make("rescue", BOARDS["virt"].settings)
    of_a_partition(disk)
    of_a_store(disk)


def of_a_partition(disk):
    spoil(disk, card.DATA_AT, SPOILT)
    with Machine(disk, boot=card.straight()) as machine:
        phone = Phone(machine)
        page = opened(machine, phone)
        assert "is damaged" in page.text, page.text
        assert "φθαρεί" in Phone(machine, "el").go("/", secure=False).text
        flashes = machine.flashes(4)
        assert len(flashes) > 8, f"the light does not say that mail cannot be kept: {flashes}"
        machine.press(LONG)
        machine.hears(f"{HELD}: nothing is done", 20)
        assert "is damaged" in phone.go("/", secure=False).text, "a press alone does nothing"
        assert is_spoilt(disk, card.DATA_AT, SPOILT), "the box wrote to a card that may hold mail"
        anew(machine, phone, page)
        ann = claim(Phone(machine), domain="letters.example")
        receive(machine, ann, "kept")
        machine.shut()


def of_a_store(disk):
    """The file system is sound and its journal clean; the first pages of the store, which say where all others are, hold noise."""
    blocks = card.on_data(disk, "blocks /pillarbox/data.mdb").split()[:2]
    spoilt = [(card.DATA_AT + int(block) * 4096, 4096) for block in blocks]
    for at, length in spoilt:
        spoil(disk, at, length)
    with Machine(disk, boot=card.straight()) as machine:
        phone = Phone(machine)
        page = opened(machine, phone)
        assert "The file that holds the mail is damaged" in page.text, page.text
        assert all(is_spoilt(disk, *one) for one in spoilt), "the box wrote to a store that may hold mail"
        anew(machine, phone, page)
        bob = claim(Phone(machine), name="Bob Brown", local="bob", domain="other.example")
        receive(machine, bob, "the first")
        assert subjects_by_imap(machine, bob) == ["the first"]
        machine.shut()


def anew(machine, phone, page):
    """By a short press, the page and a long press, in this order; the box is one that nobody owns then."""
    page = phone.press(page, "/start-anew", secure=False)
    assert "Nothing was done" in page.text, f"opened by somebody who is not at the box: {page.text}"
    machine.press(0.3)
    time.sleep(3)
    page = phone.press(page, "/start-anew", secure=False)
    assert "Hold the button for 10 seconds" in page.text, page.text
    offered = machine.flashes(6)
    longest = max(seconds for on, seconds in offered if not on)
    assert longest > 0.6 and len(offered) > 8, f"three flashes and a pause say that the offer stands: {offered}"
    assert len(re.findall(STARTED, machine.console())) == 1
    machine.press(LONG)
    machine.hears(f"{HELD} after the page's offer", 20)
    machine.hears(STARTED, 60, times=2)
    machine.says("smtp")
    assert "your mail box" in Phone(machine).go("/").text, "the box is somebody's"


def spoil(disk, at, length):
    with open(disk, "r+b") as octets:
        octets.seek(at)
        octets.write(NOISE * length)


def is_spoilt(disk, at, length):
    with open(disk, "rb") as octets:
        octets.seek(at)
        return octets.read(length) == NOISE * length


def opened(machine, phone, seconds=120):
    """The page, as soon as it answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            return phone.go("/", secure=False)
        except OSError as error:
            assert machine.is_on() and time.monotonic() < end, f"no page: {error}"
            time.sleep(0.5)
