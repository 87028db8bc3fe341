"""dkimpy signs and seals, `pillarbox verify` judges: letters of another implementation hold in every form, and whatever is changed in them does not."""

import base64
import json
import subprocess

import dkim
from box import binary
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from world import Names

LETTER = (b"From: Ann <ann@house.test>\r\nTo: x@world.test\r\nSubject: folded\r\n\t again \t and\r\n  again\r\n"
          b"Message-ID: <1@house.test>\r\n\r\n One \t line\r\n\r\nanother  \r\n\r\n\r\n")
SPF = """
house.test. TXT "v=spf1 ip4:192.0.2.1 include:more.test -all exp=why.test"
more.test. TXT "v=spf1 exists:%{ir}.list.test ?all"
7.2.0.192.list.test. A 127.0.0.2
why.test. TXT "%{i} is not of %{o}"
_dmarc.house.test. TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
"""


def run():
    keys = {"rsa": rsa_key(2048), "short": rsa_key(1024), "ed": ed25519_key()}
    with Names(SPF) as names:
        for selector, (_, record) in keys.items():
            names.add(f"{selector}._domainkey.house.test.", "TXT", " ".join(f'"{part}"' for part in pieces(record)))
            names.add(f"{selector}._domainkey.list.test.", "TXT", " ".join(f'"{part}"' for part in pieces(record)))
        signatures(names, keys)
        seals(names, keys)
        clients(names)


def signatures(names, keys):
    for selector, (private, _) in keys.items():
        for header in (b"simple", b"relaxed"):
            for body in (b"simple", b"relaxed"):
                algorithm = b"ed25519-sha256" if selector == "ed" else b"rsa-sha256"
                field = dkim.sign(LETTER, selector.encode(), b"house.test", private, canonicalize=(header, body),
                                  signature_algorithm=algorithm)
                what = f"{selector} {header} {body}"
                said = judge(names, field + LETTER)
                assert [s["result"] for s in said["dkim"]] == ["pass"], f"{what}: {said}"
                assert said["dmarc"]["result"] == "pass", f"{what}: {said}"
                # As a file of this system, too.
                assert judge(names, (field + LETTER).replace(b"\r\n", b"\n")) == said, what
                for forged in (LETTER + b"more\r\n", LETTER.replace(b"folded", b"forged"), LETTER.replace(b"Ann <ann@", b"Eve <eve@"),
                               b"From: Eve <eve@evil.test>\r\n" + LETTER):
                    said = judge(names, field + forged)
                    assert said["dkim"][0]["result"] in ("fail", "permerror"), f"{what} {forged}: {said}"
                    assert said["dmarc"]["result"] in ("fail", "permerror"), f"{what} {forged}: {said}"
    part = dkim.sign(LETTER, b"rsa", b"house.test", keys["rsa"][0], length=True)
    assert judge(names, part + LETTER)["dkim"][0]["result"] == "pass"
    assert judge(names, part + LETTER + b"Buy this\r\n")["dkim"][0]["result"] == "policy"
    old = dkim.sign(LETTER, b"rsa", b"house.test", keys["rsa"][0], signature_algorithm=b"rsa-sha1")
    assert judge(names, old + LETTER)["dkim"][0]["result"] == "permerror"


def seals(names, keys):
    """A list passes the letter on three times, with its mark in the subject."""
    message = LETTER.replace(b"folded", b"[list] folded")
    for number, chain in enumerate(("none", "pass", "pass"), 1):
        host = b"mx%d.list.test" % number
        message = (b"Authentication-Results: %s; arc=%s; spf=pass smtp.mfrom=ann@house.test\r\n" % (host, chain.encode())) + message
        message = b"".join(dkim.arc_sign(message, b"rsa", b"list.test", keys["rsa"][0], host,
                                         timestamp=1700000000 + number)) + message
        said = judge(names, message)["arc"]
        assert said["result"] == "pass", f"seal {number}: {said}\n{message.decode()}"
        assert [s["domain"] for s in said["sets"]] == ["list.test"] * number, said
        assert "spf=pass" in said["sets"][-1]["results"], said
    for forged in (message + b"more\r\n", message.replace(b"spf=pass", b"spf=fail"), message.replace(b"cv=pass", b"cv=none"),
                   message.replace(b"[list]", b"[lost]")):
        assert judge(names, forged)["arc"]["result"] == "fail", forged


def clients(names):
    for address, result in (("192.0.2.1", "pass"), ("192.0.2.7", "pass"), ("192.0.2.9", "fail")):
        said = ask(names, "spf", "--ip", address, "--helo", "mail.house.test", "--from", "ann@house.test")
        assert said["result"] == result, said
        assert said["explanation"] == (f"{address} is not of house.test" if result == "fail" else None), said
        said = judge(names, LETTER, "--ip", address, "--from", "ann@house.test")
        assert said["dmarc"]["result"] == result, said
        assert said["dmarc"]["disposition"] == ("reject" if result == "fail" else "none"), said


def judge(names, message, *options):
    return ask(names, "message", *options, message=message)


def ask(names, subject, *options, message=b""):
    said = subprocess.run([binary(), "verify", subject, "--json", "--dns", f"127.0.0.1:{names.port}", *options],
                          input=message, capture_output=True, timeout=60)
    assert said.returncode == 0, said.stderr.decode()
    return json.loads(said.stdout)


def rsa_key(bits):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def ed25519_key():
    key = ed25519.Ed25519PrivateKey.generate()
    raw = serialization.Encoding.Raw
    private = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = key.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
    return base64.b64encode(private), "v=DKIM1; k=ed25519; p=" + base64.b64encode(public).decode()


def pieces(text):
    return [text[at:at + 250] for at in range(0, len(text), 250)]
