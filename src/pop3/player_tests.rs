//! Plays conversations to sessions over a store of their own. A script is made of lines:
//!
//! * `C: words` the client says this (`\r`, `\n` and `\0` may stand in it; a CRLF is added); `C2:` a second connection does;
//! * `S: words` the server's next line is exactly this; `S~ words` it begins with this; `S2:` likewise;
//! * `S: (nothing)` the server is silent and waits; `S: (closed)` it has closed; `S: (tls)` it starts TLS now;
//! * `T: 61` so many seconds pass; `X: 1 3` IMAP beside it expunges the messages with these UIDs; `-- words` a remark.
//!
//! At the end nothing that the server said may be left over.

use crate::{Limits, Profile, Session, Step, Tls, Verified};
use sasl::{ChannelBinding, Question, ScramKeys};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use store::{AccountId, Delivery, Flags, Head, MailboxId, Options, Read as _, Store};

/// The two people of every world.
pub(crate) const PEOPLE: [(&str, &str); 2] = [
    ("ann@example.org", "secret"),
    ("bob@example.org", "hümmer und sichel"),
];

pub(crate) const ONE: &[u8] = b"Subject: one\r\n\r\nbody\r\n";
pub(crate) const TWO: &[u8] = b"Subject: two\r\nFrom: a@b\r\n\r\n.\r\n..two\r\nlast\r\n";
pub(crate) const THREE: &[u8] = b"Subject: three\r\n";

/// Greeting and log-in of the first connection.
pub(crate) const LOG_IN: &str = "
    S: +OK pop.example.org POP3 server ready
    C: USER ann@example.org
    S: +OK now the password
    C: PASS secret
    S~ +OK maildrop has ";

/// Plays the rest of a session after log-in, fed whole and octet by octet, each in a world of its own.
#[track_caller]
pub(crate) fn after_log_in(messages: &[&[u8]], script: &str) {
    for octet_by_octet in [false, true] {
        let mut world = World::with_mail(messages);
        world.octet_by_octet = octet_by_octet;
        world.play(&format!("{LOG_IN}\n{script}"));
    }
}

/// Plays a whole session in a world with no mail.
#[track_caller]
pub(crate) fn before_log_in(tls: Tls, script: &str) {
    for octet_by_octet in [false, true] {
        let mut world = World::new();
        world.tls = tls.clone();
        world.octet_by_octet = octet_by_octet;
        world.play(script);
    }
}

/// A store, people with mail, and the connections that are open.
pub(crate) struct World {
    dir: PathBuf,
    store: Option<Store>,
    accounts: Vec<AccountId>,
    talks: BTreeMap<String, Talk>,
    pub(crate) now: Instant,
    pub(crate) limits: Limits,
    pub(crate) tls: Tls,
    pub(crate) cleartext_login: bool,
    /// The driver cannot say anything about log-ins.
    pub(crate) unavailable: bool,
    /// Feed octets one by one.
    pub(crate) octet_by_octet: bool,
    /// Questions asked so far.
    pub(crate) questions: u32,
}

struct Talk {
    session: Session,
    received: Vec<u8>,
    closed: bool,
    tls_wanted: bool,
}

impl World {
    pub(crate) fn new() -> World {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir =
            std::env::temp_dir().join(format!("pillarbox-pop3-{}-{count}", std::process::id()));
        let store = Store::open(
            &dir,
            Options {
                map_size: 1 << 30,
                ..Options::default()
            },
        )
        .unwrap();
        let create = |address: &str| {
            let address = mail::Address::parse(address).unwrap();
            store
                .write(move |tx| tx.create_account(&address, &store::Credentials::default(), 0))
                .wait()
                .unwrap()
        };
        World {
            accounts: PEOPLE.map(|(address, _)| create(address)).to_vec(),
            dir,
            store: Some(store),
            talks: BTreeMap::new(),
            now: Instant::now(),
            limits: Limits::default(),
            tls: Tls::Active(None),
            cleartext_login: false,
            unavailable: false,
            octet_by_octet: false,
            questions: 0,
        }
    }

    /// A world in which Ann has these messages.
    pub(crate) fn with_mail(messages: &[&[u8]]) -> World {
        let world = World::new();
        for message in messages {
            world.deliver(message);
        }
        world
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub(crate) fn inbox(&self) -> MailboxId {
        self.store()
            .read()
            .unwrap()
            .mailbox_by_name(self.accounts[0], "INBOX")
            .unwrap()
            .unwrap()
            .id
    }

    pub(crate) fn uid_validity(&self) -> u32 {
        self.store()
            .read()
            .unwrap()
            .counters(self.inbox())
            .unwrap()
            .uid_validity
    }

    /// The UIDs in Ann's INBOX.
    pub(crate) fn uids(&self) -> Vec<u32> {
        let mut uids = Vec::new();
        let read = self.store().read().unwrap();
        let mut each = |uid, _: &store::Entry| {
            uids.push(uid);
            true
        };
        read.entries(self.inbox(), 1..=u32::MAX, &mut each).unwrap();
        uids
    }

    pub(crate) fn deliver(&self, message: &[u8]) {
        let mut spool = self.store().spool();
        spool.write(message).unwrap();
        let body = self.store().stage(spool).wait().unwrap();
        let head = Head {
            received: 0,
            zone: 0,
            sent: 0,
            size: message.len().try_into().unwrap(),
        };
        let delivery = Delivery {
            body,
            head,
            record: Vec::new(),
            into: vec![(self.inbox(), Flags::default())],
            letters: Vec::new(),
        };
        self.store()
            .write(move |tx| tx.deliver(&delivery))
            .wait()
            .unwrap();
    }

    pub(crate) fn expunge(&self, uids: &[u32]) {
        let (inbox, uids) = (self.inbox(), uids.to_vec());
        self.store()
            .write(move |tx| tx.expunge(inbox, &uids))
            .wait()
            .unwrap();
    }

    /// A session as the world's settings want it.
    pub(crate) fn session(&self) -> Session {
        let profile = Profile {
            hostname: "pop.example.org".into(),
            tls: self.tls.clone(),
            cleartext_login: self.cleartext_login,
            seed: [7; 32],
        };
        Session::new(self.store().clone(), profile, self.limits.clone(), self.now)
    }

    /// Plays a script; a connection begins with its first line and lasts until the next script.
    #[track_caller]
    pub(crate) fn play(&mut self, script: &str) {
        self.talks.clear();
        self.go_on(script);
        for (name, talk) in &self.talks {
            let left = String::from_utf8_lossy(&talk.received);
            assert!(
                left.is_empty(),
                "the server said more on connection {name:?}: {left}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn go_on(&mut self, script: &str) {
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("--"))
        {
            let (head, words) = line.split_once(' ').unwrap_or((line, ""));
            let connection = head
                .trim_start_matches(['C', 'S'])
                .trim_end_matches([':', '~'])
                .to_owned();
            match head.chars().next().unwrap() {
                'T' => {
                    self.now += Duration::from_secs(words.parse().unwrap());
                    let names: Vec<String> = self.talks.keys().cloned().collect();
                    names.iter().for_each(|name| self.pump(name));
                }
                'X' => self.expunge(
                    &words
                        .split(' ')
                        .map(|uid| uid.parse().unwrap())
                        .collect::<Vec<_>>(),
                ),
                'C' => self.say(&connection, &(unescape(words) + "\r\n")),
                'S' => self.hear(&connection, words, head.ends_with('~'), line),
                _ => panic!("not a script line: {line}"),
            }
        }
    }

    fn talk(&mut self, name: &str) -> &mut Talk {
        if !self.talks.contains_key(name) {
            let session = self.session();
            let talk = Talk {
                session,
                received: Vec::new(),
                closed: false,
                tls_wanted: false,
            };
            self.talks.insert(name.to_owned(), talk);
            self.pump(name);
        }
        self.talks.get_mut(name).unwrap()
    }

    fn say(&mut self, name: &str, words: &str) {
        let size = if self.octet_by_octet { 1 } else { words.len() };
        for piece in words.as_bytes().chunks(size) {
            self.talk(name).session.feed(piece);
            self.pump(name);
        }
    }

    #[track_caller]
    fn hear(&mut self, name: &str, words: &str, prefix: bool, line: &str) {
        let now = self.now;
        let talk = self.talk(name);
        let state = (talk.received.is_empty(), talk.closed);
        match words {
            "(nothing)" => assert_eq!(state, (true, false), "{line}"),
            "(closed)" => assert_eq!(
                state,
                (true, true),
                "{line}: {:?}",
                String::from_utf8_lossy(&talk.received)
            ),
            "(tls)" => {
                assert!(talk.tls_wanted && talk.received.is_empty(), "{line}");
                talk.tls_wanted = false;
                talk.session.tls_started(Some(binding()));
                self.pump(name);
            }
            _ => {
                let end = talk.received.windows(2).position(|two| two == b"\r\n");
                let end = end.unwrap_or_else(|| {
                    panic!("{line}\nbut the server says nothing more ({now:?})")
                });
                let said: Vec<u8> = talk.received.drain(..end + 2).collect();
                let said = String::from_utf8_lossy(&said[..end]).into_owned();
                let fits = if prefix {
                    said.starts_with(words)
                } else {
                    said == unescape(words)
                };
                assert!(fits, "{line}\nbut the server says\n{said}");
            }
        }
    }

    /// The next line that the server said on the first connection.
    pub(crate) fn take_line(&mut self) -> String {
        let received = &mut self.talk("").received;
        let end = received.windows(2).position(|two| two == b"\r\n").unwrap();
        String::from_utf8(received.drain(..end + 2).take(end).collect()).unwrap()
    }

    /// Everything that it said.
    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.talk("").received)
    }

    /// Steps a session until it waits for the client.
    fn pump(&mut self, name: &str) {
        let mut out = Vec::new();
        loop {
            let (now, piece) = (self.now, self.limits.piece);
            let talk = self.talks.get_mut(name).unwrap();
            if talk.closed || talk.tls_wanted {
                return;
            }
            let step = talk.session.step(now, &mut out);
            assert!(out.len() < piece + 8192, "a piece of {} octets", out.len());
            talk.received.append(&mut out);
            match step {
                Step::Read => return,
                Step::More => {}
                Step::Close => talk.closed = true,
                Step::StartTls => talk.tls_wanted = true,
                Step::Commit(pending) => {
                    let said = String::from_utf8_lossy(&talk.received).contains("signing off");
                    assert!(!said, "QUIT is answered after the commit");
                    let committed = pending.wait();
                    talk.session.committed(committed);
                }
                Step::Verify(question) => {
                    let verified = self.judge(&question);
                    self.talks.get_mut(name).unwrap().session.verified(verified);
                }
            }
        }
    }

    fn judge(&mut self, question: &Question) -> Verified {
        self.questions += 1;
        let account = |user: &str| PEOPLE.iter().position(|(name, _)| *name == user);
        match question {
            _ if self.unavailable => Verified::Unavailable,
            Question::Password {
                authzid,
                user,
                password,
            } => match account(user) {
                Some(at) if authzid.is_empty() && password.as_str() == Some(PEOPLE[at].1) => {
                    Verified::Account(self.accounts[at])
                }
                _ => Verified::Wrong,
            },
            Question::ScramKeys { authzid, user } => match account(user) {
                Some(at) if authzid.is_empty() => Verified::Keys(
                    self.accounts[at],
                    ScramKeys::derive(PEOPLE[at].1, b"0123456789abcdef", 4096),
                ),
                Some(_) => Verified::Wrong,
                None => Verified::Decoy(ScramKeys::decoy(b"seed", user, 4096)),
            },
        }
    }
}

/// What the connections of a world can be bound to.
pub(crate) fn binding() -> ChannelBinding {
    ChannelBinding {
        tls_exporter: Some([5; 32]),
        tls_server_end_point: None,
    }
}

fn unescape(words: &str) -> String {
    words
        .replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\0", "\0")
}

impl Drop for World {
    fn drop(&mut self) {
        self.talks.clear();
        if let Some(store) = self.store.take().filter(|_| !std::thread::panicking()) {
            assert_eq!(store.check().unwrap(), Vec::<String>::new());
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
