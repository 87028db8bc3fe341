"""swaks, msmtp and Python hand in mail for the world: reports of success, the undo window, letters held, let go and dropped."""

import json
import smtplib
import time

import tool
from box import Box, free_port
from job_msmtp import fingerprint_of
from message import letter, subject_of
from outside import ANN, Host, command, hand_in, nothing_waits, queue, report, waiting, waits_because
from reading import fetch_all, unverified, wait_for
from world import Names, eventually, settings

ADDRESS, SECOND, ASLEEP = "127.0.15.1", "127.0.15.2", "127.0.15.3"
RECORDS = f"""\
world.test. MX 10 mx.world.test.
mx.world.test. A {ADDRESS}
way-round.test. A {SECOND}
asleep.test. MX 10 mx.asleep.test.
mx.asleep.test. A {ASLEEP}
nomail.test. MX 0 .
"""
LIMITS = """
[limits.sending]
messages_per_day = 3
new_recipients_per_day = 4
"""


def run():
    port = free_port(ADDRESS, SECOND, ASLEEP)
    with Names(RECORDS) as names, Host(ADDRESS, port) as host:
        with Box(settings(names, port)) as box:
            by_swaks(box, host)
            by_msmtp(box, host)
            by_python(box, host)
            nowhere(box)
            way_round(box, host, port)
            box.stop()
            box.check()
        with Box(settings(names, port, send='undo = "10 min"')) as box:
            undo(box, host)
            box.stop()
            box.check()
        with Box(settings(names, port, send=LIMITS)) as box:
            limits(box, host)
            box.stop()
            box.check()
        with Box(settings(names, port)) as box:
            asleep(box, port)
            box.stop()
            box.check()


def by_swaks(box, host):
    for service, tls in (("submission", "-tls"), ("submissions", "-tlsc")):
        subject = f"swaks on {service}"
        tool.run("swaks", "--server", "127.0.0.1", "--port", str(box.port(service)), "--timeout", "20", tls,
                 "--auth", "PLAIN", "--auth-user", ANN[0], "--auth-password", ANN[1],
                 "--from", ANN[0], "--to", "x@world.test,y@world.test", "--data", letter(subject).as_string())
        envelope, _, _ = host.wait(subject)
        assert sorted(envelope.rcpt_tos) == ["x@world.test", "y@world.test"], envelope.rcpt_tos
        assert envelope.mail_from == ANN[0], envelope.mail_from


def by_msmtp(box, host):
    """The host does not know DSN, so the box itself says that it has handed the letter on (RFC 3461 §5.2.2)."""
    tool.run("msmtp", "--host=127.0.0.1", f"--port={box.port('submissions')}", "--tls=on", "--tls-starttls=off",
             f"--tls-fingerprint={fingerprint_of(box)}", "--auth=scram-sha-256", f"--user={ANN[0]}",
             f'--passwordeval=printf %s "{ANN[1]}"', f"--from={ANN[0]}", "--dsn-notify=success", "--dsn-return=hdrs",
             "x@world.test", stdin=letter("from msmtp").as_bytes())
    host.wait("from msmtp")
    whole, block = report(box, "x@world.test", "relayed")
    assert block["Status"].startswith("2."), block
    assert "from msmtp" in whole.as_string()


def by_python(box, host):
    host.refuse["never@world.test"] = "550 5.7.1 go away"
    hand_in(box, letter("quiet"), "never@world.test", rcpt=["NOTIFY=NEVER"])
    hand_in(box, letter("aloud"), "never@world.test", mail=["RET=FULL", "ENVID=the-envelope"], rcpt=["NOTIFY=FAILURE"])
    whole, block = report(box, "never@world.test", "failed")
    assert "550 5.7.1 go away" in block["Diagnostic-Code"], block
    assert "the-envelope" in whole.as_string()
    original = [p for p in whole.walk() if p.get_content_type() in ("message/rfc822", "message/global")]
    assert original and "last line" in original[0].as_string(), "RET=FULL did not return the whole"
    nothing_waits(box)
    inbox = [m for m in fetch_all(box, *ANN) if b"quiet" in m]
    assert not inbox, f"NOTIFY=NEVER was told of: {inbox}"
    with smtplib.SMTP("127.0.0.1", box.port("submission")) as client:
        client.starttls(context=unverified())
        client.login(*ANN)
        for wanted in ("dsn", "futurerelease", "deliverby", "mt-priority"):
            assert client.has_extn(wanted), f"{wanted} is not announced: {client.esmtp_features}"
        # Held for a while (RFC 4865): it waits, and the queue says for how long.
        client.sendmail(ANN[0], ["x@world.test"], letter("tomorrow").as_bytes(), ["HOLDFOR=86400"])
    number, row = waiting(box, "x@world.test")
    assert 86_000 < row["next_seconds"] <= 86_400, row
    command(box, "queue", "retry", number)
    host.wait("tomorrow")
    nothing_waits(box)


def asleep(box, port):
    """A host that does not answer: the letter waits, and goes when the owner says that it may be tried again."""
    hand_in(box, letter("good morning"), "x@asleep.test")
    waits_because(box, "x@asleep.test", f"cannot connect to {ASLEEP}", "refused")
    with Host(ASLEEP, port) as host:
        command(box, "queue", "retry", "all")
        host.wait("good morning")
    nothing_waits(box)


def nowhere(box):
    """A domain that takes no mail (RFC 7505), and one that is none: back at once."""
    hand_in(box, letter("to nobody"), "x@nomail.test", "x@no-such.test")
    for recipient, status in (("x@nomail.test", "5.1.10"), ("x@no-such.test", "5.1.2")):
        _, block = report(box, recipient, "failed")
        assert block["Status"].strip() == status, block
    nothing_waits(box)


def way_round(box, host, port):
    """A host that does not like where we come from: the letter goes by the fall-back relay, at once, and so do the next ones."""
    host.refuse["picky@world.test"] = "550 5.7.1 your line is on a list of home lines"
    with Host(SECOND, port, name="way-round.test") as relay:
        command(box, "relay", "set", f"way-round.test:{port}", "--fallback", "--tls", "none")
        hand_in(box, letter("picky"), "picky@world.test")
        relay.wait("picky")
        hand_in(box, letter("picky again"), "picky@world.test")
        relay.wait("picky again")
        nothing_waits(box)
        command(box, "relay", "remove", "--fallback")
    host.refuse.clear()


def undo(box, host):
    """For ten minutes nothing leaves; what is dropped never does."""
    for subject in ("regretted", "held", "meant"):
        hand_in(box, letter(subject), f"{subject}@world.test")
    assert {n["recipients"][0]["address"] for n in queue(box)["shown"]} == {
        "regretted@world.test", "held@world.test", "meant@world.test"}
    number, row = waiting(box, "regretted@world.test")
    assert 500 < row["next_seconds"] <= 600 and row["attempts"] == 0, row
    command(box, "queue", "drop", number)
    assert waiting(box, "regretted@world.test") is None
    command(box, "queue", "show", number, expect=3)
    held, _ = waiting(box, "held@world.test")
    command(box, "queue", "hold", held)
    assert queue(box)["held"] == 1
    said = json.loads(command(box, "queue", "retry", "all", "--json"))
    assert said["rows"] == 1, said
    host.wait("meant")
    time.sleep(1)
    assert {"regretted", "held"}.isdisjoint(host.subjects()), host.subjects()
    command(box, "queue", "release", held)
    command(box, "queue", "retry", held)
    host.wait("held")
    nothing_waits(box)
    eventually(lambda: not queue(box)["shown"], "the queue is empty")
    assert "regretted" not in host.subjects()
    assert not [subject_of(m) for m in fetch_all(box, *ANN)], "somebody was told of what was dropped"


def limits(box, host):
    """A stolen password does small damage: so many messages a day, so many new addresses; the owner of the mailbox is told."""
    people = [f"x{number}@world.test" for number in range(5)]
    refused_later(box, "new people", *people)
    hand_in(box, letter("the first"), *people[:4])
    refused_later(box, "one more", people[4])
    hand_in(box, letter("the second"), people[0])
    hand_in(box, letter("the third"), people[1])
    refused_later(box, "the fourth", people[0])
    host.wait("the third")
    told = wait_for(box, *ANN, lambda m: "451" not in m["Subject"] and m["Auto-Submitted"] == "auto-generated")
    assert told["To"] and "ann@house.test" in told["To"], told.as_string()
    assert {"new people", "one more", "the fourth"}.isdisjoint(host.subjects()), host.subjects()


def refused_later(box, subject, *recipients):
    try:
        hand_in(box, letter(subject), *recipients)
    except smtplib.SMTPResponseException as refused:
        assert refused.smtp_code == 451 and refused.smtp_error.startswith(b"4.7.1 "), refused
        return
    raise AssertionError(f"{subject!r} is taken, over the limit")
