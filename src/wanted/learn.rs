//! What people have said of their messages, learned behind their back.
//!
//! A thread of its own, of low priority. What teaches is noted by the store in the deed that says it ([`store::Taught::due_from`]); here it is taken from there, some
//! messages of one person at a time: read and cut into tokens in a read transaction, counted in one deed that takes the note away, counts the tokens and
//! the sender, and writes down as what the message is counted. So a crash leaves a mark noted or counted. What was counted before is taken back in the same deed:
//! a message counts once, whatever is said of it and how often.
//!
//! Promises: nobody waits for it: it begins when no message has come for a moment, and goes on only while none comes, for half a minute at most; its
//! memory is that of one message and of the tokens of [`BATCH`]; a deed writes half a MiB at most, so that a delivery behind it does not wait for long. A table of other tokens than today's is thrown away, and learned anew from
//! the messages that are still there. It cannot learn from a message that was deleted for good before it came to it.

mod anew;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use event_listener::Listener as _;
use junk::reputation::{self, Key};
use junk::{Kind, Table as _, Tokens, VERSION, tokenize};
use mail::{Message, Parser};
use store::{AccountId, Due, Error, Gid, Learned, Read, Store, Taught as _, WriteTx};

use anew::Anew;

use super::memory::{Learning, Memory, count, kind_of};
use super::sender::Origin;
use crate::background::{Background, await_lull};
use crate::log;
use crate::receive::Noted;

/// Messages that are counted in one deed: some 16 KB of notes.
const BATCH: usize = 8;
/// Chunks of a table that notes are folded into in one deed: half a MiB of writes, which a delivery behind it waits for.
const FOLDED: usize = 128;
/// Octets of a message that are read: all text of any but the oddest, and the names of what is attached.
const READ_MAX: u64 = 4 << 20;
/// After a failure (a full disk) it is tried again then, or when something is said.
const RETRY: Duration = Duration::from_secs(60);
/// The store has much to do.
const SOON: Duration = Duration::from_millis(500);

/// Starts the thread.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn start(store: Store) -> std::io::Result<Background> {
    Background::start("learning", store, run)
}

#[cfg(test)]
/// Learns all that is noted, here and now.
///
/// # Errors
/// Those of the store.
pub(crate) fn all(store: &Store) -> store::Result<()> {
    let mut anew = Anew::default();
    while step(store, &mut anew)? {}
    Ok(())
}

fn run(store: &Store, stop: &AtomicBool) {
    let event = store.taught_event();
    let mut anew = Anew::default();
    let mut told = false;
    while !stop.load(Ordering::Relaxed) {
        let listener = event.listen();
        let wait = match work(store, stop, &mut anew) {
            Ok(()) => {
                told = false;
                None
            }
            Err(Error::Busy) => Some(SOON),
            Err(error) => {
                if !told {
                    log::warn(0, format_args!("what is junk is not learned: {error}"));
                }
                told = true;
                Some(RETRY)
            }
        };
        match wait {
            Some(wait) => {
                listener.wait_timeout(wait);
            }
            None => listener.wait(),
        }
    }
}

/// Does all there is to do, one step in each lull.
fn work(store: &Store, stop: &AtomicBool, anew: &mut Anew) -> store::Result<()> {
    while !stop.load(Ordering::Relaxed) && is_work(store, anew)? {
        await_lull(store, stop);
        if stop.load(Ordering::Relaxed) || !step(store, anew)? {
            break;
        }
    }
    Ok(())
}

fn is_work(store: &Store, anew: &Anew) -> store::Result<bool> {
    Ok(!anew.done || next_due(store)?.is_some() || next_to_fold(store)?.is_some())
}

/// One deed at most; `false`: there is nothing more to do now.
fn step(store: &Store, anew: &mut Anew) -> store::Result<bool> {
    if let Some(account) = next_to_fold(store)? {
        let deed = store.write(move |tx| junk::fold_some(&mut Learning::new(tx, account)?, FOLDED));
        return deed.wait().map(|_| true);
    }
    match next_due(store)? {
        Some((account, due)) => learn_due(store, account, due).map(|()| true),
        None => anew.step(store),
    }
}

/// Messages of one person.
type DueOf = (AccountId, Vec<(Gid, Due)>);

/// What is due, of the first person of whom anything is.
fn next_due(store: &Store) -> store::Result<Option<DueOf>> {
    let read = store.read()?;
    let mut after = AccountId(0);
    while let Some(account) = read.next_teacher(after)? {
        let due = read.due_from(account, Gid(0), BATCH)?;
        if !due.is_empty() {
            return Ok(Some((account, due)));
        }
        after = account;
    }
    Ok(None)
}

/// Whose table has so many notes that the next marks would fold them all at once. One that is to age is left to that.
fn next_to_fold(store: &Store) -> store::Result<Option<AccountId>> {
    let read = store.read()?;
    let mut after = AccountId(0);
    while let Some(account) = read.next_teacher(after)? {
        let head = Memory::new(&read, account)?.head()?;
        let ages = head.marks.wanted.max(head.marks.unwanted) > junk::AGE_AT;
        if head.notes >= junk::NOTES_MANY && !ages {
            return Ok(Some(account));
        }
        after = account;
    }
    Ok(None)
}

/// A message as it is learned; without content: it is gone, or cannot be read.
struct Lesson {
    gid: Gid,
    due: Due,
    content: Option<Content>,
}

struct Content {
    tokens: Tokens,
    keys: Vec<Key>,
    seal: Option<Seal>,
}

/// Who sealed a message.
struct Seal {
    sealer: Key,
    /// The sealer with this author, who is proven besides and is somebody else: whoever seals their own letters, or letters of nobody, shows nothing by it.
    with_author: Option<Key>,
}

fn learn_due(store: &Store, account: AccountId, due: Vec<(Gid, Due)>) -> store::Result<()> {
    if store.read()?.account(account).is_err() {
        return store.write(move |tx| tx.forget_taught(account)).wait();
    }
    let kept = store.read()?.taught_seed(account)?;
    let seed = match kept {
        Some(seed) => seed,
        None => {
            let made = store.write(move |tx| tx.make_taught_seed(account));
            made.wait()?
        }
    };
    let mut lessons = Vec::with_capacity(due.len());
    for (gid, due) in due {
        // A transaction each, so that it stays short.
        let content = content(&store.read()?, gid, seed)?;
        lessons.push(Lesson { gid, due, content });
    }
    let deed = store.write(move |tx| {
        // Everything was forgotten in between, and what is due now is due under another seed.
        if tx.taught_seed(account)? != Some(seed) {
            return Ok(());
        }
        for lesson in &lessons {
            learn(tx, account, lesson)?;
        }
        Ok(())
    });
    deed.wait()
}

/// Counts one message, once.
fn learn(tx: &mut WriteTx<'_>, account: AccountId, lesson: &Lesson) -> store::Result<()> {
    let Lesson { gid, due, content } = lesson;
    if !tx.take_due(account, *gid, due)? {
        return Ok(());
    }
    let before = tx.learned(account, *gid)?;
    let Some(Content { tokens, keys, seal }) = content else {
        return match before {
            Some(_) => tx.put_learned(account, *gid, None),
            None => Ok(()),
        };
    };
    if before.as_ref().map(|before| before.said) == Some(due.said) {
        return Ok(());
    }
    if let Some(before) = before
        && let Some(kind) = kind_of(before.said)
    {
        let mut table = Learning::new(tx, account)?;
        if before.version == VERSION {
            junk::unlearn(&mut table, tokens, kind)?;
        }
        for key in &before.keys {
            count(tx, account, key, kind, None)?;
        }
    }
    let Some(kind) = kind_of(due.said) else {
        return tx.put_learned(account, *gid, None);
    };
    junk::learn(&mut Learning::new(tx, account)?, tokens, kind)?;
    let mut keys = keys.clone();
    if let Some(seal) = seal {
        keys.extend(counted(tx, account, seal, kind)?);
    }
    for key in &keys {
        count(tx, account, key, kind, Some(due.day))?;
    }
    let learned = Learned {
        said: due.said,
        meant: due.meant,
        day: due.day,
        version: VERSION,
        keys,
    };
    tx.put_learned(account, *gid, Some(&learned))
}

/// What a mark says of a sealer: an unwanted message against them; a wanted one for them, but only once for each author.
fn counted(
    tx: &WriteTx<'_>,
    account: AccountId,
    seal: &Seal,
    kind: Kind,
) -> store::Result<Vec<Key>> {
    let Some(with_author) = seal.with_author.filter(|_| kind == Kind::Wanted) else {
        let against = (kind == Kind::Unwanted).then_some(seal.sealer);
        return Ok(against.into_iter().collect());
    };
    let known = tx.reputation(account, &with_author)?;
    let known = known.and_then(reputation::Record::decode);
    let another = known.is_none_or(|known| known.marks.wanted == 0);
    let for_them = another.then_some(seal.sealer);
    Ok([with_author].into_iter().chain(for_them).collect())
}

/// A message's tokens and whom it is from; `None`: there is nothing to learn from.
fn content(read: &impl Read, gid: Gid, seed: u64) -> store::Result<Option<Content>> {
    match read_content(read, gid, seed) {
        Ok(content) => Ok(Some(content)),
        // What is damaged is named by `check`; it must not keep others waiting.
        Err(Error::NoSuchMessage | Error::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_content(read: &impl Read, gid: Gid, seed: u64) -> store::Result<Content> {
    let message = parsed(read, gid)?;
    let note = {
        let (_, record) = read.record(gid)?;
        let note = imap::record::Record::new(record).and_then(|record| record.note());
        Noted::read(note.unwrap_or_default())
    };
    let origin = Origin::of(&message, &note);
    let keys: Vec<Key> = reputation::keys(seed, &origin.sender())
        .into_iter()
        .map(|(_, key)| key)
        .collect();
    let seal = origin.sealer.as_deref().map(|sealer| Seal {
        sealer: reputation::sealer(seed, sealer),
        // No domain has a space in it.
        with_author: origin
            .vouched_author()
            .map(|author| reputation::sealer(seed, &format!("{sealer} {author}"))),
    });
    let mut octets = |offset: u64, room: &mut [u8]| -> store::Result<usize> {
        let piece = read.body(gid, offset)?;
        let taken = piece.len().min(room.len());
        for (to, from) in room.iter_mut().zip(piece) {
            *to = *from;
        }
        Ok(taken)
    };
    let tokens = tokenize(&message, &mut octets, seed)?;
    Ok(Content { tokens, keys, seal })
}

fn parsed(read: &impl Read, gid: Gid) -> store::Result<Message> {
    let mut parser = Parser::new();
    let mut offset = 0_u64;
    while offset < READ_MAX {
        let piece = read.body(gid, offset)?;
        if piece.is_empty() {
            break;
        }
        parser.feed(piece);
        offset = offset.saturating_add(piece.len() as u64);
    }
    Ok(parser.finish())
}

#[cfg(test)]
#[path = "learn_tests.rs"]
mod tests;
