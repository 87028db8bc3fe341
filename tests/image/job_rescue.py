"""A card whose data cannot be read: the box starts all the same, says so by its light and on one page, and makes the card anew by the page and the button together, never by one of them."""

import time

import card
from person import Phone, claim
from vm import BOARDS, Machine

# Where the data partition begins (firmware/disk_map.rs draws it), and how much of it is spoilt: its first superblock.
DATA_AT = 192 * card.MIB
SPOILT = 64 * 1024
# A press of 10 s by the guest's clock, which lags on a busy host.
LONG = 14


def run():
    disk = card.make("rescue", BOARDS["virt"].settings)
    with open(disk, "r+b") as spoilt:
        spoilt.seek(DATA_AT)
        spoilt.write(b"\x5a" * SPOILT)
    with Machine(disk, boot=card.FROM_THE_CARD) as machine:
        phone = Phone(machine)
        page = opened(machine, phone)
        assert "is damaged" in page.text, page.text
        assert "φθαρεί" in Phone(machine, "el").go("/", secure=False).text
        flashes = machine.flashes(4)
        assert len(flashes) > 8, f"the light does not say that mail cannot be kept: {flashes}"
        machine.press(LONG)
        time.sleep(2)
        assert "is damaged" in phone.go("/", secure=False).text, "a press alone does nothing"
        with open(disk, "rb") as spoilt:
            spoilt.seek(DATA_AT)
            assert spoilt.read(SPOILT) == b"\x5a" * SPOILT, "the box wrote to a card that may hold mail"
        page = phone.press(page, "/start-anew", secure=False)
        assert "Hold the button for 10 seconds" in page.text, page.text
        machine.press(LONG)
        machine.says("smtp")
        claim(Phone(machine), domain="letters.example")
        machine.double_press()
        machine.off()


def opened(machine, phone, seconds=120):
    """The page, as soon as it answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            return phone.go("/", secure=False)
        except OSError as error:
            assert machine.is_on() and time.monotonic() < end, f"no page: {error}"
            time.sleep(0.5)
