"""The image made a second time, at another time and into another folder, is the same octet for octet; what people are given with it says so too; every file that a board
or a lawyer looks for is on it. Both times from the same program and the packed kernel of the first time: this is about the builder, not about compilers.

`BINARY` names the program that `IMAGE` was made with (`cargo image --binary`).
"""

import hashlib
import os
import struct
import subprocess
import tomllib
from pathlib import Path

import card

ROOT = Path(__file__).resolve().parents[2]
# A FAT's clock, which must not be in it, ticks every two seconds; the image before was made long ago.
BOARDS = ["bcm2837-rpi-zero-2-w", "bcm2837-rpi-3-b", "bcm2837-rpi-3-b-plus", "bcm2711-rpi-4-b", "bcm2712-rpi-5-b", "bcm2712-d-rpi-5-b"]
FILES = [
    "bootcode.bin", "start_cd.elf", "fixup_cd.dat", "start4cd.elf", "fixup4cd.dat", "u-boot.bin", "boot.scr", "uboot.env", "config.txt", "cmdline.txt",
    "LICENCE.broadcom", "LICENCE.linux", "LICENCE.u-boot", "NOTICES.txt",
]  # fmt: skip


def run():
    first = Path(os.environ["IMAGE"])
    assert first.suffix == ".zst", f"IMAGE is {first}: what people get, compressed, is wanted here"
    second = made_again() / first.name
    for end in ("", ".sha256", ".minisig"):
        assert digest(f"{first}{end}") == digest(f"{second}{end}"), f"{first.name}{end} is another one the second time"
    update = first.name.replace(".img.zst", ".update")
    assert digest(first.parent / update) == digest(second.parent / update), "the update is another one the second time"
    small_enough(first.parent)
    good(second)
    update_is_signed(second.parent / update)
    on_it = subprocess.run(["mdir", "-b", "-i", f"{card.image()}@@{card.BOOT_AT}", "::"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    missing = {f"::/{name}" for name in FILES + [f"{board}.dtb" for board in BOARDS]} - set(on_it)
    assert not missing, f"not on the boot partition: {sorted(missing)}"


def small_enough(folder):
    """The image for each kind of board, of those that were made here."""
    for name, most in tomllib.loads((ROOT / "firmware/sizes.toml").read_text())["image"].items():
        for image in folder.glob(f"pillarbox-*-{name}.img.zst"):
            size = image.stat().st_size
            assert size <= most, f"{image.name} has grown to {size} octets; firmware/sizes.toml allows {most}"


def made_again():
    place = card.work / "made-again"
    subprocess.run(["cargo", "image", "pi64", "--binary", os.environ["BINARY"], "--out", str(place)], check=True, stdout=subprocess.DEVNULL)
    return place


def good(image):
    """What a careful person types, and that it fails where it must."""
    subprocess.run(["sha256sum", "--check", "--quiet", f"{image.name}.sha256"], cwd=image.parent, check=True)
    verify = ["minisign", "-V", "-q", "-p", "pillarbox.pub", "-m", image.name]
    subprocess.run(verify, cwd=image.parent, check=True)
    octets = bytearray(image.read_bytes())
    octets[len(octets) // 2] ^= 1
    (image.parent / "other").write_bytes(octets)
    signature = [*verify[:-1], "other", "-x", f"{image.name}.minisig"]
    assert subprocess.run(signature, cwd=image.parent, stderr=subprocess.DEVNULL).returncode != 0, "a changed image is called good"


def update_is_signed(update):
    """Four lines, an empty one, the system: taken apart, minisign says the same."""
    signature, system = update.read_bytes().split(b"\n\n", 1)
    assert system[:4] == b"PBsl" and struct.unpack("<I", system[4:8]) == (1,), "no system in the update"
    (update.parent / "system").write_bytes(system)
    (update.parent / "system.minisig").write_bytes(signature + b"\n")
    said = subprocess.run(["minisign", "-V", "-p", "pillarbox.pub", "-m", "system"], cwd=update.parent, check=True, stdout=subprocess.PIPE).stdout.decode()
    assert said.strip().endswith("pi64") and "pillarbox " in said, said


def digest(file):
    with open(file, "rb") as octets:
        return hashlib.file_digest(octets, "sha256").hexdigest()
