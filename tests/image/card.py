"""Cards as they come out of `cargo image`: copies to put into machines, with a person's settings on them.

`IMAGE` names the image (.img or .img.zst), `UBOOT_VIRT` the U-Boot that stands where a board's own firmware does.
"""

import gzip
import lzma
import os
import struct
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


def parts(path, slot_at=64 * MIB):
    """The kernel and the initramfs of a slot as files, unpacked, for a machine that is started by them directly: without U-Boot, in the time that they take themselves."""
    sector, files = 512, []
    with open(path, "rb") as f:
        f.seek(slot_at)
        head = struct.unpack_from("<4s5I", f.read(sector))
        assert head[0] == b"PBsl", "the slot holds no system"
        for name, first in (("kernel", head[2]), ("initramfs", head[4])):
            f.seek(slot_at + first * sector)
            image = f.read(64)
            length, packed = struct.unpack_from(">I", image, 12)[0], image[31]
            octets = f.read(length)
            # As U-Boot counts: 0 as it is, 1 gzip, 3 LZMA (with zeros behind it, which it does not look at).
            if packed == 1:
                octets = gzip.decompress(octets)
            elif packed == 3:
                octets = lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(octets)
            files.append(work / f"{path.stem}.{name}")
            files[-1].write_bytes(octets)
    return files


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
