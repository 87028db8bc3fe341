"""Letters for the world: handed in by a person, watched in the queue, reported on; and a mail host that is PyPI's aiosmtpd."""

import email
import email.policy
import json
import logging
import re
import smtplib
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from message import subject_of
from reading import unverified, wait_for
from world import eventually

# aiosmtpd tells of every handshake that a job makes fail.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

ANN = ("ann@house.test", "ann's password")


def hand_in(box, raw, *recipients, sender=ANN, mail=(), rcpt=()):
    """Ann sends a message; `mail` and `rcpt` are ESMTP options."""
    raw = raw if isinstance(raw, bytes) else raw.as_bytes()
    with smtplib.SMTP("127.0.0.1", box.port("submission")) as client:
        client.starttls(context=unverified())
        client.login(*sender)
        options = [*mail] + (["BODY=8BITMIME"] if not raw.isascii() else [])
        refused = client.sendmail(sender[0], recipients, raw, options, rcpt)
        assert not refused, refused


def command(box, *words, expect=0, stdin=None):
    done = box.command(*words, stdin=stdin)
    assert done.returncode == expect, f"pillarbox {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr if expect else done.stdout


def queue(box):
    return json.loads(command(box, "queue", "list", "--json"))


def nothing_waits(box):
    eventually(lambda: queue(box)["letters"] == 0, lambda: f"the queue is empty: {queue(box)}")


def waiting(box, recipient):
    """The queue's (letter number, row) for a recipient, `None` if there is none."""
    for letter in queue(box)["shown"]:
        for row in letter["recipients"]:
            if row["address"] == recipient:
                done = box.command("queue", "show", letter["id"], "--json")
                if done.returncode == 3:
                    return None  # It went in this moment.
                assert done.returncode == 0, done.stderr
                shown = json.loads(done.stdout)
                assert shown["id"] == letter["id"], shown
                return letter["id"], next(r for r in shown["recipients"] if r["address"] == recipient)
    return None


def gone(box, recipient):
    """Waits until nothing for a recipient is in the queue: the host has a letter before the box has noted so."""
    eventually(lambda: waiting(box, recipient) is None, lambda: f"the letter for {recipient} is off the queue: {queue(box)}")


def waits_because(box, recipient, *words):
    """Waits until the letter for a recipient has been tried and stays, and the last words shown have each of `words`; gives its number."""
    def look():
        found = waiting(box, recipient)
        return found if found and found[1]["last"] else None

    letter, row = eventually(look, lambda: f"the letter for {recipient} is tried and waits: {queue(box)}")
    said = row["last"]["words"]
    for word in words:
        assert word.lower() in said.lower(), f"the letter for {recipient} waits, but the reason lacks {word!r}: {row}"
    assert row["next_seconds"] > 0, row
    return letter


def report(box, recipient, action, who=ANN):
    """The report in a person's INBOX that says this of a recipient: (the whole, its part about the recipient)."""
    def fits(message):
        return part_about(message, recipient, action) is not None

    found = wait_for(box, *who, fits)
    return found, part_about(found, recipient, action)


def part_about(message, recipient, action):
    if message.get_content_type() != "multipart/report":
        return None
    for part in message.walk():
        for block in blocks(part):
            about = block.get("Final-Recipient", "").split(";")[-1].strip()
            if about == recipient and block["Action"].strip().lower() == action:
                return block
    return None


def blocks(part):
    """What a report's machine part says, recipient by recipient."""
    if part.get_content_type() == "message/delivery-status":
        return part.get_payload()[1:]
    if part.get_content_type() == "message/global-delivery-status":
        # RFC 6533: UTF-8, unencoded; Python does not know the type.
        text = part.as_bytes(policy=email.policy.default).split(b"\n\n", 1)[1].decode()
        unfolded = re.sub(r"\n[ \t]+", " ", text.strip())
        lines = (block.splitlines() for block in unfolded.split("\n\n")[1:])
        return [dict(line.split(": ", 1) for line in block) for block in lines]
    return []


class Host(Controller):
    """A mail host: takes what its `refuse` does not refuse, and keeps it as (envelope, TLS version, who logged in)."""

    def __init__(self, address, port, certificate=None, name="mx.world.test", users=None, mechanisms=None):
        self.taken = []
        self.refuse = {}
        self.certificate = certificate
        self.name = name
        self.users = users
        self.excluded = {"PLAIN", "LOGIN"} - set(mechanisms) if mechanisms else set()
        self.lock = threading.Lock()
        super().__init__(self, hostname=address, port=port)

    def factory(self):
        context = None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
        return SMTP(
            self, hostname=self.name, tls_context=context, enable_SMTPUTF8=True, data_size_limit=30_000_000,
            authenticator=self.check if self.users else None, auth_required=bool(self.users),
            auth_exclude_mechanism=self.excluded,
        )

    def check(self, server, session, envelope, mechanism, data):
        right = self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        tls = session.ssl.get("cipher") if isinstance(session.ssl, dict) else session.ssl
        with self.lock:
            self.taken.append((envelope, tls, session))
        return "250 2.0.0 taken"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def subjects(self):
        with self.lock:
            return [subject_of(envelope.original_content) for envelope, _, _ in self.taken]

    def wait(self, subject, count=1):
        """The (envelope, TLS, session) of the letter with this subject."""
        eventually(lambda: self.subjects().count(subject) >= count, lambda: f"{subject!r} arrives; there are {self.subjects()}")
        with self.lock:
            return [t for t in self.taken if subject_of(t[0].original_content) == subject][-1]
