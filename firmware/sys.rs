//! Every system call of process 1 that needs `unsafe`, each in a function that does not.
//!
//! What rustix offers safely is called where it is needed; here is the rest: signals as a descriptor, children that hear all of them, a process apart, the end of
//! everything that a user runs, and four requests of ioctl(2).

use std::io;
use std::os::fd::{AsFd, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::ioctl::{Getter, Setter, Updater, ioctl, opcode};

/// `_IO(0x12, 105)`: partitions of a disk that is in use.
const BLKPG: rustix::ioctl::Opcode = opcode::none(0x12, 105);
/// The request of [`BLKPG`] that makes a partition longer or shorter.
const BLKPG_RESIZE_PARTITION: libc::c_int = 3;
/// `_IOW('f', 16, __u64)`: a mounted ext4 grows to so many blocks.
const EXT4_IOC_RESIZE_FS: rustix::ioctl::Opcode = opcode::write::<u64>(b'f', 16);
/// `_IOWR('W', 6, int)`: seconds after the last sign of life; the driver answers what it took.
const WDIOC_SETTIMEOUT: rustix::ioctl::Opcode = opcode::read_write::<libc::c_int>(b'W', 6);

/// `_IOR(0xb4, 1, struct gpiochip_info)`: what a chip of lines calls itself.
const GPIO_GET_CHIPINFO: rustix::ioctl::Opcode = opcode::read::<ChipInfo>(0xb4, 1);

/// `struct gpiochip_info` of `linux/gpio.h`.
#[repr(C)]
struct ChipInfo {
    name: [u8; 32],
    label: [u8; 32],
    lines: u32,
}

/// `struct blkpg_partition` of `linux/blkpg.h`.
#[repr(C)]
struct Partition {
    start: libc::c_longlong,
    length: libc::c_longlong,
    number: libc::c_int,
    names: [u8; 128],
}

/// `struct blkpg_ioctl_arg`.
#[repr(C)]
struct Request {
    op: libc::c_int,
    flags: libc::c_int,
    length: libc::c_int,
    data: *const Partition,
}

/// Runs `work` in a process of its own, which ends with it; the caller reaps it like any other child. `nice`: how much later than others it runs.
///
/// Only for a process of one thread: another one's locks would stay locked in the copy.
pub(crate) fn apart(nice: libc::c_int, work: impl FnOnce()) -> io::Result<()> {
    // SAFETY: process 1 has one thread (the module), so the copy is whole; the copy ends in `_exit` and never returns into the caller's frames; `nice` takes a number.
    unsafe {
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                libc::nice(nice);
                work();
                libc::_exit(0)
            }
            _ => Ok(()),
        }
    }
}

/// Who ends a user's processes must not be theirs to end: its own user is so far from theirs, where nobody is.
const APART: libc::uid_t = 10_000;

/// Sends SIGKILL to every process of this user, in whatever group or session it hides. A process of its own does it, half as that user: the kernel sends to all that it may
/// in one go, in which nobody can fork away, and none of them may signal it meanwhile.
pub(crate) fn end_all_of(user: u32) -> io::Result<()> {
    let own = user.saturating_add(APART);
    if user == 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the copy makes three calls that take numbers, all of which may be made after a fork (signal-safety(7)), and never returns into the caller's frames; the status
    // is ours and outlives the call. Who could not become the user sends nothing.
    unsafe {
        let mut status = 0;
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                if libc::setresuid(own, user, own) != 0 {
                    libc::_exit(1);
                }
                libc::kill(-1, libc::SIGKILL);
                libc::_exit(0)
            }
            sent => match libc::waitpid(sent, &raw mut status, 0) {
                ended if ended == sent && status == 0 => Ok(()),
                _ => Err(io::ErrorKind::PermissionDenied.into()),
            },
        }
    }
}

/// From now on these signals do nothing but make the descriptor readable. Children inherit that: [`hear_all_signals`].
pub(crate) fn signals(numbers: &[libc::c_int]) -> io::Result<OwnedFd> {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset fills the whole set before anything reads it; sigaddset takes any number and answers with an error for one that is no signal;
    // the mask is this thread's, which is the only one of process 1; the descriptor is new and nobody else's.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for number in numbers {
            libc::sigaddset(set.as_mut_ptr(), *number);
        }
        let set = set.assume_init();
        if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// A child to which no signal is blocked, whatever this process blocks for itself.
pub(crate) fn hear_all_signals(child: &mut Command) {
    let unblock = || {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: sigemptyset fills the set before it is read; both calls may be made between fork and exec (signal-safety(7)).
        let done = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigprocmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut())
        };
        match done {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec it makes these two calls and no memory.
    unsafe { child.pre_exec(unblock) };
}

/// The kernel takes partition `number` of this disk for `length` octets long, from octet `start`, while others of its partitions are mounted.
pub(crate) fn resize_partition(
    disk: impl AsFd,
    number: u8,
    start: u64,
    length: u64,
) -> io::Result<()> {
    let wide = |octets: u64| i64::try_from(octets).map_err(io::Error::other);
    let partition = Partition {
        start: wide(start)?,
        length: wide(length)?,
        number: number.into(),
        names: [0; 128],
    };
    let request = Request {
        op: BLKPG_RESIZE_PARTITION,
        flags: 0,
        length: libc::c_int::try_from(size_of::<Partition>()).map_err(io::Error::other)?,
        data: &raw const partition,
    };
    // SAFETY: BLKPG reads a blkpg_ioctl_arg and, behind its pointer, a blkpg_partition; both are laid out as in the kernel's header and outlive the call.
    unsafe { ioctl(disk, Setter::<BLKPG, Request>::new(request))? };
    Ok(())
}

/// The ext4 file system that this folder lies on grows to so many blocks.
pub(crate) fn resize_file_system(folder: impl AsFd, blocks: u64) -> io::Result<()> {
    // SAFETY: EXT4_IOC_RESIZE_FS reads one u64; other file systems answer ENOTTY.
    unsafe { ioctl(folder, Setter::<EXT4_IOC_RESIZE_FS, u64>::new(blocks))? };
    Ok(())
}

/// Asks a watchdog for this patience in seconds; what the driver made of it.
pub(crate) fn watchdog_timeout(watchdog: impl AsFd, seconds: u32) -> io::Result<u32> {
    let mut value = libc::c_int::try_from(seconds).map_err(io::Error::other)?;
    // SAFETY: WDIOC_SETTIMEOUT reads and writes one int.
    unsafe {
        ioctl(
            watchdog,
            Updater::<WDIOC_SETTIMEOUT, libc::c_int>::new(&mut value),
        )?
    };
    u32::try_from(value).map_err(io::Error::other)
}

/// What a chip of GPIO lines calls itself.
pub(crate) fn chip_label(chip: impl AsFd) -> io::Result<String> {
    // SAFETY: GPIO_GET_CHIPINFO fills one gpiochip_info, laid out as in the kernel's header, any octets of which are a value.
    let about = unsafe { ioctl(chip, Getter::<GPIO_GET_CHIPINFO, ChipInfo>::new())? };
    let label = about.label.split(|octet| *octet == 0).next();
    Ok(String::from_utf8_lossy(label.unwrap_or_default()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_kernel_s() {
        assert_eq!(BLKPG, 0x1269);
        assert_eq!(EXT4_IOC_RESIZE_FS, 0x4008_6610);
        assert_eq!(WDIOC_SETTIMEOUT, 0xc004_5706);
        assert_eq!(GPIO_GET_CHIPINFO, 0x8044_b401);
    }

    /// Whoever hides in a session of his own outlives the end of a group.
    #[test]
    fn everything_of_a_user_ends_and_nothing_of_others() {
        // Another run of this test on the same machine has other users.
        let gone = 20_000 + std::process::id() % 5_000 * 2;
        let other = gone + 1;
        assert!(end_all_of(0).is_err());
        let sleeper = |user| {
            let mut command = Command::new("setsid");
            command.args(["--wait", "sleep", "600"]).uid(user);
            command.spawn()
        };
        // Who is not root, or only in a namespace of one user, has no others.
        let ([Ok(mut one), Ok(mut two)], Ok(mut others)) =
            ([gone, gone].map(sleeper), sleeper(other))
        else {
            return;
        };
        end_all_of(gone).unwrap();
        for ended in [&mut one, &mut two] {
            use std::os::unix::process::ExitStatusExt as _;
            assert_eq!(ended.wait().unwrap().signal(), Some(libc::SIGKILL));
        }
        assert!(others.try_wait().unwrap().is_none());
        end_all_of(other).unwrap();
        others.wait().unwrap();
        end_all_of(other).unwrap();
    }

    #[test]
    fn a_file_that_is_no_disk_is_refused_and_not_harmed() {
        let null = std::fs::File::open("/dev/null").unwrap();
        assert!(resize_partition(&null, 4, 0, 4096).is_err());
        assert!(resize_file_system(&null, 1).is_err());
        assert!(watchdog_timeout(&null, 30).is_err());
        assert!(chip_label(&null).is_err());
    }
}
