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
        messages.append(answer[0][1])
    client.logout()
    return messages
