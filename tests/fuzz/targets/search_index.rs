//! SEARCH answered from the index and by looking into the messages: the same, whatever the message and whatever is looked for.
//!
//! Two stores get the same messages; one of them has an index, which is merged all the while.
#![no_main]

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified, words};
use libfuzzer_sys::fuzz_target;
use mail::Address;
use sasl::Question;
use store::index::{IndexBatch, IndexWriter};
use store::{AccountId, Credentials, Delivery, Flags, Gid, Head, MailboxId, Read, Store, Uid};

/// Messages that stay in the mailbox beside the newest.
const KEPT: usize = 12;
/// Inputs after which both begin anew.
const LIFE: usize = 3_000;
/// Octets that are looked for, at most: a literal that needs no invitation.
const NEEDLE: usize = 600;

static TWINS: Mutex<Option<[Twin; 2]>> = Mutex::new(None);

/// A store and its one person.
struct Twin {
    store: Store,
    account: AccountId,
    inbox: MailboxId,
    writer: Option<IndexWriter>,
    messages: Vec<Uid>,
    life: usize,
}

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|octet| *octet == b'\n') else {
        return;
    };
    let (needle, message) = (&input[..end.min(NEEDLE)], &input[end + 1..]);
    let mut twins = TWINS.lock().unwrap_or_else(PoisonError::into_inner);
    if twins.as_ref().is_some_and(|twins| twins[0].life > LIFE) {
        *twins = None;
    }
    let twins =
        twins.get_or_insert_with(|| [Twin::new("indexed", true), Twin::new("scanned", false)]);
    let said = twins.each_mut().map(|twin| {
        twin.deliver(message);
        twin.index();
        let said = twin.ask(needle);
        twin.forget();
        said
    });
    assert_eq!(
        said[0],
        said[1],
        "{:?} in {:?}",
        needle.escape_ascii().to_string(),
        message.escape_ascii().to_string()
    );
});

impl Twin {
    fn new(name: &str, indexed: bool) -> Twin {
        let store = Store::open(&fuzz::folder(name), fuzz::options()).unwrap();
        let (account, inbox) = store
            .write(|w| {
                let address = Address::parse("ann@house.test").unwrap();
                let account = w.create_account(&address, &Credentials::default(), 1)?;
                Ok((account, w.mailbox_by_name(account, "INBOX")?.unwrap().id))
            })
            .wait()
            .unwrap();
        let writer = indexed.then(|| {
            IndexWriter::open(store.clone(), words::VERSION)
                .unwrap()
                .fan(2)
        });
        Twin {
            store,
            account,
            inbox,
            writer,
            messages: Vec::new(),
            life: 0,
        }
    }

    fn deliver(&mut self, text: &[u8]) {
        let body = fuzz::stage(&self.store, text);
        let mut parser = mail::Parser::new();
        parser.feed(text);
        let record = imap::record::render(&parser.finish());
        let head = Head {
            received: 1_000_000_000,
            zone: 0,
            sent: 1_000_000_000,
            size: text.len() as u32,
        };
        let delivery = Delivery {
            body,
            head,
            record,
            into: vec![(self.inbox, Flags::default())],
            letters: Vec::new(),
        };
        let done = self
            .store
            .write(move |w| w.deliver(&delivery))
            .wait()
            .unwrap();
        self.messages.extend(done.uids);
        self.life += 1;
    }

    /// The oldest goes.
    fn forget(&mut self) {
        if self.messages.len() > KEPT {
            let (inbox, oldest) = (self.inbox, self.messages.remove(0));
            self.store
                .write(move |w| w.expunge(inbox, &[oldest]))
                .wait()
                .unwrap();
        }
    }

    fn index(&mut self) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        while writer.tend().unwrap() {}
        let pending = writer.pending().unwrap();
        let mut batch = IndexBatch::new(pending.from);
        let mut to = pending.from;
        {
            let tx = self.store.read().unwrap();
            while to < pending.to && words::collect(&tx, to, &mut batch).unwrap() {
                to = Gid(to.0 + 1);
            }
        }
        writer.add(batch, to).unwrap();
    }

    /// What a client is told that looks for the needle in several places.
    fn ask(&self, needle: &[u8]) -> String {
        let mut script = b"a LOGIN a pass\r\nb EXAMINE INBOX\r\n".to_vec();
        for place in [
            "TEXT",
            "BODY",
            "SUBJECT",
            "FROM",
            "HEADER Subject",
            "HEADER X-Other",
            "OR BODY nothing NOT TEXT",
        ] {
            script.extend_from_slice(
                format!("c UID SEARCH {place} {{{}+}}\r\n", needle.len()).as_bytes(),
            );
            script.extend_from_slice(needle);
            script.extend_from_slice(b"\r\n");
        }
        let now = Now {
            instant: Instant::now(),
            unix: 1_000_000_000,
        };
        let profile = Profile {
            hostname: "mail.house.test".into(),
            tls: Tls::Active(None),
            nonce_seed: [1; 32],
        };
        let mut session = Session::new(self.store.clone(), profile, Limits::default(), now.instant);
        session.feed(&script);
        let mut said = Vec::new();
        loop {
            match session.step(now, &mut said) {
                Step::More => {}
                Step::Verify(Question::Password { .. }) => {
                    session.verified(Verified::Password(Some(self.account)))
                }
                _ => break,
            }
        }
        let said = String::from_utf8_lossy(&said);
        let answers = said
            .split("\r\n")
            .filter(|line| line.starts_with("* SEARCH") || line.starts_with("c "));
        answers.collect::<Vec<&str>>().join("\n")
    }
}
