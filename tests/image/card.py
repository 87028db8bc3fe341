"""Cards as they come out of `cargo image`: copies to put into machines, with a person's settings on them.

`IMAGE` names the image (.img or .img.zst), `UBOOT_VIRT` the U-Boot that stands where a board's own firmware does.
"""

import os
import subprocess
import tempfile
from pathlib import Path

MIB = 1024 * 1024
# Where the boot partition begins (firmware/disk_map.rs draws it).
BOOT_AT = 4 * MIB
UBOOT = os.environ.get("UBOOT_VIRT", "/usr/lib/u-boot/qemu_arm64/u-boot.bin")
# What a machine starts with: as on a board, the card says what comes next.
FROM_THE_CARD = ["-bios", UBOOT]
work = Path(tempfile.mkdtemp(prefix="pillarbox-cards-"))


def image():
    """The image as `cargo image` made it, unpacked once."""
    given = Path(os.environ["IMAGE"])
    if given.suffix != ".zst":
        return given
    plain = work / given.stem
    if not plain.exists():
        subprocess.run(["zstd", "--quiet", "--decompress", str(given), "-o", str(plain)], check=True)
    return plain


def make(name, settings="", size=1024 * MIB):
    """A card of `size` octets with the image on it, and `pillarbox.toml` beside the boot files where settings are given."""
    card = work / f"{name}.card"
    subprocess.run(["cp", "--sparse=always", str(image()), str(card)], check=True)
    os.truncate(card, size)
    if settings:
        put(card, "pillarbox.toml", settings.encode())
    return card


def put(card, name, octets):
    """Writes a file of the boot partition, as a person with a card reader does."""
    subprocess.run(["mcopy", "-o", "-i", f"{card}@@{BOOT_AT}", "-", f"::{name}"], input=octets, check=True)


def get(card, name):
    return subprocess.run(["mcopy", "-n", "-i", f"{card}@@{BOOT_AT}", f"::{name}", "-"], stdout=subprocess.PIPE, check=True).stdout


def as_the_board_boots(board, card):
    """What the GPU's firmware does with a card, for QEMU, which has no GPU: reads config.txt and cmdline.txt, takes the program that `kernel=` names and the board's
    device tree from the first partition, and starts it with both. Gives the options, and the file of the serial line that the header's pins have.

    It does not prove that the real firmware reads this FAT, takes these options, or finds that device tree."""
    tree = {"raspi3b": "bcm2837-rpi-3-b.dtb"}[board]
    settings = dict(line.split("=", 1) for line in get(card, "config.txt").decode().splitlines() if "=" in line and not line.startswith("#"))
    folder = Path(tempfile.mkdtemp(prefix=f"{board}-", dir=work))
    for name in (settings["kernel"], tree):
        (folder / name).write_bytes(get(card, name))
    # Opening this board's emulated watchdog ends the machine.
    line = get(card, "cmdline.txt").decode().strip() + " pillarbox.watchdog=off"
    console = folder / "header"
    return ["-kernel", str(folder / settings["kernel"]), "-dtb", str(folder / tree), "-append", line, "-serial", f"file:{console}"], console
