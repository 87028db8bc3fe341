//! The story of `cargo image`, from the packages to the files that a person flashes.

use std::fs;
use std::path::{Path, PathBuf};

use firmware::disk_map::{BOOT, BOOT_LABEL, DATA};
use firmware::slot;
use firmware::uboot::Compression;

use crate::arguments::Arguments;
use crate::boot_files;
use crate::boot_partition;
use crate::card::{self, Card};
use crate::data_partition;
use crate::failure::{Failure, Result, Tried as _, make_empty, make_folder, read, write};
use crate::initramfs::Contents;
use crate::kernel;
use crate::modules::Wanted;
use crate::packages::{Parts, Pins, sha256};
use crate::released::seconds;
use crate::signing::Signer;
use crate::target::Target;
use crate::tools;

/// Of Zstandard. 19 is the highest that every decompressor takes without being told of a large window; higher ones win half a percent.
const BEST: i32 = 19;
const FAST: i32 = 1;

/// Version of everything in the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes what was asked for; the files, in the order in which a person wants to know of them.
pub(crate) fn assemble(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    tools::require()?;
    let home = Home::find(arguments)?;
    let target = arguments.target;
    let pins = Pins::read(&home.sources.join("firmware/packages.toml"))?;
    let time = seconds(&pins.released)?;
    let binary = binary(&home, arguments)?;
    let signer = Signer::open(arguments.key.as_deref(), &home.cache.join("own.key"))?;
    let public_key = signer.public_key()?;
    let parts = Parts::gather(&pins, arguments, &home.cache.join("packages"))?;
    let level = if arguments.quick { FAST } else { BEST };

    let modules =
        Wanted::read(&home.sources.join("firmware/image/modules.toml"))?.gather(&parts, target)?;
    let data = data_partition::make(&home.work, DATA.length, time)?;
    let version = format!(
        "version={VERSION}\ntarget={}\nreleased={time}\n",
        target.name()
    );
    let initramfs = Contents {
        binary: &binary,
        modules: &modules,
        template: &data_partition::template(&data),
        version: &version,
        public_key: &public_key,
        time,
    }
    .pack(level)?;
    let kernel = parts.read(&target.kernel(&parts.kernel))?;
    let (packed, how) = if arguments.quick {
        (kernel.clone(), Compression::None)
    } else {
        kernel::compressed(&kernel, target, &home.cache.join("packages"))?
    };
    let slot = slot::make(
        VERSION,
        target.name(),
        kernel::cpu(target),
        &packed,
        how,
        &initramfs,
    )
    .tried("putting the system together")?;
    let boot_files = boot_files::gather(&parts, &pins, target, &home.sources)?;
    let boot = boot_partition::make(&home.work, BOOT_LABEL, BOOT.length, &boot_files, time)?;
    let image = Card {
        boot: &boot,
        slot: &slot,
        data: &data,
    }
    .lay_out()?;

    eprintln!(
        "kernel {} {:.1} MB ({:.1} packed), initramfs {:.1} MB ({} modules, pillarbox {:.1} MB), boot partition {:.1} MB",
        parts.kernel,
        crate::mega(kernel.len() as u64),
        crate::mega(packed.len() as u64),
        crate::mega(initramfs.len() as u64),
        modules.len(),
        crate::mega(binary.len() as u64),
        crate::mega(
            boot_files
                .iter()
                .map(|(_, octets)| octets.len() as u64)
                .sum()
        ),
    );
    let made = Made {
        out: &home.out,
        name: format!("pillarbox-{VERSION}-{}", target.name()),
        target,
    };
    if arguments.quick {
        return made.quickly(&image, &kernel, &initramfs);
    }
    made.release(&image, &slot, &signer, &public_key)
}

/// Where things are.
struct Home {
    /// The checkout.
    sources: PathBuf,
    /// Cargo's folder of what it builds.
    target: PathBuf,
    /// What stays from one run to the next: packages, the machine's own key.
    cache: PathBuf,
    /// What does not.
    work: PathBuf,
    out: PathBuf,
}

impl Home {
    fn find(arguments: &Arguments) -> Result<Self> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| sources.join("target"), PathBuf::from);
        let cache = target.join("card");
        let out = arguments.out.clone().unwrap_or_else(|| cache.clone());
        // Two builds at a time do not meet.
        let work = cache.join(format!("work-{}", std::process::id()));
        make_folder(&out)?;
        make_empty(&work)?;
        Ok(Self {
            sources,
            target,
            cache,
            work,
            out,
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.work);
    }
}

/// The program of the card, looked at before it is believed.
fn binary(home: &Home, arguments: &Arguments) -> Result<Vec<u8>> {
    let target = arguments.target;
    // What firmware/build made, or else a bare `cargo pi64`.
    let boxed = home
        .target
        .join("boxes")
        .join(format!("pillarbox-{}", target.triple()));
    let bare = || home.target.join(target.triple()).join("release/pillarbox");
    let built = || {
        if boxed.exists() {
            boxed.clone()
        } else {
            bare()
        }
    };
    let file = arguments.binary.clone().unwrap_or_else(built);
    if !file.exists() {
        return Err(Failure::new(format!(
            "there is no {}: build it (firmware/build {}), or name one with --binary",
            file.display(),
            target.name()
        )));
    }
    let octets = read(&file)?;
    if !is_for(&octets, target) {
        return Err(Failure::new(format!(
            "{} is no program for {}, which needs {}",
            file.display(),
            target.name(),
            target.triple()
        )));
    }
    Ok(octets)
}

/// Whether it is an ELF file whose `e_machine` is the board's.
fn is_for(octets: &[u8], target: Target) -> bool {
    octets.starts_with(b"\x7fELF")
        && octets.get(18..20) == Some(target.elf_machine().to_le_bytes().as_slice())
}

/// The files that come out.
struct Made<'a> {
    out: &'a Path,
    name: String,
    target: Target,
}

impl Made<'_> {
    /// For trying: the image as it is, and what QEMU takes with `-kernel` and `-initrd`.
    fn quickly(&self, image: &[u8], kernel: &[u8], initramfs: &[u8]) -> Result<Vec<PathBuf>> {
        let files = [
            (format!("{}.img", self.name), image),
            ("vmlinuz".to_owned(), kernel),
            ("initramfs".to_owned(), initramfs),
        ];
        files
            .iter()
            .map(|(name, octets)| self.file(name, octets))
            .collect()
    }

    /// For people: the image compressed, its sum, its signature; the update, which has its signature in it; the key by which both are checked.
    fn release(
        &self,
        image: &[u8],
        slot: &[u8],
        signer: &Signer,
        public_key: &str,
    ) -> Result<Vec<PathBuf>> {
        let named = |end: &str| format!("{}.{end}", self.name);
        let compressed = card::compress(image, BEST)?;
        let trusted = format!("pillarbox {VERSION} {}", self.target.name());
        let sum = format!("{}  {}\n", sha256(&compressed), named("img.zst"));
        let signature = signer.sign(&compressed, &trusted);
        let mut update = signer.sign(slot, &trusted).into_bytes();
        update.push(b'\n');
        update.extend(slot);
        Ok(vec![
            self.file(&named("img.zst"), &compressed)?,
            self.file(&named("img.zst.sha256"), sum.as_bytes())?,
            self.file(&named("img.zst.minisig"), signature.as_bytes())?,
            self.file(&named("update"), &update)?,
            self.file("pillarbox.pub", public_key.as_bytes())?,
        ])
    }

    fn file(&self, name: &str, octets: &[u8]) -> Result<PathBuf> {
        let file = self.out.join(name);
        write(&file, octets)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_for_another_board_is_seen() {
        let mut elf = vec![0; 64];
        elf[..4].copy_from_slice(b"\x7fELF");
        elf[18] = 183;
        assert!(is_for(&elf, Target::Pi64) && !is_for(&elf, Target::Pi32));
        assert!(!is_for(b"#!/bin/sh", Target::Pi64) && !is_for(b"", Target::Pi32));
    }
}
