//! What a person has taught, as the crate `junk` asks for it: read inside one read transaction, changed inside one deed.
//!
//! Nothing is copied when it is read: chunks and notes are lent as they lie in the map. A table that was learned under another version of the tokens is as
//! none until the learner has thrown it away. Everything of a person hangs on their seed; without one they have taught nothing.

use junk::reputation::{self, About, Key, Record, Sender};
use junk::{Head, Kind, Table, TableMut, VERSION};
use mail::Address;
use store::{AccountId, Read, Said, Taught as _, WriteTx};

/// Authors whose letters, wanted, make a sealer honest (each counts once), and the share of all marks (one in so many may be unwanted).
const HONEST_MARKS: u16 = 3;
const HONEST_SHARE: u16 = 10;
/// What sets rows with a mark apart from those without one, in days: the others go first.
const MARKED: u32 = 1 << 24;

/// What a person has taught.
pub(crate) struct Memory<'r, R: Read> {
    read: &'r R,
    account: AccountId,
    seed: Option<u64>,
    head: Head,
}

impl<'r, R: Read> Memory<'r, R> {
    /// Looks whether they have taught anything.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn new(read: &'r R, account: AccountId) -> store::Result<Memory<'r, R>> {
        Ok(Memory {
            read,
            account,
            seed: read.taught_seed(account)?,
            head: head(read, account)?,
        })
    }

    /// The seed for [`junk::tokenize`]; 0 for a person who has taught nothing, whose table is empty.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// Messages that were learned, of each kind; halved where they are many ([`junk::AGE_AT`]).
    pub(crate) fn marks(&self) -> junk::Counts {
        self.head.marks
    }

    /// What they marked of this sender; nothing of whom they have marked nothing. A row without marks is one of [`note_sender`].
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn reputation(&self, sender: &Sender<'_>) -> store::Result<Vec<(About, Record)>> {
        let mut found = Vec::new();
        for (about, key) in self.keys(sender) {
            found.extend(self.record(&key)?.map(|record| (about, record)));
        }
        Ok(found)
    }

    /// Whether this address has written before, as proven as now.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn has_written(&self, sender: &Sender<'_>) -> store::Result<bool> {
        match self.keys(sender).first() {
            Some((About::Address | About::Claimed, key)) => Ok(self.record(key)?.is_some()),
            _ => Ok(false),
        }
    }

    /// The day (of the queue's time) on which they last wrote to this address; `None`: never.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn wrote_to(&self, address: &Address) -> store::Result<Option<u32>> {
        self.read.correspondent(self.account, address)
    }

    /// What they marked of mail that came through this ARC sealer (`d=`, lower case).
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn sealer(&self, domain: &str) -> store::Result<Record> {
        let Some(seed) = self.seed else {
            return Ok(Record::default());
        };
        let record = self.record(&reputation::sealer(seed, domain))?;
        Ok(record.unwrap_or_default())
    }

    /// Whether their own mail has shown that this sealer is honest: they have called messages of at least three organizations wanted (moved out of Junk,
    /// marked, answered) whose authors were proven besides and are not the sealer, and at most one in ten of what came through it unwanted.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn sealer_is_honest(&self, domain: &str) -> store::Result<bool> {
        let marks = self.sealer(domain)?.marks;
        let all = marks.wanted.saturating_add(marks.unwanted);
        Ok(marks.wanted >= HONEST_MARKS && marks.unwanted <= all / HONEST_SHARE)
    }

    fn keys(&self, sender: &Sender<'_>) -> Vec<(About, Key)> {
        self.seed
            .map(|seed| reputation::keys(seed, sender))
            .unwrap_or_default()
    }

    fn record(&self, key: &Key) -> store::Result<Option<Record>> {
        Ok(self
            .read
            .reputation(self.account, key)?
            .and_then(Record::decode))
    }
}

impl<R: Read> Table for Memory<'_, R> {
    type Error = store::Error;

    fn head(&self) -> store::Result<Head> {
        Ok(self.head)
    }

    fn chunk(&self, number: u32, look: &mut dyn FnMut(&[u8])) -> store::Result<()> {
        if self.head.version == VERSION {
            look(
                self.read
                    .junk_chunk(self.account, number)?
                    .unwrap_or_default(),
            );
        }
        Ok(())
    }

    fn notes(&self, look: &mut dyn FnMut(&[u8])) -> store::Result<()> {
        if self.head.version != VERSION {
            return Ok(());
        }
        self.read.junk_notes(self.account, look)
    }
}

/// A person's table inside a deed.
pub(crate) struct Learning<'t, 's> {
    tx: &'t mut WriteTx<'s>,
    account: AccountId,
}

impl<'t, 's> Learning<'t, 's> {
    /// Throws away a table that was learned under another version of the tokens.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn new(
        tx: &'t mut WriteTx<'s>,
        account: AccountId,
    ) -> store::Result<Learning<'t, 's>> {
        let kept = tx.junk_head(account)?.map(Head::decode);
        if kept.is_some_and(|head| head.is_none_or(|head| head.version != VERSION)) {
            tx.clear_junk_table(account)?;
        }
        Ok(Learning { tx, account })
    }
}

impl Table for Learning<'_, '_> {
    type Error = store::Error;

    fn head(&self) -> store::Result<Head> {
        head(self.tx, self.account)
    }

    fn chunk(&self, number: u32, look: &mut dyn FnMut(&[u8])) -> store::Result<()> {
        look(
            self.tx
                .junk_chunk(self.account, number)?
                .unwrap_or_default(),
        );
        Ok(())
    }

    fn notes(&self, look: &mut dyn FnMut(&[u8])) -> store::Result<()> {
        self.tx.junk_notes(self.account, look)
    }
}

impl TableMut for Learning<'_, '_> {
    fn put_head(&mut self, head: Head) -> store::Result<()> {
        self.tx.put_junk_head(self.account, &head.encode())
    }

    fn put_chunk(&mut self, number: u32, octets: &[u8]) -> store::Result<()> {
        self.tx.put_junk_chunk(self.account, number, octets)
    }

    fn put_note(&mut self, number: u32, octets: &[u8]) -> store::Result<()> {
        self.tx.put_junk_note(self.account, number, octets)
    }

    fn clear_notes(&mut self) -> store::Result<()> {
        self.tx.clear_junk_notes(self.account)
    }
}

/// Keeps that this sender has written (a row without marks), if nothing is known of them yet; for the deed that puts their first message into the INBOX.
/// `day`: days since 1970.
///
/// # Errors
/// Those of the store.
pub(crate) fn note_sender(
    tx: &mut WriteTx<'_>,
    account: AccountId,
    sender: &Sender<'_>,
    day: u32,
) -> store::Result<()> {
    let seed = tx.make_taught_seed(account)?;
    let first = reputation::keys(seed, sender).into_iter().next();
    let Some((About::Address | About::Claimed, key)) = first else {
        return Ok(());
    };
    if tx.reputation(account, &key)?.is_some() {
        return Ok(());
    }
    let record = Record {
        day,
        ..Record::default()
    };
    tx.put_reputation(account, &key, &record.encode(), age)
}

/// Counts a mark in a reputation row, or takes it back; a row that never says anything again goes.
pub(crate) fn count(
    tx: &mut WriteTx<'_>,
    account: AccountId,
    key: &Key,
    kind: Kind,
    learn: Option<u32>,
) -> store::Result<()> {
    let mut record = tx
        .reputation(account, key)?
        .and_then(Record::decode)
        .unwrap_or_default();
    match learn {
        Some(day) => record.learn(kind, day),
        None => record.unlearn(kind),
    }
    // Taken back, it is still known that they have written.
    let octets = record.encode();
    tx.put_reputation(account, key, &octets, age)
}

/// What [`WriteTx::put_reputation`] sweeps by: rows without marks first, then the day of the last one.
fn age(octets: &[u8]) -> u32 {
    match Record::decode(octets) {
        Some(Record { marks, day }) if marks == junk::Counts::default() => day.min(MARKED - 1),
        Some(record) => record.day.saturating_add(MARKED),
        None => 0,
    }
}

/// What was said, as the table counts it; `None`: nothing.
pub(crate) fn kind_of(said: Said) -> Option<Kind> {
    match said {
        Said::Nothing => None,
        Said::Wanted => Some(Kind::Wanted),
        Said::Unwanted => Some(Kind::Unwanted),
    }
}

/// The table's head; that of an empty one if there is none of this version.
fn head(read: &impl Read, account: AccountId) -> store::Result<Head> {
    let kept = read.junk_head(account)?.and_then(Head::decode);
    Ok(kept
        .filter(|head| head.version == VERSION)
        .unwrap_or_default())
}
