"""curl at the web doors: what everyone may ask, whoever they are and whatever they ask with; what nobody gets while the window is closed, and what keeps strangers
out while it is open. The ports that programs are told are tried by logging in there."""

import imaplib
import json
import plistlib
import poplib
import re
import smtplib
import xml.etree.ElementTree as xml

import tool
from reading import unverified

WHO = ("ann@house.test", "ann's password")
AUTOCONFIG = ("/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml")
SPACE = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
OUTLOOK = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>{}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"""
# A page that says "hold the button" is no more than this, in octets.
TINY = 12 * 1024


class Answer:
    def __init__(self, octets):
        head, _, self.body = octets.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:300]}"


class Curl:
    def __init__(self, box):
        self.box = box

    def __call__(self, scheme, host, path, *more, body=None):
        """Asks this box, whatever the host is called."""
        port = self.box.port(scheme)
        if body is not None:
            more = ("--data-binary", "@-", "--header", "Content-Type: text/xml", *more)
        return Answer(tool.run(
            "curl", "--silent", "--show-error", "--insecure", "--include", "--http1.1", "--path-as-is", "--max-time", "30",
            "--resolve", f"{host}:{port}:127.0.0.1", *more, f"{scheme}://{host}:{port}{path}", stdin=body,
        ))


def logs_in(kind, port, starttls=False):
    """Whether this port is one where a mail program can do what it was told."""
    if kind == "imap":
        client = imaplib.IMAP4("127.0.0.1", port) if starttls else imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=unverified())
        with client:
            if starttls:
                client.starttls(unverified())
            assert client.login(*WHO)[0] == "OK"
    elif kind == "pop3":
        client = poplib.POP3("127.0.0.1", port) if starttls else poplib.POP3_SSL("127.0.0.1", port, context=unverified())
        if starttls:
            client.stls(unverified())
        client.user(WHO[0])
        assert client.pass_(WHO[1]).startswith(b"+OK")
        client.quit()
    else:
        client = smtplib.SMTP("127.0.0.1", port) if starttls else smtplib.SMTP_SSL("127.0.0.1", port, context=unverified())
        with client:
            if starttls:
                client.starttls(context=unverified())
            assert client.login(*WHO)[0] == 235


def autoconfig(curl):
    answers = [
        curl(scheme, host, path + query)
        for scheme in ("http", "https")
        for path in AUTOCONFIG
        for host, query in (("autoconfig.house.test", ""), ("house.test", "?emailaddress=ann%40house.test"))
    ]
    for answer in answers:
        assert answer.status == 200 and answer.fields["content-type"].startswith("text/xml"), answer
        assert "set-cookie" not in answer.fields and "server" not in answer.fields, answer
        assert answer.body == answers[0].body, "one house, two answers"
    for method in ("DELETE", "PUT", "POST"):
        assert curl("https", "autoconfig.house.test", AUTOCONFIG[0], "--request", method).status == 404, method
    head = curl("http", "autoconfig.house.test", AUTOCONFIG[0], "--head")
    assert head.status == 200 and not head.body, head
    provider = xml.fromstring(answers[0].body).find("emailProvider")
    assert provider.findtext("domain") == "house.test"
    servers = [server for server in provider if server.tag in ("incomingServer", "outgoingServer")]
    assert {server.get("type") for server in servers} == {"imap", "pop3", "smtp"}
    for server in servers:
        assert server.findtext("hostname") == "mail.house.test"
        kind = server.findtext("socketType")
        assert kind in ("SSL", "STARTTLS"), kind
        logs_in(server.get("type"), int(server.findtext("port")), kind == "STARTTLS")


def autodiscover(curl):
    def ask(path, body, *more, scheme="https", host="autodiscover.house.test"):
        return curl(scheme, host, path, *more, body=body)

    for path in ("/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml", "/AUTODISCOVER/AUTODISCOVER.XML"):
        answer = ask(path, OUTLOOK.format(WHO[0]))
        assert answer.status == 200 and answer.fields["content-type"].startswith("text/xml"), answer
        for one in xml.fromstring(answer.body).iter(f"{SPACE}Protocol"):
            assert one.findtext(f"{SPACE}SSL") == "on"
            if path.islower():
                logs_in(one.findtext(f"{SPACE}Type").lower(), int(one.findtext(f"{SPACE}Port")), one.findtext(f"{SPACE}Encryption") == "TLS")
    path = "/autodiscover/autodiscover.xml"
    for garbage in ("", "\0\1\2\3", "<" * 4000, "<a>" * 1000, "<EMailAddress>" + "a" * 9000, OUTLOOK.format("nobody")[:-20]):
        answer = ask(path, garbage)
        error = re.search(rb"<ErrorCode>(\d+)<", answer.body)
        assert answer.status == 404 or (answer.status == 200 and error.group(1) == b"600"), (garbage[:20], answer)
    assert ask(path, OUTLOOK.format("ann@elsewhere.test")).status == 404
    assert ask(path, OUTLOOK.format(WHO[0]), scheme="http").status == 404, "it goes over a plain line"
    # Asked before it sends all that, the box says no.
    assert ask(path, "x" * 40_000, "--header", "Expect: 100-continue").status == 413
    assert b"<ErrorCode>600<" in curl("https", "autodiscover.house.test", path).body
    where = curl("https", "autodiscover.house.test", f"{path[:-3]}json/v1.0/ann%40house.test?Protocol=AutodiscoverV1")
    assert json.loads(where.body)["Protocol"] == "AutodiscoverV1", where


def others(curl):
    path = "/.well-known/mta-sts.txt"
    policy = curl("https", "mta-sts.house.test", path)
    assert policy.status == 200 and policy.fields["content-type"].startswith("text/plain"), policy
    assert policy.body.startswith(b"version: STSv1\r\n") and b"mx: mail.house.test\r\n" in policy.body, policy
    for scheme, host in (("http", "mta-sts.house.test"), ("https", "mail.house.test"), ("https", "mta-sts.elsewhere.test")):
        assert curl(scheme, host, path).status == 404, (scheme, host)
    profile = curl("https", "mail.house.test", "/mail.mobileconfig?emailaddress=ann%40house.test")
    assert profile.fields["content-type"] == "application/x-apple-aspen-config", profile
    mail = plistlib.loads(profile.body)["PayloadContent"][0]
    assert not any("Password" in key and isinstance(value, str) for key, value in mail.items()), mail
    logs_in("imap", mail["IncomingMailServerPortNumber"])
    logs_in("smtp", mail["OutgoingMailServerPortNumber"])
    assert curl("http", "mail.house.test", "/mail.mobileconfig?emailaddress=ann%40house.test").status == 404
    assert curl("https", "mail.house.test", "/mail.mobileconfig?emailaddress=ann%40elsewhere.test").status == 404


def closed(curl):
    for scheme in ("http", "https"):
        page = curl(scheme, "127.0.0.1", "/")
        assert page.status == 200 and len(page.body) < TINY and b"<form" not in page.body, page
        assert "set-cookie" not in page.fields, page
        for path in ("/household", "/household/people", "/sign-in", "/claim", "/once/a", "//", "/%2e%2e/pillarbox.toml", "/../pillarbox.toml"):
            answer = curl(scheme, "127.0.0.1", path)
            assert answer.status in (400, 404), (path, answer)
        assert curl(scheme, "127.0.0.1", "/sign-in", "--data", "user=owner&password=x").status == 404
        assert curl(scheme, "evil.test", "/").status == 404


def opened(curl, password):
    curl.box.command("press", "3s")
    page = curl("https", "127.0.0.1", "/sign-in")
    assert page.status == 200 and "set-cookie" not in page.fields, page
    for name, part in (("content-security-policy", "default-src 'none'"), ("x-frame-options", "DENY"), ("cache-control", "no-store")):
        assert part in page.fields[name], page
    explained = curl("http", "127.0.0.1", "/sign-in")
    assert explained.status == 307 and explained.fields["location"].startswith("https://127.0.0.1:"), explained
    # DNS rebinding: a page of the world whose name leads here.
    assert curl("https", "evil.test", "/sign-in").status == 421
    assert curl("http", "evil.test", "/").status == 404
    origin = f"Origin: https://127.0.0.1:{curl.box.port('https')}"
    fields = ("--data-urlencode", "user=owner", "--data-urlencode", f"password={password}")

    def sign_in(*more, token=None, header=origin):
        token = token or re.search(rb'name="csrf" value="([^"]+)"', curl("https", "127.0.0.1", "/sign-in").body).group(1).decode()
        return curl("https", "127.0.0.1", "/sign-in", "--header", header, *fields, *more, "--data-urlencode", f"csrf={token}")

    def refused(answer):
        assert answer.status == 403 and "set-cookie" not in answer.fields, answer

    refused(curl("https", "127.0.0.1", "/sign-in", "--header", origin, *fields))
    refused(sign_in(token="AAAA"))
    refused(sign_in(header="Origin: https://evil.test"))
    refused(sign_in(header="Origin: null"))
    token = re.search(rb'name="csrf" value="([^"]+)"', page.body).group(1).decode()
    done = sign_in(token=token)
    assert done.status == 303, done
    cookie = done.fields["set-cookie"]
    assert all(part in cookie for part in ("__Host-", "Secure", "HttpOnly", "SameSite=Strict")), cookie
    refused(sign_in(token=token))
    mine = ("--cookie", cookie.split(";")[0])
    assert curl("https", "127.0.0.1", "/household", *mine).status == 200
    assert curl("https", "127.0.0.1", "/household").status == 303, "without the cookie"
    assert curl("https", "127.0.0.1", "/household", "--cookie", cookie.split("=")[0] + "=forged").status == 303
    # What a stranger's page may send along with the owner's cookie, if a browser let it.
    refused(curl("https", "127.0.0.1", "/household/people/add", *mine, "--header", "Origin: https://evil.test", "--data", "local=eve"))
    assert "eve@" not in curl.box.command("account", "list").stdout


def run(box):
    curl = Curl(box)
    autoconfig(curl)
    autodiscover(curl)
    others(curl)
    closed(curl)
    made = box.command("account", "password", "owner@house.test", "--json")
    opened(curl, json.loads(made.stdout)["password"])
