"""A machine made of nothing (QEMU) with a card in it: power, cable, button and light from outside, as a person has them.

    with Machine(card) as machine:                 # virt: a disk, a cable, a button, a light, by the kernel directly
        machine.says("smtp")                       # waits until the door greets
        machine.press(3)
        machine.light()                            # True while it shines
        machine.cut()                              # the plug is pulled
    Machine(card, board="raspi3b", ...)            # the board itself, as far as QEMU has it

`QEMU_AARCH64` names the program, with options if it needs some; without it: qemu-system-aarch64. What QEMU cannot show: the GPU's own stage, what a
real card does at power loss, the lines' electricity.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "clients"))
from box import free_port  # noqa: E402

QEMU = shlex.split(os.environ.get("QEMU_AARCH64", "qemu-system-aarch64"))
# Emulated and on two busy cores: what takes three seconds there may take a minute here.
SECONDS = 600
# The card's own doors; the machine forwards each to a free port of 127.0.0.1.
DOORS = {"smtp": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "http": 80, "https": 443}
GREETINGS = {"smtp": b"220 ", "submission": b"220 ", "imap": b"* OK", "pop3": b"+OK"}
# What process 1 says first: once in each start.
STARTED = r"init \S+ s: pillarbox \d"
# Where QEMU's user network puts a guest that asks for an address.
GUEST = "10.0.2.15"


class Board:
    """What differs between machines: how the card and the cable are put in, and where button and light are."""

    def __init__(self, options, card, cable, settings, watchdog=()):
        self.options, self.card, self.cable, self.settings, self.watchdog = options, card, cable, settings, watchdog


# The lines of virt's GPIO chip, and what the card's own settings say of them.
VIRT_LIGHT, VIRT_BUTTON = 5, 6
VIRT_DATA = 0x0903_0000
BOARDS = {
    "virt": Board(
        # With ACPI, and a firmware that could use it, this machine has no GPIO.
        ["-M", "virt,acpi=off", "-cpu", "cortex-a53", "-device", "virtio-rng-device"],
        ["-device", "virtio-blk-device,drive=card"],
        ["-device", "virtio-net-device,netdev=cable,id=plug,mac=52:54:00:70:62:01"],
        f'[light]\nwired = true\nchip = "9030000.pl061"\nline = {VIRT_LIGHT}\n\n[button]\nchip = "9030000.pl061"\nline = {VIRT_BUTTON}\nactive_low = false\n',
        ["-device", "i6300esb", "-action", "watchdog=reset"],
    ),
    # The light that is wired to pin 12, and the button at pins 5 and 6: no settings needed. Opening its watchdog would end the machine.
    "raspi3b": Board(["-M", "raspi3b"], [], ["-device", "usb-net,netdev=cable,id=plug"], "[light]\nwired = true\n"),
    "raspi0": Board(["-M", "raspi0"], [], ["-device", "usb-net,netdev=cable,id=plug"], "[light]\nwired = true\n"),
}
# The registers of the BCM283x's lines, behind its peripherals' address.
BCM = {"raspi3b": 0x3F20_0000, "raspi0": 0x2020_0000}
BCM_SET, BCM_CLEAR, BCM_LEVEL = 0x1C, 0x28, 0x34
BCM_LIGHT, BCM_BUTTON = 18, 3


class Machine:
    def __init__(self, card, board="virt", memory=256, boot=(), watchdog=False, drive=(), cable=(), net="restrict=on", clock=None, reboots=True, forward=tuple(DOORS)):
        """`card`: a file, or `None` with `drive` options that make the drive "card". `boot`: what starts it (-kernel ..., or -bios ...). `net`: options of the user
        network. `clock`: where the machine's battery clock begins; `reboots`: whether a reset starts it again."""
        self.board, self.kind, self.card = BOARDS[board], board, card
        self.folder = Path(tempfile.mkdtemp(prefix="pillarbox-machine-"))
        self.ports = {door: free_port("127.0.0.1") for door in forward}
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{self.ports[door]}-:{DOORS[door]}" for door in forward)
        self.command = [
            *QEMU, *self.board.options, "-display", "none", "-serial", f"file:{self.path('console')}",
            "-qmp", f"unix:{self.path('qmp')},server=on,wait=off", "-qtest", f"unix:{self.path('qtest')},server=on,wait=off", "-qtest-log", "none",
            "-netdev", f"user,id=cable,{net}{forwards}", *(cable or self.board.cable), *boot,
        ]
        if board == "virt":
            self.command += ["-m", str(memory)]
        if not reboots:
            self.command += ["-no-reboot"]
        if clock:
            self.command += ["-rtc", f"base={clock}"]
        if watchdog:
            self.command += self.board.watchdog
        if drive:
            self.command += drive
        elif card:
            kind = "sd" if board in BCM else "none,id=card"
            self.command += ["-drive", f"if={kind},format=raw,file={card}", *self.board.card]
        self.begun = time.monotonic()
        self.process, self.sockets = None, {}

    def path(self, name):
        return self.folder / name

    def __enter__(self):
        with open(self.path("qemu"), "wb") as said:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        self.begun = time.monotonic()
        return self

    def __exit__(self, kind, error, trace):
        if error:
            print(f"--- what the machine said last ---\n{self.console()[-6000:]}\n{self.path('qemu').read_text()[-2000:]}---")
        self.cut()
        shutil.rmtree(self.folder, ignore_errors=True)

    def age(self):
        """Seconds since it was switched on."""
        return time.monotonic() - self.begun

    def own_age(self):
        """The same without those in which its processor was ready to run and the host's were all taken: what a busy host adds. (What neighbours cost in caches stays in.)"""
        threads = []
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                ran, waited, _ = map(int, (thread / "schedstat").read_text().split())
                threads.append((ran, waited))
            except (OSError, ValueError):
                pass
        return self.age() - max(threads, default=(0, 0))[1] / 1e9

    # Power.

    def cut(self):
        """Pulls the plug."""
        self.process.kill()
        self.process.wait()
        for stream in self.sockets.values():
            stream.close()
        self.sockets = {}

    def off(self, seconds=SECONDS):
        """Waits until it has switched itself off; gives the seconds that this took."""
        begun = time.monotonic()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still on after {seconds} s") from None
        return time.monotonic() - begun

    def is_on(self):
        return self.process.poll() is None

    # What is heard from it.

    def console(self):
        try:
            return self.path("console").read_bytes().decode(errors="replace").replace("\r", "")
        except FileNotFoundError:
            return ""

    def hears(self, pattern, seconds=SECONDS, times=1):
        """Waits until the console has said `pattern` so many times; gives the seconds since it was switched on."""
        end = time.monotonic() + seconds
        while len(re.findall(pattern, self.console())) < times:
            if not self.is_on() and len(re.findall(pattern, self.console())) < times:
                raise AssertionError(f"it went off before it said {pattern!r}")
            if time.monotonic() > end:
                raise AssertionError(f"did not say {pattern!r} within {seconds} s")
            time.sleep(0.05)
        return self.age()

    def says(self, door, seconds=SECONDS):
        """Waits until a door greets; gives the seconds since the machine was switched on."""
        end = time.monotonic() + seconds
        # QEMU takes a connection before the guest has an address, and asks the guest again after six seconds only: until then a new one is better than patience.
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.ports[door]), 5) as s:
                    s.settimeout(0.3 if self.age() < 30 else 10)
                    if s.recv(200).startswith(GREETINGS[door]):
                        return self.age()
            except OSError:
                pass
            if not self.is_on():
                raise AssertionError(f"it went off before {door} greeted")
            if time.monotonic() > end:
                raise AssertionError(f"{door} did not greet within {seconds} s")
            time.sleep(0.1)

    # The hands.

    def hold(self, down):
        if self.kind == "virt":
            self.tell("qtest", f"set_irq_in {self.chip()} unnamed-gpio-in {VIRT_BUTTON} {int(down)}")
        else:  # The line is low while the button is down.
            self.tell("qtest", f"writel {BCM[self.kind] + (BCM_CLEAR if down else BCM_SET):#x} {1 << BCM_BUTTON:#x}")

    def press(self, seconds):
        """By the guest's own clock it may be a little longer or shorter: the emulation lags when the host is busy."""
        self.hold(True)
        time.sleep(seconds)
        self.hold(False)

    def double_press(self):
        for _ in range(2):
            self.press(0.12)
            time.sleep(0.12)

    def shut(self):
        """Off by the button. On a busy host a machine may miss one of two quick presses; whoever stands before it tries again."""
        for _ in range(4):
            self.double_press()
            try:
                return self.off(20)
            except AssertionError:
                continue
        return self.off(20)

    def light(self):
        if self.kind == "virt":
            # A pl061 shows in an address's low bits which lines are read.
            return bool(self.read(VIRT_DATA + (1 << VIRT_LIGHT + 2)))
        return bool(self.read(BCM[self.kind] + BCM_LEVEL) >> BCM_LIGHT & 1)

    def flashes(self, seconds):
        """How the light plays for a while: a list of (on, seconds)."""
        played, end = [], time.monotonic() + seconds
        since, now_on = time.monotonic(), self.light()
        while time.monotonic() < end:
            time.sleep(0.01)
            if self.light() != now_on:
                played.append((now_on, time.monotonic() - since))
                since, now_on = time.monotonic(), not now_on
        return [*played, (now_on, time.monotonic() - since)]

    def plug(self, connected):
        """The cable, in or out."""
        self.ask("set_link", name="plug", up=connected)

    # QEMU's two lines.

    def chip(self):
        for number in range(120):
            path = f"/machine/unattached/device[{number}]"
            if self.ask("qom-get", path=path, property="type") == "pl061":
                return path
        raise AssertionError("this machine has no pl061")

    def read(self, address):
        return int(self.tell("qtest", f"readl {address:#x}").split()[1], 16)

    def line(self, name):
        if name not in self.sockets:
            end = time.monotonic() + 20
            while True:
                try:
                    s = socket.socket(socket.AF_UNIX)
                    s.connect(str(self.path(name)))
                    break
                except OSError:
                    if time.monotonic() > end or not self.is_on():
                        raise
                    time.sleep(0.05)
            self.sockets[name] = s.makefile("rw")
            if name == "qmp":
                self.sockets[name].readline()
                self.ask("qmp_capabilities")
        return self.sockets[name]

    def tell(self, name, words):
        stream = self.line(name)
        stream.write(words + "\n")
        stream.flush()
        while (answer := stream.readline().strip()).startswith("IRQ"):
            pass
        assert answer.startswith("OK"), f"{words}: {answer}"
        return answer

    def ask(self, command, **arguments):
        stream = self.line("qmp")
        stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        stream.flush()
        while "event" in (answer := json.loads(stream.readline())):
            pass
        return answer.get("return", answer)
