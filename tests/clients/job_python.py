"""Python's smtplib, imaplib and poplib: a whole life of some letters, with awkward text, flags, moves and IDLE."""

import imaplib
import os
import poplib
import smtplib
import threading
import time

from message import letter, letter_with_photo, same_body
from reading import imap, unverified

BOB = ("bob@house.test", "bob's password")


def run(box):
    greek = letter("Καλημέρα κόσμε ✉", "Μια γραμμή.\r\n.τελεία\r\n")
    photo = letter_with_photo("Foto", os.urandom(2_000_000))
    with smtplib.SMTP("127.0.0.1", box.port("submission")) as client:
        client.starttls(context=unverified())
        client.login("ann@house.test", "ann's password")
        assert client.has_extn("smtputf8") and client.has_extn("chunking") and client.has_extn("8bitmime")
        client.send_message(greek)
        client.send_message(photo)
        code, text = client.docmd("MAIL FROM:<bob@house.test>")
        assert code == 550 or code == 553, (code, text)
    refused_without_tls(box)
    by_imap(box, greek, photo)
    by_pop3(box)
    idle_hears_of_a_new_letter(box)


def refused_without_tls(box):
    with smtplib.SMTP("127.0.0.1", box.port("submission")) as client:
        client.ehlo()
        assert not client.has_extn("auth"), "AUTH is offered in the clear"
    client = imaplib.IMAP4("127.0.0.1", box.port("imap"))
    assert "LOGINDISABLED" in client.capabilities
    try:
        client.login(*BOB)
        raise AssertionError("LOGIN worked in the clear")
    except imaplib.IMAP4.error:
        pass
    client.logout()


def by_imap(box, greek, photo):
    client = imap(box, *BOB, "INBOX")
    raw = client.fetch("1", "(RFC822)")[1][0][1]
    same_body(greek, raw)
    assert raw.startswith(b"Return-Path: <ann@house.test>\r\nReceived: "), raw[:200]
    same_body(photo, client.fetch("2", "(BODY.PEEK[])")[1][0][1])
    structure = client.fetch("2", "(BODYSTRUCTURE)")[1][0]
    assert b'"image" "jpeg"' in structure.lower(), structure
    client.literal = "κόσμε".encode()
    assert client.search("UTF-8", "SUBJECT")[1] == [b"1"]
    ok, answer = client.append("Drafts", "(\\Draft)", imaplib.Time2Internaldate(1_000_000_000), greek.as_bytes())
    assert ok == "OK" and b"APPENDUID" in answer[0], answer
    assert client.create("Reisen/2026")[0] == "OK"
    assert client.copy("1:2", "Reisen/2026")[0] == "OK"
    assert client.rename("Reisen", "Fahrten")[0] == "OK"
    names = b" ".join(client.list()[1])
    assert b"Fahrten/2026" in names and b"\\Trash" in names, names
    ok, answer = client.select("Drafts")
    date = client.fetch("1", "(INTERNALDATE FLAGS)")[1][0]
    assert b"2001" in date and b"\\Draft" in date, date
    ok, answer = client.select("Fahrten/2026")
    assert answer == [b"2"]
    assert client.uid("MOVE", "1", "Trash")[0] == "OK"
    assert client.store("1", "+FLAGS", "($Forwarded \\Deleted)")[0] == "OK"
    # imaplib gathers: the first is what MOVE said.
    assert client.expunge()[1] == [b"1", b"1"]
    assert client.status("Trash", "(MESSAGES UIDNEXT UNSEEN)")[1][0].endswith(b"(MESSAGES 1 UIDNEXT 2 UNSEEN 0)")
    client.close()
    assert client.delete("Fahrten/2026")[0] == "OK"
    client.logout()


def by_pop3(box):
    client = poplib.POP3("127.0.0.1", box.port("pop3"))
    assert "STLS" in client.capa() and "UIDL" in client.capa()
    client.stls(context=unverified())
    client.user(BOB[0])
    client.pass_(BOB[1])
    count, octets = client.stat()
    assert count == 2
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    assert sum(sizes) == octets
    for number in (1, 2):
        lines = client.retr(number)[1]
        assert sum(len(line) + 2 for line in lines) == sizes[number - 1], "RETR and LIST disagree"
    assert b"Subject" in b"".join(client.top(1, 0)[1])
    uidl = client.uidl()[1]
    second = poplib.POP3_SSL("127.0.0.1", box.port("pop3s"), context=unverified())
    second.user(BOB[0])
    try:
        second.pass_(BOB[1])
        raise AssertionError("two sessions on one maildrop")
    except poplib.error_proto as said:
        assert "IN-USE" in str(said), said
    client.dele(1)
    client.rset()
    client.dele(2)
    client.quit()
    client = poplib.POP3_SSL("127.0.0.1", box.port("pop3s"), context=unverified())
    client.user(BOB[0])
    client.pass_(BOB[1])
    assert client.uidl()[1][0].split()[1] == uidl[0].split()[1]
    client.quit()


def idle_hears_of_a_new_letter(box):
    client = imap(box, *BOB, "INBOX")
    client.send(b"I1 IDLE\r\n")
    assert client.readline().startswith(b"+")

    def send():
        time.sleep(0.2)
        with smtplib.SMTP("127.0.0.1", box.port("smtp")) as sender:
            sender.sendmail("eve@elsewhere.test", ["bob@house.test"], letter("Wake up", sender="eve@elsewhere.test").as_bytes())

    threading.Thread(target=send).start()
    client.sock.settimeout(10)
    heard = client.readline()
    assert heard.strip() == b"* 2 EXISTS", heard
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"I1 OK"):
        pass
    client.logout()
