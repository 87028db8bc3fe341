//! What the kernel shows of itself, and two places in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use blake2::{Blake2b512, Digest as _};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

use super::log::Log;

/// Source and type, place, options. `/run` holds the log that was asked for and the folder of a rescue; `/tmp` is what a self-test makes its box in.
const SYSTEM: [(&str, &str, &std::ffi::CStr); 5] = [
    ("devtmpfs", "/dev", c"mode=755"),
    ("proc", "/proc", c""),
    ("sysfs", "/sys", c""),
    ("tmpfs", "/run", c"mode=755,size=16m"),
    ("tmpfs", "/tmp", c"mode=1777,size=48m"),
];
/// Files of this size are what a program can ask for that fills `/tmp`.
const FOLDERS: [&str; 5] = ["/etc", "/boot", "/data", "/run/pillarbox", "/run/rescue"];

/// Mounts them; what is there already stays.
pub(super) fn system() {
    for (kind, place, options) in SYSTEM {
        let _ = fs::create_dir(place);
        let mut flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        if kind != "devtmpfs" {
            flags |= MountFlags::NODEV;
        }
        // Without /proc or /dev nothing works, and there is nowhere to say so; what needs them says it.
        let _ = mount(kind, place, kind, flags, options);
    }
    for folder in FOLDERS {
        let _ = fs::create_dir(folder);
    }
}

/// The server's places in memory are the server's.
pub(super) fn give_places(user: u32) {
    for place in ["/run/pillarbox", "/run/rescue"] {
        let _ = fs::set_permissions(place, fs::Permissions::from_mode(0o700));
        let _ = crate::data::give(Path::new(place), user);
    }
}

/// The partition that the chip boots from, where a person may have put `pillarbox.toml`.
#[derive(Debug)]
pub(super) struct BootPartition {
    mounted: bool,
    writable: bool,
}

/// Its place.
pub(super) const BOOT: &str = "/boot";
/// What a person may have put there.
const SETTINGS: &str = "/boot/pillarbox.toml";
/// In the folder of process 1: the sum of that file when a server was last ready with it.
const SEEN: &str = "taken-over";
/// A file of settings is a page.
const LONGEST: u64 = 256 * 1024;
/// FAT has no owners: everything is the server's, and nobody else's.
const OPTIONS: &std::ffi::CStr = c"uid=1000,gid=1000,fmask=0177,dmask=0077";

impl BootPartition {
    /// Mounts it, for reading.
    pub(super) fn mount(node: Option<&Path>, log: &mut Log) -> BootPartition {
        let mut mounted = false;
        if let Some(node) = node {
            match mount(node, BOOT, "vfat", flags(false), OPTIONS) {
                Ok(()) => mounted = true,
                Err(error) => log.say(format_args!(
                    "the boot partition cannot be mounted: {error}"
                )),
            }
        }
        BootPartition {
            mounted,
            writable: false,
        }
    }

    /// Whether a file there has secrets that the server takes over and takes away, or is to be told about: then it becomes writable until the server is ready. Once for
    /// each file that a person puts there, whatever the server's own folder says: on this partition are also the boot chain's script and the key that updates are judged by, and a
    /// server that was taken over must not get at them by forgetting its settings.
    pub(super) fn open_for_take_over(&mut self, own: Option<&Path>, log: &mut Log) {
        let file = Path::new(SETTINGS);
        let seen = own.is_some_and(|own| is_seen(file, own));
        if self.mounted && !self.writable && !seen && is_wanted(file) {
            log.say("pillarbox.toml lies on the boot partition: it can be taken over until the server is ready");
            self.remount(true, log);
        }
    }

    /// The server is ready: read-only again, and this file has had its turn.
    pub(super) fn end_take_over(&mut self, own: Option<&Path>, log: &mut Log) {
        let was_open = self.writable;
        self.protect(log);
        if let (true, false, Some(own)) = (was_open, self.writable, own) {
            note_seen(Path::new(SETTINGS), own);
        }
    }

    /// Read-only again.
    pub(super) fn protect(&mut self, log: &mut Log) {
        if self.writable {
            rustix::fs::sync();
            self.remount(false, log);
        }
    }

    /// At the end.
    pub(super) fn close(&mut self) {
        if self.mounted {
            let _ = rustix::mount::unmount(BOOT, rustix::mount::UnmountFlags::DETACH);
        }
    }

    fn remount(&mut self, writable: bool, log: &mut Log) {
        match rustix::mount::mount_remount(BOOT, flags(writable), OPTIONS) {
            Ok(()) => self.writable = writable,
            // Somebody has a file open for writing: asked again at the next occasion.
            Err(Errno::BUSY) => {}
            Err(error) => log.say(format_args!(
                "the boot partition cannot be made {}: {error}",
                if writable { "writable" } else { "read-only" }
            )),
        }
    }
}

fn flags(writable: bool) -> MountFlags {
    let flags = MountFlags::NOATIME | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    if writable {
        flags
    } else {
        flags | MountFlags::RDONLY
    }
}

/// A first start takes the file over and may write why it cannot; later starts have only secrets to take away.
fn is_wanted(file: &Path) -> bool {
    let small = fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() <= LONGEST);
    if !small {
        return false;
    }
    let first = !Path::new("/data/pillarbox/pillarbox.toml").exists();
    first || fs::read(file).is_ok_and(|text| has_secrets(&text))
}

/// Whether a server was ready with this very file before.
fn is_seen(file: &Path, own: &Path) -> bool {
    let sum = sum_of(file);
    sum.is_some() && fs::read(own.join(SEEN)).ok() == sum
}

/// A full or broken card: then the next start does as this one did.
fn note_seen(file: &Path, own: &Path) {
    if let Some(sum) = sum_of(file) {
        let _ = crate::data::write(&own.join(SEEN), &sum);
    }
}

fn sum_of(file: &Path) -> Option<Vec<u8>> {
    let small = fs::metadata(file).ok()?.len() <= LONGEST;
    small.then(|| {
        fs::read(file)
            .ok()
            .map(|text| Blake2b512::digest(text).to_vec())
    })?
}

fn has_secrets(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.windows(8).any(|word| word == b"password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_turn_once() {
        let own = std::env::temp_dir().join(format!("pillarbox-seen-{}", std::process::id()));
        fs::create_dir_all(&own).unwrap();
        let file = own.join("pillarbox.toml");
        assert!(!is_seen(&file, &own), "there is none");
        fs::write(&file, "[relay]\npassword = \"x\"\n").unwrap();
        assert!(!is_seen(&file, &own));
        note_seen(&file, &own);
        assert!(is_seen(&file, &own));
        fs::write(&file, "[relay]\npassword = \"y\"\n").unwrap();
        assert!(!is_seen(&file, &own), "another one");
        fs::remove_file(&file).unwrap();
        assert!(!is_seen(&file, &own));
        fs::remove_dir_all(own).unwrap();
    }

    #[test]
    fn secrets_are_seen_even_in_comments() {
        assert!(has_secrets(b"[relay]\n# Password = \"x\"\n"));
        assert!(!has_secrets(b"hostname = \"a\"\n[light]\npin = 17\n"));
        assert!(!has_secrets(b""));
    }
}
