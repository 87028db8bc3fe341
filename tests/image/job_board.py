"""The image on a raspi3b: its own kernel, initramfs and device tree, its file as the SD card, an adapter on USB, the light of pin 12 and the button of pins 5 and 6.

It is started past U-Boot, which takes minutes to read a kernel from this emulated card; `job_boot` shows that U-Boot gets as far as the kernel. This board's emulated watchdog
ends the machine when it is opened, so it is left alone.
"""

import card
from job_story import shines
from person import Phone
from vm import BOARDS, Machine
from world import eventually

TREE = "bcm2837-rpi-3-b.dtb"
# This machine's USB loses the adapter now and then while the kernel greets it, on a busy host above all ("dwc2 3f980000.usb: Not connected"); then it is switched off and on.
STARTS, LOST = 4, "usb: Not connected"


def run():
    disk = card.make("board", BOARDS["raspi3b"].settings)
    kernel, initramfs = card.parts()
    tree = card.work / TREE
    tree.write_bytes(card.get(disk, TREE))
    boot = ["-kernel", str(kernel), "-initrd", str(initramfs), "-dtb", str(tree), "-append", "console=ttyAMA0 quiet panic=-1 pillarbox.watchdog=off pillarbox.slot=a"]
    for start in range(1, STARTS + 1):
        with Machine(disk, "raspi3b", boot=boot, forward=("smtp", "http", "https")) as machine:
            # A line that nobody pulls is low here; on a board its resistor holds it up.
            machine.hold(False)
            try:
                print(f"  raspi3b: the door greets {machine.says('smtp', 150):.1f} s after power-on", flush=True)
            except AssertionError:
                if start == STARTS or LOST not in machine.console():
                    raise
                print("  raspi3b: the machine lost its adapter", flush=True)
                continue
            shines(machine)
            assert "your mail box" in Phone(machine).go("/").text
            machine.press(3.6)
            eventually(lambda: "held for 3 seconds" in machine.console(), "the button is heard", 30)
            machine.shut()
            return
