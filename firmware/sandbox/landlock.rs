//! Files, devices and signals by landlock(7): everything that a rule does not name is refused.
//!
//! Three system calls, made here; a crate for them would be larger than this file. Each kernel is asked for all that it knows.
//!
//! Its rules for the network are not used. Connecting has to stay free: mail goes to any host, and a relay listens where its owner says. Binding: a list
//! of ports made at the start would refuse the doors that new settings open in a running box, and what it would keep from a box that was
//! taken over is little, for that holds the house's doors already, and may connect outwards.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Sandbox;

/// The newest that this file uses.
pub(super) const NEWEST: u32 = 6;

/// `LANDLOCK_CREATE_RULESET_VERSION`.
const ASK_VERSION: u32 = 1;
/// `LANDLOCK_RULE_PATH_BENEATH`.
const PATH_BENEATH: u32 = 1;

// LANDLOCK_ACCESS_FS_* of linux/landlock.h.
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SOCK: u64 = 1 << 9;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
const IOCTL_DEV: u64 = 1 << 15;
/// What the first version knows: these and running programs, making devices, pipes and links, which nobody here needs.
const FIRST: u64 = (1 << 13) - 1;

/// Signals to processes outside, and abstract sockets of theirs (`LANDLOCK_SCOPE_*`).
const SCOPES: u64 = 3;

/// What a rule for a file may name; the kernel refuses the others there.
const OF_FILES: u64 = WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
const READ: u64 = READ_FILE | READ_DIR;
const WRITE: u64 = READ
    | WRITE_FILE
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | REFER
    | TRUNCATE;

/// `struct landlock_ruleset_attr`, as long as version 6 knows it.
#[repr(C)]
struct Ruleset {
    files: u64,
    network: u64,
    scoped: u64,
}

/// `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    parent: i32,
}

/// Puts the process under the rules; which version is in force, 0 if the kernel has none.
pub(super) fn restrict(places: &Sandbox) -> io::Result<u32> {
    let Some(version) = version()? else {
        return Ok(0);
    };
    let known = known(version);
    let rules = Ruleset {
        files: known,
        network: 0,
        scoped: if version >= 6 { SCOPES } else { 0 },
    };
    // Older kernels take a longer structure if what they do not know in it is 0.
    // SAFETY: the structure outlives the call, and its size is told.
    let made = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            &raw const rules,
            size_of::<Ruleset>(),
            0,
        )
    };
    let ruleset = descriptor(made)?;
    for (paths, wish) in [(&places.read, READ), (&places.write, WRITE)] {
        for path in paths {
            allow(&ruleset, path, wish & known)?;
        }
    }
    if places.serves {
        for chip in super::entries("/dev", "gpiochip") {
            let wish = READ_FILE | WRITE_FILE | IOCTL_DEV;
            allow(&ruleset, &chip, wish & known)?;
        }
        // Only the names of what is in there, to find the chips by.
        allow(&ruleset, Path::new("/dev"), READ_DIR)?;
    }
    // SAFETY: takes numbers only.
    let done = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) };
    if done == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(version)
}

/// What newer kernels would keep besides.
pub(super) fn missing(version: u32) -> String {
    let steps = [
        (3, "truncating"),
        (5, "calls to devices"),
        (6, "signals and abstract sockets"),
    ];
    let missing = steps.iter().filter(|(since, _)| version < *since);
    let names: Vec<&str> = missing.map(|(_, name)| *name).collect();
    names.join(", ")
}

fn known(version: u32) -> u64 {
    let since = |first, right| if version >= first { right } else { 0 };
    FIRST | since(2, REFER) | since(3, TRUNCATE) | since(5, IOCTL_DEV)
}

/// `None`: the kernel was built or started without.
fn version() -> io::Result<Option<u32>> {
    // SAFETY: without a structure the call only tells its version.
    let told = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<Ruleset>(),
            0_usize,
            ASK_VERSION,
        )
    };
    if told >= 1 {
        return Ok(Some(u32::try_from(told).unwrap_or(u32::MAX)));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EOPNOTSUPP) => Ok(None),
        _ => Err(error),
    }
}

/// What is not there, or may not be seen by this user, is left out: it could not be opened later either.
fn allow(ruleset: &OwnedFd, path: &Path, wish: u64) -> io::Result<()> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open(path);
    let Ok(place) = opened else { return Ok(()) };
    let rule = Beneath {
        allowed: if is_folder(&place)? {
            wish
        } else {
            wish & OF_FILES
        },
        parent: place.as_raw_fd(),
    };
    // SAFETY: the structure and the descriptor in it outlive the call.
    let added = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            PATH_BENEATH,
            &raw const rule,
            0,
        )
    };
    match added {
        0 => Ok(()),
        _ => Err(io::Error::other(format!(
            "a rule for {}: {}",
            path.display(),
            io::Error::last_os_error()
        ))),
    }
}

fn is_folder(place: &File) -> io::Result<bool> {
    Ok(place.metadata()?.is_dir())
}

fn descriptor(made: libc::c_long) -> io::Result<OwnedFd> {
    match i32::try_from(made) {
        // SAFETY: the kernel has just made it for us.
        Ok(made @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(made) }),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_is_asked_for_what_it_knows_and_no_more() {
        assert_eq!(known(1), 0x1fff);
        assert_eq!(known(2), 0x3fff);
        assert_eq!(known(4), 0x7fff);
        assert_eq!(known(7), 0xffff);
        assert_eq!(missing(NEWEST), "");
        assert_eq!(
            missing(1),
            "truncating, calls to devices, signals and abstract sockets"
        );
    }

    #[test]
    fn the_structures_are_as_long_as_the_kernel_reads_them() {
        assert_eq!(size_of::<Ruleset>(), 24);
        assert_eq!(size_of::<Beneath>(), 12);
    }
}
