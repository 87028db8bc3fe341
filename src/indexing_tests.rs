//! The thread builds what is missing, waits for company, begins anew when told to, and stops.

use std::path::PathBuf;

use store::{AccountId, Credentials, Delivery, Flags, MailboxId, Options, Read};

use super::*;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn deliver(store: &Store, count: usize) {
    let text = b"Subject: plan\r\n\r\nmeeting\r\n";
    for _ in 0..count {
        let mut spool = store.spool();
        spool.write(text).unwrap();
        let mut parser = mail::Parser::new();
        parser.feed(text);
        let message = parser.finish();
        let inbox = MailboxId {
            account: AccountId(1),
            number: 1,
        };
        let delivery = Delivery {
            body: store.stage(spool).wait().unwrap(),
            head: imap::record::head(&message, 1, 0),
            record: imap::record::render(&message),
            into: vec![(inbox, Flags::default())],
            letters: Vec::new(),
        };
        store.write(move |tx| tx.deliver(&delivery)).wait().unwrap();
    }
}

fn watermark(store: &Store) -> u64 {
    let tx = store.read().unwrap();
    tx.index().unwrap().map_or(0, |index| index.watermark().0)
}

fn wait_for(store: &Store, wanted: u64) {
    let begun = Instant::now();
    while watermark(store) != wanted {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} of {wanted}",
            watermark(store)
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn messages_are_indexed_behind_their_arrival() {
    let name = format!("pillarbox-indexing-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    let store = Store::open(&folder.0, Options::default()).unwrap();
    let ann = mail::Address::parse("ann@house.test").unwrap();
    store
        .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
        .wait()
        .unwrap();
    let indexing = start(store.clone()).unwrap();
    deliver(&store, 100);
    // The last few may wait for company.
    let begun = Instant::now();
    while watermark(&store) < 101 - COMPANY {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    indexing.stop();
    build(&store).unwrap();
    assert_eq!(watermark(&store), 101);
    let indexing = start(store.clone()).unwrap();
    deliver(&store, 3);
    store.drop_index().unwrap();
    wait_for(&store, 104);
    indexing.stop();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}
