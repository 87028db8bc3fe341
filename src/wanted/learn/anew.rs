//! What was learned under another version of the tokens, learned again from the messages that are still there.
//!
//! It goes by what each message says it was learned as and under which version, so that it may be cut off anywhere and begun again. Senders' reputations do
//! not go by tokens and stay as they are. On the way what is left of people who are gone is thrown away.

use junk::VERSION;
use store::{AccountId, Gid, Learned, Read as _, Store, Taught as _, WriteTx};

use super::{BATCH, Content, content, kind_of};
use crate::wanted::memory::Learning;

/// Rows looked through at once.
const PAGE: usize = 256;

/// How far it has come; once in each run of the program, because the version does not change in between.
#[derive(Debug)]
pub(super) struct Anew {
    /// Everything is of today's version.
    pub(super) done: bool,
    account: AccountId,
    from: Gid,
}

impl Default for Anew {
    fn default() -> Anew {
        Anew {
            done: false,
            account: AccountId(0),
            from: Gid(u64::MAX),
        }
    }
}

impl Anew {
    /// One deed at most; `false`: all is done.
    pub(super) fn step(&mut self, store: &Store) -> store::Result<bool> {
        while !self.done {
            let read = store.read()?;
            let rows = read.learned_from(self.account, self.from, PAGE)?;
            let Some((last, _)) = rows.last() else {
                match read.next_teacher(self.account)? {
                    None => self.done = true,
                    Some(next) => (self.account, self.from) = (next, Gid(0)),
                }
                let account = self.account;
                if !self.done && read.account(account).is_err() {
                    drop(read);
                    store.write(move |tx| tx.forget_taught(account)).wait()?;
                    return Ok(true);
                }
                continue;
            };
            let after = Gid(last.0.saturating_add(1));
            let old = rows.into_iter().filter(|(_, row)| row.version != VERSION);
            let old: Vec<(Gid, Learned)> = old.take(BATCH).collect();
            let (Some((last, _)), Some(seed)) = (old.last(), read.taught_seed(self.account)?)
            else {
                self.from = after;
                continue;
            };
            let behind = Gid(last.0.saturating_add(1));
            drop(read);
            relearn(store, self.account, seed, old)?;
            self.from = behind;
            return Ok(true);
        }
        Ok(false)
    }
}

fn relearn(
    store: &Store,
    account: AccountId,
    seed: u64,
    rows: Vec<(Gid, Learned)>,
) -> store::Result<()> {
    let mut lessons = Vec::with_capacity(rows.len());
    for (gid, row) in rows {
        lessons.push((gid, row, content(&store.read()?, gid, seed)?));
    }
    let deed = store.write(move |tx| {
        if tx.taught_seed(account)? != Some(seed) {
            return Ok(());
        }
        for (gid, row, content) in &lessons {
            one(tx, account, *gid, row, content.as_ref())?;
        }
        Ok(())
    });
    deed.wait()
}

fn one(
    tx: &mut WriteTx<'_>,
    account: AccountId,
    gid: Gid,
    row: &Learned,
    content: Option<&Content>,
) -> store::Result<()> {
    // Something else was said of it in between, and learned.
    if tx.learned(account, gid)?.as_ref() != Some(row) {
        return Ok(());
    }
    let (Some(content), Some(kind)) = (content, kind_of(row.said)) else {
        return tx.put_learned(account, gid, None);
    };
    junk::learn(&mut Learning::new(tx, account)?, &content.tokens, kind)?;
    let learned = Learned {
        version: VERSION,
        ..row.clone()
    };
    tx.put_learned(account, gid, Some(&learned))
}
