"""Whoever stands next to the box with a phone: a browser without script, which reads pages, fills in forms and follows where it is sent.

    phone = Phone(machine)
    page = phone.go("/setup/you")
    page = phone.fill(page, name="Ann", local="ann", password=..., again=...)
"""

import http.client
import re
import socket
import ssl
import urllib.parse
from html.parser import HTMLParser

NAME = "pillarbox.local"


def unverified():
    """The box's certificate is of its own making."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Page(HTMLParser):
    """What came: status, text, links, forms with what stands in their fields."""

    def __init__(self, path, status, body):
        super().__init__()
        self.path, self.status, self.body = path, status, body
        self.forms, self.links, self.words, self.button, self.hidden = [], [], [], None, 0
        self.feed(body)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.forms.append({"action": a.get("action", self.path), "method": a.get("method", "get"), "enctype": a.get("enctype"), "fields": {}, "choices": set(), "files": []})
        elif tag == "a" and "href" in a:
            self.links.append(a["href"])
        elif tag in ("style", "script"):
            self.hidden += 1
        elif self.forms and tag in ("input", "button", "select", "textarea") and a.get("name"):
            kind = a.get("type", "text")
            if kind == "file":
                self.forms[-1]["files"].append(a["name"])
            elif kind in ("radio", "checkbox") and "checked" not in a:
                self.forms[-1]["choices"].add(a["name"])
            elif tag != "button":
                self.forms[-1]["fields"][a["name"]] = a.get("value", "")
            else:
                self.forms[-1]["fields"].setdefault(a["name"], a.get("value", ""))
            self.select = a["name"] if tag == "select" else None
        elif tag == "option" and "selected" in a and self.forms and getattr(self, "select", None):
            self.forms[-1]["fields"][self.select] = a.get("value", "")

    def handle_endtag(self, tag):
        if tag in ("style", "script"):
            self.hidden -= 1

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)

    def form(self, *has):
        """The first form to be sent that has these fields."""
        for form in self.forms:
            if form["method"].lower() == "post" and all(name in form["fields"] or name in form["choices"] or name in form["files"] for name in has):
                return form
        raise AssertionError(f"{self.path} ({self.status}) has no form with {has}: {[f['fields'] for f in self.forms]}; it says: {self.text[:600]}")


class Phone:
    def __init__(self, machine, language="en"):
        self.port, self.plain = machine.ports["https"], machine.ports["http"]
        self.language, self.cookies = language, {}

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded", secure=True, seconds=60):
        if secure:
            line = http.client.HTTPSConnection("127.0.0.1", self.port, context=unverified(), timeout=seconds)
        else:
            line = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=seconds)
        fields = {"Host": NAME, "Accept-Language": self.language}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            fields |= {"Content-Type": kind, "Origin": f"http{'s' if secure else ''}://{NAME}"}
        line.request(method, path, body, fields)
        answer = line.getresponse()
        octets = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        line.close()
        return answer.status, answer.headers.get("Location"), octets

    def go(self, path, secure=True):
        """A page, wherever it leads."""
        for _ in range(8):
            status, location, octets = self.ask("GET", path, secure=secure)
            if location is None or status < 300:
                return Page(path, status, octets.decode(errors="replace"))
            path = urllib.parse.urljoin(f"https://{NAME}{path}", location).removeprefix(f"https://{NAME}")
        raise AssertionError(f"sent round in circles, at last to {path}")

    def fill(self, page, secure=True, **fields):
        """Fills in the form that has these fields, sends it, follows."""
        form = page.form(*fields)
        body = urllib.parse.urlencode({**form["fields"], **fields})
        return self.follow(form, *self.ask("POST", form["action"], body, secure=secure), secure)

    def press(self, page, action, secure=True):
        """Sends the form with nothing to fill in whose address ends so."""
        form = next((f for f in page.forms if f["method"].lower() == "post" and f["action"].split("?")[0].endswith(action)), None)
        assert form, f"{page.path} has no button to {action}: {[f['action'] for f in page.forms]}; it says: {page.text[:600]}"
        return self.follow(form, *self.ask("POST", form["action"], urllib.parse.urlencode(form["fields"]), secure=secure), secure)

    def upload(self, page, file, octets):
        """Sends a file by the form that has a field for one."""
        form = page.form(file)
        edge = "pillarbox-edge"
        parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in form["fields"].items()]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="{file}"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode())
        body = b"".join(parts) + octets + f"\r\n--{edge}--\r\n".encode()
        return self.follow(form, *self.ask("POST", form["action"], body, f"multipart/form-data; boundary={edge}", seconds=600))

    def follow(self, form, status, location, octets, secure=True):
        if location and 300 <= status < 400:
            return self.go(urllib.parse.urljoin(f"https://{NAME}{form['action']}", location).removeprefix(f"https://{NAME}"), secure)
        return Page(form["action"], status, octets.decode(errors="replace"))


def claim(phone, name="Ann Smith", local="ann", password="three small green boats", domain=None):
    """Answers the five questions; gives the person's address."""
    page = phone.go("/setup/you")
    page = phone.fill(page, name=name, local=local, password=password, again=password)
    assert page.path.startswith("/setup/address"), f"{page.path}: {page.text[:800]}"
    page = phone.fill(page, domain=domain, kind="own") if domain else phone.fill(page, kind="none")
    assert page.path.startswith("/setup/sending"), f"{page.path}: {page.text[:800]}"
    place = phone.go("/setup/place?region=Europe")
    page = phone.fill(place, zone="Europe/Athens")
    assert page.path.startswith("/setup/done"), f"{page.path}: {page.text[:800]}"
    return f"{local}@{domain or NAME}"


def open_door(machine, door, seconds=30):
    return socket.create_connection(("127.0.0.1", machine.ports[door]), seconds)
