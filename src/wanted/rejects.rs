//! The Rejects mailbox: copies of what was refused, for a while, so that nothing wanted is lost by a wrong decision.
//!
//! Promises: at most [`COPIES_MAX`] copies of [`OCTETS_MAX`] octets in all, none older than [`DAYS`] days while the clock is trusted: the oldest go first, when another comes
//! and every [`PERIOD`]. Only what was put there by us, which bears the keyword [`REFUSED`], is ever thrown away: a mailbox of this name may be somebody's own.

use std::time::Duration;

use async_io::Timer;
use store::{AccountId, Flags, MailboxId, REJECTS, Read, ReadTx, Store, Uid, WriteTx};

use super::note::Note;
use super::verdict::Mailbox;
use crate::clock::Clock;
use crate::log;

/// The keyword of a copy. Whoever moves it out takes the keyword along: it tells that the sender was refused.
pub(crate) const REFUSED: &str = "Refused";
/// Days that a copy is kept: a fortnight's holiday.
pub(crate) const DAYS: i64 = 14;
/// Copies that are kept: more than anybody looks through.
pub(crate) const COPIES_MAX: usize = 500;
/// Octets of all copies: refused mail must not fill a card.
pub(crate) const OCTETS_MAX: u64 = 32 << 20;
/// Copies that one deed throws away; a delivery waits for it.
const SWEEP_MAX: usize = 100;
/// Messages of the mailbox that the deed looks at for that.
const LOOKED_AT: Uid = 2000;
/// How often the old ones are looked for.
const PERIOD: Duration = Duration::from_secs(3600);
/// Notes that are looked through for another attempt of the same message, and how old they may be, seconds: who does not believe a refusal tries again at once, or for some days.
const ATTEMPTS_MAX: usize = 100;
const ATTEMPTS_TIME: i64 = 3 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// Whether this message, refused, has come before: then its copy is there, or was thrown away.
pub(crate) fn came_before(
    read: &ReadTx<'_>,
    person: AccountId,
    known_by: u64,
    now: i64,
) -> store::Result<bool> {
    let (mut left, mut found) = (ATTEMPTS_MAX, false);
    read.judgements(person, &mut |octets| {
        left = left.saturating_sub(1);
        let note = Note::read(octets);
        found = note.is_some_and(|note| {
            note.mailbox() == Some(Mailbox::Rejects)
                && note.known_by == known_by
                && now.saturating_sub(note.time) < ATTEMPTS_TIME
        });
        !found && left > 0
    })?;
    Ok(found)
}

/// The mailbox, made if need be and not subscribed, with room for a copy of `size` octets; and the flags of the copy.
pub(crate) fn place(
    tx: &mut WriteTx<'_>,
    person: AccountId,
    size: u64,
) -> store::Result<(MailboxId, Flags)> {
    let refused = tx.intern_keyword(person, REFUSED)?;
    let known = tx.mailbox_by_name(person, REJECTS)?;
    let mailbox = match known.filter(|mailbox| mailbox.selectable) {
        Some(mailbox) => mailbox.id,
        None => tx.create_mailbox(person, REJECTS, None)?,
    };
    let surplus = surplus(tx, mailbox, refused, size, (COPIES_MAX, OCTETS_MAX))?;
    tx.expunge(mailbox, &surplus)?;
    Ok((mailbox, refused))
}

/// The oldest copies that have to go for another one of `size` octets, at most [`SWEEP_MAX`]: fewer than `most` stay, of `most_octets` together with it.
fn surplus(
    read: &impl Read,
    mailbox: MailboxId,
    refused: Flags,
    size: u64,
    (most, most_octets): (usize, u64),
) -> store::Result<Vec<Uid>> {
    let (mut copies, mut octets) = (Vec::new(), size);
    // Copies are the newest; those behind a crowd of somebody's own go when they are old.
    let next = read.counters(mailbox)?.uid_next;
    let first = next.saturating_sub(LOOKED_AT).max(1);
    read.entries(mailbox, first..=Uid::MAX, &mut |uid, entry| {
        if entry.flags.contains(refused) {
            copies.push((uid, entry.size));
            octets = octets.saturating_add(entry.size.into());
        }
        true
    })?;
    let mut left = copies.len();
    let mut gone = Vec::new();
    for (uid, size) in copies {
        if gone.len() >= SWEEP_MAX || (left < most && octets <= most_octets) {
            break;
        }
        gone.push(uid);
        left -= 1;
        octets = octets.saturating_sub(size.into());
    }
    Ok(gone)
}

/// Throws away what is too old, for ever.
pub(crate) async fn keep_small(store: Store, clock: Clock) {
    loop {
        if let Some(now) = clock.date()
            && let Err(error) = sweep(&store, now).await
        {
            log::error(0, format_args!("looking through Rejects: {error}"));
        }
        Timer::after(PERIOD).await;
    }
}

/// Throws away all copies older than [`DAYS`]; `now`: unix seconds.
pub(crate) async fn sweep(store: &Store, now: i64) -> store::Result<()> {
    let people: Vec<AccountId> = {
        let accounts = store.read()?.accounts()?;
        accounts.into_iter().map(|account| account.id).collect()
    };
    for person in people {
        while let Some((mailbox, old)) = old(&store.read()?, person, now)? {
            let deed = move |tx: &mut WriteTx<'_>| {
                // Whoever was removed meanwhile has no mailbox any more.
                match tx.mailbox_by_id(mailbox)? {
                    Some(_) => tx.expunge(mailbox, &old),
                    None => Ok(Vec::new()),
                }
            };
            store.write(deed).await?;
        }
    }
    Ok(())
}

/// Copies that are too old, at most [`SWEEP_MAX`]; `None`: there are none.
fn old(
    read: &ReadTx<'_>,
    person: AccountId,
    now: i64,
) -> store::Result<Option<(MailboxId, Vec<Uid>)>> {
    let keywords = read.keywords(person)?;
    let number = keywords.iter().position(|name| name == REFUSED);
    let refused = number
        .and_then(|number| u8::try_from(number).ok())
        .and_then(Flags::keyword);
    let mailbox = read.mailbox_by_name(person, REJECTS)?;
    let (Some(refused), Some(mailbox)) = (refused, mailbox.filter(|mailbox| mailbox.selectable))
    else {
        return Ok(None);
    };
    let mut old = Vec::new();
    read.entries(mailbox.id, 1..=Uid::MAX, &mut |uid, entry| {
        let age = now.saturating_sub(entry.saved.into());
        if entry.flags.contains(refused) && age > DAYS * DAY {
            old.push(uid);
        }
        old.len() < SWEEP_MAX
    })?;
    Ok(Some((mailbox.id, old)).filter(|(_, old)| !old.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::Address;
    use store::{Credentials, Delivery, Head, Options};

    #[test]
    fn the_oldest_copies_go_and_nothing_else() {
        let folder = crate::net::test_support::Folder::new();
        let options = Options {
            map_size: 64 << 20,
            ..Options::default()
        };
        let store = Store::open(&folder.0, options).unwrap();
        let ann = Address::parse("ann@house.test").unwrap();
        let ann = store
            .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
            .wait()
            .unwrap();
        // The second one is somebody's own.
        for number in 0..5 {
            let mut spool = store.spool();
            spool.write(&[b'x'; 100]).unwrap();
            let body = store.stage(spool).wait().unwrap();
            let deed = move |tx: &mut WriteTx<'_>| {
                let (mailbox, refused) = place(tx, ann, 100)?;
                let flags = if number == 1 {
                    Flags::default()
                } else {
                    refused
                };
                tx.deliver(&Delivery {
                    body,
                    head: Head {
                        received: 1,
                        zone: 0,
                        sent: 1,
                        size: 100,
                    },
                    record: Vec::new(),
                    into: vec![(mailbox, flags)],
                    letters: Vec::new(),
                })
            };
            store.write(deed).wait().unwrap();
        }
        let read = store.read().unwrap();
        let mailbox = read.mailbox_by_name(ann, REJECTS).unwrap().unwrap();
        assert!(!mailbox.subscribed);
        let refused = Flags::keyword(0).unwrap();
        assert_eq!(read.keywords(ann).unwrap(), [REFUSED]);
        let of = |size, most| surplus(&read, mailbox.id, refused, size, most).unwrap();
        let many = u64::MAX;
        assert!(of(100, (5, many)).is_empty());
        assert_eq!(of(100, (4, many)), [1]);
        assert_eq!(of(100, (2, many)), [1, 3, 4]);
        assert_eq!(of(100, (500, 300)), [1, 3]);
        assert_eq!(of(1000, (500, 300)), [1, 3, 4, 5]);
    }
}
