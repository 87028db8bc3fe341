use store::{Credentials, Delivery, Flags, Gid, Head, MailboxId, NewColumn, Read, Store};

use super::*;
use crate::checked::Checked;

fn house() -> (Checked, MailboxId) {
    let store = Checked::new();
    let ann = mail::Address::parse("ann@house.test").unwrap();
    let account = store
        .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
        .wait()
        .unwrap();
    let inbox = store
        .read()
        .unwrap()
        .mailbox_by_name(account, "INBOX")
        .unwrap()
        .unwrap()
        .id;
    (store, inbox)
}

fn deliver(store: &Store, inbox: MailboxId, sent: i64) -> Gid {
    let mut spool = store.spool();
    spool.write(b"x").unwrap();
    let body = store.stage(spool).wait().unwrap();
    let delivery = Delivery {
        body,
        head: Head {
            received: sent.saturating_add(1),
            zone: 0,
            sent,
            size: 1,
        },
        record: Vec::new(),
        into: vec![(inbox, Flags::default())],
        letters: Vec::new(),
    };
    let uid = store
        .write(move |tx| tx.deliver(&delivery))
        .wait()
        .unwrap()
        .uids[0];
    store
        .read()
        .unwrap()
        .entry(inbox, uid)
        .unwrap()
        .unwrap()
        .gid
}

fn new(gid: Gid, sent: i64, notes: &[u8]) -> NewColumn {
    NewColumn {
        gid,
        sent,
        received: sent.saturating_add(1),
        notes: notes.to_vec(),
    }
}

fn fill(store: &Store, rows: Vec<NewColumn>) {
    store.write(move |tx| tx.put_columns(&rows)).wait().unwrap();
}

fn expunge(store: &Store, inbox: MailboxId, uids: std::ops::RangeInclusive<u32>) {
    let uids: Vec<u32> = uids.collect();
    store
        .write(move |tx| tx.expunge(inbox, &uids).map(drop))
        .wait()
        .unwrap();
    // The freeing rides along with what comes next.
    for _ in 0..3 {
        store.write(|_| Ok(())).wait().unwrap();
    }
}

#[test]
fn rows_are_read_as_written() {
    let (store, inbox) = house();
    let dates = [0, -1, 1 << 35, -(1 << 35), 1_700_000_000];
    let gids: Vec<Gid> = dates
        .iter()
        .map(|sent| deliver(&store, inbox, *sent))
        .collect();
    let rows = (0..5)
        .map(|n| new(gids[n], dates[n], &vec![7; n * 200]))
        .collect();
    fill(&store, rows);
    let tx = store.read().unwrap();
    let mut columns = Columns::default();
    for n in 0..5 {
        let column = tx.column(&mut columns, gids[n]).unwrap().unwrap();
        assert_eq!((column.sent, column.received), (dates[n], dates[n] + 1));
        assert_eq!(column.notes, vec![7; n * 200]);
    }
    assert_eq!(tx.column(&mut columns, Gid(gids[4].0 + 1)).unwrap(), None);
    assert_eq!(tx.column(&mut columns, Gid(1 << 39)).unwrap(), None);
}

#[test]
fn blocks_grow_and_go_with_their_messages() {
    let (store, inbox) = house();
    let gids: Vec<Gid> = (0..200).map(|n| deliver(&store, inbox, n)).collect();
    for part in gids.chunks(7) {
        let rows = part
            .iter()
            .map(|gid| new(*gid, gid.0 as i64 - gids[0].0 as i64, &[1, 2]))
            .collect();
        fill(&store, rows);
    }
    let there = || {
        let tx = store.read().unwrap();
        let mut columns = Columns::default();
        gids.iter()
            .filter(|gid| tx.column(&mut columns, **gid).unwrap().is_some())
            .count()
    };
    assert_eq!(there(), 200);
    assert!(store.check().unwrap().is_empty());
    expunge(&store, inbox, 1..=190);
    let left = there();
    assert!((10..74).contains(&left), "{left}");
    assert!(store.check().unwrap().is_empty());
    expunge(&store, inbox, 191..=200);
    assert_eq!(there(), 0);
    // A row of what is gone is not written.
    fill(&store, vec![new(gids[0], 0, &[])]);
    assert_eq!(there(), 0);
}

#[test]
fn a_message_at_the_end_of_time_has_a_date() {
    let (store, inbox) = house();
    let gid = deliver(&store, inbox, i64::MAX);
    fill(&store, vec![new(gid, i64::MAX, &[])]);
    let tx = store.read().unwrap();
    let column = tx.column(&mut Columns::default(), gid).unwrap().unwrap();
    assert_eq!(column.sent, (1 << 39) - 1);
}

#[test]
fn check_names_what_is_wrong() {
    let (store, inbox) = house();
    let gid = deliver(&store, inbox, 5);
    fill(&store, vec![new(gid, 6, &[])]);
    let found = store.check().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("other dates"), "{found:?}");
    fill(&store, vec![new(gid, 5, &[])]);
    let at = key::columns(900);
    let deed = move |tx: &mut WriteTx<'_>| tx.put(&at, &[0; 10]);
    store.write(deed).wait().unwrap();
    let found = store.check().unwrap();
    assert!(
        found.len() == 1 && found[0].contains("damaged"),
        "{found:?}"
    );
    store
        .write(move |tx| tx.delete(&at).map(drop))
        .wait()
        .unwrap();
    // Each helper is seen to fail.
    assert!(!is_sound(&[0; ENDS]));
    assert!(!is_sound(&[]));
}
