"""The cable: out when the box starts, in with nobody who gives addresses, given one late, out and in again; and an adapter in a USB socket, pulled out and put back."""

import time
from concurrent.futures import ThreadPoolExecutor

import card
from vm import BOARDS, GUEST, Machine

# Between the box and the house stands a switch: the cable can be in while the house is silent.
SWITCH = ["-netdev", "hubport,id=socket,hubid=0", "-netdev", "hubport,id=switch,hubid=0,netdev=cable",
          "-device", "virtio-net-device,netdev=socket,id=plug,mac=52:54:00:70:62:01"]
GIVEN = rf"eth0: {GUEST}/24 from 10\.0\.2\.2"


def run():
    # Most of both is waiting.
    with ThreadPoolExecutor(2) as pool:
        for part in [pool.submit(cable), pool.submit(adapter)]:
            part.result()


def house(machine, there):
    """Whatever is at the other end of the cable, but for the switch."""
    machine.ask("set_link", name="cable", up=there)


def cable():
    disk = card.make("network", BOARDS["virt"].settings)
    with Machine(disk, boot=card.straight(), cable=SWITCH) as machine:
        machine.plug(False)
        house(machine, False)
        machine.hears("eth0: an Ethernet interface")
        # It starts all the same; nothing is asked of anybody.
        time.sleep(5)
        assert machine.is_on() and "eth0: cable in" not in machine.console()
        machine.plug(True)
        machine.hears("eth0: cable in", 60)
        machine.hears(r"no DHCP server answers; 169\.254\.\d+\.\d+ is our own choice", 60)
        house(machine, True)
        machine.hears(GIVEN, 60)
        machine.says("smtp")
        machine.plug(False)
        machine.hears("eth0: cable out", 60)
        time.sleep(8)
        machine.plug(True)
        machine.hears(GIVEN, 60, times=2)
        machine.says("smtp", 60)


def adapter():
    """A Zero 2 W has no other Ethernet than an adapter in its USB socket; that can be pulled out. (On a 3's own controller, where the story goes by such an
    adapter, pulling it is too much for QEMU.)"""
    disk = card.make("adapter", BOARDS["virt"].settings)
    socket = ["-device", "qemu-xhci", "-device", "usb-net,netdev=cable,id=plug"]
    with Machine(disk, boot=card.straight(), cable=socket) as machine:
        machine.hears(GIVEN)
        machine.says("smtp")
        machine.ask("device_del", id="plug")
        machine.hears("eth0: gone", 60)
        machine.ask("device_add", driver="usb-net", netdev="cable", id="plug")
        machine.hears(GIVEN, 60, times=2)
        machine.says("smtp", 60)
