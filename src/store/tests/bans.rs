//! Bans and known networks: written, read, bounded, gone with the person.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::*;
use store::*;

fn network(number: u16) -> NetworkRow {
    let mut address = [0; 16];
    address[14..].copy_from_slice(&number.to_be_bytes());
    NetworkRow {
        address,
        prefix: 128,
    }
}

fn ban(number: u16, times: u32) -> BanRow {
    BanRow {
        network: network(number),
        doors: 2,
        why: 1,
        since: 1_790_000_000,
        until: Some(QueueTime(600)),
        times,
    }
}

#[test]
fn a_ban_is_kept_replaced_and_lifted() {
    let mut store = Checked::new();
    store
        .write(|tx| tx.put_bans(&[ban(1, 1), ban(2, 1), ban(1, 2)]))
        .wait()
        .unwrap();
    store.reopen();
    assert_eq!(
        store.read().unwrap().bans().unwrap(),
        [ban(1, 2), ban(2, 1)]
    );
    let lifted = store
        .write(|tx| {
            Ok((
                tx.delete_ban(&network(1), 2)?,
                tx.delete_ban(&network(2), 1)?,
            ))
        })
        .wait()
        .unwrap();
    assert_eq!(lifted, (true, false));
    assert_eq!(store.read().unwrap().bans().unwrap(), [ban(2, 1)]);
}

#[test]
fn bans_are_bounded() {
    let store = Checked::new();
    let most = u16::try_from(BANS_MAX).unwrap();
    let all: Vec<BanRow> = (0..most).map(|number| ban(number, 1)).collect();
    store.write(move |tx| tx.put_bans(&all)).wait().unwrap();
    let more = store.write(move |tx| tx.put_bans(&[ban(most, 1)])).wait();
    assert!(matches!(more, Err(Error::NotAllowed(_))));
    store
        .write(move |tx| tx.put_bans(&[ban(0, 9)]))
        .wait()
        .unwrap();
}

#[test]
fn known_networks_go_with_the_person() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let known = KnownRow {
        networks: vec![(network(7), 3)],
        told: Some(4),
    };
    let (put, nobody) = (known.clone(), known.clone());
    store
        .write(move |tx| tx.set_known(ann, &put))
        .wait()
        .unwrap();
    assert_eq!(store.read().unwrap().known(ann).unwrap(), known);
    let refused = store
        .write(move |tx| tx.set_known(AccountId(9), &nobody))
        .wait();
    assert!(matches!(refused, Err(Error::NoSuchAccount)));
    store
        .write(move |tx| tx.remove_account(ann))
        .wait()
        .unwrap();
    // `check`, when the store is dropped, would tell of a row that is left.
    assert_eq!(
        store.read().unwrap().known(ann).unwrap(),
        KnownRow::default()
    );
}
