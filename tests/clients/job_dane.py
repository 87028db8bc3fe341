"""DANE, validated by Unbound: a mail host whose certificate the DNS vouches for gets the letter; another one does not, and the queue says why."""

from contextlib import ExitStack

import dns.flags
import dns.message
import dns.query
from box import Box, free_port
from message import letter
from outside import Host, gone, hand_in, waits_because
from unbound import Unbound
from world import Authority, settings

ORIGIN = "dane.test."
# Which domain has which address, and what its TLSA record says.
DOMAINS = ("right", "authority", "wrong", "torn", "clear", "none")


def run():
    authority, other = Authority(), Authority("Another authority")
    addresses = {domain: f"127.0.17.{number}" for number, domain in enumerate(DOMAINS, 1)}
    port = free_port(*addresses.values())
    # Whoever made them: a certificate that no known authority vouches for is as good, and the name in it does not matter for 3 1 1.
    certificates = {domain: authority.issue(f"mx.{domain}.dane.test") for domain in DOMAINS}
    certificates["right"] = other.issue("no.name.test")
    right = {domain: f"3 1 1 {authority.key_hash(certificates[domain][0])}" for domain in DOMAINS}
    wrong = f"3 1 1 {authority.key_hash(other.issue('any.test')[0])}"
    says = {**right, "authority": f"2 1 1 {authority.key_hash(authority.file)}", "wrong": wrong, "none": None}
    records = ""
    for domain in DOMAINS:
        records += f"{domain} 60 IN MX 10 mx.{domain}\nmx.{domain} 60 IN A {addresses[domain]}\n"
        if says[domain]:
            records += f"_{port}._tcp.mx.{domain} 60 IN TLSA {says[domain]}\n"
    torn = f"_{port}._tcp.mx.torn.{ORIGIN}"
    with ExitStack() as stack:
        resolver = stack.enter_context(Unbound(ORIGIN, records, broken=[torn]))
        validates(resolver, torn)
        hosts = {}
        for domain in DOMAINS:
            certificate = None if domain == "clear" else certificates[domain]
            hosts[domain] = stack.enter_context(Host(addresses[domain], port, certificate, f"mx.{domain}.dane.test"))
        box = stack.enter_context(Box(settings(resolver, port, dns="trusted = true")))
        for domain in DOMAINS:
            hand_in(box, letter(f"to {domain}"), f"x@{domain}.dane.test")
        for domain in ("right", "authority", "none"):
            _, tls, _ = hosts[domain].wait(f"to {domain}")
            assert tls, f"{domain} got its letter in clear"
            gone(box, f"x@{domain}.dane.test")
        waits_because(box, "x@wrong.dane.test", "mx.wrong.dane.test", "DANE", "certificate")
        waits_because(box, "x@torn.dane.test", "mx.torn.dane.test", "TLSA")
        waits_because(box, "x@clear.dane.test", "mx.clear.dane.test", "DANE", "TLS")
        for domain in ("wrong", "torn", "clear"):
            assert not hosts[domain].subjects(), f"{domain} got a letter that it must not get"
        box.stop()
        box.check()
        # The same word from a resolver that is not trusted is worth nothing: TLS without proof, as everywhere.
        untrusting = stack.enter_context(Box(settings(resolver, port)))
        hand_in(untrusting, letter("unproved"), "x@wrong.dane.test")
        hosts["wrong"].wait("unproved")


def validates(resolver, torn):
    """The resolver does its part: it says that the zone is signed, and refuses what is signed wrong."""
    def ask(name, kind):
        question = dns.message.make_query(name, kind, want_dnssec=False)
        question.flags |= dns.flags.AD
        return dns.query.udp(question, "127.0.0.1", port=resolver.port, timeout=5)

    good = ask(f"right.{ORIGIN}", "MX")
    assert good.flags & dns.flags.AD and good.answer, f"Unbound does not validate: {good}\n{resolver.said()}"
    assert ask(torn, "TLSA").rcode() == 2, f"Unbound believes what is signed wrong\n{resolver.said()}"
