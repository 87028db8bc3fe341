//! Whatever a server answers, our client ends with one verdict a recipient, has said lines only, and hears the same however the answers are cut.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use mail::Address;
use sasl::Secret;
use smtp::client::{
    BodyType, ClientRecipient, Fate, Hello, Limits, Login, Outcome, Profile, Session, Step, TlsUse,
    Transaction, Trouble, Verdict, WORDS,
};

/// Lines that end in every way, and one that is too long.
const LETTER: &[u8] = b"Subject: x\r\n\r\n.\r\n.\nMAIL FROM:<evil@b.test>\r.\r\n\0.\r\nend";

fuzz_target!(|input: &[u8]| {
    let Some((first, answers)) = input.split_first() else {
        return;
    };
    let lines = converse(*first, answers.split_inclusive(|octet| *octet == b'\n'));
    let octets = converse(*first, answers.chunks(1));
    assert_eq!(lines, octets);
    // What comes too early is judged otherwise, but judged.
    converse(*first, fuzz::pieces(answers));
});

#[derive(Debug, PartialEq)]
struct Talk {
    said: Vec<u8>,
    outcomes: Vec<Outcome>,
    trouble: Option<Box<Trouble>>,
}

fn converse<'a>(first: u8, mut answers: impl Iterator<Item = &'a [u8]>) -> Talk {
    let now = Instant::now();
    let tls = match first % 4 {
        0 => TlsUse::Wanted,
        1 => TlsUse::Required,
        2 => TlsUse::Never,
        _ => TlsUse::Active {
            channel_binding: None,
            description: "TLS".into(),
        },
    };
    let login = (first & 4 != 0).then(|| Login {
        user: "ann".into(),
        password: Secret::from("pass"),
    });
    let hello = if first & 8 == 0 {
        Hello::Ehlo
    } else {
        Hello::Helo
    };
    let profile = Profile {
        hostname: "mail.house.test".into(),
        tls,
        login,
        hello,
        nonce_seed: [1; 32],
    };
    let limits = Limits {
        chunking_from: if first & 16 == 0 { u64::MAX } else { 0 },
        chunk: 24,
        pipeline: 4,
        transactions: 3,
        ..Limits::default()
    };
    let mut session = Session::new(profile, limits, now);
    let mut talk = Talk {
        said: Vec::new(),
        outcomes: Vec::new(),
        trouble: None,
    };
    let (mut left, mut given, mut ends, mut waited) = (3, 0, 0, false);
    for _ in 0..100_000 {
        let now = if waited {
            now + Duration::from_secs(86_400)
        } else {
            now
        };
        match session.step(now, &mut talk.said) {
            Step::Read => match answers.next() {
                Some(piece) => session.feed(piece),
                None if first & 32 == 0 => session.closed("over"),
                None => waited = true,
            },
            Step::Flush => {}
            Step::StartTls if first & 64 == 0 => session.tls_started(None, "TLS".into()),
            Step::StartTls => session.tls_failed("no"),
            Step::Ready if left == 0 => session.quit(),
            Step::Ready => {
                left -= 1;
                given = 0;
                session.send(transaction(first));
            }
            Step::Content { room } => {
                let rest = LETTER.get(given..).unwrap_or_default();
                let piece = rest.get(..room.min(10)).unwrap_or(rest);
                given += piece.len();
                if piece.is_empty() {
                    ends += 1;
                    session.content_end();
                } else {
                    session.content(piece);
                }
            }
            Step::Done(outcome) => {
                assert_eq!(outcome.recipients.len(), 3);
                outcome.recipients.iter().for_each(check);
                let delivered = outcome
                    .recipients
                    .iter()
                    .any(|verdict| verdict.fate == Fate::Delivered || verdict.answer_lost);
                ends -= i32::from(delivered);
                assert!(ends >= 0, "delivered what was not sent");
                talk.outcomes.push(outcome);
            }
            Step::Close(trouble) => {
                trouble.iter().for_each(|trouble| check(trouble));
                talk.trouble = trouble;
                assert!(matches!(
                    session.step(now, &mut talk.said),
                    Step::Close(None)
                ));
                check_lines(&talk.said);
                return talk;
            }
        }
    }
    panic!("it never ends");
}

fn transaction(first: u8) -> Transaction {
    let recipient = |text: &str| ClientRecipient {
        address: Address::parse(text).unwrap(),
        orcpt: Some("rfc822;a b@c.test".into()),
        notify: None,
    };
    Transaction {
        reverse_path: Address::parse("ann@house.test").ok(),
        recipients: vec![
            recipient("a@x.test"),
            recipient("\"b > \\\" c\"@x.test"),
            recipient("ü@ü.test"),
        ],
        size: LETTER.len() as u64,
        body: if first & 128 == 0 {
            BodyType::SevenBit
        } else {
            BodyType::EightBitMime
        },
        ..Transaction::default()
    }
}

fn check(verdict: &Verdict) {
    assert!(!verdict.words.is_empty() && verdict.words.len() <= WORDS);
    assert!(!verdict.words.chars().any(char::is_control));
    assert!(verdict.fate == Fate::Later || !(verdict.answer_lost || verdict.again_now));
}

/// CR and LF only together, no NUL.
fn check_lines(said: &[u8]) {
    let text = said.strip_suffix(b"\r\n").unwrap_or(said);
    for line in text.split(|octet| *octet == b'\n').rev().skip(1) {
        assert_eq!(line.last(), Some(&b'\r'));
    }
    for line in said.split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(!line.contains(&b'\r') && !line.contains(&0) && line.len() <= 1000);
    }
}
