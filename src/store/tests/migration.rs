//! A store that a program of schema 1 wrote opens, keeps everything, and takes letters.
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

/// As the fixture's bodies were made.
fn octets(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}
