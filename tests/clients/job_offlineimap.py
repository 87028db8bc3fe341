"""OfflineIMAP: many rounds between the box and a Maildir, with changes on both sides in between; nothing is lost, nothing comes twice."""

import hashlib
import os
import random
import ssl
from pathlib import Path

import tool
from job_mbsync import certificate_of
from job_neomutt import send, subjects
from message import letter
from reading import imap

ROUNDS = 6


def run(box):
    home = box.folder / "offlineimap"
    home.mkdir()
    pem = certificate_of(box, home).read_text()
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    rc = home / "offlineimaprc"
    rc.write_text(
        f"""[general]
accounts = bob
metadata = {home}/metadata
ui = quiet
[Account bob]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {home}/Mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {box.port('imaps')}
ssl = yes
cert_fingerprint = {hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()}, {fingerprint}
remoteuser = bob@house.test
remotepass = bob's password
maxconnections = 2
expunge = yes
"""
    )

    def sync():
        tool.run("offlineimap", "-o", "-c", rc, env={**os.environ, "HOME": str(home)})

    def near(mailbox="INBOX"):
        return sorted(p for d in ("cur", "new") for p in (home / "Mail" / mailbox / d).glob("*"))

    chance = random.Random(4)
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    send(box, [f"Letter {n:02}" for n in range(10)])
    sync()
    assert len(near()) == 10
    for number in range(ROUNDS):
        # Far: new ones, one flagged, one gone. Near: one read, one gone, one new.
        send(box, [f"Round {number} letter {n}" for n in range(3)])
        far.select("INBOX")
        there = far.search(None, "ALL")[1][0].split()
        far.store(chance.choice(there), "+FLAGS", "(\\Flagged)")
        files = near()
        read, gone = chance.sample(files, 2)
        read.rename(read.parent.parent / "cur" / (read.name.split(":")[0] + ":2,S"))
        gone.unlink()
        own = letter(f"Round {number} written here").as_bytes().replace(b"\r\n", b"\n")
        Path(home / "Mail" / "INBOX" / "new" / f"{number}.own.host").write_bytes(own)
        sync()
        sync()
        # Both have the same letters.
        far.select("INBOX")
        assert len(near()) == len(far.search(None, "ALL")[1][0].split()), (len(near()), number)
    names = subjects(far, "INBOX")
    assert len(names) == len(set(names)) == 10 + ROUNDS * (3 + 1 - 1), names
    seen = sum("S" in p.name.split(":2,")[-1] for p in near() if ":2," in p.name)
    assert seen == len(subjects(far, "INBOX", "SEEN")), seen
    far.logout()
