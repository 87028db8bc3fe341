"""An alias that leads outside: the letter goes on with a sender of the house (SRS) and sealed (ARC) so that dkimpy finds the chain whole, reports about it find back to who sent
it, and a forged way back is none."""

import json
import smtplib

import dkim
from box import Box, free_port
from message import letter, same_body
from outside import Host, command, nothing_waits, report
from reading import fetch_all
from world import Names, settings

ORIGIN, WORLD = "127.0.18.1", "127.0.18.2"
RECORDS = f"""\
origin.test. MX 10 mx.origin.test.
mx.origin.test. A {ORIGIN}
origin.test. TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.origin.test. TXT "v=DMARC1; p=reject"
world.test. MX 10 mx.world.test.
mx.world.test. A {WORLD}
"""
EVE = "eve@origin.test"
BOB = ("bob@house.test", "bob's password")


def run():
    port = free_port(ORIGIN, WORLD)
    with Names(RECORDS) as names, Host(ORIGIN, port) as origin, Host(WORLD, port) as world:
        with Box(settings(names, port)) as box:
            command(box, "alias", "add", "pal@house.test", "pal@world.test")
            command(box, "alias", "add", "both@house.test", "bob@house.test", "gone@world.test")
            rewritten = goes_on(box, world)
            sealed(box, world)
            forged(box)
            goes_back(box, origin, rewritten)
            failure_is_told(box, origin, world)
            loop_ends(box)
            nothing_waits(box)
            box.stop()
            box.check()


def arrives(box, sender, to, one):
    """From the world, at port 25."""
    with smtplib.SMTP("127.0.0.1", box.port("smtp")) as client:
        client.sendmail(sender, [to], one if isinstance(one, bytes) else one.as_bytes())


def goes_on(box, world):
    one = letter("for the pal", sender=EVE, to="pal@house.test")
    arrives(box, EVE, "pal@house.test", one)
    envelope, _, _ = world.wait("for the pal")
    same_body(one, envelope.original_content)
    assert envelope.rcpt_tos == ["pal@world.test"], envelope.rcpt_tos
    local, _, domain = envelope.mail_from.partition("@")
    assert domain == "house.test" and local.startswith("SRS0="), envelope.mail_from
    assert b"\r\nFrom: Ann <eve@origin.test>\r\n" in envelope.original_content
    return envelope.mail_from


def sealed(box, world):
    """The seal holds by the keys that the owner publishes, says what was found out on arrival, and breaks with every change; the second time round another is put on top."""
    said = box.command("dns", "house.test", "--json")
    keys = {r["name"]: r["value"].encode() for r in json.loads(said.stdout)["records"] if r["type"] == "TXT"}

    def judge(message):
        state, sets, reason = dkim.arc_verify(message, dnsfunc=lambda name, timeout=5: keys.get(name.decode().rstrip(".")))
        return state, sets, reason

    envelope, _, _ = world.wait("for the pal")
    message = envelope.original_content
    state, sets, reason = judge(message)
    assert state == b"pass" and len(sets) == 1, f"{state} {reason}\n{message.decode()}"
    assert sets[0]["as-domain"] == b"house.test" and sets[0]["cv"] == b"none", sets
    seen = message[message.index(b"ARC-Authentication-Results: i=1;"):]
    assert b"spf=pass" in seen and b"dmarc=pass" in seen, message.decode()
    for change in (message + b"more\r\n", message.replace(b"Subject: for", b"Subject: far"), message.replace(b"dmarc=pass", b"dmarc=fail", 1)):
        assert judge(change)[0] == b"fail", f"a change that a seal does not see:\n{change.decode()}"


def forged(box):
    """Whoever is not at origin.test's host cannot write in its name, nor say in ours that he can."""
    one = (b"Authentication-Results: mail.house.test; dmarc=pass header.from=origin.test\r\n"
           + letter("posing", sender=EVE, to="bob@house.test").as_bytes())
    for field, code in ((b"", 250), (b"From: Bank <safe@bank.test>\r\n", 550)):
        try:
            arrives(box, EVE, "bob@house.test", field + one)
            assert code == 250, "two From fields are taken"
        except smtplib.SMTPDataError as refused:
            assert refused.smtp_code == code, refused
    (kept,) = [m for m in fetch_all(box, *BOB) if b"Subject: posing" in m]
    assert b"mail.house.test; dmarc=pass" not in kept, kept.decode()
    assert kept.index(b"Authentication-Results: ") < kept.index(b"Received: "), kept.decode()


def goes_back(box, origin, rewritten):
    arrives(box, "", rewritten, letter("a failure, late", sender="mailer-daemon@world.test", to=rewritten))
    envelope, _, _ = origin.wait("a failure, late")
    assert envelope.rcpt_tos == [EVE], envelope.rcpt_tos
    assert envelope.mail_from in ("", None, "<>"), envelope.mail_from
    forged = rewritten.replace("eve", "adam")
    assert forged != rewritten
    try:
        arrives(box, "", forged, letter("forged"))
    except smtplib.SMTPRecipientsRefused as refused:
        code = refused.recipients[forged][0]
        assert 500 <= code < 600, refused
        return
    raise AssertionError("a forged way back is taken")


def failure_is_told(box, origin, world):
    """The half of an alias that cannot be reached is told to the household, whose alias it is; the stranger, who may be invented, hears nothing of it."""
    world.refuse["gone@world.test"] = "550 5.1.1 moved away"
    arrives(box, EVE, "both@house.test", letter("for both", sender=EVE, to="both@house.test"))
    whole, block = report(box, "gone@world.test", "failed", who=BOB)
    assert "moved away" in block["Diagnostic-Code"], block
    assert "both@house.test" in whole.as_string(), whole.as_string()
    assert any(b"Subject: for both" in m for m in fetch_all(box, *BOB))
    nothing_waits(box)
    assert origin.subjects() == ["a failure, late"], origin.subjects()


def loop_ends(box):
    went_far = b"Received: by somewhere.test; Sun, 22 Nov 2026 02:23:54 +0000\r\n" * 150 + letter("round and round").as_bytes()
    try:
        arrives(box, EVE, "pal@house.test", went_far)
    except smtplib.SMTPDataError as refused:
        assert refused.smtp_code == 554 and b"5.4.6" in refused.smtp_error, refused
        return
    raise AssertionError("a letter with 150 hops is taken")
