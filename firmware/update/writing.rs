//! init's half: an update from the spool into the slot that does not run, one small step at a time, so that init's loop goes on meanwhile.
//!
//! Each [`Writing::step`] reads or writes at most 256 KiB; only the sync at the end of writing may take longer (a card's own cache). What is
//! argued of power cuts and of a server that changes the file under way stands in the module above.
//!
//! The spool belongs to the unprivileged server, and this is root: the folder's path and the file are opened one component after the other without following links,
//! and what is opened must be a plain file; so nothing else on the card can be read through it, nor a device or a pipe.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::file::{HEAD_MAX, Head, UpdateError};
use super::key::Key;
use super::slot_io::{PIECE, Piece, Place, Slot};
use super::verify::{Checking, Rules, Verified};
use crate::talk::{FileName, Phase};

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder of the spool; no component of it may be a link.
    pub spool: PathBuf,
    /// The file in it.
    pub file: FileName,
    /// Whose signature counts.
    pub key: Key,
    /// What it must be; `most` is at most the slot's length.
    pub rules: Rules,
    /// The disk, or the slot's partition.
    pub disk: PathBuf,
    /// Where on it the other slot is. The caller knows which one that is; never the one that runs, never the one marked good.
    pub place: Place,
}

/// An update on its way into a slot.
pub struct Writing {
    file: File,
    plan: Plan,
    head: Head,
    piece: Piece,
    state: State,
    /// Octets of the system, as far as the file's length tells.
    total: u64,
}

enum State {
    Verifying(Checking),
    /// Verified; octets of it that stand in the slot.
    Writing {
        slot: Slot,
        done: u64,
    },
    /// All but the first piece is read back, behind `first`, which is in memory and is written last: when everything is verified.
    Reading {
        slot: Slot,
        checking: Checking,
        first: Vec<u8>,
    },
    /// Over, well or badly.
    Over,
}

/// What a step came to.
#[derive(Debug)]
pub enum Turn {
    /// There is more to do.
    Going {
        /// What is being done.
        phase: Phase,
        /// Octets done of this phase.
        done: u64,
        /// Octets of each phase.
        total: u64,
    },
    /// It stands in the slot, read back and verified: now it may be tried.
    Written(Verified),
    /// It is over; nothing is to be tried.
    Refused(Refusal),
}

/// Why an update was not written.
#[derive(Debug)]
pub enum Refusal {
    /// The file is not what it must be.
    Update(UpdateError),
    /// The file cannot be opened in the way that it must be.
    Spool(io::Error),
    /// The other slot cannot be written.
    Disk(io::Error),
    /// What the slot gives back is not what was written: the medium is failing, or the file was changed meanwhile.
    ReadBack,
}

impl Writing {
    /// Opens the file and judges its head.
    ///
    /// # Errors
    /// [`Refusal::Spool`], [`Refusal::Update`].
    pub fn begin(plan: Plan) -> Result<Writing, Refusal> {
        let mut file = open(&plan.spool, plan.file.as_str()).map_err(Refusal::Spool)?;
        let length = file.metadata().map_err(Refusal::Spool)?.len();
        let most = plan.rules.most.min(plan.place.length);
        if length > most.saturating_add(HEAD_MAX as u64) {
            return Err(Refusal::Update(UpdateError::TooLarge { most }));
        }
        let head = Head::read(&mut file)?;
        head.permitted(&plan.key, &plan.rules)?;
        Ok(Writing {
            file,
            total: length.saturating_sub(head.length as u64),
            state: State::Verifying(head.checking(&plan.key, most)),
            head,
            piece: Piece::new(),
            plan,
        })
    }

    /// What it is, once it is verified; until then what it says it is.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Does the next piece. After [`Turn::Written`] or [`Turn::Refused`] there is nothing more to do.
    pub fn step(&mut self) -> Turn {
        let state = std::mem::replace(&mut self.state, State::Over);
        match self.turn(state) {
            Ok((state, turn)) => {
                self.state = state;
                turn
            }
            Err(refusal) => Turn::Refused(refusal),
        }
    }

    fn turn(&mut self, state: State) -> Result<(State, Turn), Refusal> {
        match state {
            State::Verifying(mut checking) => {
                let count = self.piece.fill(&mut self.file).map_err(spooled)?;
                if count > 0 {
                    let octets = self.piece.octets().get(..count).unwrap_or_default();
                    checking.feed(octets)?;
                    let done = checking.length();
                    return Ok((
                        State::Verifying(checking),
                        self.going(Phase::Verifying, done),
                    ));
                }
                self.total = checking.finish()?.length;
                let slot =
                    Slot::open(&self.plan.disk, self.plan.place, true).map_err(Refusal::Disk)?;
                // Half a system must not look like one.
                self.piece.octets().fill(0);
                let first = usize::try_from(self.total).unwrap_or(PIECE).min(PIECE);
                slot.write(&mut self.piece, first, 0)
                    .map_err(Refusal::Disk)?;
                slot.sync().map_err(Refusal::Disk)?;
                self.rewind(first as u64)?;
                let done = first as u64;
                Ok((State::Writing { slot, done }, self.going(Phase::Writing, 0)))
            }
            State::Writing { slot, done } => {
                let count = self.piece.fill(&mut self.file).map_err(spooled)?;
                if count > 0 && done < self.total {
                    slot.write(&mut self.piece, count, done)
                        .map_err(Refusal::Disk)?;
                    let done = done + count as u64;
                    return Ok((
                        State::Writing { slot, done },
                        self.going(Phase::Writing, done),
                    ));
                }
                slot.sync().map_err(Refusal::Disk)?;
                slot.forget_cached();
                self.rewind(0)?;
                let count = self.piece.fill(&mut self.file).map_err(spooled)?;
                let length = usize::try_from(self.total).unwrap_or(PIECE).min(count);
                let first = self.piece.octets().get(..length).unwrap_or_default();
                let first = first.to_vec();
                let mut checking = self.head.checking(&self.plan.key, self.total);
                checking.feed(&first)?;
                Ok((
                    State::Reading {
                        slot,
                        checking,
                        first,
                    },
                    self.going(Phase::Reading, 0),
                ))
            }
            State::Reading {
                slot,
                mut checking,
                first,
            } => {
                let done = checking.length();
                let left = usize::try_from(self.total.saturating_sub(done)).unwrap_or(PIECE);
                // A file that became shorter meanwhile: what is read must begin at a block's border.
                if left > 0 && first.len() < PIECE {
                    return Err(Refusal::ReadBack);
                }
                if left > 0 {
                    let octets = slot
                        .read(&mut self.piece, left, done)
                        .map_err(Refusal::Disk)?;
                    checking.feed(octets)?;
                    let done = checking.length();
                    return Ok((
                        State::Reading {
                            slot,
                            checking,
                            first,
                        },
                        self.going(Phase::Reading, done),
                    ));
                }
                let verified = checking.finish().map_err(|_| Refusal::ReadBack)?;
                self.complete(&slot, &first)?;
                Ok((State::Over, Turn::Written(verified)))
            }
            State::Over => Err(Refusal::Spool(io::Error::other("it is over"))),
        }
    }

    /// Writes the first piece, which makes a system of the others, and reads it back. If the card does not give it back, the slot holds none again.
    fn complete(&mut self, slot: &Slot, first: &[u8]) -> Result<(), Refusal> {
        self.put_first(slot, first).map_err(Refusal::Disk)?;
        slot.forget_cached();
        let back = slot.read(&mut self.piece, first.len(), 0);
        if back.is_ok_and(|octets| octets == first) {
            return Ok(());
        }
        self.put_first(slot, &vec![0; first.len()])
            .map_err(Refusal::Disk)?;
        Err(Refusal::ReadBack)
    }

    fn put_first(&mut self, slot: &Slot, octets: &[u8]) -> io::Result<()> {
        let piece = self.piece.octets();
        piece.fill(0);
        if let Some(place) = piece.get_mut(..octets.len()) {
            place.copy_from_slice(octets);
        }
        slot.write(&mut self.piece, octets.len(), 0)?;
        slot.sync()
    }

    fn going(&self, phase: Phase, done: u64) -> Turn {
        Turn::Going {
            phase,
            done: done.min(self.total),
            total: self.total,
        }
    }

    /// To the system's octet number `at` in the file.
    fn rewind(&mut self, at: u64) -> Result<(), Refusal> {
        use std::io::Seek as _;
        let at = at.saturating_add(self.head.length as u64);
        self.file
            .seek(io::SeekFrom::Start(at))
            .map(|_| ())
            .map_err(spooled)
    }
}

/// Opens a plain file, following no link on the way.
fn open(folder: &Path, name: &str) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at: Option<OwnedFd> = None;
    for component in folder.components() {
        let next = match (&at, component) {
            (None, Component::RootDir) => {
                openat(CWD, "/", flags | OFlags::DIRECTORY, Mode::empty())?
            }
            (None, Component::Normal(name)) => {
                openat(CWD, name, flags | OFlags::DIRECTORY, Mode::empty())?
            }
            (Some(at), Component::Normal(name)) => {
                openat(at, name, flags | OFlags::DIRECTORY, Mode::empty())?
            }
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        };
        at = Some(next);
    }
    let at = at.ok_or(io::ErrorKind::InvalidInput)?;
    // A pipe without a writer would keep a reader waiting.
    let file = File::from(openat(&at, name, flags | OFlags::NONBLOCK, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    Ok(file)
}

fn spooled(error: io::Error) -> Refusal {
    Refusal::Update(UpdateError::Io(error))
}

impl From<UpdateError> for Refusal {
    fn from(error: UpdateError) -> Refusal {
        Refusal::Update(error)
    }
}

impl Refusal {
    /// A word for it that programs know: the pages have a sentence for each in every language.
    pub fn word(&self) -> &'static str {
        match self {
            Refusal::Update(error) => error.word(),
            Refusal::Spool(_) => "unreadable",
            Refusal::Disk(_) => "disk",
            Refusal::ReadBack => "read-back",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Update(error) => error.fmt(f),
            Refusal::Spool(error) => write!(f, "the update's file cannot be opened: {error}"),
            Refusal::Disk(error) => write!(
                f,
                "the card refuses to take the new system: {error}; the one that runs is as it was"
            ),
            Refusal::ReadBack => f.write_str(
                "the card gives back something else than was written to it: it may be failing; the system that runs is as it was",
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writing({:?})", self.head)
    }
}

#[cfg(test)]
#[path = "writing_tests.rs"]
mod tests;
