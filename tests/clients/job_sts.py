"""MTA-STS against web servers of Python's and mail hosts of aiosmtpd's: a policy that is enforced is kept to, and the queue says why a letter waits."""

import os
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import tool
from box import Box, free_port
from message import letter
from outside import Host, gone, hand_in, report, waits_because
from world import Authority, Names, settings

HTTPS = 443
# The port is fixed, so the addresses are not: another run on this machine has others.
BLOCK = f"127.{random.randrange(16, 250)}.{random.randrange(250)}"
POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: mx.{domain}\r\nmax_age: 86400\r\n"


class PolicyHost:
    def __init__(self, address, certificate, file):
        sudo = () if os.geteuid() == 0 else ("sudo",)
        script = Path(__file__).with_name("policy_host.py")
        self.command = [*sudo, sys.executable, str(script), address, str(HTTPS), *map(str, certificate), str(file)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = self.process.stdout.readline()
        assert said == b"ready\n", f"no policy host at port {HTTPS}: {self.process.stderr.read().decode()}"
        return self

    def __exit__(self, *_):
        tool.as_root("kill", "-TERM", str(self.process.pid), expect=(0, 1))
        self.process.wait(10)


class World:
    """A domain with its policy: `shown` is for whom its mail host's certificate is made; `None`: it has no TLS."""

    def __init__(self, number, domain, shown, mode="enforce", policy_shown=None, policy=None):
        self.domain, self.shown = domain, shown
        self.address, self.web = f"{BLOCK}.{number}", f"{BLOCK}.{number + 100}"
        self.policy_shown = policy_shown or f"mta-sts.{domain}"
        self.policy = policy or POLICY.format(mode=mode, domain=domain)

    def records(self):
        return (f"{self.domain}. MX 10 mx.{self.domain}.\nmx.{self.domain}. A {self.address}\n"
                f'_mta-sts.{self.domain}. TXT "v=STSv1; id=1"\nmta-sts.{self.domain}. A {self.web}\n')

    def open(self, stack, authority, port):
        file = authority.folder / f"{self.domain}.txt"
        file.write_bytes(self.policy.encode())
        stack.enter_context(PolicyHost(self.web, authority.issue(self.policy_shown), file))
        certificate = authority.issue(self.shown) if self.shown else None
        return stack.enter_context(Host(self.address, port, certificate, f"mx.{self.domain}"))


GOOD = World(1, "good.test", "mx.good.test")
WRONG = World(2, "wrong.test", "mx.elsewhere.test")
CLEAR = World(3, "clear.test", None)
OTHER = World(4, "other.test", "mx.other.test", policy=POLICY.format(mode="enforce", domain="somewhere.test"))
TESTING = World(5, "testing.test", "mx.elsewhere.test", mode="testing")
# A policy that nobody vouches for is none (RFC 8461 §3.3).
FORGED = World(6, "forged.test", "mx.elsewhere.test", policy_shown="mta-sts.elsewhere.test")
ALL = (GOOD, WRONG, CLEAR, OTHER, TESTING, FORGED)


def run():
    authority = Authority()
    port = free_port(*(world.address for world in ALL))
    with ExitStack() as stack:
        names = stack.enter_context(Names("".join(world.records() for world in ALL)))
        hosts = {world: world.open(stack, authority, port) for world in ALL}
        box = stack.enter_context(Box(settings(names, port, authority)))
        for world in ALL:
            hand_in(box, letter(f"to {world.domain}"), f"x@{world.domain}")
        for world in (GOOD, TESTING, FORGED):
            _, tls, _ = hosts[world].wait(f"to {world.domain}")
            assert tls, f"{world.domain} got its letter in clear"
            gone(box, f"x@{world.domain}")
        waits_because(box, "x@wrong.test", "wrong.test", "MTA-STS", "certificate")
        waits_because(box, "x@clear.test", "clear.test", "MTA-STS", "TLS")
        waits_because(box, "x@other.test", "mx.other.test", "MTA-STS")
        for world in (WRONG, CLEAR, OTHER):
            assert not hosts[world].subjects(), f"{world.domain} got a letter that it must not get"
        wishes(box, hosts)
        box.stop()
        box.check()


def wishes(box, hosts):
    """The sender may let a letter go without proof (RFC 8689 §3), or insist on it all the way, which a host that does not promise that may not get."""
    careless = b"TLS-Required: No\r\n" + letter("never mind").as_bytes()
    hand_in(box, careless, "x@wrong.test")
    hosts[WRONG].wait("never mind")
    hand_in(box, letter("only safely"), "x@good.test", mail=["REQUIRETLS"])
    _, block = report(box, "x@good.test", "failed")
    assert block["Status"].strip() in ("5.7.30", "5.7.10"), block
    assert "only safely" not in hosts[GOOD].subjects()
