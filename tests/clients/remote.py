"""What every mail host of the world must get from the box, whoever wrote it: the jobs for Postfix and Exim share this."""

import os

from job_dkim import judge, records
from message import letter, letter_with_photo, same_body, subject_of
from outside import ANN, command, hand_in, nothing_waits, report, waits_because
from reading import fetch_all

LONG_LINE = "x" * 997


def whole(box, host, domain):
    """Awkward letters and a large one arrive whole, over TLS, with signatures that hold."""
    keys = records(box)
    to = f"x@{domain}"
    letters = [
        letter("dots", to=to),
        letter("8 bits", "Grüße,\r\n.Καλημέρα\r\n..κόσμε ✉\r\n", to=to),
        letter("long lines", f"{LONG_LINE}\r\n.{LONG_LINE[:-1]}\r\n" * 50, to=to),
        letter("Überschrift ✉", "kurz\r\n", to=to),
        letter_with_photo("5 MB", os.urandom(3_750_000)),
    ]
    for one in letters:
        hand_in(box, one, to)
    got = {subject_of(m): m for m in host.wait("x", len(letters))}
    for one in letters:
        same_body(one, got[one["Subject"]])
        arrived = got[one["Subject"]].replace(b"\n", b"\r\n")
        trace = arrived[:arrived.index(own_part(arrived))]
        assert b"TLS1.3" in trace or b"TLSv1.3" in trace, f"no TLS: {trace!r}"
        judge(own_part(arrived), keys, forge=len(arrived) < 100_000)
    nothing_waits(box)


def own_part(arrived):
    """The message as the box sent it, without the fields that the host has put in front: they are before the first signature."""
    at = arrived.lower().index(b"dkim-signature:")
    return arrived[at:]


def several(box, host, domain):
    """One transaction for those of one domain; the recipient who is refused comes back to the sender, in plain words and for programs."""
    hand_in(box, letter("to three"), f"x@{domain}", f"y@{domain}", f"nobody@{domain}")
    same_body(letter("to three"), host.wait("y")[0])
    whole_report, block = report(box, f"nobody@{domain}", "failed")
    assert block["Status"].strip().startswith("5.1.1") or block["Status"].strip().startswith("5."), block
    assert "550" in block["Diagnostic-Code"], block
    assert block["Remote-MTA"], block
    assert whole_report["Auto-Submitted"].startswith("auto-replied"), whole_report["Auto-Submitted"]
    assert whole_report["Return-Path"].strip() == "<>", whole_report["Return-Path"]
    assert f"nobody@{domain}" in whole_report.get_body().get_content(), whole_report.get_body().get_content()
    assert "to three" in whole_report.as_string(), whole_report.as_string()
    for who in ("x", "y"):
        assert part_count(host.letters(who), "to three") == 1
    nothing_waits(box)


def part_count(letters, subject):
    return [subject_of(m) for m in letters].count(subject)


def dsn_relayed(box, host, domain):
    """What the sender wants to be told goes along: the host's own report of success comes back with envelope id and original recipient."""
    hand_in(box, letter("told"), f"y@{domain}", mail=["RET=HDRS", "ENVID=QQ+2B314159"],
            rcpt=["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;Y+2Borig@{domain}"])
    found, block = report(box, f"y@{domain}", "delivered")
    # RFC 3464 has it decoded; Exim leaves it as it came.
    original = block["Original-Recipient"].replace(" ", "").replace("+2B", "+")
    assert original == f"rfc822;Y+orig@{domain}", block
    text = found.as_string()
    assert "QQ+314159" in text.replace("+2B", "+"), text
    nothing_waits(box)


def waits(box, recipient, word):
    """A host that says "later": the letter stays, its words are shown, and what the owner drops is gone."""
    hand_in(box, letter("later"), recipient)
    number = waits_because(box, recipient, word)
    command(box, "queue", "drop", number)
    nothing_waits(box)
    assert not any(subject_of(m) == "later" for m in fetch_all(box, *ANN)), "a dropped letter came back"
