//! A house with one person and clients that talk to it without sockets: `C:` lines go in (whole or in pieces), `S:` lines must come out.
#![allow(clippy::string_slice, reason = "a test knows its text")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sasl::{ChannelBinding, Question, ScramKeys};
use store::{AccountId, Credentials, Options, Read, Store};

use crate::{Limits, Now, Profile, Session, Step, Tls, Verified};

pub(super) const ADDRESS: &str = "ann@house.test";
pub(super) const PASSWORD: &str = "ann pass";

/// A store in a folder of its own, checked when it is done with.
pub(super) struct House {
    pub(super) store: Store,
    pub(super) ann: AccountId,
    folder: PathBuf,
}

impl House {
    pub(super) fn new() -> House {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "imap-session-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        let store = Store::open(
            &folder,
            Options {
                map_size: 1 << 28,
                ..Options::default()
            },
        )
        .unwrap();
        let address = mail::Address::parse(ADDRESS).unwrap();
        let ann = store
            .write(move |tx| tx.create_account(&address, &Credentials::default(), 0))
            .wait()
            .unwrap();
        House { store, ann, folder }
    }

    /// The octets of the INBOX's message with this UID.
    pub(super) fn body(&self, uid: u32) -> Vec<u8> {
        let tx = self.store.read().unwrap();
        let inbox = tx.mailbox_by_name(self.ann, "INBOX").unwrap().unwrap().id;
        let gid = tx.entry(inbox, uid).unwrap().unwrap().gid;
        let mut body = Vec::new();
        loop {
            let piece = tx.body(gid, body.len() as u64).unwrap();
            if piece.is_empty() {
                return body;
            }
            body.extend_from_slice(piece);
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.store.check().unwrap(), Vec::<String>::new());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A connection to the house.
pub(super) struct Client<'h> {
    house: &'h House,
    pub(super) session: Session,
    /// octets fed at a time
    pub(super) piece: usize,
    start: Instant,
    pub(super) elapsed: Duration,
    /// the most octets that one step made
    pub(super) largest: usize,
    pub(super) closed: bool,
    pub(super) wants_tls: bool,
    pub(super) busy: bool,
    unread: Vec<u8>,
}

impl<'h> Client<'h> {
    pub(super) fn new(house: &'h House, tls: Tls) -> Client<'h> {
        Client::limited(house, tls, Limits::default())
    }

    pub(super) fn limited(house: &'h House, tls: Tls, limits: Limits) -> Client<'h> {
        let start = Instant::now();
        let profile = Profile {
            hostname: Arc::from("mail.house.test"),
            tls,
            nonce_seed: [7; 32],
        };
        Client {
            house,
            session: Session::new(house.store.clone(), profile, limits, start),
            piece: usize::MAX,
            start,
            elapsed: Duration::ZERO,
            largest: 0,
            closed: false,
            wants_tls: false,
            busy: false,
            unread: Vec::new(),
        }
    }

    /// Greeted and logged in.
    pub(super) fn known(house: &'h House) -> Client<'h> {
        let mut client = Client::new(house, Tls::Active(None));
        client.play(&format!(
            "S: * OK …\nC: l LOGIN {ADDRESS} \"{PASSWORD}\"\nS: l OK [CAPABILITY …"
        ));
        client
    }

    /// And with the INBOX selected.
    pub(super) fn open(house: &'h House) -> Client<'h> {
        let mut client = Client::known(house);
        client.play("C: s SELECT INBOX\nS~: s OK [READ-WRITE] …");
        client
    }

    /// Steps until the session waits for octets; what it said.
    pub(super) fn run(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        loop {
            let now = Now {
                instant: self.start + self.elapsed,
                unix: 1_700_000_000 + self.elapsed.as_secs() as i64,
            };
            let mut out = Vec::new();
            let step = self.session.step(now, &mut out);
            self.largest = self.largest.max(out.len());
            said.append(&mut out);
            match step {
                Step::Read => return said,
                Step::More => {}
                Step::Close => {
                    self.closed = true;
                    return said;
                }
                Step::StartTls => {
                    self.wants_tls = true;
                    return said;
                }
                // Nothing is packed here, by either end.
                Step::Compress => {
                    let packed = self.session.compression_begun();
                    self.session.feed(&packed);
                }
                Step::Uncompress => {}
                Step::Verify(_) if self.busy => self.session.verified(Verified::TryLater),
                Step::Verify(question) => self.session.verified(answer(self.house.ann, &question)),
                Step::Commit(pending) => self.session.committed(pending.wait()),
                Step::Wait => panic!("the session waits for an answer that it was given"),
            }
        }
    }

    /// Feeds octets and gives what is said to them.
    pub(super) fn send(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut said = self.run();
        for piece in octets.chunks(self.piece) {
            if self.closed {
                break;
            }
            self.session.feed(piece);
            said.extend(self.run());
        }
        said
    }

    pub(super) fn say(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.send(text.as_bytes())).into_owned()
    }

    /// Plays a script of lines: `C:` is sent with CRLF, `C~:` with `\r` and `\n` spelled out, `S:` is the next line (… is anything), `S~:` some later line,
    /// `S: <nothing>` that nothing more was said, `S: <close>` the end.
    pub(super) fn play(&mut self, script: &str) {
        for line in script.lines() {
            let line = line.trim_start();
            if let Some(text) = line.strip_prefix("C:") {
                let said =
                    self.send(format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).as_bytes());
                self.unread.extend(said);
            } else if let Some(text) = line.strip_prefix("C~: ") {
                let said = self.send(text.replace("\\r", "\r").replace("\\n", "\n").as_bytes());
                self.unread.extend(said);
            } else if line == "S: <close>" {
                self.gather();
                assert!(
                    self.closed && self.unread.is_empty(),
                    "{}",
                    String::from_utf8_lossy(&self.unread)
                );
            } else if line == "S: <nothing>" {
                self.gather();
                assert_eq!(String::from_utf8_lossy(&self.unread), "");
            } else if let Some(wanted) = line.strip_prefix("S: ") {
                let said = self.line();
                assert!(
                    fits(wanted, &said),
                    "wanted {wanted:?}, heard {said:?} in\n{script}"
                );
            } else if let Some(wanted) = line.strip_prefix("S~: ") {
                let mut passed = String::new();
                loop {
                    let said = self.line();
                    if fits(wanted, &said) {
                        break;
                    }
                    passed.push_str(&said);
                    passed.push('\n');
                    assert!(
                        !self.unread.is_empty(),
                        "wanted {wanted:?}, heard\n{passed} in\n{script}"
                    );
                }
            } else {
                assert!(line.is_empty() || line.starts_with('#'), "{line}");
            }
        }
    }

    fn gather(&mut self) {
        if !self.closed {
            let said = self.run();
            self.unread.extend(said);
        }
    }

    fn line(&mut self) -> String {
        if self.unread.is_empty() {
            self.gather();
        }
        let end = self
            .unread
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .unwrap_or(self.unread.len());
        let line = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        self.unread.drain(..(end + 2).min(self.unread.len()));
        line
    }
}

/// Whether a line is what was wanted, where … is anything.
fn fits(wanted: &str, said: &str) -> bool {
    let mut pieces = wanted.split('…');
    let Some(mut rest) = said.strip_prefix(pieces.next().unwrap()) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn answer(ann: AccountId, question: &Question) -> Verified {
    match question {
        Question::Password {
            authzid,
            user,
            password,
        } => {
            let right = user == ADDRESS
                && password.as_str() == Some(PASSWORD)
                && (authzid.is_empty() || authzid == user);
            Verified::Password(right.then_some(ann))
        }
        Question::ScramKeys { user, .. } if user == ADDRESS => Verified::Scram(Some((
            ann,
            ScramKeys::derive(PASSWORD, b"salt of the house", 4096),
        ))),
        Question::ScramKeys { user, .. } => {
            Verified::Decoy(ScramKeys::decoy(b"secret", user, 4096))
        }
    }
}

/// What SCRAM-SHA-256-PLUS can be bound to.
pub(super) fn binding() -> ChannelBinding {
    ChannelBinding {
        tls_exporter: Some([9; 32]),
        tls_server_end_point: None,
    }
}
