"""Cards as they come out of `cargo image`: copies to put into machines, with a person's settings on them.

`IMAGE` names the image (.img or .img.zst), `UBOOT_VIRT` the U-Boot that stands where a board's own firmware does.
"""

import gzip
import lzma
import os
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

MIB = 1024 * 1024
# Where the boot partition begins, and the first slot, which is as long as its beginning is far (firmware/disk_map.rs draws it).
BOOT_AT = 4 * MIB
SLOT_AT = 64 * MIB
# The data partition.
DATA_AT = 192 * MIB
# Where Debian keeps what looks into file systems.
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
UBOOT = os.environ.get("UBOOT_VIRT", "/usr/lib/u-boot/qemu_arm64/u-boot.bin")
work = Path(tempfile.mkdtemp(prefix="pillarbox-cards-"))


def impatient(uboot):
    """The same U-Boot, which does not wait two seconds for a key."""
    octets = Path(uboot).read_bytes()
    assert octets.count(b"bootdelay=2\0") == 1, f"{uboot} is another U-Boot than expected"
    (work / "u-boot").write_bytes(octets.replace(b"bootdelay=2\0", b"bootdelay=0\0"))
    return str(work / "u-boot")


# What a machine starts with: as on a board, the card says what comes next.
FROM_THE_CARD = ["-bios", impatient(UBOOT)]
once = threading.RLock()
# What the boot chain's own line says, but for the slot.
LINE = "console=ttyAMA0 quiet panic=10"


def image(target="pi64"):
    """The image as `cargo image` made it, unpacked once. Those for other boards lie beside the one that `IMAGE` names."""
    given = Path(os.environ["IMAGE"])
    given = given.with_name(given.name.replace("pi64", target))
    if given.suffix != ".zst":
        return given
    plain = work / given.stem
    with once:
        if not plain.exists():
            subprocess.run(["zstd", "--quiet", "--decompress", str(given), "-o", str(plain)], check=True)
    return plain


def make(name, settings="", size=1024 * MIB, target="pi64"):
    """A card of `size` octets with the image on it, and `pillarbox.toml` beside the boot files where settings are given: where those name no name server, it is one that refuses at once,
    since a network that is cut off would keep every stranger's letter waiting."""
    card = work / f"{name}.card"
    subprocess.run(["cp", "--sparse=always", str(image(target)), str(card)], check=True)
    os.truncate(card, size)
    if settings:
        if "[dns]" not in settings:
            settings += '\n[dns]\nservers = ["127.0.0.1:9"]\n'
        put(card, "pillarbox.toml", settings.encode())
    return card


def put(card, name, octets):
    """Writes a file of the boot partition, as a person with a card reader does."""
    subprocess.run(["mcopy", "-o", "-i", f"{card}@@{BOOT_AT}", "-", f"::{name}"], input=octets, check=True)


def get(card, name):
    return subprocess.run(["mcopy", "-n", "-i", f"{card}@@{BOOT_AT}", f"::{name}", "-"], stdout=subprocess.PIPE, check=True).stdout


def on_data(card, order):
    """What debugfs says of the data partition, or does to it (`write ...`)."""
    done = subprocess.run(["debugfs", "-w", "-R", order, f"{card}?offset={DATA_AT}"], capture_output=True, text=True, check=True, env={**os.environ, "PATH": PATH})
    return done.stdout


def parts(target="pi64"):
    """The image's kernel and initramfs as files, unpacked once."""
    files = [work / f"{target}.kernel", work / f"{target}.initramfs"]
    with once:
        if not files[1].exists():
            with open(image(target), "rb") as f:
                f.seek(SLOT_AT)
                system = f.read(SLOT_AT)
            for file, (octets, packed) in zip(files, parts_of(system)):
                # As U-Boot counts: 0 as it is, 1 gzip, 3 LZMA (with zeros behind it, which it does not look at).
                if packed == 1:
                    octets = gzip.decompress(octets)
                elif packed == 3:
                    octets = lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(octets)
                file.write_bytes(octets)
    return files


def parts_of(system):
    """Of a slot's octets: those of kernel and initramfs, each with the number of its packing."""
    head = struct.unpack_from("<4s5I", system)
    assert head[0] == b"PBsl", "the slot holds no system"
    for first in (head[2], head[4]):
        at = first * 512
        length, packed = struct.unpack_from(">I", system, at + 12)[0], system[at + 31]
        yield system[at + 64 : at + 64 + length], packed


def straight(line=""):
    """Options that start the card's kernel and archive without U-Boot, in the time that they take themselves; with more words on the kernel's command line."""
    kernel, archive = parts()
    return ["-kernel", str(kernel), "-initrd", str(archive), "-append", f"{LINE} {line}".strip()]


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
