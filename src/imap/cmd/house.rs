//! For tests of the verbs: a store with one person, mail in it, and clients that talk to sessions as text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests come here"
)]

#[path = "../../store/checked.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "it belongs to the store's tests"
)]
mod checked;

use std::sync::Arc;
use std::time::Instant;

use ::store::{AccountId, Credentials, Delivery, Flags, MailboxId, Read, Store, Uid};
use mail::Address;

use crate::{Limits, Now, Profile, Session, Step, Tls, Verified, record};

/// 22 November 2026, 02:23:54 UTC.
pub(crate) const NOW: i64 = 1_795_314_234;

/// One person's house.
pub(crate) struct House {
    pub(crate) store: checked::Checked,
    pub(crate) account: AccountId,
    pub(crate) limits: Limits,
}

impl House {
    pub(crate) fn new() -> House {
        let store = checked::Checked::new();
        let ann = Address::parse("ann@house.test").unwrap();
        let account = store
            .write(move |tx| tx.create_account(&ann, &Credentials::default(), NOW))
            .wait()
            .unwrap();
        House {
            store,
            account,
            limits: Limits::default(),
        }
    }

    /// Delivers a message with LF line ends here; its UID.
    pub(crate) fn deliver(&self, mailbox: &str, text: &str) -> Uid {
        self.deliver_octets(
            mailbox,
            text.replace('\n', "\r\n").as_bytes(),
            Flags::default(),
        )
    }

    pub(crate) fn deliver_octets(&self, mailbox: &str, octets: &[u8], flags: Flags) -> Uid {
        let into = self.mailbox(mailbox);
        let mut spool = self.store.spool();
        spool.write(octets).unwrap();
        let body = self.store.stage(spool).wait().unwrap();
        let mut parser = mail::Parser::new();
        parser.feed(octets);
        let message = parser.finish();
        let delivery = Delivery {
            body,
            head: record::head(&message, NOW, 60),
            record: record::render(&message),
            into: vec![(into, flags)],
            letters: Vec::new(),
        };
        self.store
            .write(move |tx| tx.deliver(&delivery))
            .wait()
            .unwrap()
            .uids[0]
    }

    /// Delivers `count` small messages, "Subject: n".
    pub(crate) fn fill(&self, mailbox: &str, count: u32) {
        for n in 1..=count {
            self.deliver(
                mailbox,
                &format!("From: bob@far.test\nSubject: {n}\n\nThis is {n}.\n"),
            );
        }
    }

    pub(crate) fn mailbox(&self, name: &str) -> MailboxId {
        self.store
            .read()
            .unwrap()
            .mailbox_by_name(self.account, name)
            .unwrap()
            .unwrap()
            .id
    }

    /// One more person.
    pub(crate) fn add(&self, address: &str) -> AccountId {
        let address = Address::parse(address).unwrap();
        self.store
            .write(move |tx| tx.create_account(&address, &Credentials::default(), NOW))
            .wait()
            .unwrap()
    }

    /// A client that has logged in; rev1 until it ENABLEs.
    pub(crate) fn client(&self) -> Client {
        self.client_of(self.account)
    }

    /// The same of another person.
    pub(crate) fn client_of(&self, account: AccountId) -> Client {
        let profile = Profile {
            hostname: "mail.house.test".into(),
            tls: Tls::Active(None),
            nonce_seed: [7; 32],
        };
        let store: Store = (*self.store).clone();
        let session = Session::new(
            store,
            profile,
            Arc::new(self.limits.clone()),
            Instant::now(),
        );
        let mut client = Client {
            session,
            account,
            pieces: Vec::new(),
            turns: 0,
            at_commit: None,
            writes: 0,
            tick: 0,
        };
        client.go_on();
        let said = client.say("a LOGIN ann@house.test secret");
        assert!(said.contains("a OK"), "{said}");
        client
    }

    /// A client that has selected a mailbox.
    pub(crate) fn selected(&self, mailbox: &str) -> Client {
        let mut client = self.client();
        let said = client.say(&format!("a SELECT {mailbox}"));
        assert!(said.contains("a OK [READ-WRITE]"), "{said}");
        client
    }
}

/// A client of a session, without a socket.
pub(crate) struct Client {
    session: Session,
    account: AccountId,
    /// lengths of the pieces in which the last answer came
    pub(crate) pieces: Vec<usize>,
    /// steps that the last answer took, of which each but the last asked for more
    pub(crate) turns: usize,
    /// told when the next commit is handed out
    pub(crate) at_commit: Option<std::sync::mpsc::Sender<()>>,
    /// commits that the last answer took
    pub(crate) writes: usize,
    /// seconds that pass with every step
    pub(crate) tick: i64,
}

impl Client {
    /// Sends a line, and gives all that comes back. LF stands for CRLF in both.
    pub(crate) fn say(&mut self, line: &str) -> String {
        let said = self.say_octets(format!("{line}\n").replace('\n', "\r\n").as_bytes());
        String::from_utf8_lossy(&said).replace("\r\n", "\n")
    }

    pub(crate) fn say_octets(&mut self, octets: &[u8]) -> Vec<u8> {
        self.session.feed(octets);
        self.go_on()
    }

    /// The account's mail has changed.
    pub(crate) fn wake(&mut self) -> String {
        self.session.woken();
        String::from_utf8(self.go_on())
            .unwrap()
            .replace("\r\n", "\n")
    }

    pub(crate) fn go_on(&mut self) -> Vec<u8> {
        let (mut said, mut out) = (Vec::new(), Vec::new());
        (self.pieces, self.turns, self.writes) = (Vec::new(), 0, 0);
        let mut now = Now {
            instant: Instant::now(),
            unix: NOW,
        };
        loop {
            now.unix += self.tick;
            let step = self.session.step(now, &mut out);
            self.turns += 1;
            if !out.is_empty() {
                self.pieces.push(out.len());
                said.append(&mut out);
            }
            match step {
                Step::Read | Step::Close => return said,
                Step::More => {}
                Step::Verify(_) => self
                    .session
                    .verified(Verified::Password(Some(self.account))),
                Step::Commit(pending) => {
                    self.writes += 1;
                    if let Some(told) = self.at_commit.take() {
                        told.send(()).unwrap();
                    }
                    self.session.committed(pending.wait());
                }
                Step::Compress => {
                    let packed = self.session.compression_begun();
                    self.session.feed(&packed);
                }
                Step::Uncompress => {}
                Step::StartTls | Step::Wait => panic!("{step:?}"),
            }
        }
    }
}

/// ann, who shares, and bob, with whom she does.
pub(crate) fn two() -> (House, Client, Client) {
    let house = House::new();
    let bob = house.add("bob@house.test");
    let ann = house.client();
    let bob = house.client_of(bob);
    (house, ann, bob)
}

/// What a command that is carried out has to say.
pub(crate) fn ok(client: &mut Client, line: &str) -> String {
    let said = client.say(&format!("t {line}"));
    assert!(
        said.lines()
            .last()
            .is_some_and(|last| last.starts_with("t OK")),
        "{line}: {said}"
    );
    said
}
