"""mbsync: two-way synchronisation of every mailbox with a Maildir: new mail, flags, deletions and new folders, both ways; then many rounds of both sides changing."""

import os
import random
import smtplib

import tool
from message import letter, letter_with_photo, same_body
from reading import imap, unverified

COUNT = 40
ROUNDS = 8


def mbsync(box, home):
    control = home / "mbsyncrc"
    control.write_text(
        f"""IMAPAccount house
Host 127.0.0.1
Port {box.port('imaps')}
User bob@house.test
Pass "bob's password"
SSLType IMAPS
CertificateFile {certificate_of(box, home)}

IMAPStore far
Account house

MaildirStore near
Path {home}/Mail/
Inbox {home}/Mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState {home}/state/
"""
    )
    (home / "Mail").mkdir(exist_ok=True)
    (home / "state").mkdir(exist_ok=True)
    tool.run("mbsync", "--config", control, "--all", env={**os.environ, "HOME": str(home)})


def certificate_of(box, home):
    """The box made it itself; mbsync trusts it by having it in a file."""
    shown = tool.run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{box.port('imaps')}", "-showcerts", stdin=""
    ).decode()
    end = "-----END CERTIFICATE-----"
    path = home / "certificate.pem"
    path.write_text(shown[shown.index("-----BEGIN CERTIFICATE-----"):shown.index(end) + len(end)] + "\n")
    return path


def files(home, mailbox):
    return sorted(p for d in ("cur", "new") for p in (home / "Mail" / mailbox / d).glob("*"))


def run(box):
    home = box.folder / "mbsync"
    home.mkdir()
    sent = [letter(f"Letter {n}").as_bytes() for n in range(COUNT - 1)]
    sent.append(letter_with_photo("A photo", os.urandom(300_000)).as_bytes())
    with smtplib.SMTP_SSL("127.0.0.1", box.port("submissions"), context=unverified()) as client:
        client.login("ann@house.test", "ann's password")
        for raw in sent:
            client.sendmail("ann@house.test", ["bob@house.test"], raw)

    mbsync(box, home)
    assert len(files(home, "INBOX")) == COUNT
    for folder in ("Sent", "Drafts", "Trash", "Junk", "Archive"):
        assert (home / "Mail" / folder / "cur").is_dir(), f"{folder} did not come"
    bodies = {p.read_bytes().split(b"\n\n", 1)[1] for p in files(home, "INBOX")}
    assert len(bodies) == 2

    # Near: one read and flagged, one deleted, one new in a new folder. Far: one deleted, one flagged.
    first, second = files(home, "INBOX")[:2]
    first.rename(first.parent.parent / "cur" / (first.name.split(":")[0] + ":2,FS"))
    second.unlink()
    for d in ("cur", "new", "tmp"):
        (home / "Mail" / "Väter & Söhne" / d).mkdir(parents=True)
    own = letter("Written here").as_bytes()
    (home / "Mail" / "Väter & Söhne" / "new" / "1.host").write_bytes(own.replace(b"\r\n", b"\n"))
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    far.store("20", "+FLAGS", "(\\Answered)")
    far.store("30", "+FLAGS", "(\\Deleted)")
    far.expunge()
    far.logout()
    mbsync(box, home)
    mbsync(box, home)

    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    ok, found = far.search(None, "ALL")
    assert len(found[0].split()) == COUNT - 2, found
    assert len(far.search(None, "FLAGGED", "SEEN")[1][0].split()) == 1
    ok, answer = far.select('"V&AOQ-ter &- S&APY-hne"')
    assert ok == "OK" and answer == [b"1"], answer
    same_body(own, far.fetch("1", "(BODY.PEEK[])")[1][0][1])
    far.logout()
    assert len(files(home, "INBOX")) == COUNT - 2
    assert sum(":2," in p.name and "R" in p.name.split(":2,")[1] for p in files(home, "INBOX")) == 1
    rounds(box, home)


def rounds(box, home):
    """Both sides change between two syncs; afterwards both have the same letters with the same flags."""
    chance = random.Random(11)
    far = imap(box, "bob@house.test", "bob's password", "INBOX")
    far.store("1:*", "-FLAGS", "(\\Answered)")
    mbsync(box, home)
    for number in range(ROUNDS):
        far.select("INBOX")
        there = far.search(None, "ALL")[1][0].split()
        for n in range(3):
            far.append("INBOX", None, None, letter(f"Far {number} {n}").as_bytes())
        for n in chance.sample(there, 4):
            far.store(n, chance.choice(("+FLAGS", "-FLAGS")), "(\\Flagged)")
        far.store(chance.choice(there), "+FLAGS", "(\\Deleted)")
        far.expunge()
        here = files(home, "INBOX")
        for path in chance.sample(here, 4):
            name, _, flags = path.name.partition(":2,")
            path.rename(path.parent.parent / "cur" / f"{name}:2,{''.join(sorted(set(flags) ^ {'S'}))}")
        (home / "Mail" / "INBOX" / "new" / f"{number}.near.host").write_bytes(letter(f"Near {number}").as_bytes().replace(b"\r\n", b"\n"))
        mbsync(box, home)
        mbsync(box, home)
        far.select("INBOX")
        near = files(home, "INBOX")
        for key, flag in (("ALL", ""), ("SEEN", "S"), ("FLAGGED", "F")):
            count = len(far.search(None, key)[1][0].split())
            same = sum(flag in p.name.partition(":2,")[2] for p in near)
            assert same == count, (number, key, same, count)
    far.logout()
