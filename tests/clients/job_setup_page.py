"""A phone's browser: a box that nobody owns is made somebody's, in both languages, light and dark, with and without script."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tool
from box import Box, free_port
from world import Names, settings

HERE = Path(__file__).resolve().parent
WALKS = [
    {"language": "en", "script": True, "dark": False, "domain": "anna-smith.net"},
    {"language": "el", "script": True, "dark": True, "domain": "anna-smith.net"},
    {"language": "el", "script": False, "dark": False, "domain": "anna-smith.net"},
    {"language": "en", "script": False, "dark": True, "domain": None},
]


# Some thirty pages, each drawn, waited for and judged.
SECONDS = 240


def run():
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make_it_ones_own, WALKS))


def make_it_ones_own(walk):
    with Names() as names:
        relay = free_port("127.0.0.1")
        world = settings(names, relay) + "[setup]\nready_made = false\nmdns = false\n"
        with Box(world, people=False, hostname="pillarbox.local", domains=()) as box:
            asked = {**walk, "relay": relay, "http": box.port("http"), "https": box.port("https")}
            said = tool.run("node", HERE / "setup_page.mjs", json.dumps(asked), cwd=HERE, seconds=SECONDS)
            assert b"all done" in said, said
            send_and_read(box, f"anna@{walk['domain'] or 'pillarbox.local'}")
            box.stop()
            box.check()


def send_and_read(box, address):
    """What the page promised: the person sends and reads with the password that they chose."""
    user = f"{address}:three small green boats"
    letter = f"From: {address}\r\nTo: {address}\r\nSubject: From the phone\r\n\r\nIt works.\r\n"
    tool.run("curl", "-sSk", "--user", user, "--mail-from", address, "--mail-rcpt", address, "-T", "-",
             f"smtps://127.0.0.1:{box.port('submissions')}", stdin=letter)
    read = tool.run("curl", "-sSk", "--user", user, f"imaps://127.0.0.1:{box.port('imaps')}/INBOX;MAILINDEX=1")
    assert b"Subject: From the phone" in read, read
