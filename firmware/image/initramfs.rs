//! What the kernel unpacks into memory: the binary as `/init`, modules, and a few files that say what this system is.
//!
//! ```text
//! /init              pillarbox
//! /modules.list      paths of modules, one a line, in the order of loading
//! /modules.beside    those that nothing waits for
//! /lib/modules/*.ko
//! /data.template     an empty data partition (firmware/data/template.rs)
//! /etc/version       `version=`, `target=`, `released=` (seconds since 1970), for who looks into an image: nothing on the card reads it
//! /etc/update.pub    whose updates this system takes (minisign)
//! /dev/console, /dev/null, and empty folders for what init mounts
//! ```
//!
//! Compressed with Zstandard: 4.6 MB of 13.8. LZ4 unpacks in half the time, 0.3 s less in an emulated machine and little on a board, which would wait as much longer for its card:
//! 6.5 MB, and the image hardly under its 20 MB. xz would be smaller and slower; it was not measured.

use crate::cpio::Cpio;
use crate::failure::{Result, Tried};
use crate::modules::Module;

/// What is in it.
pub(crate) struct Contents<'a> {
    pub(crate) binary: &'a [u8],
    pub(crate) modules: &'a [Module],
    pub(crate) template: &'a [u8],
    pub(crate) version: &'a str,
    pub(crate) public_key: &'a str,
    /// Seconds since 1970.
    pub(crate) time: u32,
}

/// What init mounts something on, and where programs expect to find a folder.
const FOLDERS: &[(&str, u32)] = &[
    ("boot", 0o755),
    ("data", 0o755),
    ("dev", 0o755),
    ("etc", 0o755),
    ("lib", 0o755),
    ("lib/modules", 0o755),
    ("proc", 0o555),
    ("run", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
];

impl Contents<'_> {
    /// The compressed archive; `level` of Zstandard.
    pub(crate) fn pack(&self, level: i32) -> Result<Vec<u8>> {
        let mut archive = Cpio::new(self.time);
        for (path, mode) in FOLDERS {
            archive.folder(path, *mode);
        }
        archive.device("dev/console", 0o600, 5, 1);
        archive.device("dev/null", 0o666, 1, 3);
        archive.file("etc/version", 0o444, self.version.as_bytes());
        archive.file("etc/update.pub", 0o444, self.public_key.as_bytes());
        for (list, beside) in [("modules.list", false), ("modules.beside", true)] {
            let named = self.modules.iter().filter(|module| module.beside == beside);
            let lines: String = named
                .map(|module| format!("/lib/modules/{}\n", module.file))
                .collect();
            archive.file(list, 0o444, lines.as_bytes());
        }
        for module in self.modules {
            archive.file(
                &format!("lib/modules/{}", module.file),
                0o444,
                &module.octets,
            );
        }
        archive.file("data.template", 0o444, self.template);
        archive.file("init", 0o555, self.binary);
        zstd::bulk::compress(&archive.finish(), level).tried("compressing the initramfs")
    }
}
