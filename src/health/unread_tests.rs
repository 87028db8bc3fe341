//! The newest letter counts, and reading it is enough.

use std::time::Instant;

use board::{Shown, Sign};
use futures_lite::FutureExt as _;
use mail::Address;
use store::{AccountId, Credentials, Delivery, FlagChange, MailboxId, SpecialUse};

use super::*;
use crate::net::test_support::Folder;

struct House {
    store: Store,
    _folder: Folder,
}

impl House {
    fn new() -> House {
        let folder = Folder::new();
        House {
            store: Store::open(&folder.0, store::Options::default()).unwrap(),
            _folder: folder,
        }
    }

    fn person(&self, name: &str) -> (AccountId, MailboxId) {
        let address = Address::new(name, "house.test").unwrap();
        let made = self
            .store
            .write(move |tx| tx.create_account(&address, &Credentials::default(), 1));
        let person = made.wait().unwrap();
        (person, self.mailbox(person, "INBOX"))
    }

    fn mailbox(&self, person: AccountId, name: &str) -> MailboxId {
        let read = self.store.read().unwrap();
        read.mailbox_by_name(person, name).unwrap().unwrap().id
    }

    fn deliver(&self, into: MailboxId) {
        let text = b"Subject: x\r\n\r\nhello\r\n";
        let mut parser = mail::Parser::new();
        parser.feed(text);
        let message = parser.finish();
        let mut spool = self.store.spool();
        spool.write(text).unwrap();
        let delivery = Delivery {
            body: self.store.stage(spool).wait().unwrap(),
            head: imap::record::head(&message, 1, 0),
            record: imap::record::render(&message),
            into: vec![(into, Flags::default())],
            letters: Vec::new(),
        };
        let done = self.store.write(move |tx| tx.deliver(&delivery));
        done.wait().unwrap();
    }

    fn mark(&self, inbox: MailboxId, uid: u32, change: FlagChange) {
        let done = self
            .store
            .write(move |tx| tx.mark(inbox.account, inbox, &[uid], change, None));
        done.wait().unwrap();
    }

    fn expunge(&self, inbox: MailboxId, uids: Vec<u32>) {
        let done = self.store.write(move |tx| tx.expunge(inbox, &uids));
        done.wait().unwrap();
    }

    fn is_unread(&self) -> bool {
        is_unread(&self.store).unwrap()
    }
}

#[test]
fn the_newest_letter_in_anybodys_inbox_counts() {
    let house = House::new();
    let ((_, ann), (bob_id, bob)) = (house.person("ann"), house.person("bob"));
    assert!(!house.is_unread());
    for _ in 0..100 {
        house.deliver(ann);
    }
    assert!(house.is_unread());
    house.mark(ann, 100, FlagChange::Add(Flags::SEEN));
    assert!(!house.is_unread(), "99 old ones are nobody's news");
    house.mark(ann, 100, FlagChange::Remove(Flags::SEEN));
    assert!(house.is_unread());
    house.mark(ann, 100, FlagChange::Add(Flags::DELETED));
    assert!(!house.is_unread());
    // What is the newest then is behind blocks in which nothing is left.
    house.expunge(ann, (3..=100).collect());
    assert!(house.is_unread());
    house.mark(ann, 2, FlagChange::Add(Flags::SEEN));
    assert!(!house.is_unread());
    house.expunge(ann, vec![1, 2]);
    assert!(!house.is_unread());
    house.deliver(bob);
    assert!(house.is_unread(), "the other one's");
    house.mark(bob, 1, FlagChange::Add(Flags::SEEN));
    let junk = house
        .store
        .read()
        .unwrap()
        .special(bob_id, SpecialUse::Junk)
        .unwrap();
    let junk = junk.map_or_else(|| house.mailbox(bob_id, "Sent"), |junk| junk.id);
    house.deliver(junk);
    assert!(!house.is_unread(), "only the INBOX is news");
}

#[test]
fn the_light_winks_as_soon_as_mail_comes_and_until_it_is_read() {
    let house = House::new();
    let (_, ann) = house.person("ann");
    let health = Health::default();
    health.running();
    let watched = unread(house.store.clone(), health.clone());
    let shows = async |sign: Sign| {
        let begun = Instant::now();
        while health.shown() != Shown::Sign(sign) {
            let late = async {
                Timer::after(Duration::from_secs(1)).await;
            };
            assert!(begun.elapsed() < Duration::from_secs(20), "{sign:?}");
            health.changed().or(late).await;
        }
    };
    let story = async {
        house.deliver(ann);
        shows(Sign::NewMail).await;
        house.mark(ann, 1, FlagChange::Add(Flags::SEEN));
        shows(Sign::Well).await;
    };
    async_io::block_on(watched.or(story));
}
