"""msmtp: sends with STARTTLS and with TLS, and by SCRAM, pinning the box's own certificate by its fingerprint."""

import tool
from message import letter, same_body
from message import subject_of
from reading import fetch_all

ANN = ("--user=ann@house.test", "--passwordeval=printf %s \"ann's password\"")


def msmtp(box, service, *arguments, stdin):
    fingerprint = fingerprint_of(box)
    return tool.run(
        "msmtp", "--host=127.0.0.1", f"--port={box.port(service)}", "--tls=on", f"--tls-fingerprint={fingerprint}",
        "--from=ann@house.test", *ANN, *arguments, "bob@house.test", stdin=stdin,
    )


def fingerprint_of(box):
    shown = tool.run(
        "msmtp", "--serverinfo", "--host=127.0.0.1", f"--port={box.port('submissions')}", "--tls=on",
        "--tls-starttls=off", "--tls-certcheck=off",
    ).decode()
    return next(line.split()[1] for line in shown.splitlines() if line.strip().startswith("SHA256:"))


def run(box):
    sent = {}
    for service, starttls in (("submission", "on"), ("submissions", "off")):
        for mechanism in ("plain", "login", "scram-sha-256"):
            subject = f"{mechanism} on {service}"
            sent[subject] = letter(subject).as_bytes()
            msmtp(box, service, f"--tls-starttls={starttls}", f"--auth={mechanism}", stdin=sent[subject])
    got = {subject_of(m): m for m in fetch_all(box, "bob@house.test", "bob's password")}
    assert set(got) == set(sent), (set(got), set(sent))
    for subject, raw in sent.items():
        same_body(raw, got[subject])
