//! What lies on the boot partition: the chip's own firmware, U-Boot, device trees, our script and settings of theirs, and whose all that is.

use std::fs;
use std::path::Path;

use firmware::uboot;

use crate::boot_partition::Named;
use crate::failure::{Failure, Result, Tried, read, read_text};
use crate::kernel;
use crate::packages::{Parts, Pins};
use crate::target::Target;

/// `start_cd.elf` is the chip's smallest firmware; it is taken because the GPU gets its least memory (`gpu_mem=16`), of which mail has no use. A 5 has its own in
/// a chip on the board.
const PI64: &[(&str, &str)] = &[
    ("usr/lib/raspi-firmware/bootcode.bin", "bootcode.bin"),
    ("usr/lib/raspi-firmware/start_cd.elf", "start_cd.elf"),
    ("usr/lib/raspi-firmware/fixup_cd.dat", "fixup_cd.dat"),
    ("usr/lib/raspi-firmware/start4cd.elf", "start4cd.elf"),
    ("usr/lib/raspi-firmware/fixup4cd.dat", "fixup4cd.dat"),
    ("usr/lib/u-boot/rpi_arm64/u-boot.bin", "u-boot.bin"),
];

const PI32: &[(&str, &str)] = &[
    ("usr/lib/raspi-firmware/bootcode.bin", "bootcode.bin"),
    ("usr/lib/raspi-firmware/start_cd.elf", "start_cd.elf"),
    ("usr/lib/raspi-firmware/fixup_cd.dat", "fixup_cd.dat"),
    // Runs on a 1 and a Zero too.
    ("usr/lib/u-boot/rpi_0_w/u-boot.bin", "u-boot.bin"),
];

/// All files, sorted by name.
pub(crate) fn gather(
    parts: &Parts,
    pins: &Pins,
    target: Target,
    sources: &Path,
) -> Result<Vec<Named>> {
    let mut files = Vec::new();
    let listed = match target {
        Target::Pi64 => PI64,
        Target::Pi32 => PI32,
    };
    for (from, name) in listed {
        files.push(((*name).to_owned(), parts.read(from)?));
    }
    files.extend(device_trees(parts, target)?);
    files.extend(ours(sources, target)?);
    files.extend(notices(parts, pins, target)?);
    files.sort();
    Ok(files)
}

/// Those of the boards that the image is for; the chip's firmware chooses among them.
fn device_trees(parts: &Parts, target: Target) -> Result<Vec<Named>> {
    let (folder, wanted): (String, fn(&str) -> bool) = match target {
        Target::Pi64 => (
            format!("usr/lib/modules/{}/dtb/broadcom", parts.kernel),
            |name| {
                ["bcm2837-rpi-", "bcm2711-rpi-", "bcm2712-"]
                    .iter()
                    .any(|chip| name.starts_with(chip))
            },
        ),
        Target::Pi32 => (format!("usr/lib/linux-image-{}", parts.kernel), |name| {
            name.starts_with("bcm2835-rpi-")
        }),
    };
    let folder = parts.find(&folder)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).tried(format_args!("reading {}", folder.display()))? {
        let path = entry.tried("reading the folder of device trees")?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".dtb") && wanted(&name) {
            files.push((name, read(&path)?));
        }
    }
    if files.is_empty() {
        return Err(Failure::new(format!(
            "there are no device trees of Raspberry Pis in {}",
            folder.display()
        )));
    }
    Ok(files)
}

/// What `firmware/boot/` has for the partition: `NAME.txt` as it is, or what is made of it. A folder with the target's name holds what is only for that one.
///
/// | there | here |
/// |---|---|
/// | `*.txt` | the same, for people and for the chip's firmware (`config.txt`) |
/// | `boot.cmd` | `boot.scr`, U-Boot's script |
/// | `uboot.env` | the same name, as U-Boot saves its environment |
fn ours(sources: &Path, target: Target) -> Result<Vec<Named>> {
    let home = sources.join("firmware/boot");
    let mut files = Vec::new();
    for folder in [home.clone(), home.join(target.name())] {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.tried("reading firmware/boot")?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name == "boot.cmd" {
                files.push((
                    "boot.scr".to_owned(),
                    uboot::script(kernel::cpu(target), &read_text(&path)?),
                ));
            } else if name == "uboot.env" {
                files.push((
                    name,
                    uboot::environment(&read_text(&path)?, uboot::ENVIRONMENT),
                ));
            } else if name.ends_with(".txt") {
                files.push((name, read(&path)?));
            }
        }
    }
    Ok(files)
}

/// Whose the files are, what one may do with them, and where their sources are.
fn notices(parts: &Parts, pins: &Pins, target: Target) -> Result<Vec<Named>> {
    let linux = match target {
        Target::Pi64 => format!("linux-base-{}", parts.kernel),
        Target::Pi32 => format!("linux-image-{}", parts.kernel),
    };
    let mut files = Vec::new();
    for (package, name) in [
        ("raspi-firmware", "LICENCE.broadcom"),
        ("u-boot-rpi", "LICENCE.u-boot"),
        (&linux, "LICENCE.linux"),
    ] {
        files.push((
            name.to_owned(),
            parts.read(&format!("usr/share/doc/{package}/copyright"))?,
        ));
    }
    let mut text = String::from(
        "On this card is pillarbox (MIT or Apache-2.0), and what others made, from packages of Debian:\r\n\r\n",
    );
    for pin in pins.of(target) {
        text.push_str(&format!("  {} {}\r\n", pin.name, pin.version));
    }
    text.push_str(
        "\r\nTheir files are Debian's, packed otherwise; the kernel's modules are without the signatures that Debian put behind them.\r\n\r\n\
         The kernel and U-Boot are under the GNU General Public License, version 2. Their sources are Debian's source packages 'linux' and 'u-boot' of\r\n\
         these versions. The start files of the Raspberry Pi's graphics processor may be used on a Raspberry Pi only. The LICENCE files say all of it.\r\n",
    );
    files.push(("NOTICES.txt".to_owned(), text.into_bytes()));
    Ok(files)
}
