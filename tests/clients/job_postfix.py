"""Postfix as the mail host of another domain."""

import email
import email.policy

import remote
from box import Box, free_port
from job_dkim import judge, records
from message import letter, letter_with_photo, same_body
from outside import hand_in, nothing_waits, report
from postfix import Postfix
from world import Authority, Names, eventually, settings

ADDRESS, OLD = "127.0.11.1", "127.0.11.2"
RECORDS = f"""\
post.test. MX 10 mx.post.test.
mx.post.test. A {ADDRESS}
old.test. MX 10 mx.old.test.
mx.old.test. A {OLD}
"""
# The same Postfix as it would have been thirty years ago.
OLD_SERVICE = """\
{old}:{port} inet n - n - - smtpd
 -o smtpd_tls_security_level=none
 -o smtpd_discard_ehlo_keywords=8bitmime,chunking,smtputf8,dsn,pipelining,etrn
"""
LATER = "check_recipient_access inline:{{later@post.test=451 4.7.1 the mill is full}}"
LIMITS = """
[limits.sending]
new_recipients_per_day = 1000
[limits.submission]
recipients = 200
"""


def run():
    authority, port = Authority(), free_port(ADDRESS, OLD)
    certificate = authority.issue("mx.post.test")
    with Names(RECORDS) as names, Box(settings(names, port, send=LIMITS)) as box:
        people = ["x", "y", "later", "jörg"]
        services = OLD_SERVICE.format(old=OLD, port=port)
        with Postfix("mx.post.test", "post.test", ADDRESS, port, people, certificate, box.port("smtp"), LATER,
                     ["old.test"], services) as host:
            remote.whole(box, host, "post.test")
            remote.several(box, host, "post.test")
            assert "nrcpt=2" in host.log(), "x and y were not written to in one transaction"
            remote.dsn_relayed(box, host, "post.test")
            remote.waits(box, "later@post.test", "451 4.7.1 <later@post.test>: Recipient address rejected: the mill is full")
            international(box, host)
            many(box, host)
            old(box, host)
            box.stop()
            box.check()


def international(box, host):
    """A recipient beyond ASCII (SMTPUTF8)."""
    one = letter("à qui", "ça\r\n", to="jörg@post.test")
    hand_in(box, one.as_bytes(policy=one.policy.clone(utf8=True)), "jörg@post.test", mail=["SMTPUTF8"])
    same_body(one, host.wait("jörg")[0])
    nothing_waits(box)


def many(box, host):
    """More than go into one transaction (settings: 100)."""
    hand_in(box, letter("to many"), *(f"x+{number}@post.test" for number in range(150)))
    eventually(lambda: remote.part_count(host.letters("x"), "to many") == 150,
               lambda: f"150 letters; there are {remote.part_count(host.letters('x'), 'to many')}", 60)
    assert "nrcpt=100" in host.log() and "nrcpt=50" in host.log(), "150 recipients did not go as 100 and 50"
    nothing_waits(box)


def old(box, host):
    """A host that knows no 8-bit text gets the same text in 7 bits, signed as it was sent; what it cannot take at all comes back."""
    text = "Grüße,\r\n.Καλημέρα\r\n..κόσμε ✉\r\n" * 20
    one = letter_with_photo("to an old host", b"\0\r\n\xff" * 1000)
    one.get_body().set_content(text, cte="8bit")
    before = len(host.letters("y"))
    hand_in(box, one, "y@old.test")
    arrived = host.wait("y", before + 1)[-1]
    assert arrived.isascii(), f"8-bit text for a host that knows none: {arrived!r}"
    assert b"with SMTP" in arrived or b"with ESMTP" in arrived
    read = email.message_from_bytes(arrived, policy=email.policy.default)
    assert read.get_body().get_content().replace("\n", "\r\n").strip() == text.strip(), read.get_body().get_content()
    (photo,) = read.iter_attachments()
    assert photo.get_content() == b"\0\r\n\xff" * 1000
    judge(remote.own_part(arrived.replace(b"\n", b"\r\n")), records(box))

    hand_in(box, letter("told by the box"), "y@old.test", rcpt=["NOTIFY=SUCCESS"])
    report(box, "y@old.test", "relayed")
    named = letter("to a name", to="jörg@old.test")
    hand_in(box, named.as_bytes(policy=named.policy.clone(utf8=True)), "jörg@old.test", mail=["SMTPUTF8"])
    _, block = report(box, "jörg@old.test", "failed")
    assert block["Status"].strip() == "5.6.7", block
    nothing_waits(box)
