//! Each kind of damage, made by hand, is found and named.

#[path = "check_tests_bans.rs"]
mod bans;
#[path = "check_tests_rows.rs"]
mod rows;

use std::os::unix::fs::FileExt;

use rows::{restore, rows};

use crate::checked::Checked;
use crate::schema::key::{self, Turn};
use crate::schema::{MailboxHead, QueueHead, Slot, grave, pack, write_newest, write_slots};
use crate::{
    About, AccountId, AclEntry, BodyKind, Credentials, Delivery, Entry, FlagChange, Flags, Gid,
    Head, LetterId, MailboxId, NewLetter, NewRow, Notify, Origin, QueueTime, Read, RelayScope,
    Result, Rights, Store, Who, WriteTx,
};

const INBOX: MailboxId = MailboxId {
    account: AccountId(1),
    number: 1,
};
const GID: Gid = Gid(1);
const LETTER: LetterId = LetterId(1);

fn store() -> Checked {
    let store = Checked::new();
    let address = mail::Address::parse("ann@example.org").unwrap();
    store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), 0))
        .wait()
        .unwrap();
    for _ in 0..20 {
        let mut spool = store.spool();
        spool.write(&[b'x'; 5000]).unwrap();
        let body = store.stage(spool).wait().unwrap();
        let head = Head {
            received: 0,
            zone: 0,
            sent: 0,
            size: 5000,
        };
        let into = vec![(INBOX, Flags::default())];
        store
            .write(move |tx| {
                tx.deliver(&Delivery {
                    body,
                    head,
                    record: vec![1; 100],
                    into,
                    letters: Vec::new(),
                })
            })
            .wait()
            .unwrap();
    }
    let row = |recipient: &str| NewRow {
        recipient: mail::Address::parse(recipient).unwrap(),
        destination: recipient.split_once('@').unwrap().1.into(),
        orcpt: None,
        notify: Notify::default(),
        due: QueueTime(5),
    };
    let letter = NewLetter {
        sender: None,
        reverse_path: None,
        body: BodyKind::SevenBit,
        smtputf8: false,
        require_tls: false,
        tls_optional: false,
        envid: None,
        ret: None,
        priority: 0,
        accepted: 0,
        enqueued: QueueTime(0),
        expires: QueueTime(9),
        deliver_by: None,
        origin: Origin::Return,
        rows: ["a@x.example", "b@x.example", "c@y.example"]
            .map(row)
            .into(),
    };
    let body = store.stage(store.spool()).wait().unwrap();
    store
        .write(|tx| {
            let head = Head {
                received: 0,
                zone: 0,
                sent: 0,
                size: 0,
            };
            tx.deliver(&Delivery {
                body,
                head,
                record: Vec::new(),
                into: Vec::new(),
                letters: vec![letter],
            })
        })
        .wait()
        .unwrap();
    store
        .write(|tx| tx.expunge(INBOX, &[3, 18]))
        .wait()
        .unwrap();
    store
}

/// The mailbox's record changed by `change`.
fn head(tx: &mut WriteTx<'_>, change: fn(&mut MailboxHead)) -> Result<()> {
    let (mut head, newest) = tx.look().mailbox_head(INBOX)?;
    let newest = newest.to_vec();
    change(&mut head);
    let mut octets = Vec::new();
    head.write(&mut octets);
    octets.extend_from_slice(&newest);
    tx.put(&key::mailbox_head(INBOX), &octets)
}

type Damage = fn(&mut WriteTx<'_>) -> Result<()>;

/// The queue's counters changed by `change`.
fn queue(tx: &mut WriteTx<'_>, change: fn(&mut QueueHead)) -> Result<()> {
    let mut head = tx.look().queue_head()?;
    change(&mut head);
    tx.save_queue(&head)
}

const TURN: Turn = Turn {
    lane: 9,
    due: QueueTime(5),
    letter: LETTER,
    number: 1,
};

const DAMAGES_OUTSIDE: [(&str, Damage); 17] = [
    ("belongs to letter 1, which does not exist", |tx| {
        tx.delete(&key::letter(LETTER)).map(|_| ())
    }),
    ("counts 1 references, but has 0", |tx| {
        tx.delete(&key::letter(LETTER)).map(|_| ())
    }),
    ("letter 1 counts 3 rows, but has 2", |tx| {
        tx.delete(&key::row(LETTER, 2)).map(|_| ())
    }),
    ("letter 1: the store is damaged", |tx| {
        tx.put(&key::letter(LETTER), &[1])
    }),
    ("row 1 of letter 1: the store is damaged", |tx| {
        tx.put(&key::row(LETTER, 1), &[1])
    }),
    ("key of no known shape", |tx| {
        tx.put(&[&key::letter(LETTER)[..], &[1]].concat(), &[1])
    }),
    (
        "row 1 of letter 1 is not among its destination's turns",
        |tx| tx.delete(&key::turn("x.example", &TURN)).map(|_| ()),
    ),
    ("3 rows wait, but there are 4 turns", |tx| {
        let turn = Turn { number: 9, ..TURN };
        tx.put(&key::turn("x.example", &turn), &[])
    }),
    ("row 1 of letter 1 is held, but among", |tx| {
        let mut row = tx.look().row_record(LETTER, 1)?.unwrap();
        row.held = true;
        tx.put(&key::row(LETTER, 1), &postcard::to_stdvec(&row)?)
    }),
    ("x.example has letter 1 due, but is not among", |tx| {
        let row = key::destination(TURN.lane, TURN.due, "x.example");
        tx.delete(&row).map(|_| ())
    }),
    (
        "2 destinations have something due, but 3 are listed",
        |tx| tx.put(&key::destination(9, QueueTime(1), "x.example"), &[]),
    ),
    ("the queue counts", |tx| {
        queue(tx, |head| head.counts.held = 1)
    }),
    ("the queue counts", |tx| {
        queue(tx, |head| head.counts.rows = 4)
    }),
    ("letter 1 exists, but the next", |tx| {
        queue(tx, |head| head.next_letter = 1)
    }),
    ("a correspondent belongs to nobody", |tx| {
        let row = key::named_of(key::CORRESPONDENTS, AccountId(9), "x@x.example");
        tx.put(&row, &[0; 4])
    }),
    ("a relay: the store is damaged", |tx| {
        tx.put(&key::relay(&RelayScope::Fallback), &[9])
    }),
    ("of no known table", |tx| tx.put(&key::NEXT_GID_1, &[0; 8])),
];

const DAMAGES: [(&str, Damage); 26] = [
    ("should have 5000 octets in 2 pieces", |tx| {
        tx.delete(&key::chunk(GID, 2)).map(|_| ())
    }),
    ("wrong place or size", |tx| {
        tx.put(&key::chunk(GID, 1), &[0; 4079])
    }),
    ("has 3 pieces", |tx| tx.put(&key::chunk(GID, 3), &[0; 5])),
    ("has no index record", |tx| {
        tx.delete(&key::index(GID)).map(|_| ())
    }),
    ("which does not exist", |tx| {
        tx.delete(&key::index(GID)).map(|_| ())
    }),
    ("says otherwise", |tx| tx.put(&key::orphan(GID), &[])),
    ("counts 7 references, but has 1", |tx| tx.set_shares(GID, 6)),
    ("references are counted to message", |tx| {
        tx.set_shares(Gid(99), 6)
    }),
    ("it counts", |tx| head(tx, |head| head.counters.unseen = 3)),
    ("it counts", |tx| head(tx, |head| head.counters.size += 1)),
    ("was never given", |tx| {
        head(tx, |head| head.counters.uid_next = 17)
    }),
    ("above the mailbox's", |tx| {
        head(tx, |head| head.counters.highest_modseq = 5)
    }),
    ("holds 2 messages", |tx| {
        head(tx, |head| head.log_entries = 3)
    }),
    ("released beyond its end", |tx| {
        head(tx, |head| head.released = 1000)
    }),
    ("is out of place", |tx| {
        tx.put(&key::block(INBOX, 3), &[1; 24])
    }),
    ("was not expunged", |tx| {
        let run = [&[1_u8][..], &5_u32.to_be_bytes(), &[9; 24]].concat();
        tx.put(&key::log(INBOX, 4), &run)
    }),
    ("without a name", |tx| {
        let mut entry = tx.entry(INBOX, 1)?.unwrap();
        entry.flags = Flags(1 << 30);
        entry_put(tx, entry)
    }),
    ("but an entry or letter says", |tx| {
        let entry = Entry {
            size: 4,
            ..tx.entry(INBOX, 1)?.unwrap()
        };
        entry_put(tx, entry)
    }),
    ("but has entries", |tx| {
        tx.put(
            &key::block(
                MailboxId {
                    number: 77,
                    ..INBOX
                },
                0,
            ),
            &[0; 48],
        )
    }),
    ("no known table", |tx| tx.put(&[0x77], &[])),
    ("row of reports is of no known shape", |tx| {
        tx.put(&[0x00, 0x3A, 0x09, 0, 0, 0, 1, b'a'], b"x")
    }),
    ("row of reports is of no known shape", |tx| {
        tx.put(&key::reports_of(crate::ReportKind::Seen, 1), b"no name")
    }),
    ("belongs to nobody", |tx| {
        tx.put(&key::of(key::KEYWORDS, AccountId(9)), &[0])
    }),
    ("is not found by its address", |tx| {
        tx.delete(&key::named(key::ADDRESSES, "ann@example.org"))
            .map(|_| ())
    }),
    ("counters but no name", |tx| {
        tx.delete(&key::named_of(key::MAILBOXES, AccountId(1), "INBOX"))
            .map(|_| ())
    }),
    ("but the next one would get", |tx| {
        tx.put(&key::NEXT_ACCOUNT, &1_u32.to_be_bytes())
    }),
];

/// What the two tests share of people who share.
fn share(tx: &mut WriteTx<'_>) -> Result<()> {
    let address = mail::Address::parse("bob@example.org").unwrap();
    let bob = tx.create_account(&address, &Credentials::default(), 0)?;
    tx.set_acl(INBOX, Who::Account(bob), false, Rights::ALL)?;
    let seen = FlagChange::Add(Flags::SEEN);
    tx.mark(bob, INBOX, &[1, 2, 17], seen, None)?;
    tx.set_metadata(About::Mailbox(INBOX), Some(bob), "/comment", Some(b"x"))?;
    tx.mailbox_key(bob, INBOX).map(|_| ())
}

const BOB: AccountId = AccountId(2);
const NOWHERE: MailboxId = MailboxId {
    number: 77,
    ..INBOX
};

/// Bob's slots of the first block changed by `change`.
fn slot(tx: &mut WriteTx<'_>, change: fn(&mut Slot)) -> Result<()> {
    let mut slots = tx.look().slots(INBOX, BOB, 0)?;
    change(&mut slots[1]);
    tx.put(&key::slots(INBOX, BOB, 0), &write_slots(&slots))
}

const DAMAGES_SHARED: [(&str, Damage); 24] = [
    ("list belongs to no mailbox", |tx| {
        tx.put(&key::of_mailbox(key::ACLS, NOWHERE), &[0])
    }),
    ("list cannot be read", |tx| {
        tx.put(&key::of_mailbox(key::ACLS, INBOX), &[9])
    }),
    ("lines that cannot be", |tx| {
        let line = AclEntry {
            who: Who::Account(AccountId(1)),
            negative: false,
            rights: Rights::ALL,
        };
        tx.put(
            &key::of_mailbox(key::ACLS, INBOX),
            &postcard::to_stdvec(&vec![line])?,
        )
    }),
    ("who cannot find it", |tx| {
        tx.delete(&key::shared(BOB, INBOX)).map(|_| ())
    }),
    ("not shared with them", |tx| {
        tx.put(&key::shared(AccountId(0), INBOX), &[])
    }),
    ("not shared with them", |tx| {
        tx.delete(&key::of_mailbox(key::ACLS, INBOX)).map(|_| ())
    }),
    ("metadata belongs to nobody", |tx| {
        tx.put(&key::metadata(NOWHERE, BOB, "/x"), b"x")
    }),
    ("metadata belongs to nobody", |tx| {
        tx.put(&key::metadata(INBOX, AccountId(9), "/x"), b"x")
    }),
    ("metadata is too large", |tx| {
        tx.put(&key::metadata(INBOX, BOB, ""), b"x")
    }),
    ("more metadata of one kind", |tx| {
        (0..70).try_for_each(|n| tx.put(&key::metadata(INBOX, BOB, &format!("/{n}")), b"x"))
    }),
    ("counts for account 2, but 7 are counted", |tx| {
        let at = key::of(key::METADATA_USED, BOB);
        tx.put(&at, &7_u64.to_be_bytes())
    }),
    ("metadata for account 2 cannot be read", |tx| {
        tx.put(&key::of(key::METADATA_USED, BOB), &[1])
    }),
    ("a count of metadata belongs to nobody", |tx| {
        let at = key::of(key::METADATA_USED, AccountId(9));
        tx.put(&at, &7_u64.to_be_bytes())
    }),
    ("a mailbox key belongs to nobody", |tx| {
        let at = key::of_mailbox_and(key::MAILBOX_KEYS, INBOX, AccountId(0));
        tx.put(&at, &[0; 32])
    }),
    ("a mailbox key is too large", |tx| {
        let at = key::of_mailbox_and(key::MAILBOX_KEYS, INBOX, BOB);
        tx.put(&at, &[0; 31])
    }),
    ("has seen 3 messages", |tx| {
        tx.put(&key::viewer(key::VIEWERS, INBOX, BOB), &2_u32.to_be_bytes())
    }),
    ("cannot be a viewer", |tx| {
        let at = key::viewer(key::VIEWERS, INBOX, AccountId(1));
        tx.put(&at, &0_u32.to_be_bytes())
    }),
    ("looks at a mailbox that does not exist", |tx| {
        let at = key::viewer(key::VIEWERS, NOWHERE, BOB);
        tx.put(&at, &0_u32.to_be_bytes())
    }),
    ("flags of a viewer belong to nobody", |tx| {
        tx.delete(&key::viewer(key::VIEWERS, INBOX, BOB))
            .map(|_| ())
    }),
    ("1 flags of viewer 2", |tx| {
        slot(tx, |slot| slot.flags = Flags(1 << 20))
    }),
    ("1 flags of viewer 2", |tx| {
        slot(tx, |slot| slot.modseq = 9999)
    }),
    ("1 flags of viewer 2", |tx| {
        let mut slots = tx.look().slots(INBOX, BOB, 0)?;
        slots[3] = slots[2];
        tx.put(&key::slots(INBOX, BOB, 0), &write_slots(&slots))
    }),
    ("the newest modseqs of a group", |tx| {
        tx.put(&key::newest(INBOX, 0), &write_newest(&[1; 64]))
    }),
    ("the hole at UID 3 is not empty", |tx| {
        let at = key::block(INBOX, 0);
        let mut octets = tx.get(&at)?.unwrap().to_vec();
        octets[72..96].copy_from_slice(&grave(2));
        tx.put(&at, &octets)
    }),
];

#[test]
fn a_group_that_says_less_than_its_blocks_is_found() {
    let store = store();
    let archive = MailboxId { number: 6, ..INBOX };
    store
        .write(move |tx| {
            for _ in 0..80 {
                let few: Vec<u32> = (4..=17).collect();
                tx.copy(INBOX.account, INBOX, &few, archive, 1)?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let before = rows(&store);
    store
        .write(move |tx| {
            assert!(tx.get(&key::newest(archive, 0))?.is_some());
            tx.put(&key::newest(archive, 0), &write_newest(&[1; 64]))
        })
        .wait()
        .unwrap();
    let findings = store.check().unwrap();
    assert!(
        findings[0].contains("newer than its group says"),
        "{findings:?}"
    );
    restore(&store, before);
}

/// Puts UID 1's entry, whose block is full.
fn entry_put(tx: &mut WriteTx<'_>, entry: Entry) -> Result<()> {
    let at = key::block(INBOX, 0);
    let mut octets = tx.get(&at)?.unwrap().to_vec();
    octets[24..48].copy_from_slice(&pack(&entry));
    tx.put(&at, &octets)
}

#[test]
fn each_damage_is_found_and_named() {
    let store = store();
    store.write(share).wait().unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let damages = DAMAGES
        .into_iter()
        .chain(DAMAGES_OUTSIDE)
        .chain(bans::DAMAGES)
        .chain(DAMAGES_SHARED);
    for (number, (words, damage)) in damages.enumerate() {
        // Made, looked at, and made good again by writing back what was there before.
        let before = rows(&store);
        store.write(damage).wait().unwrap();
        let findings = store.check().unwrap();
        assert!(
            findings.iter().any(|finding| finding.contains(words)),
            "{number}: {words}: {findings:?}"
        );
        restore(&store, before);
        assert_eq!(store.check().unwrap(), Vec::<String>::new(), "{number}");
    }
}

#[test]
fn damaged_pages_are_found() {
    let store = store();
    let file = std::fs::File::options()
        .write(true)
        .read(true)
        .open(store.path().join("data.mdb"))
        .unwrap();
    let size = rustix::param::page_size() as u64;
    let pages = file.metadata().unwrap().len() / size;
    let mut found = 0;
    for page in 2..pages.min(60) {
        let mut before = [0; 24];
        file.read_exact_at(&mut before, page * size).unwrap();
        let mut after = before;
        // The page's flags, behind its number and a word of padding.
        after[size_of::<usize>() + 2] ^= 0x30;
        file.write_all_at(&after, page * size).unwrap();
        found += usize::from(!store.check().unwrap().is_empty());
        file.write_all_at(&before, page * size).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
    // Two trees' pages and twenty full chunks; the others are free.
    assert!(found > 20, "{found}");
}
