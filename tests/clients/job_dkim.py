"""dkimpy judges what the box signs: letters sent to the world arrive there with two signatures that hold, by the keys that `pillarbox dns` prints.

The world is a name server and a mail host of the job's own, on loopback. Needs dkimpy and PyNaCl (Debian: python3-dkim, python3-nacl).
"""

import json
import smtplib
import socket
import struct
import threading

import dkim
from box import Box
from reading import unverified

SECONDS = 30
LETTERS = {
    "plain": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: plain\r\n\r\nHello.\r\n",
    "8bit": "From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: 8bit\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße  \r\n\tKüsse\r\n".encode(),
    "empty": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: empty\r\n\r\n",
    "blank": b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: blank\r\n\r\nlines\r\n \r\n\r\n\r\n",
    "folded": b"From: Ann\r\n <ann@house.test>\r\nTo: x@world.test\r\nSubject: folded\r\n\t again \t and\r\n  again\r\n\r\n.dot\r\n..\r\n",
    "few": b"From: ann@house.test\r\nSubject: few\r\n\r\nNeither To nor Date.\r\n",
}


class Names(threading.Thread):
    """A name server: world.test takes its mail at 127.0.0.1, and nothing else exists."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            name, at = [], 12
            while question[at]:
                name.append(question[at + 1:at + 1 + question[at]])
                at += 1 + question[at]
            kind = struct.unpack(">H", question[at + 1:at + 3])[0]
            name = b".".join(name).lower()
            data = None
            if (name, kind) == (b"world.test", 15):
                data = struct.pack(">H", 10) + b"\x02mx\xc0\x0c"
            elif (name, kind) == (b"mx.world.test", 1):
                data = bytes([127, 0, 0, 1])
            known = name in (b"world.test", b"mx.world.test")
            head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, 1 if data else 0, 0, 0)
            answer = head + question[12:at + 5]
            if data:
                answer += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
            self.socket.sendto(answer, peer)


class Host(threading.Thread):
    """A mail host that takes everything, 8-bit text too, and keeps it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.taken = []
        self.news = threading.Condition()

    def run(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        lines = client.makefile("rwb")

        def say(text):
            lines.write(text + b"\r\n")
            lines.flush()

        say(b"220 mx.world.test ESMTP")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                say(b"250-mx.world.test\r\n250 8BITMIME")
            elif verb == b"DATA":
                say(b"354 go on")
                message = b""
                for line in lines:
                    if line == b".\r\n":
                        break
                    message += line[1:] if line.startswith(b".") else line
                with self.news:
                    self.taken.append(message)
                    self.news.notify_all()
                say(b"250 taken")
            elif verb == b"QUIT":
                say(b"221 bye")
                break
            else:
                say(b"250 ok")
        client.close()

    def wait_for(self, count):
        with self.news:
            done = self.news.wait_for(lambda: len(self.taken) >= count, SECONDS)
            assert done, f"{len(self.taken)} of {count} letters arrived within {SECONDS} s"
            return list(self.taken)


def run():
    names, host = Names(), Host()
    names.start()
    host.start()
    settings = (f'[dns]\nservers = ["127.0.0.1:{names.port}"]\n\n'
                f'[send]\nport = {host.port}\nlocal_networks = true\n')
    with Box(settings) as box:
        with smtplib.SMTP("127.0.0.1", box.port("submission")) as client:
            client.starttls(context=unverified())
            client.login("ann@house.test", "ann's password")
            for letter in LETTERS.values():
                client.sendmail("ann@house.test", ["x@world.test"], letter, ["BODY=8BITMIME"])
        arrived = host.wait_for(len(LETTERS))
        keys = records(box)
        for message in arrived:
            judge(message, keys)
        box.stop()
        box.check()


def records(box):
    """The text records that `pillarbox dns` has the owner publish."""
    said = box.command("dns", "house.test", "--json")
    assert said.returncode == 0, said.stderr
    return {r["name"]: r["value"].encode() for r in json.loads(said.stdout)["records"] if r["type"] == "TXT"}


def judge(message, keys, forge=True):
    """Fails unless both signatures hold, and break with every forgery."""
    def look(name, timeout=5):
        return keys.get(name.decode().rstrip("."))

    kinds = []
    for number in (0, 1):
        judged = dkim.DKIM(message)
        assert judged.verify(number, dnsfunc=look), f"signature {number} does not hold:\n{message!r}"
        kinds.append(judged.signature_fields[b"a"])

        def holds(forged):
            try:
                return dkim.DKIM(forged).verify(number, dnsfunc=look)
            except dkim.ValidationError:
                return False

        for forged in (b"Subject: another\r\n" + message, message + b"more\r\n", message.replace(b"Ann", b"Eve", 1)):
            if forge and forged != message:
                assert not holds(forged), f"a forgery passes:\n{forged!r}"
    assert kinds == [b"ed25519-sha256", b"rsa-sha256"], kinds
