"""fetchmail: drains a maildrop by POP3 with UIDL, keeps on the first pass, deletes on the second; then by IMAP."""

import os
import smtplib

import tool
from message import letter, same_body, subject_of
from reading import fetch_all, unverified

COUNT = 12


def fetchmail(box, protocol, *options, expect=0):
    home = box.folder / "fetchmail"
    home.mkdir(exist_ok=True)
    service = {"POP3": "pop3s", "IMAP": "imaps"}[protocol]
    inbox = home / "delivered"
    keep = home / "keep"
    keep.write_text(f"#!/bin/sh\ncat >> '{inbox}'\necho '\n=====END=====' >> '{inbox}'\n")
    keep.chmod(0o700)
    control = home / "fetchmailrc"
    control.write_text(
        f'poll 127.0.0.1 protocol {protocol} port {box.port(service)}\n'
        f'  user "bob@house.test" password "bob\'s password" ssl sslproto "TLS1.2+" no sslcertck\n'
        f'  mda "{keep}"\n'
    )
    os.chmod(control, 0o600)
    inbox.write_bytes(b"")
    tool.run(
        "fetchmail", "--fetchmailrc", control, "--idfile", home / "ids", "--pidfile", home / "pid", "--nosyslog",
        "--invisible", *options, expect=expect, env={**os.environ, "FETCHMAILHOME": str(home)},
    )
    return [m.strip(b"\n") for m in inbox.read_bytes().split(b"\n=====END=====\n") if m.strip()]


def run(box):
    sent = {f"Letter {n}": letter(f"Letter {n}").as_bytes() for n in range(COUNT)}
    with smtplib.SMTP_SSL("127.0.0.1", box.port("submissions"), context=unverified()) as client:
        client.login("ann@house.test", "ann's password")
        for raw in sent.values():
            client.sendmail("ann@house.test", ["bob@house.test"], raw)

    nothing_new = 1
    kept = fetchmail(box, "POP3", "--keep", "--uidl")
    assert {subject_of(m) for m in kept} == set(sent)
    for m in kept:
        same_body(sent[subject_of(m)], m)
    assert fetchmail(box, "POP3", "--keep", "--uidl", expect=nothing_new) == []
    assert len(fetchmail(box, "IMAP", "--keep", "--all")) == COUNT
    assert len(fetchmail(box, "POP3", "--nokeep", "--all")) == COUNT
    assert fetchmail(box, "POP3", "--all", expect=nothing_new) == []
    assert fetch_all(box, "bob@house.test", "bob's password") == []
