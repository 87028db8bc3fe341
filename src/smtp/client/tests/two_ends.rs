//! Our client against our server, in memory, on one clock: whole, octet by octet, and cut at every octet in either direction.

use super::super::*;
use super::player::{binding, brief, profile, relay, to};
use crate::server;
use sasl::{Question, ScramKeys};
use std::net::{IpAddr, Ipv4Addr};

/// The link between the two, and what the server kept.
struct Pair {
    client: Session,
    server: server::Session,
    now: Instant,
    mail: Option<(Transaction, Vec<u8>)>,
    /// What the client still has to give.
    pending: Vec<u8>,
    content: Vec<u8>,
    kept: Vec<(server::Envelope, Vec<u8>)>,
    outcomes: Vec<Outcome>,
    trouble: Option<Box<Trouble>>,
    /// Octets that may still pass, in both directions together.
    passes: usize,
    piece: usize,
    /// The server waits for the handshake.
    securing: bool,
}

struct Setting {
    client: Profile,
    kind: server::Kind,
    tls: server::Tls,
    mail: (Transaction, Vec<u8>),
    piece: usize,
}

fn setting(mail: (Transaction, Vec<u8>)) -> Setting {
    Setting {
        client: profile(TlsUse::Wanted),
        kind: server::Kind::World,
        tls: server::Tls::Available,
        mail,
        piece: usize::MAX,
    }
}

/// Runs until both ends rest or `passes` octets have gone over the line.
fn run(setting: &Setting, limits: &Limits, passes: usize) -> Pair {
    let now = Instant::now();
    let host = server::Profile {
        kind: setting.kind,
        hostname: "mx.x.test".to_owned(),
        tls: setting.tls.clone(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        nonce_seed: [1; 32],
        clock: None,
    };
    let mut pair = Pair {
        client: Session::new(setting.client.clone(), limits.clone(), now),
        server: server::Session::new(host, crate::Limits::default(), now),
        now,
        mail: Some(setting.mail.clone()),
        pending: Vec::new(),
        content: Vec::new(),
        kept: Vec::new(),
        outcomes: Vec::new(),
        trouble: None,
        passes,
        piece: setting.piece,
        securing: false,
    };
    pair.drive();
    pair
}

impl Pair {
    fn drive(&mut self) {
        let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
        let mut cut = false;
        loop {
            self.serve(&mut to_client);
            for piece in to_client.chunks(self.piece) {
                let passed = piece.get(..self.passes).unwrap_or(piece);
                self.passes -= passed.len();
                self.client.feed(passed);
                if passed.len() < piece.len() && !std::mem::replace(&mut cut, true) {
                    self.client.closed("cut");
                }
                if self.converse(&mut to_server) {
                    return;
                }
            }
            to_client.clear();
            if self.passes == 0 {
                self.client.closed("cut");
            }
            if self.converse(&mut to_server) {
                return;
            }
            let passed = to_server.get(..self.passes).unwrap_or(&to_server).to_vec();
            self.passes -= passed.len();
            if passed.len() < to_server.len() {
                self.client.closed("cut");
            }
            to_server.clear();
            if self.securing && passed.is_empty() {
                self.securing = false;
                self.server
                    .tls_started(Some(binding()), "TLSv1.3".to_owned());
                self.client
                    .tls_started(Some(binding()), "TLSv1.3".to_owned());
                continue;
            }
            for piece in passed.chunks(self.piece) {
                self.server.feed(piece);
                self.serve(&mut to_client);
            }
        }
    }

    /// The server's turn.
    fn serve(&mut self, out: &mut Vec<u8>) {
        while !self.securing {
            match self.server.step(self.now, out) {
                server::Step::Read | server::Step::Close => return,
                server::Step::StartTls => self.securing = true,
                server::Step::Flush => {}
                server::Step::Discard => self.content.clear(),
                server::Step::Sender(_) => self.server.sender(server::SenderVerdict::Own),
                server::Step::Recipient(query) => {
                    self.server.recipient(if query.address.local() == "nobody" {
                        server::RecipientVerdict::Unknown
                    } else {
                        server::RecipientVerdict::Accepted
                    });
                }
                server::Step::Verify(Question::Password { password, .. }) => {
                    let right = password.as_bytes() == b"wonder";
                    self.server.verified(if right {
                        server::Verdict::Right(1)
                    } else {
                        server::Verdict::Wrong
                    });
                }
                server::Step::Verify(Question::ScramKeys { .. }) => {
                    let keys = ScramKeys::derive("wonder", b"salt-salt-salt-s", 4096);
                    self.server.verified(server::Verdict::Keys(1, keys));
                }
                server::Step::Content(octets) => self.content.extend_from_slice(&octets),
                server::Step::Keep(envelope) => {
                    let content = std::mem::take(&mut self.content);
                    self.kept.push((envelope, content));
                    self.server.kept(Ok(()));
                }
            }
        }
    }

    /// The client's turn; true if it closed.
    fn converse(&mut self, out: &mut Vec<u8>) -> bool {
        loop {
            match self.client.step(self.now, out) {
                Step::Read | Step::StartTls => return false,
                Step::Flush => {}
                Step::Ready => match self.mail.take() {
                    Some((transaction, content)) => {
                        self.pending = content;
                        self.client.send(transaction);
                    }
                    None => self.client.quit(),
                },
                Step::Content { room } => {
                    if self.pending.is_empty() {
                        self.client.content_end();
                    } else {
                        let piece = room.min(self.piece).min(self.pending.len());
                        let rest = self.pending.split_off(piece);
                        let piece = std::mem::replace(&mut self.pending, rest);
                        self.client.content(&piece);
                    }
                }
                Step::Done(outcome) => self.outcomes.push(outcome),
                Step::Close(trouble) => {
                    self.trouble = trouble;
                    return true;
                }
            }
        }
    }
}

fn letter() -> (Transaction, Vec<u8>) {
    let content = b"Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n".to_vec();
    (to(&["bob@x.test", "nobody@x.test"]), content)
}

fn logged_in() -> Setting {
    Setting {
        client: relay(TlsUse::Required),
        kind: server::Kind::Submission,
        ..setting(letter())
    }
}

fn binary() -> Setting {
    let mut mail = letter();
    mail.0.body = BodyType::BinaryMime;
    mail.1 = b"Subject: x\r\n\r\na\0b\rc\nd".to_vec();
    setting(mail)
}

fn chunked() -> Limits {
    Limits {
        chunking_from: 0,
        chunk: 16,
        ..Limits::default()
    }
}

#[test]
fn delivered_in_any_pieces() {
    for piece in [usize::MAX, 1, 2, 3, 50] {
        for (setting, limits) in [
            (setting(letter()), Limits::default()),
            (setting(letter()), chunked()),
            (logged_in(), Limits::default()),
            (binary(), Limits::default()),
            (binary(), chunked()),
        ] {
            let setting = Setting { piece, ..setting };
            let pair = run(&setting, &limits, usize::MAX);
            let verdicts: Vec<String> = pair.outcomes[0].recipients.iter().map(brief).collect();
            assert_eq!(
                verdicts,
                [
                    "Delivered Message End dsn | 250 2.0.0 Message kept",
                    "Never Recipient Rcpt | 550 5.1.1 No such mailbox here"
                ]
            );
            assert_eq!(pair.trouble, None);
            let (envelope, content) = &pair.kept[0];
            assert_eq!(content, &setting.mail.1);
            assert_eq!(envelope.recipients.len(), 1);
            assert_eq!(pair.client.tls(), Some("TLSv1.3"));
            assert_eq!(envelope.account.is_some(), setting.client.login.is_some());
        }
    }
}

/// Wherever the line is cut: at most one copy; "delivered" only if it is kept, "later" for certain only if it is not, and between the two the client knows
/// that it does not know.
#[test]
fn cut_at_every_octet() {
    for (setting, limits) in [
        (setting(letter()), Limits::default()),
        (setting(letter()), chunked()),
        (logged_in(), Limits::default()),
    ] {
        let (mut delivered, mut unknown, mut lost) = (0, 0, 0);
        let all = 1_000_000 - run(&setting, &limits, 1_000_000).passes;
        for passes in 0..=all {
            let pair = run(&setting, &limits, passes);
            let verdict = pair.outcomes.first().map(|outcome| &outcome.recipients[0]);
            let kept = pair.kept.len();
            assert!(kept <= 1, "cut at {passes}");
            match verdict {
                None => assert!(kept == 0 && pair.trouble.is_some(), "cut at {passes}"),
                Some(verdict) if verdict.fate == Fate::Delivered => {
                    assert_eq!(kept, 1, "cut at {passes}");
                    delivered += 1;
                }
                Some(verdict) if verdict.answer_lost => {
                    assert_eq!(verdict.fate, Fate::Later);
                    unknown += 1;
                    lost += kept;
                }
                Some(verdict) => {
                    assert_eq!(
                        (verdict.fate, kept),
                        (Fate::Later, 0),
                        "cut at {passes}: {}",
                        verdict.words
                    );
                }
            }
        }
        assert!(
            delivered > 0 && unknown > 0 && lost > 0 && lost <= unknown,
            "{delivered} {unknown} {lost}"
        );
    }
}
