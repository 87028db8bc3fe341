"""The whole story, as a person lives it: a card is put in, a page opened, a letter comes, is read, one goes out; off by the button, on again, still there; and a press
opens the page again."""

import imaplib
import poplib
import smtplib
import socket
import struct
import sys
import threading
import time
from pathlib import Path

import card
from person import Phone, claim, unverified
from vm import BOARDS, Machine

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients"))
from world import Names, eventually  # noqa: E402

PASSWORD = "three small green boats"
# The host as the machine sees it.
HOST = "10.0.2.2"
# From 1900 to 1970, in seconds.
NTP_EPOCH = 2_208_988_800


class TimeServer:
    """SNTP on loopback: the host's own time."""

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Where the box asks, and nowhere else: this needs root.
        self.socket.bind(("127.0.0.1", 123))
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                asked, peer = self.socket.recvfrom(512)
            except OSError:
                return
            now = int((time.time() + NTP_EPOCH) * 2**32)
            # Leap none, version 4, server; stratum 1; the question's time of sending comes back as origin.
            answer = struct.pack("!BBbbII4sQ", 0x24, 1, 6, -20, 0, 0, b"GPS\0", now) + asked[40:48] + struct.pack("!QQ", now, now)
            self.socket.sendto(answer, peer)


class Remote:
    """A mail host of the world, as simple as they come."""

    def __enter__(self):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port, self.letters = self.door.getsockname()[1], []
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.door.close()

    def serve(self):
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.take, args=(line,), daemon=True).start()

    def take(self, line):
        with line, line.makefile("rwb") as stream:
            def say(words):
                stream.write(words + b"\r\n")
                stream.flush()
            say(b"220 mx.far.test ESMTP")
            while verb := stream.readline()[:4].upper():
                if verb == b"DATA":
                    say(b"354 go on")
                    letter = b""
                    while (row := stream.readline()) not in (b".\r\n", b""):
                        letter += row
                    self.letters.append(letter)
                    say(b"250 2.0.0 taken")
                elif verb == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 mx.far.test")


def letter(to, subject, sender="ann@letters.example", body="It works.\r\n"):
    return f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{body}"


def send(machine, sender, to, subject, body="It works.\r\n"):
    """Ann's phone sends a letter."""
    with smtplib.SMTP_SSL("127.0.0.1", machine.ports["submissions"], context=unverified(), timeout=120) as client:
        client.login(sender, PASSWORD)
        client.sendmail(sender, [to], letter(to, subject, sender, body))


def receive(machine, to, subject, body="It works.\r\n"):
    """Another host brings a letter."""
    with smtplib.SMTP("127.0.0.1", machine.ports["smtp"], timeout=120) as client:
        client.sendmail("bob@far.test", [to], letter(to, subject, "bob@far.test", body))


def subjects_by_imap(machine, who):
    with imaplib.IMAP4_SSL("127.0.0.1", machine.ports["imaps"], ssl_context=unverified(), timeout=120) as client:
        client.login(who, PASSWORD)
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [part[1].decode().split("Subject: ")[1].strip() for part in found if isinstance(part, tuple)]


def letters_by_pop3(machine, who):
    client = poplib.POP3_SSL("127.0.0.1", machine.ports["pop3s"], context=unverified(), timeout=120)
    client.user(who)
    client.pass_(PASSWORD)
    count = client.stat()[0]
    client.quit()
    return count


def world(names, remote):
    """What stands on the card: whom the box asks, at which port the world takes mail."""
    return f'[dns]\nservers = ["{HOST}:{names.port}"]\n\n[send]\nport = {remote.port}\nlocal_networks = true\n\n[clock]\nservers = ["{HOST}"]\n\n'


def run(board="virt"):
    with Names(f"far.test. MX 10 mx.far.test.\nmx.far.test. A {HOST}") as names, Remote() as remote, TimeServer():
        disk = card.make(f"story-{board}", world(names, remote) + BOARDS[board].settings)
        with Machine(disk, board, boot=card.FROM_THE_CARD, net="restrict=off") as machine:
            print(f"  {board}: the door greets {machine.says('smtp'):.1f} s after power-on")
            shines(machine)
            phone = Phone(machine)
            assert "your mail box" in phone.go("/").text
            ann = claim(phone, domain="letters.example")
            receive(machine, ann, "from the world")
            send(machine, ann, ann, "to myself")
            eventually(lambda: sorted(subjects_by_imap(machine, ann)) == ["from the world", "to myself"], "both letters are there")
            assert letters_by_pop3(machine, ann) == 2
            send(machine, ann, "bob@far.test", "to the world")
            eventually(lambda: any(b"Subject: to the world" in one for one in remote.letters), lambda: f"the letter reaches the world: {remote.letters}")
            print(f"  {board}: off {machine.shut():.1f} s after the double press")
        with Machine(disk, board, boot=card.straight(), net="restrict=off") as machine:
            machine.says("imap")
            assert sorted(subjects_by_imap(machine, ann)) == ["from the world", "to myself"]
            assert letters_by_pop3(machine, ann) == 2
            closed = Phone(machine).go("/")
            assert "3 seconds" in closed.text and not closed.forms, closed.text
            machine.press(3.6)
            phone = eventually(lambda: opened(machine), "the press opens the page")
            page = phone.fill(phone.go("/"), password=PASSWORD)
            assert phone.go("/household").status == 200, page.text
            machine.shut()


def opened(machine):
    phone = Phone(machine)
    return phone if phone.go("/").forms else None


def shines(machine):
    """The light plays: it is on for a while, and off for a while."""
    seen = {machine.light()}
    end = time.monotonic() + 30
    while len(seen) < 2 and time.monotonic() < end:
        time.sleep(0.02)
        seen.add(machine.light())
    assert len(seen) == 2, "the light does not play"
