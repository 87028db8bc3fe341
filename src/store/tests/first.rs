//! A message comes in, is read, and survives a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../checked.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod checked;

use checked::Checked;
use store::*;

fn address(text: &str) -> mail::Address {
    mail::Address::parse(text).unwrap()
}

fn head(size: usize) -> Head {
    Head {
        received: 1,
        zone: 60,
        sent: 2,
        size: size as u32,
    }
}

fn stage(store: &Store, octets: &[u8]) -> Staged {
    let mut spool = store.spool();
    for piece in octets.chunks(10_000) {
        spool.write(piece).unwrap();
    }
    store.stage(spool).wait().unwrap()
}

fn body(tx: &impl Read, gid: Gid) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match tx.body(gid, all.len() as u64).unwrap() {
            [] => return all,
            piece => all.extend_from_slice(piece),
        }
    }
}

#[test]
fn a_message_comes_in_and_is_read() {
    let mut store = Checked::new();
    let ann = store
        .write(|tx| tx.create_account(&address("Ann@Example.org"), &Credentials::default(), 5))
        .wait()
        .unwrap();
    for size in [
        0, 1, 4079, 4080, 4081, 8160, 65_536, 65_537, 700_000, 1_500_000,
    ] {
        let octets: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let staged = stage(&store, &octets);
        let uids = store
            .write(move |tx| {
                let inbox = tx.mailbox_by_name(ann, "inbox")?.unwrap().id;
                let sent = tx.special(ann, SpecialUse::Sent)?.unwrap().id;
                tx.deliver(&Delivery {
                    body: staged,
                    head: head(size),
                    record: vec![7; 300],
                    into: vec![(inbox, Flags::default()), (sent, Flags::SEEN)],
                })
            })
            .wait()
            .unwrap();
        assert_eq!(uids[0], uids[1]);
        let check = |store: &Store| {
            let tx = store.read().unwrap();
            let inbox = tx.mailbox_by_name(ann, "INBOX").unwrap().unwrap().id;
            let entry = tx.entry(inbox, uids[0]).unwrap().unwrap();
            assert_eq!(entry.size, size as u32);
            assert_eq!(
                tx.record(entry.gid).unwrap(),
                (head(size), &[7_u8; 300][..])
            );
            assert_eq!(body(&tx, entry.gid), octets);
        };
        check(&store);
        store.reopen();
        check(&store);
    }
    let tx = store.read().unwrap();
    assert_eq!(
        tx.account_by_address(&address("ann@example.org")).unwrap(),
        Some(ann)
    );
    assert_eq!(tx.usage(ann).unwrap().messages, 20);
    drop(tx);
}
