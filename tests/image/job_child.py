"""The server inside the box dies, or stops without dying: process 1 starts it again, or the watchdog resets the board, and what it said last is kept."""

import time

import card
import inside
from vm import Machine

KILL, STOP = 9, 19
# Process 1 is the same file as the server; what is its own is this much at most. KiB.
OWN_MEMORY = 1536
# A server that is silent for 30 s hangs.
SILENCE = 30


def run():
    with_watchdog()
    without()


def with_watchdog():
    disk = card.make("child")
    with Machine(disk, boot=inside.from_the_kernel("pillarbox.watchdog=10"), watchdog=True) as machine:
        hand = inside.Hand(machine)
        print(f"  the door greets {machine.says('smtp'):.1f} s after power-on")
        own = hand.pss()
        print(f"  process 1 has {own} KiB of its own, the server {hand.pss('run')}")
        assert own <= OWN_MEMORY, own
        killed(machine, hand)
        # The next bad end is the third: the pause before it is over when the doors are open again.
        starts = machine.console().count("kernel modules")
        hand.kill(STOP, "run")
        began = time.monotonic()
        machine.hears("the watchdog resets the board")
        machine.hears("kernel modules", times=starts + 1)
        print(f"  a server that hangs: the board was reset after {time.monotonic() - began:.0f} s")
        machine.says("smtp")
        hand.close()
        words = inside.Hand(machine).read("/data/firmware/last-words")
        assert "did not answer" in words and "sign of life" in words, words


def killed(machine, hand):
    """Dead by a signal, twice: it comes back each time, after a check of its store."""
    for times in (1, 2):
        former = hand.until("run")
        began = time.monotonic()
        hand.kill(KILL, "run")
        machine.hears("the server was killed by the kernel", times=times)
        while hand.until("run") == former:
            time.sleep(0.1)
        machine.says("smtp")
        print(f"  killed: its door greets again after {time.monotonic() - began:.1f} s")
    words = hand.read("/data/firmware/last-words")
    assert "killed by the kernel" in words, words


def without():
    disk = card.make("child-without")
    with Machine(disk, boot=inside.from_the_kernel()) as machine:
        hand = inside.Hand(machine)
        machine.says("smtp")
        former = hand.until("run")
        # Its own sign of life comes first: until then it is starting, which may take long.
        time.sleep(8)
        began = time.monotonic()
        hand.kill(STOP, "run")
        machine.hears("the server did not answer any more and was killed", SILENCE + 60)
        while hand.until("run") == former:
            time.sleep(0.1)
        machine.says("smtp")
        print(f"  a server that hangs, without a watchdog: its door greets again after {time.monotonic() - began:.0f} s")
