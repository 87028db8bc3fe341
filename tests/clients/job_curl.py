"""curl: sends by submission with STARTTLS and with TLS, lists and reads by IMAP and POP3, searches, deletes."""

import tool
from message import letter, same_body

ANN = ("--user", "ann@house.test:ann's password")
BOB = ("--user", "bob@house.test:bob's password")


def curl(*arguments, **more):
    return tool.run("curl", "--silent", "--show-error", "--insecure", "--max-time", "30", *arguments, **more)


def run(box):
    first = letter("By STARTTLS").as_bytes()
    second = letter("By TLS from the start").as_bytes()
    envelope = ("--mail-from", "ann@house.test", "--mail-rcpt", "bob@house.test", "--upload-file", "-")
    curl(f"smtp://127.0.0.1:{box.port('submission')}/client.test", "--ssl-reqd", *ANN, *envelope, stdin=first)
    curl(f"smtps://127.0.0.1:{box.port('submissions')}/client.test", *ANN, *envelope, stdin=second)

    imaps = f"imaps://127.0.0.1:{box.port('imaps')}"
    imap = f"imap://127.0.0.1:{box.port('imap')}"
    same_body(first, curl(f"{imaps}/INBOX;MAILINDEX=1", *BOB))
    same_body(second, curl(f"{imap}/INBOX;MAILINDEX=2", "--ssl-reqd", *BOB))
    assert b"INBOX" in curl(f"{imaps}/", *BOB)
    assert b"SEARCH 2" in curl(f"{imaps}/INBOX?SUBJECT%20%22TLS%20from%22", *BOB)
    subject = curl(f"{imaps}/INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)", *BOB)
    assert b"Subject: By STARTTLS" in subject, subject
    # IMAP's literal has its size in front, so that curl wants a file and not a pipe.
    file = box.folder / "letter"
    file.write_bytes(first)
    curl(f"{imaps}/Archive", "--upload-file", file, *BOB)
    same_body(first, curl(f"{imaps}/Archive;MAILINDEX=1", *BOB))

    pop3s = f"pop3s://127.0.0.1:{box.port('pop3s')}"
    pop3 = f"pop3://127.0.0.1:{box.port('pop3')}"
    assert len(curl(f"{pop3s}/", *BOB).splitlines()) == 2
    same_body(first, curl(f"{pop3}/1", "--ssl-reqd", *BOB))
    uidl = curl(f"{pop3s}/", "-X", "UIDL", *BOB)
    curl(f"{pop3s}/1", "-X", "DELE", "--head", *BOB)
    assert len(curl(f"{pop3s}/", *BOB).splitlines()) == 1
    assert curl(f"{pop3s}/", "-X", "UIDL", *BOB).split()[1] == uidl.split()[3], "a UIDL changed"

    wrong = ("--user", "bob@house.test:wrong")
    curl(f"{imaps}/", *wrong, expect=67)
    curl(f"smtp://127.0.0.1:{box.port('submission')}/client.test", *ANN, *envelope, stdin=first, expect=(55, 67))
    nobody = ("--mail-from", "ann@house.test", "--mail-rcpt", "nobody@house.test", "--upload-file", "-")
    curl(f"smtps://127.0.0.1:{box.port('submissions')}/client.test", *ANN, *nobody, stdin=first, expect=55)
