//! Which modules of the kernel the card carries, and in which order init loads them (`modules.toml`).
//!
//! What a module depends on is read from the module itself, so that no `depmod` is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Failure, Result, Tried, read, read_text};
use crate::modinfo::{ModInfo, spelled};
use crate::packages::Parts;
use crate::target::Target;
use crate::tools;

/// `firmware/image/modules.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// What the data partition stands on.
    card: Vec<String>,
    /// Light, button, watchdog, random numbers.
    board: Vec<String>,
    /// What nothing waits for: the network's, heat.
    beside: Vec<String>,
    /// What a kernel neither has built in nor as a module; everything else that is not found is a mistake.
    absent: BTreeMap<String, Vec<String>>,
}

/// A module, not compressed.
pub(crate) struct Module {
    /// As in `ext4.ko`.
    pub(crate) file: String,
    /// Nothing waits for it.
    pub(crate) beside: bool,
    pub(crate) octets: Vec<u8>,
}

impl Wanted {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        toml::from_str(&read_text(file)?).tried(format_args!("reading {}", file.display()))
    }

    /// The modules in the order of loading.
    pub(crate) fn gather(&self, parts: &Parts, target: Target) -> Result<Vec<Module>> {
        let kernel = Kernel::of(parts)?;
        let none = Vec::new();
        let absent: BTreeSet<String> = self
            .absent
            .get(target.name())
            .unwrap_or(&none)
            .iter()
            .map(|name| spelled(name))
            .collect();
        let (mut wanted, mut missing) = (Vec::new(), Vec::new());
        for name in self
            .card
            .iter()
            .chain(&self.board)
            .chain(&self.beside)
            .map(|name| spelled(name))
        {
            match (
                kernel.files.contains_key(&name),
                kernel.built_in.contains(&name) || absent.contains(&name),
            ) {
                (true, _) => wanted.push(name),
                (false, true) => {}
                (false, false) => missing.push(name),
            }
        }
        if !missing.is_empty() {
            return Err(Failure::new(format!(
                "{} has neither as a module nor built in: {}; if that is as it should be, put them under [absent] in firmware/image/modules.toml",
                parts.kernel,
                missing.join(", ")
            )));
        }
        let first: BTreeSet<String> = self
            .card
            .iter()
            .chain(&self.board)
            .map(|name| spelled(name))
            .collect();
        let before = wanted
            .iter()
            .take_while(|name| first.contains(*name))
            .count();
        let mut modules = kernel.closure(&wanted)?;
        let before = kernel
            .closure(wanted.get(..before).unwrap_or_default())?
            .len();
        for module in modules.iter_mut().skip(before) {
            module.beside = true;
        }
        Ok(modules)
    }
}

/// A kernel's modules on disk, by name.
struct Kernel {
    files: BTreeMap<String, PathBuf>,
    built_in: BTreeSet<String>,
}

impl Kernel {
    fn of(parts: &Parts) -> Result<Self> {
        let home = format!("usr/lib/modules/{}", parts.kernel);
        let built_in = String::from_utf8_lossy(&parts.read(&format!("{home}/modules.builtin"))?)
            .lines()
            .filter_map(|line| name_of(Path::new(line)))
            .collect();
        let mut files = BTreeMap::new();
        let mut folders = parts.folders(&format!("{home}/kernel"));
        while let Some(folder) = folders.pop() {
            for entry in
                fs::read_dir(&folder).tried(format_args!("reading {}", folder.display()))?
            {
                let path = entry.tried("reading a folder of modules")?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(name) = name_of(&path) {
                    files.insert(name, path);
                }
            }
        }
        Ok(Self { files, built_in })
    }

    /// What is wanted, each behind what it depends on.
    fn closure(&self, wanted: &[String]) -> Result<Vec<Module>> {
        let mut modules = Vec::new();
        let mut seen = BTreeSet::new();
        // Seen for the first time a module waits on the stack below what it needs; the second time it is ready.
        let mut stack: Vec<(String, Option<Module>)> = wanted
            .iter()
            .rev()
            .map(|name| (name.clone(), None))
            .collect();
        while let Some((name, waiting)) = stack.pop() {
            if let Some(module) = waiting {
                modules.push(module);
                continue;
            }
            let Some(file) = self.files.get(&name) else {
                if self.built_in.contains(&name) {
                    continue;
                }
                return Err(Failure::new(format!(
                    "a module needs {name}, which is not in the packages"
                )));
            };
            if !seen.insert(name.clone()) {
                continue;
            }
            let octets = plain(file)?;
            let info = ModInfo::of(&octets)
                .ok_or_else(|| Failure::new(format!("{} is no module", file.display())))?;
            let module = Module {
                file: format!("{name}.ko"),
                beside: false,
                octets,
            };
            stack.push((name, Some(module)));
            // A soft dependency that this kernel lacks is none.
            let soft = info
                .before
                .into_iter()
                .filter(|name| self.files.contains_key(name));
            stack.extend(
                info.depends
                    .into_iter()
                    .rev()
                    .chain(soft)
                    .map(|name| (name, None)),
            );
        }
        Ok(modules)
    }
}

/// `kernel/fs/ext4/ext4.ko.xz` is ext4.
fn name_of(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    name.strip_suffix(".ko")
        .or_else(|| name.strip_suffix(".ko.xz"))
        .map(spelled)
}

/// Modules go into the archive plain: it is compressed as a whole, and init needs no decompressor.
fn plain(file: &Path) -> Result<Vec<u8>> {
    let mut octets = read(file)?;
    if file.extension().is_some_and(|e| e == "xz") {
        octets = tools::feed(
            tools::command("xz").args(["--decompress", "--stdout"]),
            &octets,
        )?;
    }
    let plain = unsigned(&octets).len();
    octets.truncate(plain);
    Ok(octets)
}

/// A module without the distribution's signature behind it (`include/linux/module_signature.h`: behind it eight octets, its length in four, and a mark).
///
/// The kernel would check each, an ECDSA of 384 bits, at every start: the half of what an emulated machine's start took beyond the kernel's own. It guards against
/// a module put in from elsewhere, and here there is no elsewhere: all are in one archive with process 1, which may load what it likes, and whose update is signed as a whole. Debian's
/// kernels ask for no signature; they note in their taint that there was none.
fn unsigned(octets: &[u8]) -> &[u8] {
    const MARK: &[u8] = b"~Module signature appended~\n";
    const HEAD: usize = 8;
    let without = || {
        let (rest, length) = octets.strip_suffix(MARK)?.split_last_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        rest.get(..rest.len().checked_sub(HEAD)?.checked_sub(length)?)
    };
    without().unwrap_or(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_goes_and_nothing_else_does() {
        let mark = b"~Module signature appended~\n".as_slice();
        let signed = |length: u32, signature: &[u8]| {
            [b"module", signature, &[0; 8], &length.to_be_bytes(), mark].concat()
        };
        assert_eq!(unsigned(&signed(3, b"sig")), b"module");
        assert_eq!(unsigned(&signed(0, b"")), b"module");
        let lies = signed(1000, b"sig");
        assert_eq!(unsigned(&lies), lies);
        for whole in [b"module".as_slice(), b"", mark] {
            assert_eq!(unsigned(whole), whole);
        }
    }
}
