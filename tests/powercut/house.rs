//! A house whose life is recorded, and how all its mail looks.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use mail::Address;
use store::{Delivery, FlagChange, Flags, Head, Options, Read, SpecialUse, Store, WriteTx};

/// A body large enough to be staged in several commits.
const LARGE: usize = 300_000;
const SMALL: usize = 3_000;

/// Lives `rounds` rounds in `folder`; after each deed, how everything looks goes to the file `acknowledged`.
pub fn live(folder: &Path, rounds: u32) {
    let store = Store::open(folder, options()).unwrap();
    let mut told = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("acknowledged"))
        .unwrap();
    let mut tell = |store: &Store| {
        told.write_all(format!("{}\n", look(store).unwrap()).as_bytes())
            .unwrap()
    };

    let account = store
        .write(|w| {
            w.create_account(
                &Address::parse("ann@house.test").unwrap(),
                &store::Credentials::default(),
                1,
            )
        })
        .wait()
        .unwrap();
    tell(&store);
    let (inbox, trash) = {
        let tx = store.read().unwrap();
        let inbox = tx.mailbox_by_name(account, "INBOX").unwrap().unwrap().id;
        (
            inbox,
            tx.special(account, SpecialUse::Trash).unwrap().unwrap().id,
        )
    };
    for round in 0..rounds {
        deliver(
            &store,
            round,
            if round % 5 == 4 { LARGE } else { SMALL },
            vec![(inbox, Flags::default())],
        );
        tell(&store);
        deliver(
            &store,
            round + 1000,
            SMALL,
            vec![(inbox, Flags::SEEN), (trash, Flags::default())],
        );
        tell(&store);
        do_and_tell(&store, &mut tell, move |w| {
            w.mark(
                inbox,
                &[2 * round + 1],
                FlagChange::Add(Flags::FLAGGED),
                None,
            )
            .map(|_| ())
        });
        do_and_tell(&store, &mut tell, move |w| {
            w.copy(inbox, &[2 * round + 2], trash, 1).map(|_| ())
        });
        if round % 3 == 2 {
            do_and_tell(&store, &mut tell, move |w| {
                w.move_messages(inbox, &[2 * round], trash, 1).map(|_| ())
            });
            do_and_tell(&store, &mut tell, move |w| {
                w.expunge(inbox, &[2 * round - 1, 2 * round + 1])
                    .map(|_| ())
            });
        }
    }
}

/// How all mail in the folder looks; an error if the store cannot be opened, is not sound, or a body cannot be read.
pub fn view(folder: &Path) -> Result<String, String> {
    let store = Store::open(folder, options()).map_err(|e| format!("does not open: {e}"))?;
    let wrong = store
        .check()
        .map_err(|e| format!("cannot be checked: {e}"))?;
    if !wrong.is_empty() {
        return Err(format!("is not sound: {wrong:?}"));
    }
    look(&store).map_err(|e| format!("cannot be read: {e}"))
}

fn look(store: &Store) -> store::Result<String> {
    let tx = store.read()?;
    let mut seen = String::new();
    for account in tx.accounts()? {
        for mailbox in tx.mailboxes(account.id)? {
            let counters = tx.counters(mailbox.id)?;
            let _ = write!(
                seen,
                "{} {} {}:",
                mailbox.name, counters.uid_validity, counters.uid_next
            );
            let mut entries = Vec::new();
            tx.entries(mailbox.id, 1..=u32::MAX, &mut |uid, entry| {
                entries.push((uid, *entry));
                true
            })?;
            for (uid, entry) in entries {
                let _ = write!(
                    seen,
                    " {uid}/{}/{}/{:x}",
                    entry.flags.0,
                    entry.size,
                    digest(&tx, entry.gid)?
                );
            }
            seen.push(';');
        }
    }
    Ok(seen)
}

fn digest(tx: &impl Read, gid: store::Gid) -> store::Result<u64> {
    let (mut digest, mut offset) = (0xcbf2_9ce4_8422_2325_u64, 0);
    loop {
        let piece = tx.body(gid, offset)?;
        if piece.is_empty() {
            return Ok(digest);
        }
        for octet in piece {
            digest = (digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
        offset += piece.len() as u64;
    }
}

fn deliver(store: &Store, number: u32, size: usize, into: Vec<(store::MailboxId, Flags)>) {
    let mut spool = store.spool();
    let mut text = format!("Subject: {number}\r\n\r\n").into_bytes();
    text.resize(size, b'a' + (number % 26) as u8);
    spool.write(&text).unwrap();
    let body = store.stage(spool).wait().unwrap();
    let head = Head {
        received: 1,
        zone: 0,
        sent: 1,
        size: size as u32,
    };
    let delivery = Delivery {
        body,
        head,
        record: vec![7; 200],
        into,
    };
    store.write(move |w| w.deliver(&delivery)).wait().unwrap();
}

fn do_and_tell(
    store: &Store,
    tell: &mut impl FnMut(&Store),
    deed: impl FnOnce(&mut WriteTx<'_>) -> store::Result<()> + Send + 'static,
) {
    store.write(deed).wait().unwrap();
    tell(store);
}

fn options() -> Options {
    Options {
        map_size: 64 << 20,
        ..Options::default()
    }
}
