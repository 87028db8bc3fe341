"""Python's smtplib as a stranger, imaplib as the person: a first letter with a code, a program in a real ZIP archive, and `pillarbox why` on both."""

import imaplib
import io
import json
import smtplib
import zipfile
from email.message import EmailMessage

from reading import unverified


def letter(message_id, subject):
    message = EmailMessage()
    message["From"] = "Shop <no-reply@shop.test>"
    message["To"] = "ann@house.test"
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content("Dear Ann,\n\nsee above.\n")
    return message


def archive(name):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("read me first.txt", "hello " * 1000)
        zipped.writestr(name, b"MZ" + bytes(5000))
    return octets.getvalue()


def send(box, message):
    with smtplib.SMTP("127.0.0.1", box.port("smtp"), "mx.shop.test", timeout=60, source_address=("127.0.0.2", 0)) as smtp:
        assert smtp.send_message(message, "bounce@shop.test", ["ann@house.test"]) == {}


def fetched(box, mailbox):
    """Flags and header of the only message."""
    with imaplib.IMAP4_SSL("127.0.0.1", box.port("imaps"), ssl_context=unverified()) as imap:
        imap.login("ann@house.test", "ann's password")
        _, count = imap.select(mailbox, readonly=True)
        assert count == [b"1"], (mailbox, count)
        _, answer = imap.fetch("1", "(FLAGS BODY.PEEK[HEADER])")
        return answer[0][0] + answer[1], answer[0][1].decode()


def run(box):
    send(box, letter("<code@shop.test>", "493021 is your code"))
    flags, header = fetched(box, "INBOX")
    assert b"FirstTimeSender" in flags, flags
    assert "\r\nX-Pillarbox-Junk: no; " in header, header

    infected = letter("<bill@shop.test>", "Your bill")
    infected.add_attachment(archive("bill/bill.scr"), "application", "zip", filename="bill.zip")
    send(box, infected)
    flags, header = fetched(box, "Junk")
    assert b"DangerousAttachment" in flags, flags
    assert "the attachment bill.zip holds bill.scr, which is a program" in header.replace("\r\n\t", " "), header

    why = box.command("why", "<bill@shop.test>", "--json")
    [decision] = json.loads(why.stdout)["decisions"]
    assert decision["mailbox"] == "junk" and decision["person"] == "ann@house.test", decision
    why = box.command("why", "code@shop.test")
    assert why.stdout.startswith("ann@house.test: INBOX, "), why.stdout
    assert box.command("why", "nobody@shop.test").returncode == 3
