//! What the kernel shows of itself, and two places in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::mount::{MountFlags, mount};

use super::beside;
use super::log::Log;

/// Source and type, place, options. `/run` holds the log that was asked for and the folder of a rescue; `/tmp` is what a self-test makes its box in.
const SYSTEM: [(&str, &str, &std::ffi::CStr); 5] = [
    ("devtmpfs", "/dev", c"mode=755"),
    ("proc", "/proc", c""),
    ("sysfs", "/sys", c""),
    ("tmpfs", "/run", c"mode=755,size=16m"),
    ("tmpfs", "/tmp", c"mode=1777,size=48m"),
];
/// Where something is mounted or laid out later.
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

/// The partition that the chip boots from, where a person may have put `pillarbox.toml`. Root's, and read-only but for the moment in which process 1 itself writes.
#[derive(Debug)]
pub(super) struct BootPartition {
    mounted: bool,
    writable: bool,
    /// What the server that runs now changes in its copy is written back when it is ready.
    due: bool,
}

/// Its place.
pub(super) const BOOT: &str = "/boot";
/// The server's copy of what lies there for it.
pub(super) const BESIDE: &str = "/run/boot";
/// FAT has no owners.
const OPTIONS: &std::ffi::CStr = c"uid=0,gid=0,fmask=0177,dmask=0077";

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
            due: false,
        }
    }

    /// A server is about to start, and finds its copy; `mail`: the server's folder, if this one may take settings over.
    pub(super) fn lay_out(
        &mut self,
        user: u32,
        mail: Option<&Path>,
        own: Option<&Path>,
        log: &mut Log,
    ) {
        let boot = Path::new(BOOT);
        if let Err(error) = beside::lay_out(boot, Path::new(BESIDE), user) {
            log.say(format_args!(
                "what lies on the boot partition cannot be laid out for the server: {error}"
            ));
        }
        if beside::is_too_long(boot) {
            log.say("pillarbox.toml on the boot partition is too long and is left alone");
        }
        self.due = self.mounted && mail.is_some_and(|mail| beside::is_due(boot, mail, own));
    }

    /// The server is ready: what it has changed is written back, and this file has had its turn.
    pub(super) fn end_take_over(&mut self, user: u32, own: Option<&Path>, log: &mut Log) {
        if !std::mem::take(&mut self.due) {
            return;
        }
        let boot = Path::new(BOOT);
        let changes = beside::changes(boot, Path::new(BESIDE), user);
        if !changes.is_empty() {
            self.remount(true, log);
            let written = beside::write_back(boot, &changes);
            self.protect(log);
            if let Err(error) = written {
                // The file has no turn behind it, and the server's note is there: the next start does it.
                log.say(format_args!(
                    "the boot partition cannot be written: {error}"
                ));
                return;
            }
            for (name, _) in &changes {
                log.say(format_args!(
                    "{name} on the boot partition is as the server left it"
                ));
            }
        }
        if let Some(own) = own {
            beside::note_seen(boot, own);
        }
    }

    /// The server has ended: what it did to its copy is nothing.
    pub(super) fn forget_copy(&mut self) {
        self.due = false;
    }

    /// Read-only again, where that was refused.
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
