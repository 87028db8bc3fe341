//! The record of an update, and the way back for the store.
//!
//! `/data/firmware/update` says which version was written to which slot, whether the box had an address then, and how far its trial came. The system that writes the slot
//! makes the record *before* it asks the boot chain to try it; the new system notes each step before it takes it. A start reads it and judges:
//!
//! ```text
//! state   running slot       meaning
//! trying  the record's, as a trial    the trial begins or goes on
//! trying  another                     the trial did not come to its end (cut, hang, panic, a failed step): given up in the step that is noted
//! trying  the record's, no trial      the boot chain made it the good one, and the cut came before this record heard of it: kept
//! kept, given-up                      history, told to the owner
//! ```
//!
//! The store: before the new system brings it to its own format it leaves `data.mdb.before-update` beside it, whole (copied under another name, synced, renamed). Given up
//! and the copy is there: it goes back by one rename, before any server runs. Kept: it is deleted. No door was open to anybody between the copy and either of these, so
//! no mail that was acknowledged is in one and not in the other. A cut before the rename: the next start does it; a cut after it: nothing is left to do.
//!
//! `pillarbox migrate --put-back` (`src/store/turn.rs`) does the same deed by another evidence: it opens the store and goes by its schema. Both are needed. This one is
//! first: it opens nothing, so that a store which the new system has left damaged goes back as well. The other is for a copy without a record that can be read, which leaves the store as
//! the only witness, and for machines that are no card.

use std::fs;
use std::io;
use std::path::Path;

use super::folders;
use crate::disk_map::Slot;
use crate::talk::Step;

/// In the folder of process 1.
pub(crate) const RECORD: &str = "update";
/// The store, and what it was before.
const STORE: &str = "data.mdb";
const BEFORE: &str = "data.mdb.before-update";
/// A copy that was not finished, as the store names it.
const UNFINISHED: &str = "data.mdb.before-update.part";
/// The three, as the store's own crate must name them too (a test compares them).
pub const STORE_FILES: [&str; 3] = [STORE, BEFORE, UNFINISHED];
/// A record is a few lines.
const LONGEST: u64 = 4096;

/// How an update stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It is to be tried, or is being tried.
    Trying,
    /// The new system is the good one.
    Kept,
    /// The old one went on.
    GivenUp,
}

/// The record of an update.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The version that it brought.
    pub version: String,
    /// Where it was written.
    pub slot: Slot,
    /// Whether the box had an address when it was written.
    pub network: bool,
    /// How it stands.
    pub state: State,
    /// The step that was begun last.
    pub step: Step,
}

impl Record {
    /// The record in this folder; `None`: there is none that can be read.
    pub fn read(own: &Path) -> Option<Record> {
        let path = own.join(RECORD);
        if fs::metadata(&path).ok()?.len() > LONGEST {
            return None;
        }
        Record::parse(&fs::read_to_string(path).ok()?)
    }

    /// Writes it, lasting when this returns.
    ///
    /// # Errors
    /// The data partition cannot be written.
    pub fn write(&self, own: &Path) -> io::Result<()> {
        folders::write(&own.join(RECORD), self.print().as_bytes())
    }

    /// Writes it, and then does what it is the record of. If that has failed and `undone`, the record that was there before is there again.
    ///
    /// # Errors
    /// The data partition cannot be written, or what the deed says.
    pub(crate) fn write_for(
        &self,
        own: &Path,
        deed: impl FnOnce() -> io::Result<()>,
        undone: impl FnOnce() -> bool,
    ) -> io::Result<()> {
        let before = Record::read(own);
        self.write(own)?;
        let done = deed();
        if done.is_err() && undone() {
            match before {
                Some(before) => before.write(own)?,
                None => forget(own, RECORD)?,
            }
        }
        done
    }

    fn print(&self) -> String {
        let state = match self.state {
            State::Trying => "trying",
            State::Kept => "kept",
            State::GivenUp => "given-up",
        };
        format!(
            "version {}\nslot {}\nnetwork {}\nstate {state}\nstep {}\n",
            self.version,
            self.slot.letter(),
            self.network,
            self.step
        )
    }

    fn parse(text: &str) -> Option<Record> {
        let value = |key: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            lines.find_map(|(name, value)| (name == key).then_some(value))
        };
        Some(Record {
            version: value("version")?.to_owned(),
            slot: Slot::of_letter(value("slot")?)?,
            network: value("network")?.parse().ok()?,
            state: match value("state")? {
                "trying" => State::Trying,
                "kept" => State::Kept,
                "given-up" => State::GivenUp,
                _ => return None,
            },
            step: value("step")?.parse().ok()?,
        })
    }
}

/// What a start makes of the record.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// It as it is from now on.
    pub(crate) record: Option<Record>,
    /// The store of before went back.
    pub(crate) went_back: bool,
    /// It could not be written down. What follows from it is done all the same, and the next start judges once more and finds that it is.
    pub(crate) unwritten: Option<io::Error>,
}

/// Judges the record, and does with the copy what follows.
///
/// # Errors
/// The copy can neither go back nor away. The server must not run: the store may be of the other system's format.
pub(crate) fn settle(
    own: &Path,
    store: &Path,
    slot: Option<Slot>,
    trial: bool,
) -> io::Result<Settled> {
    for name in [UNFINISHED, BEFORE] {
        folders::set_aside(&store.join(name));
    }
    forget(store, UNFINISHED)?;
    let Some(mut record) = Record::read(own) else {
        return Ok(Settled::default());
    };
    let mut went_back = false;
    if record.state == State::Trying && !(trial && slot == Some(record.slot)) {
        if slot == Some(record.slot) {
            record.state = State::Kept;
        } else {
            record.state = State::GivenUp;
        }
    }
    match record.state {
        State::Trying => {}
        State::Kept => forget_copy(store)?,
        State::GivenUp => went_back = put_back(store)?,
    }
    let mut unwritten = None;
    if Record::read(own).as_ref() != Some(&record) {
        unwritten = record.write(own).err();
    }
    Ok(Settled {
        record: Some(record),
        went_back,
        unwritten,
    })
}

/// Whether a copy lies there.
pub(crate) fn has_copy(store: &Path) -> bool {
    fs::symlink_metadata(store.join(BEFORE)).is_ok_and(|copy| copy.is_file())
}

/// The new system is the good one: nobody wants the store of before.
pub(crate) fn forget_copy(store: &Path) -> io::Result<()> {
    forget(store, BEFORE)
}

fn forget(store: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(store.join(name)) {
        Ok(()) => folders::sync(store),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // A folder that could not be set aside is no copy.
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(()),
        Err(error) => Err(error),
    }
}

fn put_back(store: &Path) -> io::Result<bool> {
    if !has_copy(store) {
        return Ok(false);
    }
    fs::rename(store.join(BEFORE), store.join(STORE))?;
    folders::sync(store)?;
    Ok(true)
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
