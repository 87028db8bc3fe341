//! Plays a dialogue against a session in a small scripted world.
//!
//! `C:` is a line from the client, `R:` raw octets from it (with `\r`, `\n`, `\0`, `\\`, and no CRLF of their own), `S:` a line from the server (`...` at its end
//! matches any rest), `TLS` the handshake, `CLOSED` the end.

use super::super::*;
use sasl::{Question, ScramKeys};
use std::net::{IpAddr, Ipv4Addr};

/// What the world is like, and what became of it.
pub(super) struct World {
    pub(super) kept: Vec<(Envelope, Vec<u8>)>,
    pub(super) discards: usize,
    pub(super) queries: Vec<RecipientQuery>,
    content: Vec<u8>,
    pub(super) keep_reply: Option<Reply>,
    /// Of the last message kept. It tells in what pieces a client spoke, so the envelopes in `kept` are without it.
    pub(super) haste: Haste,
}

impl World {
    fn new() -> World {
        World {
            kept: Vec::new(),
            discards: 0,
            queries: Vec::new(),
            content: Vec::new(),
            keep_reply: None,
            haste: Haste::default(),
        }
    }
}

/// People: name, password, account.
const PEOPLE: [(&str, &str, u32); 2] = [
    ("alice@example.org", "wonder", 1),
    ("bob@example.org", "builder", 2),
];

/// Addresses that get mail here.
const KNOWN: [&str; 9] = [
    "alice@example.org",
    "bob@example.org",
    "jones@foo.com",
    "brown@foo.com",
    "jones@xyz.com",
    "ned@innosoft.com",
    "susan@random.com",
    "postmaster@box.example",
    "ü@example.org",
];

pub(super) fn channel_binding() -> ChannelBinding {
    ChannelBinding {
        tls_exporter: Some([7; 32]),
        tls_server_end_point: None,
    }
}

pub(super) fn active() -> Tls {
    Tls::Active {
        channel_binding: Some(channel_binding()),
        description: "TLSv1.3".to_owned(),
    }
}

pub(super) fn profile(kind: Kind, tls: Tls) -> Profile {
    Profile {
        kind,
        hostname: "box.example".to_owned(),
        tls,
        peer: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        nonce_seed: [1; 32],
        clock: Some(1_795_329_000),
    }
}

/// One session with its world and a clock that stands still until moved.
pub(super) struct Stage {
    pub(super) session: Session,
    pub(super) world: World,
    pub(super) now: Instant,
    pub(super) out: Vec<u8>,
    pub(super) closed: bool,
    /// The session asked for TLS.
    pub(super) securing: bool,
    /// Replies of one flush each.
    pub(super) flushes: usize,
}

impl Stage {
    pub(super) fn new(profile: Profile, limits: Limits) -> Stage {
        let now = Instant::now();
        let session = Session::new(profile, limits, now);
        let mut stage = Stage {
            session,
            world: World::new(),
            now,
            out: Vec::new(),
            closed: false,
            securing: false,
            flushes: 0,
        };
        stage.run();
        stage
    }

    pub(super) fn feed(&mut self, octets: &[u8]) {
        if !self.closed && !octets.is_empty() {
            self.session.feed(octets);
            self.run();
        }
    }

    /// Steps and answers until the session waits for octets, TLS, or nothing.
    pub(super) fn run(&mut self) {
        loop {
            match self.session.step(self.now, &mut self.out) {
                Step::Read => {
                    self.flushes += 1;
                    return;
                }
                Step::Flush => {}
                Step::StartTls => {
                    self.securing = true;
                    return;
                }
                Step::Close => {
                    self.closed = true;
                    return;
                }
                Step::Verify(question) => self.session.verified(judge(question)),
                Step::Sender(address) => {
                    let own = PEOPLE.iter().any(|(name, _, account)| {
                        self.session.account() == Some(*account)
                            && address.fold().to_string() == *name
                    });
                    self.session.sender(if own {
                        SenderVerdict::Own
                    } else {
                        SenderVerdict::Foreign
                    });
                }
                Step::Recipient(query) => {
                    let known = KNOWN.contains(&query.address.fold().to_string().as_str());
                    let verdict = match (known, query.account) {
                        (true, _) => RecipientVerdict::Accepted,
                        (false, None) => RecipientVerdict::Unknown,
                        (false, Some(_)) => RecipientVerdict::Refused(Reply::new(
                            550,
                            (5, 7, 1),
                            "Sending is not built yet",
                        )),
                    };
                    self.world.queries.push(query);
                    self.session.recipient(verdict);
                }
                Step::Content(octets) => {
                    assert!(!octets.is_empty());
                    self.world.content.extend_from_slice(&octets);
                }
                Step::Discard => {
                    self.world.discards += 1;
                    self.world.content.clear();
                }
                Step::Keep(mut envelope) => {
                    self.world.haste = std::mem::take(&mut envelope.haste);
                    let content = std::mem::take(&mut self.world.content);
                    assert_eq!(envelope.octets, content.len() as u64);
                    assert!(!envelope.recipients.is_empty());
                    match self.world.keep_reply.clone() {
                        Some(reply) => self.session.kept(Err(reply)),
                        None => {
                            self.world.kept.push((envelope, content));
                            self.session.kept(Ok(()));
                        }
                    }
                }
            }
        }
    }

    pub(super) fn start_tls(&mut self) {
        assert!(std::mem::take(&mut self.securing), "no STARTTLS");
        self.session
            .tls_started(Some(channel_binding()), "TLSv1.3".to_owned());
        self.run();
    }

    /// What was said so far, taken.
    pub(super) fn said(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.out)).unwrap()
    }
}

fn judge(question: Question) -> Verdict {
    let find = |user: &str| PEOPLE.into_iter().find(|(name, ..)| *name == user);
    match question {
        Question::Password {
            authzid,
            user,
            password,
        } => match find(&user) {
            Some((name, right, account))
                if password.as_bytes() == right.as_bytes()
                    && (authzid.is_empty() || authzid == name) =>
            {
                Verdict::Right(account)
            }
            _ => Verdict::Wrong,
        },
        Question::ScramKeys { user, .. } => match find(&user) {
            Some((_, password, account)) => Verdict::Keys(
                account,
                ScramKeys::derive(password, b"salt-salt-salt-s", 4096),
            ),
            None => Verdict::Decoy(None),
        },
    }
}

/// One line of a dialogue.
enum Cue {
    Client(Vec<u8>),
    Server(String),
    Tls,
    Closed,
}

fn cues(script: &str) -> Vec<Cue> {
    script
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_at_checked(2) {
            Some(("C:", text)) => {
                Cue::Client(format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).into_bytes())
            }
            Some(("R:", text)) => Cue::Client(raw(text.strip_prefix(' ').unwrap_or(text))),
            Some(("S:", text)) => Cue::Server(text.strip_prefix(' ').unwrap_or(text).to_owned()),
            _ if line.trim_end() == "TLS" => Cue::Tls,
            _ if line.trim_end() == "CLOSED" => Cue::Closed,
            _ => panic!("no cue: {line}"),
        })
        .collect()
}

fn raw(text: &str) -> Vec<u8> {
    let text = text
        .replace("\\\\", "\u{1}")
        .replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\0", "\0");
    text.replace('\u{1}', "\\").into_bytes()
}

/// How octets are cut on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A line at a time, waiting for the answers.
    Lines,
    /// An octet at a time.
    Octets,
    /// Everything up to the next handshake at once.
    Blob,
}

/// Plays the dialogue in all three ways; the world must end alike. Returns it.
pub(super) fn play(profile: &Profile, limits: &Limits, script: &str) -> World {
    let worlds =
        [Cut::Lines, Cut::Octets, Cut::Blob].map(|cut| play_cut(profile, limits, script, cut));
    let [lines, octets, blob] = worlds;
    assert_eq!(lines.kept, octets.kept, "kept, octet by octet");
    assert_eq!(lines.kept, blob.kept, "kept, as a blob");
    lines
}

pub(super) fn play_cut(profile: &Profile, limits: &Limits, script: &str, cut: Cut) -> World {
    let mut stage = Stage::new(profile.clone(), limits.clone());
    let cues = cues(script);
    let mut expected: Vec<&str> = Vec::new();
    let mut held: Vec<u8> = Vec::new();
    let mut closes = false;
    for (at, cue) in cues.iter().enumerate() {
        match cue {
            Cue::Client(octets) => match cut {
                Cut::Lines => {
                    check(
                        &mut stage,
                        &mut expected,
                        &format!("before cue {at}, {cut:?}"),
                    );
                    stage.feed(octets);
                }
                Cut::Octets => octets.chunks(1).for_each(|octet| stage.feed(octet)),
                Cut::Blob => held.extend_from_slice(octets),
            },
            Cue::Server(text) => expected.push(text),
            Cue::Tls => {
                stage.feed(&std::mem::take(&mut held));
                check(&mut stage, &mut expected, &format!("before TLS, {cut:?}"));
                stage.start_tls();
            }
            Cue::Closed => closes = true,
        }
    }
    stage.feed(&held);
    check(&mut stage, &mut expected, &format!("at the end, {cut:?}"));
    assert_eq!(stage.closed, closes, "closed at the end, {cut:?}");
    stage.world
}

fn check(stage: &mut Stage, expected: &mut Vec<&str>, place: &str) {
    let said = stage.said();
    assert!(said.is_empty() || said.ends_with("\r\n"));
    let said: Vec<&str> = said.split_terminator("\r\n").collect();
    let alike = said.len() == expected.len()
        && said.iter().zip(expected.iter()).all(|(said, expected)| {
            match expected.strip_suffix("...") {
                Some(start) => said.starts_with(start),
                None => said == expected,
            }
        });
    assert!(
        alike,
        "{place}\nexpected:\n  {}\nsaid:\n  {}",
        expected.join("\n  "),
        said.join("\n  ")
    );
    expected.clear();
}

pub(super) fn world(script: &str) -> World {
    play(&profile(Kind::World, Tls::None), &Limits::default(), script)
}

pub(super) fn submission(script: &str) -> World {
    play(
        &profile(Kind::Submission, active()),
        &Limits::default(),
        script,
    )
}

pub(super) fn addresses(envelope: &Envelope) -> Vec<String> {
    envelope
        .recipients
        .iter()
        .map(|recipient| recipient.address.to_string())
        .collect()
}
