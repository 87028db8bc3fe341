"""Exim as the mail host of another domain."""

import remote
from box import Box, free_port
from exim import Exim
from world import Authority, Names, settings

ADDRESS = "127.0.12.1"
RECORDS = f"exim.test. MX 10 mx.exim.test.\nmx.exim.test. A {ADDRESS}"


def run():
    authority, port = Authority(), free_port(ADDRESS)
    certificate = authority.issue("mx.exim.test")
    with Names(RECORDS) as names, Box(settings(names, port)) as box:
        with Exim("mx.exim.test", "exim.test", ADDRESS, port, ["x", "y"], certificate, box.port("smtp")) as host:
            remote.whole(box, host, "exim.test")
            remote.several(box, host, "exim.test")
            assert "for x@exim.test y@exim.test" in host.log(), "x and y were not written to in one transaction"
            remote.dsn_relayed(box, host, "exim.test")
            remote.waits(box, "later@exim.test", "451")
            box.stop()
            box.check()
