"""Reading a mailbox with Python's imaplib, for jobs whose own program only sends."""

import email
import email.policy
import imaplib
import ssl

from world import eventually


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def imap(box, user, password, mailbox=None):
    client = imaplib.IMAP4_SSL("127.0.0.1", box.port("imaps"), ssl_context=unverified())
    client.login(user, password)
    if mailbox:
        ok, answer = client.select(mailbox)
        assert ok == "OK", answer
    return client


def wait_for(box, user, password, wanted, mailbox="INBOX"):
    """The first message, as parsed by Python, of which `wanted` is true."""
    def look():
        messages = (email.message_from_bytes(m, policy=email.policy.default) for m in fetch_all(box, user, password, mailbox))
        return next((m for m in messages if wanted(m)), None)

    def there():
        return f"the message that is looked for in {mailbox}; there are {fetch_all(box, user, password, mailbox)}"

    return eventually(look, there)


def fetch_all(box, user, password, mailbox="INBOX"):
    client = imap(box, user, password, mailbox)
    ok, answer = client.search(None, "ALL")
    numbers = answer[0].split()
    messages = []
    for number in numbers:
        ok, answer = client.fetch(number, "(BODY.PEEK[])")
        assert ok == "OK", answer
        messages.append(literal(answer))
    client.logout()
    return messages


def literal(answer):
    """The octets that an answer to FETCH of one message holds; what the server tells of other clients' doing may stand before it."""
    return next(part[1] for part in answer if isinstance(part, tuple))


def subjects(far, mailbox, *keys):
    """Subjects of the messages that fit, as another client sees them."""
    assert far.select(mailbox)[0] == "OK"
    found = far.search(None, *(keys or ("ALL",)))[1][0].split()
    said = [literal(far.fetch(n, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]).decode() for n in found]
    return sorted(s.split(":", 1)[1].strip() for s in said)
