"""How programs find their settings: autoconfig, autodiscover, the phone's profile, read by what Python and OpenCV have for it; then the owner's pages make a
code for a phone and one for Thunderbird on Android, which OpenCV reads, and what they hold opens the mailbox."""

import html
import http.client
import imaplib
import json
import plistlib
import re
import ssl
import urllib.parse
import xml.etree.ElementTree as xml

import cv2
import numpy

from reading import unverified

OUTLOOK = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>{}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"""
SPACE = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"


class Browser:
    """A browser without script: cookies, forms with their tokens, and no redirect followed by itself."""

    def __init__(self, box):
        self.port = box.port("https")
        self.authority = f"127.0.0.1:{self.port}"
        self.cookie = None

    def ask(self, path, form=None, host=None):
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=unverified(), timeout=30)
        headers = {"Host": host or self.authority, "Accept-Language": "en"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{self.authority}"}
        line.request("POST" if form is not None else "GET", path, body, headers)
        answer = line.getresponse()
        answer.text = answer.read()
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        line.close()
        return answer

    def page(self, path):
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.getheader("Location"), answer.text[:300])
        return answer.text.decode()

    def send(self, page, path, **fields):
        """The form of a page, with what a person put in."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.page(page)).group(1)
        return self.ask(path, {"csrf": token, **fields})

    def made(self, page, path, **fields):
        """What a form has made: seen once, on the page to which it leads."""
        answer = self.send(page, path, **fields)
        assert answer.status == 303, (path, answer.status, answer.text[:300])
        seen = self.ask(answer.getheader("Location"))
        assert seen.status == 200, seen.text[:300]
        assert self.ask(answer.getheader("Location")).status == 410, "it is shown twice"
        return seen


def fetch(box, scheme, host, path, body=None):
    port = box.port(scheme)
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    line = kind("127.0.0.1", port, timeout=30, **({"context": unverified()} if scheme == "https" else {}))
    line.request("POST" if body else "GET", path, body, {"Host": f"{host}:{port}", "Content-Type": "text/xml"})
    answer = line.getresponse()
    answer.text = answer.read()
    line.close()
    return answer


def scanned(page):
    """The code on a page, drawn from its SVG as a screen would and read by OpenCV."""
    side = int(re.search(r'viewBox="0 -.5 (\d+) ', page).group(1))
    picture = numpy.full((side, side), 255, numpy.uint8)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)", page):
        picture[int(y), int(x):int(x) + int(run)] = 0
    picture = cv2.resize(picture, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert text, "OpenCV does not read the code"
    return text


def opens(box, user, password):
    with imaplib.IMAP4_SSL("127.0.0.1", box.port("imaps"), ssl_context=unverified()) as client:
        client.login(user, password)
        assert client.select("INBOX")[0] == "OK"


def public(box):
    one = fetch(box, "http", "autoconfig.house.test", f"{WELL_KNOWN}?emailaddress=ann@house.test")
    assert one.status == 200 and "xml" in one.getheader("Content-Type"), one.status
    provider = xml.fromstring(one.text).find("emailProvider")
    servers = [(s.get("type"), int(s.findtext("port")), s.findtext("socketType")) for s in provider if s.tag.endswith("Server")]
    assert servers[0] == ("imap", box.port("imaps"), "SSL"), servers
    assert ("smtp", box.port("submissions"), "SSL") in servers and ("pop3", box.port("pop3s"), "SSL") in servers
    same = fetch(box, "https", "mail.house.test", f"{WELL_KNOWN}?emailaddress=nobody@house.test")
    assert same.text == one.text, "an address that is not there is told from one that is"
    for host, path in [("autoconfig.other.test", WELL_KNOWN), ("mail.house.test", f"{WELL_KNOWN}?emailaddress=a@other.test")]:
        assert fetch(box, "http", host, path).status == 404, host

    path = "/Autodiscover/Autodiscover.xml"
    answer = fetch(box, "https", "autodiscover.house.test", path, OUTLOOK.format("ann@house.test"))
    assert answer.status == 200, answer.status
    found = {p.findtext(f"{SPACE}Type"): int(p.findtext(f"{SPACE}Port")) for p in xml.fromstring(answer.text).iter(f"{SPACE}Protocol")}
    assert found == {"IMAP": box.port("imaps"), "POP3": box.port("pop3s"), "SMTP": box.port("submissions")}, found
    assert fetch(box, "https", "mail.house.test", path, OUTLOOK.format("ann@other.test")).status == 404
    bomb = '<!DOCTYPE a [<!ENTITY b "ann@house.test">]><EMailAddress>&b;</EMailAddress>'
    assert b"<ErrorCode>600<" in fetch(box, "https", "mail.house.test", path, bomb).text

    policy = fetch(box, "https", "mta-sts.house.test", "/.well-known/mta-sts.txt")
    assert policy.status == 200 and b"mode: testing\r\nmx: mail.house.test\r\n" in policy.text, policy.text
    profile = fetch(box, "https", "mail.house.test", "/mail.mobileconfig?emailaddress=ann@house.test")
    assert profile.getheader("Content-Type") == "application/x-apple-aspen-config"
    mail, root = plistlib.loads(profile.text)["PayloadContent"]
    assert mail["IncomingMailServerPortNumber"] == box.port("imaps") and "IncomingPassword" not in mail
    shown = ssl.get_server_certificate(("127.0.0.1", box.port("imaps")))
    assert root["PayloadContent"] == ssl.PEM_cert_to_DER_cert(shown), "the profile's root is not what the mail doors show"


def run(box):
    public(box)
    made = box.command("account", "password", "owner@house.test", "--json")
    password = json.loads(made.stdout)["password"]
    box.command("press", "3s")
    browser = Browser(box)
    signed = browser.send("/sign-in", "/sign-in", user="owner", password=password)
    assert signed.status == 303 and browser.cookie, (signed.status, signed.text[:500])
    for path in ("/household", "/household/people", "/household/aliases", "/household/devices", "/household/records", "/household/settings"):
        page = browser.page(path)
        assert len(page) < 50 * 1024 and "<h1" in page, path
    assert "_imaps._tcp.house.test" in browser.page("/household/records")

    added = browser.made("/household/people/add", "/household/people/add", name="Zoe", local="zoe", domain="house.test", password="")
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', added.text.decode()).group(1)
    opens(box, "zoe@house.test", secret)

    form = "/household/devices"
    phone = browser.made(form, form, person="zoe@house.test", device="apple")
    link = urllib.parse.urlparse(scanned(phone.text.decode()))
    assert link.scheme == "https" and link.netloc == browser.authority, link
    stranger = Browser(box)
    step = stranger.page(link.path)
    file = html.unescape(re.search(r'href="(/once/[^"]+\.mobileconfig[^"]*)"', step).group(1))
    profile = stranger.ask(file)
    assert profile.getheader("Content-Type") == "application/x-apple-aspen-config", profile.status
    mail = plistlib.loads(profile.text)["PayloadContent"][0]
    assert mail["EmailAccountName"] == "Zoe"
    opens(box, mail["IncomingMailServerUsername"], mail["IncomingPassword"])
    assert stranger.ask(file).status == 410 and stranger.ask(link.path).status == 410, "a link works twice"

    android = browser.made(form, form, person="zoe@house.test", device="android")
    version, _, incoming, groups = json.loads(scanned(android.text.decode()))
    assert version == 1 and incoming[1:4] == ["mail.house.test", box.port("imaps"), 3], incoming
    opens(box, incoming[5], incoming[7])
    assert groups[0][0][2] == box.port("submissions") and groups[0][1] == ["zoe@house.test", "Zoe"]

    page = browser.page("/household/person?person=zoe@house.test")
    numbers = re.findall(r'name="number" value="(\d+)"', page)
    assert len(numbers) == 2, numbers
    person = "/household/person?person=zoe@house.test"
    browser.send(person, "/household/person/app/remove", person="zoe@house.test", number=numbers[-1])
    try:
        opens(box, incoming[5], incoming[7])
        raise SystemExit("an app password that was taken back opens the mailbox")
    except imaplib.IMAP4.error:
        pass
    wrong = browser.send(person, "/household/person/remove", person="zoe@house.test", typed="zoe")
    assert wrong.status == 422, wrong.status
    gone = browser.send(person, "/household/person/remove", person="zoe@house.test", typed="zoe@house.test")
    assert gone.status == 303, (gone.status, gone.text[:300])
    assert "zoe@house.test" not in browser.page("/household/people")
    ended = browser.send("/household/settings", "/household/settings/sign-out")
    assert ended.status == 303 and browser.ask("/household").status == 303
