"""Postfix as the mail host of another domain."""

import remote
from box import Box
from message import letter, same_body
from outside import hand_in, nothing_waits
from postfix import Postfix
from world import Authority, Names, free_port, settings

ADDRESS = "127.0.11.1"
RECORDS = f"post.test. MX 10 mx.post.test.\nmx.post.test. A {ADDRESS}"
LATER = "check_recipient_access inline:{{later@post.test=451 4.7.1 the mill is full}}"


def run():
    authority, port = Authority(), free_port(ADDRESS)
    certificate = authority.issue("mx.post.test")
    with Names(RECORDS) as names, Box(settings(names, port)) as box:
        people = ["x", "y", "later", "jörg"]
        with Postfix("mx.post.test", "post.test", ADDRESS, port, people, certificate, box.port("smtp"), LATER) as host:
            remote.whole(box, host, "post.test")
            remote.several(box, host, "post.test")
            assert "nrcpt=2" in host.log(), "x and y were not written to in one transaction"
            remote.dsn_relayed(box, host, "post.test")
            remote.waits(box, "later@post.test", "451 4.7.1 <later@post.test>: Recipient address rejected: the mill is full")
            international(box, host)
            box.stop()
            box.check()


def international(box, host):
    """A recipient beyond ASCII (SMTPUTF8)."""
    one = letter("à qui", "ça\r\n", to="jörg@post.test")
    hand_in(box, one.as_bytes(policy=one.policy.clone(utf8=True)), "jörg@post.test", mail=["SMTPUTF8"])
    same_body(one, host.wait("jörg")[0])
    nothing_waits(box)
