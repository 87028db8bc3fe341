#!/usr/bin/env python3
"""The card's network machine on cables of the kernel (veth) against DHCP servers and routers of Debian: dnsmasq and busybox's udhcpd.

    CABLE=target/debug/examples/cable tests/network/run.py             all of them, side by side
    CABLE=... tests/network/run.py lease late                          only these

Needs root (network namespaces). Each test has two namespaces: `box`, where `firmware/network/examples/cable.rs` drives the machine as process 1
does, and `net`, the house. UNPACKED names a folder with programs that are not installed.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CABLE = os.environ.get("CABLE", "target/debug/examples/cable")
UNPACKED = os.environ.get("UNPACKED", "")
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin:{UNPACKED}/usr/sbin:{UNPACKED}/bin:{UNPACKED}/usr/bin"}


def sh(*command, check=True):
    done = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stdout}"
    return done.stdout


class House:
    """A box and what is at the other end of its cable."""

    def __init__(self, name, cable=True):
        self.box, self.net, self.next = f"pb-{name}-box", f"pb-{name}-net", f"pb-{name}-next"
        self.folder = Path(tempfile.mkdtemp(prefix=f"pillarbox-network-{name}-"))
        self.running = []
        self.with_cable = cable

    def __enter__(self):
        for space in (self.box, self.net):
            sh("ip", "netns", "del", space, check=False)
            sh("ip", "netns", "add", space)
        sh("ip", "-n", self.net, "link", "set", "lo", "up")
        if self.with_cable:
            self.adapter()
        return self

    def __exit__(self, kind, error, trace):
        if error:
            for log in self.folder.glob("*.log"):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}")
            print(sh("ip", "-n", self.box, "addr", check=False))
        for process in self.running:
            process.kill()
            process.wait()
        for space in (self.box, self.net, self.next):
            sh("ip", "netns", "del", space, check=False)
        sh("rm", "-rf", str(self.folder))

    def adapter(self):
        """An Ethernet interface with a cable to the house."""
        sh("ip", "-n", self.net, "link", "add", "r0", "type", "veth", "peer", "name", "eth0", "netns", self.box)
        sh("ip", "-n", self.net, "addr", "add", "192.168.77.1/24", "dev", "r0")
        sh("ip", "-n", self.net, "link", "set", "r0", "up")

    def plug(self, connected):
        sh("ip", "-n", self.net, "link", "set", "r0", "up" if connected else "down")

    def start(self, name, *command, space=None, **more):
        log = open(self.folder / f"{name}.log", "ab")
        line = ["unshare", "--uts", "ip", "netns", "exec", space or self.net, *command]
        process = subprocess.Popen(line, stdout=log, stderr=log, env=ENVIRONMENT, **more)
        self.running.append(process)
        return process

    def switch_on(self, *arguments):
        self.box_process = self.start("box", CABLE, str(self.folder / "resolv.conf"), *arguments, space=self.box, stdin=subprocess.PIPE)

    def tell(self, line):
        self.box_process.stdin.write(line.encode() + b"\n")
        self.box_process.stdin.flush()

    def dnsmasq(self, *more, range="192.168.77.50,192.168.77.99,120", interface="r0"):
        ranges = [f"--dhcp-range={range}"] if range else []
        return self.start(
            "dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-dhcp", "--log-facility=-", "--port=0", "--no-ping", f"--interface={interface}",
            f"--dhcp-leasefile={self.folder}/leases", f"--pid-file={self.folder}/pid", *ranges, *more,
        )

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def hears(self, name, pattern, seconds, times=1):
        end = time.monotonic() + seconds
        while len(re.findall(pattern, self.log(name), re.M)) < times:
            assert time.monotonic() < end, f"{name} did not say {pattern!r} {times} times within {seconds} s"
            time.sleep(0.05)

    def state(self):
        """Reach, addresses of what was told last."""
        return re.findall(r"state (\S+) .*addresses=(\S*)", self.log("box"))[-1]

    def wait(self, pattern, seconds):
        """Until the last state is one like this."""
        end = time.monotonic() + seconds
        while not re.match(pattern, " ".join(self.state() if "state" in self.log("box") else "")):
            assert time.monotonic() < end, f"the state is {self.state()} and not {pattern!r} after {seconds} s"
            time.sleep(0.05)

    def addresses(self, family="-4", interface="eth0"):
        """What the kernel really has."""
        scope = ["scope", "global"] if family == "-6" else []
        listed = sh("ip", "-n", self.box, family, "-o", "addr", "show", "dev", interface, *scope)
        return re.findall(r"inet6? (\S+)", listed)

    def resolvers(self):
        return re.findall(r"nameserver (\S+)", (self.folder / "resolv.conf").read_text())


def job_lease():
    """An address with all that belongs to it, the box's name told; given back at power-off."""
    with House("lease") as house:
        house.dnsmasq("--dhcp-option=42,192.168.77.1", "--dhcp-option=6,192.168.77.1,9.9.9.9", "--domain=home.arpa")
        house.switch_on("mail.example.org")
        house.wait("given 192.168.77", 10)
        [address] = house.addresses()
        assert address.endswith("/24") and house.state()[1].startswith(address), (address, house.state())
        assert "ntp=[192.168.77.1]" in house.log("box")
        assert house.resolvers() == ["192.168.77.1", "9.9.9.9"], house.resolvers()
        assert f"default via 192.168.77.1 dev eth0 proto dhcp src {address[:-3]}" in sh("ip", "-n", house.box, "route")
        assert "UP" in sh("ip", "-n", house.box, "link", "show", "lo")
        assert " mail " in (house.folder / "leases").read_text()
        house.tell("name post.example.org")
        house.hears("dnsmasq", r"DHCPACK\(r0\) .* post$", 5)
        assert house.addresses() == [address]
        house.tell("release")
        house.hears("dnsmasq", r"DHCPRELEASE\(r0\) " + re.escape(address[:-3]), 5)


def job_renew():
    """A lease of twelve seconds is renewed by its server; when that is gone the address ends with the lease."""
    with House("renew") as house:
        conf = house.folder / "udhcpd.conf"
        conf.write_text(f"start 192.168.77.50\nend 192.168.77.60\ninterface r0\nmin_lease 5\nlease_file {house.folder}/leases\npidfile {house.folder}/pid\noption lease 12\noption subnet 255.255.255.0\noption router 192.168.77.1\noption dns 192.168.77.1\n")
        (house.folder / "leases").touch()
        server = house.start("udhcpd", "busybox", "udhcpd", "-f", str(conf))
        house.switch_on()
        house.wait("given 192.168.77", 10)
        before = house.log("box").count(" state ")
        house.hears("udhcpd", "sending ACK", 20, times=3)
        assert house.log("box").count(" state ") == before, "a renewal is no news"
        server.kill()
        house.wait("asking", 14)
        assert house.addresses() == [] and house.resolvers() == []


def job_late():
    """The router comes up twenty seconds after the box."""
    with House("late") as house:
        house.switch_on()
        house.wait("asking", 5)
        time.sleep(20)
        assert house.state()[0] == "own", house.state()
        [own] = house.addresses()
        assert own.startswith("169.254.") and own.endswith("/16")
        house.dnsmasq()
        house.wait("given 192.168.77", 36)
        [address] = house.addresses()
        assert address.startswith("192.168.77."), address


def job_cable():
    """Out for a moment: nothing happens. Out for longer: the address goes, and the same one comes back at once."""
    with House("cable") as house:
        house.dnsmasq()
        house.switch_on()
        house.wait("given 192.168.77", 10)
        before = house.addresses()
        house.plug(False)
        house.wait("no-cable", 3)
        time.sleep(2)
        assert house.addresses() == before
        house.plug(True)
        house.hears("dnsmasq", r"DHCPACK", 5, times=2)
        assert house.addresses() == before
        house.plug(False)
        house.wait("no-cable $", 10)
        assert house.addresses() == [] and house.resolvers() == []
        house.plug(True)
        house.wait("given 192.168.77", 5)
        assert house.addresses() == before
        assert len(re.findall(r"\d DHCPDISCOVER\(", house.log("dnsmasq"))) == 1, "only the first time nobody was known"


def job_nak():
    """The other end of the cable is another network, whose server refuses what we had."""
    with House("nak") as house:
        server = house.dnsmasq()
        house.switch_on()
        house.wait("given 192.168.77", 10)
        house.plug(False)
        time.sleep(1)
        server.kill()
        server.wait()
        sh("ip", "-n", house.net, "addr", "flush", "dev", "r0")
        sh("ip", "-n", house.net, "addr", "add", "10.9.8.1/24", "dev", "r0")
        house.plug(True)
        house.dnsmasq("--dhcp-authoritative", range="10.9.8.50,10.9.8.99,120")
        house.wait("given 10.9.8", 15)
        assert "DHCPNAK" in house.log("dnsmasq")
        [address] = house.addresses()
        assert address.startswith("10.9.8.")


def job_conflict():
    """What the server gives is in use by somebody: it is declined, and another one taken."""
    with House("conflict") as house:
        # A neighbour on the same switch.
        sh("ip", "netns", "add", house.next)
        sh("ip", "-n", house.net, "link", "add", "n0", "type", "veth", "peer", "name", "eth0", "netns", house.next)
        sh("ip", "-n", house.next, "addr", "add", "192.168.77.50/24", "dev", "eth0")
        sh("ip", "-n", house.next, "link", "set", "eth0", "up")
        sh("ip", "-n", house.net, "addr", "flush", "dev", "r0")
        sh("ip", "-n", house.net, "link", "add", "switch", "type", "bridge")
        for port in ("r0", "n0"):
            sh("ip", "-n", house.net, "link", "set", port, "master", "switch", "up")
        sh("ip", "-n", house.net, "addr", "add", "192.168.77.1/24", "dev", "switch")
        sh("ip", "-n", house.net, "link", "set", "switch", "up")
        house.dnsmasq("--dhcp-sequential-ip", range="192.168.77.50,192.168.77.60,120", interface="switch")
        house.switch_on()
        house.wait("given 192.168.77", 40)
        assert "DHCPDECLINE(switch) 192.168.77.50" in house.log("dnsmasq")
        [address] = house.addresses()
        assert address != "192.168.77.50/24"


def job_six():
    """A house with IPv6 alone: an address, a resolver, and both gone when the cable is."""
    with House("six") as house:
        sh("ip", "-n", house.net, "addr", "add", "2001:db8:77::1/64", "dev", "r0", "nodad")
        house.dnsmasq("--enable-ra", "--dhcp-option=option6:dns-server,[2001:db8:77::53]", range="2001:db8:77::,ra-only,64,600")
        house.switch_on()
        house.wait(r"given .*2001:db8:77:", 15)
        [address] = house.addresses("-6")
        mac = sh("ip", "-n", house.box, "link", "show", "eth0").split("link/ether ")[1][:17].split(":")
        assert f"{mac[4]}{mac[5]}".lstrip("0") in address, "it follows from the hardware address"
        end = time.monotonic() + 5
        while house.resolvers() != ["2001:db8:77::53"]:
            assert time.monotonic() < end, house.resolvers()
            time.sleep(0.1)
        house.plug(False)
        house.wait("no-cable $", 10)
        assert house.addresses("-6") == [] and house.resolvers() == []
        house.plug(True)
        # A router whose socket was dead has lost its address.
        sh("ip", "-n", house.net, "addr", "add", "2001:db8:77::1/64", "dev", "r0", "nodad")
        house.wait(r"given .*2001:db8:77:", 15)


def job_adapter():
    """A USB adapter that is plugged in later, pulled out, and plugged in again."""
    with House("adapter", cable=False) as house:
        house.switch_on()
        time.sleep(1)
        house.adapter()
        house.dnsmasq()
        house.wait("given 192.168.77", 10)
        sh("ip", "-n", house.box, "link", "del", "eth0")
        house.wait("no-interface $", 5)
        assert house.resolvers() == []
        house.adapter()
        house.wait("given 192.168.77", 10)


def job_fixed():
    """An address that the owner wrote down, whatever a server says."""
    with House("fixed") as house:
        house.dnsmasq()
        house.switch_on("box", "192.168.77.200/24,192.168.77.1")
        house.wait("fixed 192.168.77.200/24", 5)
        assert house.resolvers() == ["192.168.77.1"]
        assert "default via 192.168.77.1" in sh("ip", "-n", house.box, "route")
        time.sleep(2)
        assert house.addresses() == ["192.168.77.200/24"] and "DHCPDISCOVER" not in house.log("dnsmasq")


def job_idle():
    """With a lease and in a busy house, nothing wakes the machine: no turn, no processor time."""
    with House("idle") as house:
        house.dnsmasq()
        house.switch_on()
        house.wait("given 192.168.77", 10)
        time.sleep(4)
        pid = sh("ip", "netns", "pids", house.box).split()[-1]
        switches = lambda: sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())))
        before = switches()
        # Neighbours are asked for by broadcast; other ports are spoken to.
        for number in range(30):
            sh("ip", "netns", "exec", house.net, "bash", "-c", f"echo x >/dev/udp/192.168.77.{100 + number}/99 || true")
        time.sleep(2)
        assert switches() - before <= 1, switches() - before


JOBS = {name[4:]: job for name, job in list(globals().items()) if name.startswith("job_")}


def do(name):
    begun = time.monotonic()
    try:
        JOBS[name]()
        error = None
    except BaseException:
        error = traceback.format_exc()
    return name, error, time.monotonic() - begun


def main():
    names = sys.argv[1:] or list(JOBS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = 0
    # They wait nearly all of their time.
    with ThreadPoolExecutor(len(names)) as pool:
        for name, error, seconds in pool.map(do, names):
            print(f"network {name:<9} {'FAILED' if error else 'ok'} ({seconds:.1f} s)", flush=True)
            if error:
                failed += 1
                print(error, flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


main()
