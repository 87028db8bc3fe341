"""Messages for the clients' jobs: ordinary, awkward and large ones, and the comparison that they came through whole."""

import email
import email.policy
from email.message import EmailMessage

ODD_LINES = "A line.\r\n.a line that starts with a dot\r\n..two dots\r\n.\tdot tab\r\n\r\nlast line"


def letter(subject, body=ODD_LINES, sender="ann@house.test", to="bob@house.test"):
    m = EmailMessage(policy=email.policy.SMTP)
    m["From"] = f"Ann <{sender}>"
    m["To"] = f"Bob <{to}>"
    m["Subject"] = subject
    m["Date"] = "Sun, 22 Nov 2026 02:23:54 +0000"
    m["Message-ID"] = f"<{abs(hash(subject))}.{id(m)}@house.test>"
    m.set_content(body, cte="7bit" if body.isascii() else "8bit")
    return m


def letter_with_photo(subject, octets):
    m = letter(subject, "See the photo.\r\n")
    m.add_attachment(octets, maintype="image", subtype="jpeg", filename="Grüße & Küsse.jpg")
    m.set_boundary("=-=the boundary of a photo=-=")
    return m


def body_of(raw):
    """What stands behind the header, lines ended by LF."""
    raw = raw.replace(b"\r\n", b"\n")
    return raw.split(b"\n\n", 1)[1].rstrip(b"\n")


def subject_of(raw):
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"])


def same_body(sent, got):
    want = body_of(sent if isinstance(sent, bytes) else sent.as_bytes())
    have = body_of(got)
    assert want == have, f"the body changed on the way:\nsent {want[:300]!r}\ngot  {have[:300]!r}"
