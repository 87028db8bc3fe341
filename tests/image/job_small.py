"""A machine with 128 MB: the image boots, ten clients idle, a letter of 50 MB comes and is read, everybody hears of it. And how long a start takes, beside what the kernel alone takes."""

import imaplib
import re
import smtplib
import time

import card
from person import Phone, claim, unverified
from vm import BOARDS, Machine

MEMORY = 128
CLIENTS = 10
LETTER = 50_000_000
PASSWORD = "three small green boats"
# Between the kernel's own start and the first greeting, seconds; told, and judged only on the quiet machine on which figures are taken: a busy one stretches everything.
MORE_THAN_THE_KERNEL = 3


def run():
    disk = card.make("small", BOARDS["virt"].settings, size=1024 * card.MIB)
    kernel, initramfs = card.parts()
    with Machine(None, memory=MEMORY, boot=["-kernel", str(kernel), "-append", "console=ttyAMA0 panic=-1"], forward=()) as bare:
        alone = bare.hears("Unable to mount root fs|No working init found|Cannot open root device|Please append a correct")
    # The first start grows the data partition and makes certificates; the second is like all that follow.
    for start in ("first", "second"):
        with Machine(disk, memory=MEMORY, boot=["-kernel", str(kernel), "-initrd", str(initramfs), "-append", "console=ttyAMA0 quiet panic=-1"]) as machine:
            greets = machine.says("smtp")
            over = greets - alone - MORE_THAN_THE_KERNEL
            print(f"  {start} start with {MEMORY} MB: greets after {greets:.1f} s, the kernel alone {alone:.1f} s"
                  + (f" ({over:.1f} s over the aim)" if over > 0 else ""), flush=True)
            if start == "first":
                phone = Phone(machine)
                ann = claim(phone, domain="letters.example")
                idle_and_take(machine, ann)
                machine.double_press()
                machine.off()


def idle_and_take(machine, who):
    clients = []
    for _ in range(CLIENTS):
        client = imaplib.IMAP4_SSL("127.0.0.1", machine.ports["imaps"], ssl_context=unverified(), timeout=300)
        client.login(who, PASSWORD)
        client.select("INBOX", readonly=True)
        client.send(b"i IDLE\r\n")
        assert client.readline().startswith(b"+"), "no IDLE"
        clients.append(client)
    body = ("0123456789abcdef" * 4 + "\r\n") * (LETTER // 66)
    begun = time.monotonic()
    with smtplib.SMTP("127.0.0.1", machine.ports["smtp"], timeout=600) as sender:
        sender.sendmail("bob@far.test", [who], f"From: bob@far.test\r\nTo: {who}\r\nSubject: fifty\r\n\r\n{body}")
    print(f"  {len(body) / 1e6:.0f} MB taken in {time.monotonic() - begun:.0f} s", flush=True)
    for client in clients:
        while b"EXISTS" not in (line := client.readline()):
            assert line, "an idling client was cut off"
    reader = clients[0]
    reader.send(b"DONE\r\n")
    while not reader.readline().startswith(b"i OK"):
        pass
    size = int(re.search(rb"RFC822.SIZE (\d+)", reader.fetch("1", "(RFC822.SIZE)")[1][0])[1])
    assert size > len(body), size
    end = reader.fetch("1", f"(BODY.PEEK[TEXT]<{len(body) - 66}.66>)")[1][0][1]
    assert end == body[-66:].encode(), end
    for client in clients:
        client.shutdown()
