//! The packages of `firmware/packages.toml`: here, compared with their sums, unpacked.
//!
//! A package lies under its SHA-256 in the cache and is compared again whenever it is used; the network is asked only for what is not there.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::apt::{Apt, Offer};
use crate::arguments::Arguments;
use crate::failure::{Failure, Result, Tried, make_folder, read, read_text};
use crate::target::Target;
use crate::tools;

/// `firmware/packages.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// Day of the release, `2026-11-22`.
    pub(crate) released: String,
    pi64: Vec<Pin>,
    pi32: Vec<Pin>,
}

/// One package as it was when the release was made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    pub(crate) name: String,
    /// The names that may follow this one; one star at most.
    pub(crate) line: String,
    pub(crate) version: String,
    /// Suite and component of the archive.
    pub(crate) suite: String,
    pub(crate) architecture: String,
    pub(crate) sha256: String,
}

impl Pins {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        toml::from_str(&read_text(file)?).tried(format_args!("reading {}", file.display()))
    }

    pub(crate) fn of(&self, target: Target) -> &[Pin] {
        match target {
            Target::Pi64 => &self.pi64,
            Target::Pi32 => &self.pi32,
        }
    }
}

/// Unpacked packages, seen as one tree.
#[derive(Debug)]
pub(crate) struct Parts {
    roots: Vec<PathBuf>,
    /// As in `7.3.4+deb13-arm64`.
    pub(crate) kernel: String,
}

impl Parts {
    /// Fetches what is missing below `cache`.
    pub(crate) fn gather(pins: &Pins, arguments: &Arguments, cache: &Path) -> Result<Self> {
        let target = arguments.target;
        make_folder(cache)?;
        let mut apt = None;
        let mut roots = Vec::new();
        for pin in pins.of(target) {
            let mut sum = pin.sha256.clone();
            if !holds(cache, &sum)? {
                if apt.is_none() {
                    let root = cache.join(format!("apt-{}", target.name()));
                    apt = Some(Apt::open(
                        &root,
                        pins.of(target),
                        arguments.archive.as_deref(),
                    )?);
                }
                if let Some(apt) = &apt {
                    sum = fetch(apt, pin, cache)?;
                }
            }
            roots.push(unpack(cache, &sum)?);
        }
        let kernel = kernel(&roots)?;
        Ok(Self { roots, kernel })
    }

    /// A file or folder of any of the packages.
    pub(crate) fn find(&self, path: &str) -> Result<PathBuf> {
        self.roots
            .iter()
            .map(|root| root.join(path))
            .find(|file| file.exists())
            .ok_or_else(|| Failure::new(format!("none of the packages has {path}; firmware/packages.toml names other packages than the builder expects")))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        read(&self.find(path)?)
    }

    /// Every place where `path` is a folder.
    pub(crate) fn folders(&self, path: &str) -> Vec<PathBuf> {
        self.roots
            .iter()
            .map(|root| root.join(path))
            .filter(|folder| folder.is_dir())
            .collect()
    }
}

/// The architecture whose index apt reads; packages for all are in each.
pub(crate) fn native(pins: &[Pin]) -> &str {
    pins.iter()
        .map(|pin| pin.architecture.as_str())
        .find(|a| *a != "all")
        .unwrap_or("all")
}

fn deb(cache: &Path, sum: &str) -> PathBuf {
    cache.join(format!("{sum}.deb"))
}

/// Whether the cache has it, whole. One that is not what its name says is thrown away.
fn holds(cache: &Path, sum: &str) -> Result<bool> {
    let file = deb(cache, sum);
    if !file.exists() {
        return Ok(false);
    }
    if sha256(&read(&file)?) == sum {
        return Ok(true);
    }
    eprintln!("{} is damaged and is fetched again", file.display());
    fs::remove_file(&file).tried(format_args!("removing {}", file.display()))?;
    Ok(false)
}

/// Gets the pinned package, or the one that came after it; its sum.
fn fetch(apt: &Apt, pin: &Pin, cache: &Path) -> Result<String> {
    let offer = match apt
        .offers(&pin.name)?
        .into_iter()
        .find(|offer| offer.version == pin.version)
    {
        Some(offer) if offer.sha256 == pin.sha256 => offer,
        Some(offer) => {
            return Err(Failure::new(format!(
                "the archive's {} {} has the SHA-256 {}, and firmware/packages.toml says {}: the same version must be the same file; nothing was built",
                pin.name, pin.version, offer.sha256, pin.sha256
            )));
        }
        None => successor(apt, pin)?,
    };
    if holds(cache, &offer.sha256)? {
        return Ok(offer.sha256);
    }
    eprintln!("fetching {} {}", offer.name, offer.version);
    let file = apt.download(&offer)?;
    let sum = sha256(&read(&file)?);
    if sum != offer.sha256 {
        return Err(Failure::new(format!(
            "{} came with the SHA-256 {sum}; the signed index says {}",
            offer.name, offer.sha256
        )));
    }
    fs::rename(&file, deb(cache, &sum)).tried("putting the package into the cache")?;
    Ok(sum)
}

fn successor(apt: &Apt, pin: &Pin) -> Result<Offer> {
    let newest = apt.newest(&pin.line)?.ok_or_else(|| {
        Failure::new(format!(
            "the archive has neither {} {} nor anything called {}; look what it is called now and change firmware/packages.toml",
            pin.name, pin.version, pin.line
        ))
    })?;
    eprintln!(
        "\n*** {} {} is pinned in firmware/packages.toml and the archive no longer has it.\n*** Taking {} {} instead: this card is not octet for octet the released one. \
         To pin it, write there:\n***   name = \"{}\"\n***   version = \"{}\"\n***   sha256 = \"{}\"\n",
        pin.name,
        pin.version,
        newest.name,
        newest.version,
        newest.name,
        newest.version,
        newest.sha256
    );
    Ok(newest)
}

/// The package's tree; made once.
fn unpack(cache: &Path, sum: &str) -> Result<PathBuf> {
    let tree = cache.join(sum);
    if !tree.exists() {
        let half = cache.join(format!("{sum}.unpacking"));
        crate::failure::make_empty(&half)?;
        tools::output(
            tools::command("dpkg-deb")
                .arg("-x")
                .arg(deb(cache, sum))
                .arg(&half),
        )?;
        fs::rename(&half, &tree).tried("unpacking a package")?;
    }
    Ok(tree)
}

/// The one kernel that all of the packages are of.
fn kernel(roots: &[PathBuf]) -> Result<String> {
    let mut releases: Vec<String> = roots
        .iter()
        .filter_map(|root| fs::read_dir(root.join("usr/lib/modules")).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    releases.sort();
    releases.dedup();
    match releases.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::new(
            "none of the packages of firmware/packages.toml has a kernel",
        )),
        more => Err(Failure::new(format!(
            "the packages are of several kernels ({}); change firmware/packages.toml so that all are of one",
            more.join(", ")
        ))),
    }
}

/// In lower-case hexadecimal digits.
pub(crate) fn sha256(octets: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, octets)
        .as_ref()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pins_are_whole() {
        let pins =
            Pins::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages.toml")).unwrap();
        for target in [Target::Pi64, Target::Pi32] {
            for pin in pins.of(target) {
                assert_eq!(pin.sha256.len(), 64, "{}", pin.name);
                assert!(
                    crate::apt::fits(&pin.line, &pin.name),
                    "{} is not of its own line {}",
                    pin.name,
                    pin.line
                );
                assert!(pin.architecture == "all" || pin.architecture == native(pins.of(target)));
            }
        }
    }

    #[test]
    fn the_sum_of_nothing() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_damaged_package_is_not_taken() {
        let cache = std::env::temp_dir().join(format!("pillarbox-cache-{}", std::process::id()));
        fs::create_dir_all(&cache).unwrap();
        let sum = sha256(b"package");
        assert!(!holds(&cache, &sum).unwrap());
        fs::write(deb(&cache, &sum), b"package").unwrap();
        assert!(holds(&cache, &sum).unwrap());
        fs::write(deb(&cache, &sum), b"packagf").unwrap();
        assert!(!holds(&cache, &sum).unwrap() && !deb(&cache, &sum).exists());
        fs::remove_dir_all(cache).unwrap();
    }
}
