"""dkimpy and mailauth judge what the box signs: letters sent to the world arrive there with two signatures that hold, by the keys that `pillarbox dns` prints."""

import json
import os
from pathlib import Path

import dkim
import dns.zone
import tool
from box import Box, free_port
from outside import Host, hand_in
from world import Names, eventually, settings

LETTERS = {
    "plain": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: plain\r\n\r\nHello.\r\n",
    "8bit": "From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: 8bit\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße  \r\n\tKüsse\r\n".encode(),
    "empty": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: empty\r\n\r\n",
    "blank": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: blank\r\n\r\nlines\r\n \r\n\r\n\r\n",
    "folded": b"From: Ann\r\n <ann@house.test>\r\nTo: x@world.test\r\nSubject: folded\r\n\t again \t and\r\n  again\r\n\r\n.dot\r\n..\r\n",
    "few": b"From: ann@house.test\r\nSubject: few\r\n\r\nNeither To nor Date.\r\n",
}


ADDRESS = "127.0.10.1"
RECORDS = f"world.test. MX 10 mx.world.test.\nmx.world.test. A {ADDRESS}"
HERE = Path(__file__).resolve().parent


def run():
    port = free_port(ADDRESS)
    with Names(RECORDS) as names, Host(ADDRESS, port) as host, Box(settings(names, port)) as box:
        for letter in LETTERS.values():
            hand_in(box, letter, "x@world.test")
        eventually(lambda: len(host.taken) == len(LETTERS), lambda: f"all letters arrive; there are {host.subjects()}")
        arrived = [envelope.original_content for envelope, _, _ in host.taken]
        keys = records(box)
        for message in arrived:
            judge(message, keys)
        judge_by_mailauth(box, arrived, keys)
        box.stop()
        box.check()


def judge_by_mailauth(box, arrived, keys):
    """Another implementation, of npm: the letters hold, and those that were meddled with do not."""
    table = box.folder / "records.json"
    table.write_text(json.dumps({name: value.decode() for name, value in keys.items()}))
    files = []
    for number, message in enumerate(arrived):
        for kind, octets in (("true", message), ("forged", message + b"more\r\n")):
            files.append(box.folder / f"{number}.{kind}")
            files[-1].write_bytes(octets)
    said = tool.run("node", HERE / "dkim.mjs", table, *files, cwd=HERE, env={**os.environ, "NODE_NO_WARNINGS": "1"})
    expected = ["ed25519-sha256=pass rsa-sha256=pass", "ed25519-sha256=neutral rsa-sha256=neutral"] * len(arrived)
    assert said.decode().splitlines() == expected, said.decode()


def records(box):
    """The text records that `pillarbox dns` has the owner publish: those for programs, and the same pasted into a zone file."""
    said = box.command("dns", "house.test", "--json")
    assert said.returncode == 0, said.stderr
    listed = {r["name"]: r["value"].encode() for r in json.loads(said.stdout)["records"] if r["type"] == "TXT"}
    said = box.command("dns", "house.test")
    zone = dns.zone.from_text(said.stdout, origin="house.test.", relativize=False, check_origin=False)
    pasted = {name.to_text(omit_final_dot=True): b"".join(data.strings)
              for name, _, data in zone.iterate_rdatas("TXT")}
    assert listed == pasted, f"{listed}\nin the zone file:\n{pasted}"
    return listed


def judge(message, keys, forge=True):
    """Fails unless both signatures hold, and break with every forgery."""
    def look(name, timeout=5):
        return keys.get(name.decode().rstrip("."))

    kinds = []
    for number in (0, 1):
        judged = dkim.DKIM(message)
        assert judged.verify(number, dnsfunc=look), f"signature {number} does not hold:\n{message!r}"
        kinds.append(judged.signature_fields[b"a"])

        def holds(forged):
            try:
                return dkim.DKIM(forged).verify(number, dnsfunc=look)
            except dkim.ValidationError:
                return False

        for forged in (b"Subject: another\r\n" + message, message + b"more\r\n", message.replace(b"From: Ann", b"From: Eve", 1)):
            if forge and forged != message:
                assert not holds(forged), f"a forgery passes:\n{forged!r}"
    assert kinds == [b"ed25519-sha256", b"rsa-sha256"], kinds
