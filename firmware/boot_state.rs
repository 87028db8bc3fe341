//! The boot state: one sector that says which system is the good one and which, if any, is to be tried once. U-Boot reads it before the kernel, and writes
//! it only to take "to be tried" away, before it starts what is tried.
//!
//! ```text
//! octet 0    "PBbs"
//! octet 4    the good slot: 1 = A, 2 = B                (a 32-bit word, lowest octet first, as all words here)
//! octet 8    to be tried once: 0 = none, 1 = A, 2 = B
//! octet 508  "PBbs" again
//! ```
//! All else is zero. At [`BOOT_STATE_COPY`] stands the same with nothing to be tried.
//!
//! Where a cut of the power may fall, and what then starts (A runs and is good, B gets an update):
//!
//! 1. While slot B is written: the state was not touched. A.
//! 2. In the write "try B": it changes ONE octet (8). A card writes a sector whole or not at all; should it tear one, octet by octet even, the old or the new
//!    octet is there, and both are whole states: A, or B tried once. Should it leave garbage or zeros or an unreadable sector: the copy says A.
//! 3. After it, before U-Boot has taken it away: B is tried. That was asked for.
//! 4. In U-Boot's write that takes it away: one octet again, as in 2. Still there: B is tried again, which nothing has harmed, for its kernel has not started.
//!    Gone: A, and the update is given up though B never ran. Garbage: the copy says A.
//! 5. B tried: its kernel, its first process, its server, until it is marked good; hang (watchdog, or the person's hand on the plug), panic (`panic=10`) or cut:
//!    nothing is to be tried, A is good. A.
//! 6. In the write "good = B": one octet (4). Old: A, as in 5 (what the update did to the store is still to be undone, its copy is still there). New: B.
//!    Garbage: the copy says A, as in 5.
//! 7. Between that and the write of the copy: the state is whole and says B. Only if the sector is lost later is the copy asked: therefore
//!    [`mark_good`] writes it at once, and [`read`]'s `Found` tells when the two differ, so that process 1 mends it at its next start ([`mend`]).
//! 8. The copy of the store is deleted after both are written.
//!
//! Both sectors lost (which no single cut does: they are written one after the other, each synced): A, which is what a new card has; if U-Boot cannot load A
//! whole, B. This reader and U-Boot's script decide alike; a test feeds both the same sectors.
//!
//! It cannot know that a slot holds a whole system: U-Boot checks the sums of what it loads ([`crate::slot`]) and takes the other one if they are wrong.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::disk_map::{BOOT_STATE, BOOT_STATE_COPY, SECTOR, Slot};
use crate::past_cache;

/// "PBbs", at both ends of the sector.
pub const MAGIC: [u8; 4] = *b"PBbs";

const LENGTH: usize = SECTOR as usize;
const GOOD_AT: usize = 4;
const ONCE_AT: usize = 8;
const END_AT: usize = LENGTH - 4;

/// One sector.
pub type Sector = [u8; LENGTH];

/// What the sector says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The system that starts when nothing else is said.
    pub good: Slot,
    /// To be tried at the next start, and only then. Never the good one.
    pub once: Option<Slot>,
}

impl State {
    /// What a new card has, and what is assumed when nothing can be read.
    pub const NEW: State = State {
        good: Slot::A,
        once: None,
    };

    /// Reads a sector. None: it is none of ours (torn, zeroed, something else).
    /// An unknown word for "to be tried", or the good slot there, is nothing to be tried.
    pub fn parse(sector: &[u8]) -> Option<State> {
        let word = |at: usize| -> Option<u32> {
            let octets = sector.get(at..at.checked_add(4)?)?;
            Some(u32::from_le_bytes(octets.try_into().ok()?))
        };
        let magic = u32::from_le_bytes(MAGIC);
        if sector.len() != LENGTH || word(0)? != magic || word(END_AT)? != magic {
            return None;
        }
        let good = slot_of(word(GOOD_AT)?)?;
        let once = slot_of(word(ONCE_AT)?).filter(|once| *once != good);
        Some(State { good, once })
    }

    /// The sector that says it.
    pub fn print(self) -> Sector {
        let mut sector = [0; LENGTH];
        let words = [
            (0, u32::from_le_bytes(MAGIC)),
            (GOOD_AT, word_of(Some(self.good))),
            (ONCE_AT, word_of(self.once)),
            (END_AT, u32::from_le_bytes(MAGIC)),
        ];
        for (at, word) in words {
            if let Some(place) = sector.get_mut(at..at.saturating_add(4)) {
                place.copy_from_slice(&word.to_le_bytes());
            }
        }
        sector
    }
}

/// How a state was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What U-Boot would go by.
    pub state: State,
    /// Both sectors are whole and name the same good slot. If not, [`mend`] makes it so.
    pub whole: bool,
}

/// Reads the state of the card `disk` (the whole device, or an image's file), past the caches.
///
/// # Errors
/// The disk cannot be opened. A sector that cannot be read counts as one that says nothing.
pub fn read(disk: &Path) -> io::Result<Found> {
    let disk = open(disk, false)?;
    let first = sector_at(&disk, BOOT_STATE).and_then(|sector| State::parse(&sector));
    let copy = sector_at(&disk, BOOT_STATE_COPY).and_then(|sector| State::parse(&sector));
    let state = first
        .or(copy.map(|copy| State { once: None, ..copy }))
        .unwrap_or(State::NEW);
    Ok(Found {
        state,
        whole: first.is_some() && copy.is_some_and(|copy| copy.good == state.good),
    })
}

/// Has `slot` tried at the next start: one sector, on the medium when this returns, read back. Call it only when the slot's content is synced and verified.
///
/// # Errors
/// `slot` is the good one (it needs no trying); what the disk says. After an error the state may be either; [`read`] tells.
pub fn try_once(disk: &Path, slot: Slot) -> io::Result<()> {
    let found = read(disk)?;
    if slot == found.state.good {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "this system is the good one already: nothing to try",
        ));
    }
    if !found.whole {
        mend(disk)?;
    }
    let once = Some(slot);
    write(
        disk,
        BOOT_STATE,
        State {
            once,
            ..found.state
        },
    )
}

/// Makes `slot` the one that starts from now on, with nothing to be tried: the state, then its copy, each synced and read back.
///
/// A copy that cannot be written is no error: the state stands and is what counts; [`read`] says that it is not whole, and [`mend`] writes the copy later.
///
/// # Errors
/// What the disk says to the state. After an error it may be either; [`read`] tells.
pub fn mark_good(disk: &Path, slot: Slot) -> io::Result<()> {
    let state = State {
        good: slot,
        once: None,
    };
    write(disk, BOOT_STATE, state)?;
    let _ = write(disk, BOOT_STATE_COPY, state);
    Ok(())
}

/// Writes what [`read`] found into the sector that did not say so: for a start that finds `whole` false. Nothing else changes.
///
/// # Errors
/// What the disk says.
pub fn mend(disk: &Path) -> io::Result<()> {
    let state = read(disk)?.state;
    write(disk, BOOT_STATE, state)?;
    write(
        disk,
        BOOT_STATE_COPY,
        State {
            once: None,
            ..state
        },
    )
}

fn slot_of(word: u32) -> Option<Slot> {
    match word {
        1 => Some(Slot::A),
        2 => Some(Slot::B),
        _ => None,
    }
}

fn word_of(slot: Option<Slot>) -> u32 {
    match slot {
        None => 0,
        Some(Slot::A) => 1,
        Some(Slot::B) => 2,
    }
}

/// Opened past the page cache, for two reasons. A cached write to a disk rewrites the 4 KiB around the sector, and more sectors than one could then tear.
/// And a cached read would not show what the medium holds. `O_SYNC`: the write returns when the card says that it has it, its own cache flushed.
fn open(disk: &Path, write: bool) -> io::Result<File> {
    let (disk, _) = past_cache::open(disk, write, OFlags::SYNC)?;
    Ok(disk)
}

/// A sector in memory that begins at a multiple of its length: what direct access asks for.
#[repr(align(512))]
struct Aligned(Sector);

/// The sector, or None if the medium does not give it.
fn sector_at(disk: &File, number: u64) -> Option<Sector> {
    let mut sector = Aligned([0; LENGTH]);
    disk.read_exact_at(&mut sector.0, number.saturating_mul(SECTOR))
        .ok()?;
    Some(sector.0)
}

/// One write of one sector, synced, and read back. A sector that says so already is not written.
fn write(disk: &Path, number: u64, state: State) -> io::Result<()> {
    let sector = Aligned(state.print());
    let disk = open(disk, true)?;
    if sector_at(&disk, number) == Some(sector.0) {
        return Ok(());
    }
    disk.write_all_at(&sector.0, number.saturating_mul(SECTOR))?;
    disk.sync_all()?;
    if sector_at(&disk, number) != Some(sector.0) {
        return Err(io::Error::other(
            "the card gave back another boot state than was written to it",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "boot_state_tests.rs"]
mod tests;
