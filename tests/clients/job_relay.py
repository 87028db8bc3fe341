"""Relays that want a log-in: Exim with PLAIN and with LOGIN, aiosmtpd, and a second pillarbox with SCRAM. A wrong password keeps the mail, and the owner gets a letter."""

import socket
import ssl
import threading
from contextlib import ExitStack

from box import Box, free_port
from exim import Exim
from job_dkim import judge, records
from message import letter, same_body
from outside import Host, command, hand_in, nothing_waits, waiting, waits_because
from reading import unverified, wait_for
from remote import own_part
from world import Authority, Names, eventually, settings

PLAIN, LOGIN, PYTHON, FAR = "127.0.16.1", "127.0.16.2", "127.0.16.3", "127.0.16.4"
RECORDS = f"""\
middle.relay.test. A 127.0.0.1
plain.relay.test. A {PLAIN}
login.relay.test. A {LOGIN}
python.relay.test. A {PYTHON}
misnamed.relay.test. A {PYTHON}
box.relay.test. A 127.0.0.1
far.test. MX 10 mx.far.test.
mx.far.test. A {FAR}
"""
USER, PASSWORD = "house", "the relay's secret"
OWNER = ("owner@house.test", "owner's password")


def run():
    authority = Authority()
    port = free_port(PLAIN, LOGIN, PYTHON, FAR)
    with ExitStack() as stack:
        names = stack.enter_context(Names(RECORDS))
        box = stack.enter_context(Box(settings(names, port, authority)))
        command(box, "account", "password", OWNER[0], "--password-stdin", stdin=OWNER[1] + "\n")
        for mechanism, address in (("PLAIN", PLAIN), ("LOGIN", LOGIN)):
            by_exim(stack, box, authority, port, mechanism, address)
        by_python(stack, box, authority, port)
        by_pillarbox(stack, box, authority, names, port)
        box.stop()
        box.check()
        assert PASSWORD not in box.log.read_text(), "the relay's password is in the log"


def relay_set(box, host, *options, user=USER, password=PASSWORD):
    command(box, "relay", "set", host, "--user", user, "--password-stdin", *options, stdin=password + "\n")


def by_exim(stack, box, authority, port, mechanism, address):
    """The password goes by the one mechanism that is offered; who has logged in may send anywhere."""
    name = f"{mechanism.lower()}.relay.test"
    relay = stack.enter_context(Exim(name, "relay.test", address, port, ["x"], authority.issue(name),
                                     box.port("smtp"), [mechanism], USER, PASSWORD))
    keys = records(box)
    one = letter(f"by {mechanism}", to="x@anywhere.test")
    relay_set(box, f"{name}:{port}", password="wrong")
    said = command(box, "relay", "test", expect=1)
    assert "535" in said, said
    hand_in(box, one, "kept@anywhere.test")
    number = waits_because(box, "kept@anywhere.test", "535")
    told = wait_for(box, *OWNER, lambda m: name in m["Subject"])
    text = told.get_body().get_content()
    assert "535" in text and "pillarbox relay set" in text, text
    assert told["Auto-Submitted"].startswith("auto-generated"), told.as_string()
    relay_set(box, f"{name}:{port}")
    assert name in command(box, "relay", "test")
    command(box, "queue", "retry", number)
    eventually(lambda: "kept@anywhere.test" in recipients(relay), lambda: f"it goes with the right password: {relay.log()}")

    hand_in(box, one, "x@anywhere.test", "y@elsewhere.test")
    # Exim knows one transaction from the next, and every recipient is in one of them.
    got = eventually(lambda: recipients(relay) >= {"x@anywhere.test", "y@elsewhere.test"} and relay.letters("relayed"),
                     lambda: f"both recipients' letters are at the relay: {recipients(relay)}\n{relay.log()}")
    for message in got:
        same_body(one, message)
        judge(own_part(message.replace(b"\n", b"\r\n")), keys)
    assert f"A={mechanism.lower()}:{USER}" in relay.log(), relay.log()
    nothing_waits(box)
    command(box, "relay", "remove")


def recipients(relay):
    return {line.split(b":", 1)[1].strip().decode() for m in relay.letters("relayed") for line in m.splitlines()
            if line.lower().startswith(b"envelope-to:")}


def by_python(stack, box, authority, port):
    """A relay for one domain alone; under a name that its certificate is not for, it gets neither password nor mail."""
    certificate = authority.issue("python.relay.test")
    relay = stack.enter_context(Host(PYTHON, port, certificate, "python.relay.test", users={USER: PASSWORD}))
    relay_set(box, f"python.relay.test:{port}", "--for", "one.test", "--tls", "starttls")
    hand_in(box, letter("for one domain"), "x@one.test")
    _, tls, session = relay.wait("for one domain")
    assert tls and session.authenticated
    relay_set(box, f"misnamed.relay.test:{port}", "--for", "one.test")
    hand_in(box, letter("to a liar"), "x@one.test")
    number = waits_because(box, "x@one.test", "misnamed.relay.test", "certificate")
    assert "to a liar" not in relay.subjects()
    command(box, "queue", "drop", number)
    command(box, "relay", "remove", "--for", "one.test")


def by_pillarbox(stack, box, authority, names, port):
    """A second box takes the letter from the first by SCRAM, and delivers it to the world."""
    far = stack.enter_context(Host(FAR, port, authority.issue("mx.far.test"), "mx.far.test"))
    certificate, key = authority.issue("box.relay.test")
    tls = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[log]\nlevel = "debug"\n'
    second = stack.enter_context(Box(
        tls + settings(names, port, authority), people=False, hostname="box.relay.test", domains=("house.test",)))
    second.add_person("ann@house.test", "another password")
    relay_set(box, f"box.relay.test:{second.port('submissions')}", "--tls", "implicit", user="ann@house.test", password="wrong")
    hand_in(box, letter("wrong at the box"), "z@far.test")
    number = waits_because(box, "z@far.test", "535 5.7.8")
    command(box, "queue", "drop", number)
    assert waiting(box, "z@far.test") is None
    with Listener(authority.issue("middle.relay.test"), second.port("submissions")) as middle:
        relay_set(box, f"middle.relay.test:{middle.port}", "--tls", "implicit", user="ann@house.test", password="another password")
        said = command(box, "relay", "test", expect=1)
        assert b"AUTH SCRAM-SHA-256-PLUS " in middle.heard, f"no SCRAM bound to the channel: {middle.heard}\n{said}"
        assert b"another password" not in middle.heard
    for service, how in (("submissions", "implicit"), ("submission", "starttls")):
        relay_set(box, f"box.relay.test:{second.port(service)}", "--tls", how, user="ann@house.test", password="another password")
        command(box, "relay", "test")
        hand_in(box, letter(f"through {service}"), "x@far.test")
        envelope, tls, _ = far.wait(f"through {service}")
        assert envelope.mail_from == "ann@house.test" and envelope.rcpt_tos == ["x@far.test"], envelope
        same_body(letter(f"through {service}"), envelope.original_content)
        trace = envelope.original_content
        assert trace.count(b"by box.relay.test with ESMTPSA") == 1, trace[:3000]
    nothing_waits(box)
    nothing_waits(second)
    # The connection that still waits for a next letter is logged in as before; it carries nothing for the relay as it is now.
    relay_set(box, f"box.relay.test:{second.port('submission')}", "--tls", "starttls", user="ann@house.test", password="wrong")
    hand_in(box, letter("no longer"), "z@far.test")
    command(box, "queue", "drop", waits_because(box, "z@far.test", "535 5.7.8"))
    second.stop()
    second.check()


class Listener(threading.Thread):
    """Sits between the boxes with a certificate that is good for its name, and hears all that the first one says: SCRAM bound to the channel lets nobody in there."""

    def __init__(self, certificate, port):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.far = port
        self.heard = b""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.server.close()

    def run(self):
        while True:
            try:
                near, _ = self.server.accept()
                near = self.context.wrap_socket(near, server_side=True)
                far = unverified().wrap_socket(socket.create_connection(("127.0.0.1", self.far)))
            except OSError:
                return
            threading.Thread(target=self.carry, args=(far, near, False), daemon=True).start()
            self.carry(near, far, True)

    def carry(self, source, target, hear):
        try:
            while octets := source.recv(4096):
                self.heard += octets if hear else b""
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
