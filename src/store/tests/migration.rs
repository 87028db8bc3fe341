//! A store that a program of schema 1 or 2 wrote opens, keeps everything, and takes what is new.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(all(target_pointer_width = "64", target_endian = "little"))]

mod common;

use common::checked::Folder;
use common::letters::*;
use common::*;
use store::*;

/// Written by the last program of schema 1, in LMDB's layout for machines of 64 bits: ann@example.org with three messages of 5000 octets and
/// a little in INBOX, of which the newest was expunged and freed; an alias house@example.org that leads to her and outside.
const SCHEMA_1: &[u8] = include_bytes!("schema1.mdb");

#[test]
fn a_store_of_schema_1_is_brought_forward_and_takes_letters() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("data.mdb"), SCHEMA_1).unwrap();
    let options = || Options {
        map_size: 64 << 20,
        ..Options::default()
    };
    for round in 0..2 {
        let store = Store::open(folder.path(), options()).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        let ann = store
            .read()
            .unwrap()
            .account_by_address(&address("ann@example.org"))
            .unwrap()
            .unwrap();
        let inbox = mailbox(&store, ann, "INBOX");
        let tx = store.read().unwrap();
        let bodies: Vec<Vec<u8>> = entries(&tx, inbox)
            .iter()
            .map(|(_, entry)| body(&tx, entry.gid).unwrap())
            .collect();
        let expected: Vec<Vec<u8>> = (0..2).map(|n| octets(5000 + n)).collect();
        assert_eq!(bodies, expected);
        let targets = tx.alias(&address("house@example.org")).unwrap().unwrap();
        let far = AliasTarget::Remote(address("far@example.net"));
        assert_eq!(targets, [AliasTarget::Account(ann), far]);
        assert_eq!(tx.queue_counts().unwrap().letters, round);
        drop(tx);
        // Gid 3 was used and freed by schema 1: the next body is 4, though nothing in the store is newer than 2.
        let id = enqueue(&store, to(&["zoe@example.net"]));
        let letter = store.read().unwrap().letter(id).unwrap().unwrap();
        assert_eq!(letter.gid, Gid(4 + round));
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
}

/// Written by the last program of schema 2: ann@example.org (quota 1 GiB) with forty messages in INBOX, some of them copied to Trash, three with a
/// keyword, one moved, two expunged and freed, and two expunged while somebody watched: they were not freed yet.
const SCHEMA_2: &[u8] = include_bytes!("schema2.mdb");

#[test]
fn a_store_of_schema_2_keeps_its_people_copies_and_what_it_has_to_free() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("data.mdb"), SCHEMA_2).unwrap();
    for round in 0..2 {
        let store = Store::open(
            folder.path(),
            Options {
                map_size: 64 << 20,
                ..Options::default()
            },
        )
        .unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        settle(&store);
        let ann = AccountId(1);
        let (inbox, trash) = (mailbox(&store, ann, "INBOX"), mailbox(&store, ann, "Trash"));
        let tx = store.read().unwrap();
        let account = tx.account(ann).unwrap();
        assert_eq!(account.quota, Some(1 << 30));
        assert_eq!(account.quota_messages, (round == 1).then_some(100));
        assert_eq!(tx.accounts().unwrap().len(), 2);
        let left: Vec<Uid> = (2..40).filter(|uid| ![7, 21, 22].contains(uid)).collect();
        assert_eq!(uids(&tx, inbox), left);
        // 20 copies, 3 more, and the moved one; what INBOX no longer has is here still.
        let there = entries(&tx, trash);
        assert_eq!(there.len(), 24);
        let expected: Vec<usize> = (0..20).chain([4, 5, 29, 39]).collect();
        for ((_, entry), number) in there.iter().zip(expected) {
            assert_eq!(body(&tx, entry.gid).unwrap(), octets(300 + number));
        }
        let mut changed = Vec::new();
        tx.changed_since(ann, inbox, 41, 1..=Uid::MAX, &mut |uid, entry| {
            assert_eq!(entry.flags, Flags::keyword(0).unwrap());
            changed.push(uid);
            true
        })
        .unwrap();
        assert_eq!(changed, [2, 3, 33]);
        // Message 22 had no other place.
        assert!(matches!(tx.head(Gid(22)), Err(Error::NoSuchMessage)));
        drop(tx);
        store
            .write(move |tx| tx.set_quota(ann, Some(1 << 30), Some(100)))
            .wait()
            .unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let trash = mailbox(&store, AccountId(1), "Trash");
    let all: Vec<Uid> = (1..=24).collect();
    store
        .write(move |tx| tx.expunge(trash, &all))
        .wait()
        .unwrap();
    settle(&store);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let tx = store.read().unwrap();
    // Message 1 was only in Trash any more, message 2 is still in INBOX.
    assert!(matches!(tx.head(Gid(1)), Err(Error::NoSuchMessage)));
    assert!(tx.head(Gid(2)).is_ok());
}

/// As the fixture's bodies were made.
fn octets(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}
