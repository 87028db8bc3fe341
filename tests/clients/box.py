"""A pillarbox of one's own for a test: a temporary data folder, free ports on loopback, people with known passwords.

    with Box() as box:
        box.add_person("ann@house.test", "pass word")
        box.port("imaps")
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https")
START_SECONDS = 20
STOP_SECONDS = 5


def binary():
    """The program under test: PILLARBOX, or the newest build of the checkout."""
    if os.environ.get("PILLARBOX"):
        return os.environ["PILLARBOX"]
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    builds = [target / kind / "pillarbox" for kind in ("release", "debug")]
    builds = sorted((b for b in builds if b.exists()), key=lambda b: b.stat().st_mtime)
    if not builds:
        raise SystemExit("no pillarbox found: run `cargo build --release` first, or set PILLARBOX")
    return str(builds[-1])


# Other tests of the machine look for free ports at the same time: one that was handed out is held until this run ends.
HELD = []


def free_port(*addresses):
    """A port for programs to listen at, free at each of the addresses.

    It is bound here with SO_REUSEADDR and does not listen, so that a program that sets the same may listen there (all that the tests start do),
    again and again, and the system gives it to nobody who asks for any port or connects from any.
    """
    while True:
        held = []
        try:
            for address in addresses:
                held.append(socket.socket())
                held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held[-1].bind((address, held[0].getsockname()[1] if len(held) > 1 else 0))
        except OSError:
            for s in held:
                s.close()
            continue
        HELD.extend(held)
        return held[0].getsockname()[1]


def free_ports(count):
    return [free_port("127.0.0.1") for _ in range(count)]


class Box:
    def __init__(self, settings="", people=True, hostname="mail.house.test", domains=("house.test",)):
        self.folder = Path(tempfile.mkdtemp(prefix="pillarbox-test-"))
        self.data = self.folder / "data"
        self.config = self.folder / "pillarbox.toml"
        self.ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
        listen = "\n".join(f'{s} = ["127.0.0.1:{p}"]' for s, p in self.ports.items())
        house = f"domains = {json.dumps(list(domains))}\n" if domains else ""
        # A test's box tells the network nothing.
        quiet = "" if "[setup]" in settings else "setup.mdns = false\n"
        if "[dns]" not in settings:
            # Nobody answers there, and the system says so at once: strangers' letters are judged without the network of this place.
            settings += '\n[dns]\nservers = ["127.0.0.1:9"]\n'
        # Top-level keys must stand before the first table; a test's own tables come last.
        self.config.write_text(
            f'hostname = "{hostname}"\n{house}{quiet}\n[listen]\n{listen}\n{settings}\n'
        )
        self.log = self.folder / "log"
        self.process = None
        self.people = people

    def __enter__(self):
        self.start()
        if self.people:
            self.add_person("ann@house.test", "ann's password")
            self.add_person("bob@house.test", "bob's password")
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is not None:
            print(f"--- the box's last words ({self.log}) ---")
            print("\n".join(self.log.read_text(errors="replace").splitlines()[-30:]))
        shutil.rmtree(self.folder, ignore_errors=True)

    def port(self, service):
        return self.ports[service]

    def command(self, *arguments, stdin=None):
        return subprocess.run(
            [binary(), *arguments, "--data", str(self.data)],
            input=stdin, capture_output=True, text=True, timeout=60,
        )

    def start(self, environment=None):
        out = open(self.log, "ab")
        self.process = subprocess.Popen(
            # Every job runs in the sandbox, so that what a client makes the box do is seen to go there too.
            [binary(), "run", "--sandbox", "--data", str(self.data), "--config", str(self.config)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})},
        )
        out.close()
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the box ended by itself:\n{self.log.read_text(errors='replace')}")
            try:
                socket.create_connection(("127.0.0.1", self.ports["pop3s"]), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the box did not listen within {START_SECONDS} s")

    def stop(self):
        """Ends it as an owner would, and insists that it ends in time and well."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"SIGTERM did not end the box within {STOP_SECONDS} s")
        if code != 0:
            raise RuntimeError(f"the box ended with {code}:\n{self.log.read_text(errors='replace')[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def add_person(self, address, password):
        done = self.command("account", "add", address, "--password-stdin", stdin=password + "\n")
        if done.returncode != 0:
            raise RuntimeError(f"account add {address}: {done.stdout}{done.stderr}")

    def check(self):
        """`pillarbox check` must find nothing wrong."""
        done = self.command("check")
        if done.returncode != 0:
            raise AssertionError(f"pillarbox check: {done.stdout}{done.stderr}")

    def status(self):
        return json.loads(self.command("status", "--json").stdout)

    def memory_kb(self):
        """Private memory of the process: PSS less what is mapped from the store's file, in KB."""
        total = store = 0
        inside = False
        for line in Path(f"/proc/{self.process.pid}/smaps").read_text().splitlines():
            words = line.split()
            if not words[0].endswith(":"):
                inside = len(words) > 5 and words[5].startswith(str(self.data))
            elif words[0] == "Pss:":
                total += int(words[1])
                store += int(words[1]) if inside else 0
        return total - store
