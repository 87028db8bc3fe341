"""The server inside the box dies, or stops without dying: process 1 starts it again, or the watchdog resets the board, and what it said last is kept."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import card
import inside
from vm import STARTED, Machine

KILL, STOP = 9, 19
# Process 1 is the same file as the server; what is its own is this much at most. KiB.
OWN_MEMORY = 1536
# A server that is silent for 30 s hangs.
SILENCE = 30


def run():
    # Most of both is waiting.
    with ThreadPoolExecutor(2) as pool:
        for part in [pool.submit(with_watchdog), pool.submit(without)]:
            part.result()


def with_watchdog():
    disk = card.make("child")
    with Machine(disk, boot=inside.straight("pillarbox.watchdog=20"), watchdog=True) as machine:
        hand = inside.Hand(machine)
        print(f"  the door greets {machine.says('smtp'):.1f} s after power-on", flush=True)
        confined(machine, hand)
        own = hand.pss()
        print(f"  process 1 has {own} KiB of its own, the server {hand.pss('run')}", flush=True)
        assert own <= OWN_MEMORY, own
        killed(machine, hand)
        lives(machine, 3)
        hand.kill(STOP, "run")
        began = time.monotonic()
        machine.hears("the watchdog resets the board", SILENCE + 120)
        silent = time.monotonic() - began
        machine.hears(STARTED, 120, times=2)
        print(f"  a server that hangs: missed after {silent:.0f} s, the board starts again after {time.monotonic() - began:.0f} s", flush=True)
        machine.says("smtp")
        hand.close()
        words = inside.Hand(machine).read("/data/firmware/last-words")
        assert "did not answer" in words and "sign of life" in words, words


def confined(machine, hand):
    """What the kernel itself says of the server: a user of its own, one right, no way to more, a filter over its calls."""
    machine.hears(r"in the sandbox: user 1000:1000, \d+ system calls, files, devices and signals by landlock")
    status = dict(line.split(":\t", 1) for line in hand.read(f"/proc/{hand.until('run')}/status").splitlines() if ":\t" in line)
    assert status["Uid"].split() == ["1000"] * 4, status["Uid"]
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status
    # CAP_NET_BIND_SERVICE alone.
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 10, status


def killed(machine, hand):
    """Dead by a signal, twice: it comes back each time, after a check of its store."""
    for times in (1, 2):
        former = hand.until("run")
        began = time.monotonic()
        hand.kill(KILL, "run")
        machine.hears(r"the server was killed by the kernel: [^;]+; the next one starts", times=times)
        while hand.until("run") == former:
            time.sleep(0.1)
        machine.says("smtp")
        print(f"  killed: its door greets again after {time.monotonic() - began:.1f} s", flush=True)
    words = hand.read("/data/firmware/last-words")
    assert "killed by the kernel" in words, words


def without():
    disk = card.make("child-without")
    with Machine(disk, boot=inside.straight()) as machine:
        hand = inside.Hand(machine)
        lives(machine)
        former = hand.until("run")
        began = time.monotonic()
        hand.kill(STOP, "run")
        machine.hears("the server did not answer any more and was killed", SILENCE + 120)
        while hand.until("run") == former:
            time.sleep(0.1)
        machine.says("smtp")
        assert len(re.findall(STARTED, machine.console())) == 1, "the board started again"
        print(f"  a server that hangs, without a watchdog: its door greets again after {time.monotonic() - began:.0f} s", flush=True)


def lives(machine, times=1):
    """Its first sign of life has come: until then it is starting, which may take long."""
    machine.hears("the server lives", times=times)
