//! A store at the turn from one program to the next: looked at before it is trusted, copied before it is brought forward, put back.
//!
//! These are for whoever tries a new program on a store while nobody is served (a card's trial of an update). All of them open the store themselves and let go of
//! it again. What they go by is the schema alone, so that each may be called at any start, any number of times, whatever was cut off before:
//!
//! * [`bring_forward`] with a copy: the copy is made under another name, synced, named, the folder synced; only then comes the first step. Cut before the name: the
//!   store is as it was, and the half copy goes with the next call of any of these. Cut after it: the copy is whole.
//! * [`put_back`], called by the previous program (and by every other at its start): is the store of a schema that this program does not know and there is a copy, the copy takes
//!   the store's name in one rename. No mail is lost by that: while the new program was on trial the doors were closed, and nothing was acknowledged. Does this program know the
//!   schema, the copy is of no use any more (the step never began, or the trial was passed) and goes.
//!
//! A card keeps a record of its updates and goes by that first (`firmware/data/trial.rs` says why both are needed); what is here needs none.
//!
//! So the one deed that could lose something, a copy from before put over a store that has served since, cannot happen: the program that has served it knows its schema.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use heed::CompactionOption;

use crate::env::{self, DATA_FILE, Opened};
use crate::error::{Error, Result};
use crate::look::Source as _;
use crate::migrate::{self, Form, STEPS, Step, WayBack};
use crate::read::{Read as _, ReadTx};

/// The copy beside the store.
const COPY: &str = "data.mdb.before-update";
/// The same while it is being made.
const HALF_COPY: &str = "data.mdb.before-update.part";
/// The store, the copy and the half copy: by these names a card's first process puts back what this crate has copied (a test compares them).
pub const FILES: [&str; 3] = [DATA_FILE, COPY, HALF_COPY];
/// Beside the copy this much must be free yet, for what the steps write: octets, and a part of the store.
const ROOM: u64 = 8 << 20;
const ROOM_PART: u64 = 16;
/// Of one message, octets: a box with large mail must not start later for that. Its tree is read to the message all the same.
const LOOKED_AT: u64 = 1 << 20;
/// Rows at either end of the tree that are read of a store of an older schema, whose records are not known here.
const ROWS: usize = 2000;

/// What became of bringing a store forward.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forward {
    /// There is no store yet, or it is of this program's form.
    Nothing,
    /// The disk has no room for the copy. Nothing was changed.
    NoRoom {
        /// Octets that must be free.
        needed: u64,
        /// Octets that are.
        free: u64,
    },
    /// It is of this program's form now.
    Brought {
        /// The schema that it had.
        from: u32,
        /// Octets of the copy that was kept; `None`: none was needed.
        copied: Option<u64>,
    },
}

/// What became of a copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Back {
    /// There was none.
    Nothing,
    /// The store is what it was before the newer program.
    PutBack,
    /// It was of no use any more, and is deleted.
    Dropped,
}

/// Looks at a store without changing it: whether it opens, is of a schema that this program knows, and its people and their newest messages can be read. Stops
/// after `time`; what was not looked at by then is not judged. Every finding is a sentence.
///
/// Reading a damaged file can raise SIGBUS: call it in a process of its own.
///
/// # Errors
/// It cannot be opened: [`Error::Newer`], [`Error::Damaged`], [`Error::InUse`], [`Error::Io`].
pub fn glance(dir: &Path, map_size: u64, time: Duration) -> Result<Vec<String>> {
    if !exists(&dir.join(DATA_FILE))? {
        return Ok(Vec::new());
    }
    let until = Instant::now() + time;
    let opened = env::open(dir, map_size)?;
    let Some(form) = migrate::judged(&opened.env, opened.tree, STEPS)? else {
        return Ok(Vec::new());
    };
    let read = match form.ahead(STEPS).is_empty() {
        true => newest(&opened, until),
        false => ends(&opened, until),
    };
    Ok(read
        .err()
        .map(|error| error.to_string())
        .into_iter()
        .collect())
}

/// Everyone's mailboxes, and the newest message in each, up to [`LOOKED_AT`].
fn newest(opened: &Opened, until: Instant) -> Result<()> {
    let people = ReadTx::new(opened.tree, opened.env.read_txn()?).accounts()?;
    for person in people {
        let tx = ReadTx::new(opened.tree, opened.env.read_txn()?);
        tx.credentials(person.id)?;
        tx.usage(person.id)?;
        for mailbox in tx.mailboxes(person.id)? {
            if Instant::now() > until {
                return Ok(());
            }
            if !mailbox.selectable {
                continue;
            }
            tx.counters(mailbox.id)?;
            let Some((_, entry)) = tx.newest_entry(mailbox.id)? else {
                continue;
            };
            let size = u64::from(tx.head(entry.gid)?.size).min(LOOKED_AT);
            let mut offset = 0_u64;
            while offset < size && Instant::now() <= until {
                let octets = tx.body(entry.gid, offset)?.len() as u64;
                if octets == 0 {
                    return Err(Error::Damaged("a message ends before its size".into()));
                }
                offset += octets;
            }
        }
    }
    ReadTx::new(opened.tree, opened.env.read_txn()?).queue_counts()?;
    Ok(())
}

/// The first and the last rows, without knowing what they mean.
fn ends(opened: &Opened, until: Instant) -> Result<()> {
    let tx = ReadTx::new(opened.tree, opened.env.read_txn()?);
    let look = tx.look();
    let mut octets = 0_u64;
    let mut count = |row: Result<(&[u8], &[u8])>| -> Result<bool> {
        let (_, value) = row?;
        octets = octets.wrapping_add(value.iter().map(|octet| u64::from(*octet)).sum());
        Ok(Instant::now() <= until)
    };
    for row in look.range(Bound::Unbounded, Bound::Unbounded)?.take(ROWS) {
        if !count(row)? {
            break;
        }
    }
    let mut before = vec![0xFF; 64];
    for _ in 0..ROWS {
        let Some(row) = look.last_below(&before)? else {
            break;
        };
        row.0.clone_into(&mut before);
        if !count(Ok(row))? {
            break;
        }
    }
    std::hint::black_box(octets);
    Ok(())
}

/// Brings the store to this program's form, as [`crate::Store::open`] does; with `keep_copy` it is copied first, if the program before cannot read what comes.
///
/// # Errors
/// What the store cannot do. A copy that was made stays.
pub fn bring_forward(dir: &Path, map_size: u64, keep_copy: bool) -> Result<Forward> {
    bring_forward_by(dir, map_size, keep_copy, STEPS)
}

fn bring_forward_by(dir: &Path, map_size: u64, keep_copy: bool, steps: &[Step]) -> Result<Forward> {
    if !exists(&dir.join(DATA_FILE))? {
        return Ok(Forward::Nothing);
    }
    let opened = env::open(dir, map_size)?;
    let Some(form) = migrate::judged(&opened.env, opened.tree, steps)? else {
        return Ok(Forward::Nothing);
    };
    let ahead = form.ahead(steps);
    if ahead.is_empty() {
        return Ok(Forward::Nothing);
    }
    let needed = keep_copy && ahead.iter().any(|step| step.back == WayBack::Copy);
    let mut copied = None;
    if needed {
        match copy(dir, &opened)? {
            Ok(octets) => copied = Some(octets),
            Err((needed, free)) => return Ok(Forward::NoRoom { needed, free }),
        }
    }
    migrate::migrate(&opened.env, opened.tree, steps)?;
    Ok(Forward::Brought {
        from: form.schema,
        copied,
    })
}

/// Makes the copy; its octets, or those that must be free and those that are.
fn copy(dir: &Path, opened: &Opened) -> Result<std::result::Result<u64, (u64, u64)>> {
    remove(&dir.join(HALF_COPY))?;
    // One from a trial that came before: the store has been served by the program that made it forward or was never brought forward.
    remove(&dir.join(COPY))?;
    let env = &opened.env;
    let pages = (env.info().last_page_number as u64).saturating_add(1);
    let octets = pages.saturating_mul(u64::from(env.unnamed_database_stat().page_size));
    let needed = octets
        .saturating_add(ROOM)
        .saturating_add(octets / ROOM_PART);
    let disk = rustix::fs::statvfs(dir)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed {
        return Ok(Err((needed, free)));
    }
    let half = dir.join(HALF_COPY);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&half)?;
    // As it is, page by page: to leave the free ones out would mean to walk the tree, which a card is slow at.
    env.copy_to_file(&mut file, CompactionOption::Disabled)?;
    file.sync_all()?;
    fs::rename(&half, dir.join(COPY))?;
    File::open(dir)?.sync_all()?;
    Ok(Ok(octets))
}

/// Decides about a copy from before a newer program: it takes the store's place if this program does not know the store's schema, and else it goes. To be called before the
/// store is opened, by every program that may follow another; not by one that is on trial.
///
/// # Errors
/// The store cannot be read, so that there is nothing to go by; or the disk refuses. Store and copy are as they were.
pub fn put_back(dir: &Path, map_size: u64) -> Result<Back> {
    put_back_by(dir, map_size, STEPS)
}

fn put_back_by(dir: &Path, map_size: u64, steps: &[Step]) -> Result<Back> {
    let (copy, half) = (dir.join(COPY), dir.join(HALF_COPY));
    remove(&half)?;
    if !exists(&copy)? {
        return Ok(Back::Nothing);
    }
    let opened = env::open(dir, map_size)?;
    let Opened { env, tree, lock } = opened;
    let judged = migrate::judged(&env, tree, steps);
    env.prepare_for_closing().wait();
    let back = match judged {
        Err(Error::Newer { .. }) => {
            fs::rename(&copy, dir.join(DATA_FILE))?;
            Back::PutBack
        }
        Ok(Some(_)) => {
            remove(&copy)?;
            Back::Dropped
        }
        Ok(None) => {
            let what = "it is empty, and a copy from before an update is beside it";
            return Err(Error::Damaged(what.into()));
        }
        Err(error) => return Err(error),
    };
    File::open(dir)?.sync_all()?;
    drop(lock);
    Ok(back)
}

/// The schema of this program's stores.
pub fn known_schema() -> u32 {
    Form::of(STEPS).schema
}

fn exists(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(data) => Ok(data.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
