//! Plays a server's part against a session.
//!
//! `S:` is a line from the server, `R:` raw octets from it (with `\r`, `\n`, `\0`), `C:` a line that the client must have said (`...` at its end
//! matches any rest), `WAIT` seconds that pass, `CLOSE` the server hangs up, `TLS` the handshake succeeds, `NOTLS` it fails, `CLOSED` the client must have closed.

use super::super::*;
use mail::Address;
use sasl::Secret;

/// What the driver has to do, and what came of it.
pub(super) struct Play {
    pub(super) session: Session,
    pub(super) now: Instant,
    pub(super) mail: Vec<(Transaction, Vec<u8>)>,
    content: Option<Vec<u8>>,
    pub(super) piece: usize,
    pub(super) out: Vec<u8>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) trouble: Option<Box<Trouble>>,
    pub(super) closed: bool,
    pub(super) securing: bool,
    pub(super) steps: Vec<&'static str>,
}

pub(super) fn profile(tls: TlsUse) -> Profile {
    Profile {
        hostname: "box.example".to_owned(),
        tls,
        login: None,
        hello: Hello::Ehlo,
        nonce_seed: [3; 32],
    }
}

pub(super) fn binding() -> ChannelBinding {
    ChannelBinding {
        tls_exporter: Some([7; 32]),
        tls_server_end_point: None,
    }
}

pub(super) fn active() -> TlsUse {
    TlsUse::Active {
        channel_binding: Some(binding()),
        description: "TLSv1.3".to_owned(),
    }
}

pub(super) fn relay(tls: TlsUse) -> Profile {
    Profile {
        login: Some(Login {
            user: "alice@example.org".to_owned(),
            password: Secret::from("wonder"),
        }),
        ..profile(tls)
    }
}

pub(super) fn to(recipients: &[&str]) -> Transaction {
    Transaction {
        reverse_path: Some(Address::parse("ann@house.test").unwrap()),
        recipients: recipients
            .iter()
            .map(|recipient| ClientRecipient {
                address: Address::parse(recipient).unwrap(),
                orcpt: None,
                notify: None,
            })
            .collect(),
        size: 5,
        ..Transaction::default()
    }
}

impl Play {
    pub(super) fn new(profile: Profile, limits: Limits, mail: &[(Transaction, Vec<u8>)]) -> Play {
        let now = Instant::now();
        let mut mail = mail.to_vec();
        mail.reverse();
        let mut stage = Play {
            session: Session::new(profile, limits, now),
            now,
            mail,
            content: None,
            piece: ROOM,
            out: Vec::new(),
            outcomes: Vec::new(),
            trouble: None,
            closed: false,
            securing: false,
            steps: Vec::new(),
        };
        stage.run();
        stage
    }

    pub(super) fn feed(&mut self, octets: &[u8]) {
        if !self.closed {
            self.session.feed(octets);
            self.run();
        }
    }

    pub(super) fn run(&mut self) {
        for _ in 0..100_000 {
            let step = self.session.step(self.now, &mut self.out);
            let name = match &step {
                Step::Read => "Read",
                Step::Flush => "Flush",
                Step::StartTls => "StartTls",
                Step::Ready => "Ready",
                Step::Content { .. } => "Content",
                Step::Done(_) => "Done",
                Step::Close(_) => "Close",
            };
            if self.steps.last() != Some(&name) {
                self.steps.push(name);
            }
            match step {
                Step::Read => return,
                Step::Flush => {}
                Step::StartTls => {
                    self.securing = true;
                    return;
                }
                Step::Ready => match self.mail.pop() {
                    Some((transaction, content)) => {
                        self.content = Some(content);
                        self.session.send(transaction);
                    }
                    None => self.session.quit(),
                },
                Step::Content { room } => {
                    assert!(room > 0);
                    match &mut self.content {
                        Some(content) if !content.is_empty() => {
                            let piece = room.min(self.piece).min(content.len());
                            let rest = content.split_off(piece);
                            let piece = std::mem::replace(content, rest);
                            self.session.content(&piece);
                        }
                        _ => self.session.content_end(),
                    }
                }
                Step::Done(outcome) => self.outcomes.push(outcome),
                Step::Close(trouble) => {
                    self.closed = true;
                    self.trouble = trouble;
                    return;
                }
            }
        }
        panic!("it never rests");
    }

    /// The next line that the client said.
    fn line(&mut self) -> Option<String> {
        let end = self.out.windows(2).position(|two| two == b"\r\n")?;
        let line: Vec<u8> = self.out.drain(..end + 2).collect();
        Some(String::from_utf8_lossy(&line[..end]).into_owned())
    }
}

/// What became of a script.
#[derive(Debug, PartialEq)]
pub(super) struct End {
    pub(super) verdicts: Vec<String>,
    pub(super) trouble: Option<String>,
}

/// `Later Session Rcpt | words`, and what else is the case.
pub(super) fn brief(verdict: &Verdict) -> String {
    let mut brief = format!("{:?} {:?} {:?}", verdict.fate, verdict.scope, verdict.stage);
    for (is, name) in [
        (verdict.answer_lost, " lost"),
        (verdict.again_now, " again"),
        (verdict.relayed_dsn, " dsn"),
    ] {
        if is {
            brief.push_str(name);
        }
    }
    assert!(verdict.words.len() <= WORDS && !verdict.words.is_empty());
    assert!(!verdict.words.chars().any(char::is_control));
    format!("{brief} | {}", verdict.words)
}

/// Plays the script in both ways; they must end alike.
pub(super) fn play(profile: &Profile, mail: &[(Transaction, Vec<u8>)], script: &str) -> End {
    play_with(profile, &Limits::default(), mail, script)
}

pub(super) fn play_with(
    profile: &Profile,
    limits: &Limits,
    mail: &[(Transaction, Vec<u8>)],
    script: &str,
) -> End {
    let lines = play_cut(profile, limits, mail, script, usize::MAX);
    let octets = play_cut(profile, limits, mail, script, 1);
    assert_eq!(lines, octets, "line by line and octet by octet");
    lines
}

fn play_cut(
    profile: &Profile,
    limits: &Limits,
    mail: &[(Transaction, Vec<u8>)],
    script: &str,
    cut: usize,
) -> End {
    let mut stage = Play::new(profile.clone(), limits.clone(), mail);
    stage.piece = cut;
    for cue in script
        .lines()
        .map(str::trim_start)
        .filter(|cue| !cue.is_empty())
    {
        let (verb, text) = cue.split_once(' ').unwrap_or((cue, ""));
        match verb {
            "S:" => {
                for piece in format!("{text}\r\n").as_bytes().chunks(cut) {
                    stage.feed(piece);
                }
            }
            "R:" => {
                let raw = text
                    .replace("\\r", "\r")
                    .replace("\\n", "\n")
                    .replace("\\0", "\0");
                stage.feed(raw.as_bytes());
            }
            "C:" => {
                let line = stage.line().unwrap_or_else(|| {
                    panic!(
                        "expected \"{text}\", but nothing was said; {:?}",
                        stage.steps
                    )
                });
                let alike = match text.strip_suffix("...") {
                    Some(start) => line.starts_with(start),
                    None => line == text,
                };
                assert!(alike, "expected \"{text}\", said \"{line}\"");
            }
            "WAIT" => {
                stage.now += Duration::from_secs(text.parse().unwrap());
                stage.run();
            }
            "CLOSE" => {
                stage.session.closed(text);
                stage.run();
            }
            "TLS" => {
                assert!(std::mem::take(&mut stage.securing), "no STARTTLS");
                stage
                    .session
                    .tls_started(Some(binding()), "TLSv1.3".to_owned());
                stage.run();
            }
            "NOTLS" => {
                assert!(std::mem::take(&mut stage.securing), "no STARTTLS");
                stage.session.tls_failed(text);
                stage.run();
            }
            "CLOSED" => assert!(stage.closed, "still open: {:?}", stage.session),
            _ => panic!("no cue: {cue}"),
        }
    }
    let said = String::from_utf8_lossy(&stage.out).into_owned();
    assert_eq!(said, "", "said and not expected");
    End {
        verdicts: stage
            .outcomes
            .iter()
            .flat_map(|outcome| outcome.recipients.iter().map(brief))
            .collect(),
        trouble: stage.trouble.as_deref().map(brief),
    }
}

/// One message `Hi` to these, to an MX without TLS.
pub(super) fn hi(recipients: &[&str], script: &str) -> End {
    let mail = [(to(recipients), b"Hi\r\n".to_vec())];
    play(&profile(TlsUse::Wanted), &mail, script)
}
