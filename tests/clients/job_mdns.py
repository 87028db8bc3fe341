"""zeroconf from PyPI: the box is found by its name and its services, says goodbye, keeps to the rate, and gives way to another that has its name.

    job_mdns.run()                    makes a network of its own, of two machines with a cable, and does the rest inside
    job_mdns.py TEST-PROGRAM ...      what runs inside

Nothing leaves this machine: both ends of the cable are in network namespaces that nobody else has.
"""

import os
import select
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from box import Box

HERE = Path(__file__).resolve()
BOX_V4, CLIENT_V4 = "192.168.77.1", "192.168.77.2"
GROUP, PORT = "224.0.0.251", 5353
# Linux: the hop limit comes with each packet.
IP_RECVTTL = 12
KINDS = ("_imaps._tcp.local.", "_submissions._tcp.local.", "_pop3s._tcp.local.", "_https._tcp.local.")
SECONDS = 120


def run():
    done = subprocess.run([*alone(), sys.executable, HERE, "box"], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


def alone():
    """What runs a command in a network of its own."""
    if os.getuid() == 0:
        return ["unshare", "--net"]
    mapped = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*mapped, "true"], capture_output=True).returncode == 0:
        return mapped
    # Some systems give namespaces to root only.
    kept = [f"{name}={os.environ[name]}" for name in ("PILLARBOX", "PATH") if name in os.environ]
    return ["sudo", "-n", "env", *kept, "PYTHONDONTWRITEBYTECODE=1", "unshare", "--net"]


def sh(command):
    subprocess.run(command.split(), check=True)


def on_the_box():
    """This process and the box are one machine; a child in a namespace of its own is the other."""
    far = subprocess.Popen(["unshare", "--net", "sleep", str(SECONDS)])
    try:
        while os.readlink(f"/proc/{far.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        sh("ip link set lo up")
        sh(f"ip link add house0 type veth peer name phone0 netns {far.pid}")
        sh(f"ip address add {BOX_V4}/24 dev house0")
        there = ["nsenter", "--target", str(far.pid), "--net"]
        for command in ("ip link set lo up", f"ip address add {CLIENT_V4}/24 dev phone0", "ip link set phone0 up"):
            subprocess.run([*there, *command.split()], check=True)
        sh("ip link set house0 up")
        with announced() as box:
            def phone(part, *more):
                done = subprocess.run(
                    [*there, sys.executable, HERE, part, *map(str, more)], capture_output=True, text=True, timeout=60
                )
                if done.returncode != 0:
                    raise AssertionError(f"{part}: {done.stdout}{done.stderr}\n{box.log.read_text()}")
                return done.stdout

            ports = [box.port(kind.split("._")[0].strip("_")) for kind in KINDS]
            phone("finds", *ports)
            phone("plain")
            phone("rate")
            # The cable is pulled and put back, with another address: the phone learns of it without asking.
            moved(box, there)
            # Another has the name.
            box.stop()
            taken(box, there)
    finally:
        far.kill()
        far.wait()


def announced():
    box = Box(people=False)
    text = box.config.read_text().replace('["127.0.0.1:', '["0.0.0.0:').replace("mdns = false", "mdns = true")
    box.config.write_text(text)
    return box


def moved(box, there):
    watcher = subprocess.Popen([*there, sys.executable, HERE, "moves"], stdout=subprocess.PIPE, text=True)
    assert watcher.stdout.readline() == "ready\n"
    sh("ip address add 192.168.77.9/24 dev house0")
    assert watcher.stdout.readline() == "moved\n"
    # Down and up: it probes and announces again.
    sh("ip link set house0 down")
    time.sleep(0.3)
    sh("ip link set house0 up")
    assert watcher.stdout.readline() == "back\n"
    # The end of the box is heard, too.
    box.stop()
    assert watcher.stdout.readline() == "gone\n"
    assert watcher.wait(10) == 0
    box.start()


def taken(box, there):
    holder = subprocess.Popen([*there, sys.executable, HERE, "holds"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    box.start()
    end = time.monotonic() + 15
    while box.status().get("local_name") != "pillarbox-2.local":
        assert time.monotonic() < end, box.log.read_text()
        time.sleep(0.1)
    assert "name-taken" in str(box.status()["facts"])
    holder.stdin.close()
    assert holder.wait(10) == 0
    # The name is remembered, though the other is gone (RFC 6762 §9).
    box.stop()
    box.start()
    assert box.status()["local_name"] == "pillarbox-2.local"


# What the phone does.


def finds(*ports):
    from zeroconf import ServiceBrowser, Zeroconf, ZeroconfServiceTypes

    with_zeroconf = Zeroconf(interfaces=[CLIENT_V4])
    found = {}

    class Listener:
        def add_service(self, zc, kind, name):
            found[kind] = zc.get_service_info(kind, name, 5000)

        update_service = remove_service = lambda *_: None

    ServiceBrowser(with_zeroconf, list(KINDS), listener=Listener())
    end = time.monotonic() + 20
    while len(found) < len(KINDS):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    for kind, port in zip(KINDS, ports):
        info = found[kind]
        assert info.name == f"Pillarbox.{kind}", info
        assert info.server == "pillarbox.local.", info
        assert info.port == int(port), info
        assert BOX_V4 in info.parsed_addresses(), info
    with_zeroconf.close()
    kinds = ZeroconfServiceTypes.find(interfaces=[CLIENT_V4], timeout=3)
    assert set(KINDS) <= set(kinds), kinds


def question(name, kind, identifier=0, flags=0, top=0):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!6H", identifier, flags, 1, 0, 0, 0) + labels + struct.pack("!HH", kind, 1 | top)


def plain():
    """A resolver that knows nothing of multicast DNS: from another port, with an identifier."""
    asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asks.bind((CLIENT_V4, 0))
    asks.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(CLIENT_V4))
    asks.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    asks.settimeout(3)
    for target in ((GROUP, PORT), (BOX_V4, PORT)):
        asks.sendto(question("pillarbox.local", 1, 0x1234, 0x0100), target)
        answer, control, _, source = asks.recvmsg(4096, 64)
        assert source == (BOX_V4, PORT), source
        assert answer[:2] == b"\x12\x34" and socket.inet_aton(BOX_V4) in answer
        assert control and struct.unpack("i", control[0][2])[0] == 255, control


def rate():
    """However often it is asked, it says a thing once a second; and rubbish is no harm."""
    hears = on_the_group()
    hears.settimeout(0.001)
    begun, answers = time.monotonic(), 0
    while time.monotonic() < begun + 4:
        hears.sendto(question("pillarbox.local", 1), (GROUP, PORT))
        hears.sendto(os.urandom(200), (GROUP, PORT))
        hears.sendto(b"\0" * 9001, (GROUP, PORT))
        try:
            answer, source = hears.recvfrom(9000)
            answers += source[0] == BOX_V4 and answer[2] & 0x80 != 0
        except TimeoutError:
            pass
    assert 3 <= answers <= 6, answers


def moves():
    from zeroconf import Zeroconf

    zc = Zeroconf(interfaces=[CLIENT_V4])
    info = lambda wait: zc.get_service_info(KINDS[0], f"Pillarbox.{KINDS[0]}", wait)
    assert info(5000)
    print("ready", flush=True)
    known = lambda: [bytes(a.address) for a in zc.cache.async_entries_with_name("pillarbox.local.") if a.type == 1]
    until(lambda: socket.inet_aton("192.168.77.9") in known())
    print("moved", flush=True)
    time.sleep(1.5)
    zc.cache.async_expire(time.time() * 1000 + 10_000_000)
    until(lambda: socket.inet_aton("192.168.77.9") in known())
    print("back", flush=True)
    until(lambda: not known() and not info(1))
    print("gone", flush=True)
    zc.close()


def until(true):
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def holds():
    """Another host that has the name: whoever probes for it hears that it is taken."""
    hears = on_the_group()
    name = b"\x09pillarbox\x05local\0"
    record = name + struct.pack("!HHIH", 1, 0x8001, 120, 4) + socket.inet_aton(CLIENT_V4)
    print("held", flush=True)
    while select.select([hears, sys.stdin], [], [])[0] == [hears]:
        packet, _ = hears.recvfrom(9001)
        if not packet[2] & 0x80 and name in packet:
            hears.sendto(struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + record, (GROUP, PORT))


def on_the_group():
    hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    hears.bind(("", PORT))
    request = socket.inet_aton(GROUP) + socket.inet_aton(CLIENT_V4)
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(CLIENT_V4))
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return hears


if __name__ == "__main__":
    part, *more = sys.argv[1:]
    {"box": on_the_box, "finds": finds, "plain": plain, "rate": rate, "moves": moves, "holds": holds}[part](*more)
