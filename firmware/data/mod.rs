//! The data partition: found, judged, grown, mounted, given to the box. Or a reason why not.
//!
//! Promises: nothing here formats anything but `Place::format`, which refuses while the partition is mounted; a partition that cannot be mounted is left as it is.
//! No file system is repaired here but by the kernel's own replay of the journal: there is no fsck on the card, and one that runs by itself guesses.
//!
//! How it is mounted: `noatime`, for a read must not write; `data=ordered` (the default, said because it matters): the journal holds names and sizes, not contents, and a
//! file's contents are on the card before its new size is, while LMDB syncs its own pages and needs no more of a journal; barriers stay on, without which a card may
//! write a commit before what it commits; `errors=remount-ro`, so that a file system that finds itself damaged stops writing and the box says so, instead of
//! going on. `commit` stays at its 5 s: what must last is synced when it must. No `discard`: many cards stall for seconds; nothing needs it.

mod folders;
mod grow;
mod superblock;
mod template;
mod trial;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::disk_map::Slot;
pub(crate) use crate::mbr::Mbr;
use crate::mbr::SECTOR;
use crate::talk::{Finding, RescueReason};
pub use folders::BOX;
pub(crate) use folders::{give, write};
pub(crate) use grow::read as read_mbr;
use superblock::Superblock;
pub use trial::{Record, STORE_FILES, State};
pub(crate) use trial::{forget_copy, has_copy, settle};

/// The data partition's number.
pub(crate) const NUMBER: u8 = 4;
/// Of what an empty partition has nothing in.
const EMPTY: usize = 64 * 1024;
/// Less room than this is none: octets.
const LEAST_ROOM: u64 = 1 << 20;
/// See above.
const OPTIONS: &std::ffi::CStr = c"data=ordered,errors=remount-ro";

/// Where the data partition is and where it goes.
#[derive(Debug)]
pub(crate) struct Place {
    /// The disk's node, `/dev/mmcblk0`.
    pub(crate) disk: PathBuf,
    /// The partition's node.
    pub(crate) partition: PathBuf,
    /// The disk's length in sectors of 512 octets.
    pub(crate) sectors: u64,
    /// Where it is mounted: `/data`.
    pub(crate) folder: PathBuf,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Sound or wounded.
    pub(crate) finding: Finding,
    /// What is worth a line in the log.
    pub(crate) said: Vec<String>,
}

impl Place {
    /// The node of a system.
    pub(crate) fn slot(&self, slot: Slot) -> PathBuf {
        let node = self.partition.display().to_string();
        let stem = node.trim_end_matches(|c: char| c.is_ascii_digit());
        format!("{stem}{}", slot.partition()).into()
    }

    /// The box's folder.
    pub(crate) fn mail(&self) -> PathBuf {
        self.folder.join("pillarbox")
    }

    /// The folder of process 1.
    pub(crate) fn own(&self) -> PathBuf {
        self.folder.join("firmware")
    }

    /// Grows, mounts, makes the folders.
    ///
    /// # Errors
    /// Why there is nothing to keep mail on, and in which words the kernel said so. Nothing is mounted then.
    pub(crate) fn open(&self) -> Result<Opened, (RescueReason, String)> {
        let mut said = Vec::new();
        let disk = File::options().read(true).write(true).open(&self.disk);
        match &disk {
            Ok(disk) => match grow::partition(disk, self.sectors, NUMBER) {
                Ok(true) => {
                    said.push("the data partition reaches to the end of the card".to_owned())
                }
                Ok(false) => {}
                Err(error) => said.push(format!("the data partition cannot grow: {error}")),
            },
            Err(error) => said.push(format!("the card cannot be written: {error}")),
        }
        drop(disk);
        let head = self.head()?;
        self.mount()?;
        let finding = if head.wounded {
            said.push("the file system has noted errors on its card".to_owned());
            Finding::Wounded
        } else {
            Finding::Sound
        };
        let length = length_of(&self.partition).unwrap_or_default();
        match grow::file_system(&self.folder, head.block_size, head.blocks, length) {
            Ok(Some(blocks)) => {
                let mib = (blocks * head.block_size) >> 20;
                said.push(format!("the data partition has {mib} MiB now"));
            }
            Ok(None) => {}
            Err(error) => said.push(format!("the file system cannot grow: {error}")),
        }
        if let Err(error) = folders::make(&self.mail(), &self.own(), BOX) {
            let _ = self.close();
            return Err((
                reason_of(&error),
                format!("its folders cannot be made: {error}"),
            ));
        }
        Ok(Opened { finding, said })
    }

    /// Whether there is no room for anything any more.
    pub(crate) fn is_full(&self) -> bool {
        let room = rustix::fs::statvfs(&self.folder);
        room.is_ok_and(|room| room.f_bavail.saturating_mul(room.f_frsize) < LEAST_ROOM)
    }

    /// Unmounts it; what cannot be unmounted becomes read-only.
    ///
    /// # Errors
    /// Somebody holds it; everything is synced all the same.
    pub(crate) fn close(&self) -> io::Result<()> {
        rustix::fs::sync();
        match unmount(&self.folder, UnmountFlags::empty()) {
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(error) => {
                let _ = rustix::mount::mount_remount(&self.folder, MountFlags::RDONLY, c"");
                Err(error.into())
            }
        }
    }

    /// Makes the partition anew, empty. The only way to lose what is on it, taken on an order that the owner gave with ten seconds of pressing.
    ///
    /// # Errors
    /// The template is missing, the partition is in use, or the card cannot be written.
    pub(crate) fn format(&self, pulse: &mut dyn FnMut()) -> io::Result<()> {
        let mounts = fs::read_to_string("/proc/mounts")?;
        let node = self.partition.display().to_string();
        if mounts
            .lines()
            .any(|line| line.split(' ').next() == Some(&node))
        {
            return Err(io::Error::other("the data partition is in use"));
        }
        let template = File::open(template::PATH)?;
        let disk = File::options().read(true).write(true).open(&self.disk)?;
        let mbr = grow::read(&disk)?;
        if mbr.entry(NUMBER).is_none() {
            let made = with_data_entry(&mbr, self.sectors)
                .ok_or_else(|| io::Error::other("there is no room behind the systems"))?;
            grow::write(&disk, &made)?;
            // The kernel hears of it at the next start; until then the place is written through the whole disk.
        }
        let entry = grow::read(&disk)?.entry(NUMBER);
        let entry = entry.ok_or_else(|| io::Error::other("the data partition has no entry"))?;
        let target = Window {
            disk: &disk,
            start: u64::from(entry.start) * SECTOR as u64,
        };
        template::write(io::BufReader::new(template), &target, pulse)
    }

    /// The head of the file system, or why there is none.
    fn head(&self) -> Result<Superblock, (RescueReason, String)> {
        let absent = || {
            (
                RescueReason::Absent,
                "there is no data partition".to_owned(),
            )
        };
        let unreadable =
            |error: io::Error| (reason_of(&error), format!("it cannot be read: {error}"));
        let disk = File::open(&self.disk).map_err(unreadable)?;
        let mbr = grow::read(&disk).map_err(unreadable)?;
        if mbr.entry(NUMBER).is_none() || !self.partition.exists() {
            return Err(absent());
        }
        let partition = File::open(&self.partition).map_err(unreadable)?;
        let mut start = vec![0; EMPTY];
        partition.read_exact_at(&mut start, 0).map_err(unreadable)?;
        judge(&start).ok_or_else(|| {
            if start.iter().all(|octet| *octet == 0) {
                (
                    RescueReason::Empty,
                    "the data partition is empty".to_owned(),
                )
            } else {
                let words = "the data partition holds no file system that is known".to_owned();
                (RescueReason::Corrupt, words)
            }
        })
    }

    fn mount(&self) -> Result<(), (RescueReason, String)> {
        let _ = fs::create_dir(&self.folder);
        let flags =
            MountFlags::NOATIME | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount(&self.partition, &self.folder, "ext4", flags, OPTIONS).map_err(|error| {
            let reason = match error {
                Errno::ROFS | Errno::ACCESS => RescueReason::ReadOnly,
                Errno::IO => RescueReason::Unreadable,
                _ => RescueReason::Corrupt,
            };
            (reason, format!("it cannot be mounted: {error}"))
        })
    }
}

/// The superblock in the partition's first octets.
fn judge(start: &[u8]) -> Option<Superblock> {
    let from = usize::try_from(superblock::PLACE).ok()?;
    Superblock::parse(start.get(from..)?.first_chunk()?)
}

/// The sector with an entry for the data, behind the last partition.
fn with_data_entry(mbr: &Mbr, sectors: u64) -> Option<Mbr> {
    let ends = (1..NUMBER).filter_map(|number| {
        let entry = mbr.entry(number)?;
        entry.start.checked_add(entry.length)
    });
    let start = ends.max()?.checked_next_multiple_of(2048)?;
    // One that has any length is grown like every other one.
    let made = mbr.with_entry(NUMBER, start, 1);
    Some(made.with_length(NUMBER, grow::due(&made, NUMBER, sectors)?))
}

/// What an error says about the card.
pub(crate) fn reason_of(error: &io::Error) -> RescueReason {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOSPC | Errno::DQUOT) => RescueReason::Full,
        Some(Errno::ROFS | Errno::ACCESS | Errno::PERM) => RescueReason::ReadOnly,
        Some(Errno::UCLEAN | Errno::BADMSG) => RescueReason::Corrupt,
        _ => RescueReason::Unreadable,
    }
}

/// A partition's length in octets.
fn length_of(partition: &Path) -> Option<u64> {
    use std::io::Seek as _;
    File::open(partition).ok()?.seek(io::SeekFrom::End(0)).ok()
}

/// A part of the disk as a file of its own.
struct Window<'a> {
    disk: &'a File,
    start: u64,
}

impl template::Target for Window<'_> {
    fn write(&self, octets: &[u8], at: u64) -> io::Result<()> {
        self.disk.write_all_at(octets, self.start + at)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync_all()
    }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
