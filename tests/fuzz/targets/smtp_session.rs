//! A whole SMTP session on both kinds of port: any octets, any split, the same replies; nothing kept before its end.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sasl::Question;
use smtp::Limits;
use smtp::server::{Kind, Profile, RecipientVerdict, SenderVerdict, Session, Step, Tls, Verdict};

fuzz_target!(|input: &[u8]| {
    let Some((first, script)) = input.split_first() else {
        return;
    };
    let kind = if first % 2 == 0 {
        Kind::World
    } else {
        Kind::Submission
    };
    let now = Instant::now();
    let whole = converse(kind, now, std::iter::once(script));
    let cut = converse(kind, now, fuzz::pieces(script));
    if whole.closed_at_once {
        // DATA was refused and something came behind it: that ends the connection, so what is heard depends on when it came.
        assert!(cut.said.starts_with(&whole.said) && cut.kept.starts_with(&whole.kept));
    } else {
        assert_eq!((whole.said, whole.kept), (cut.said, cut.kept));
    }
});

/// Everything said, the content of every message kept, and whether the server closed without a word of farewell.
#[derive(Default)]
struct Talk {
    said: Vec<u8>,
    kept: Vec<Vec<u8>>,
    closed_at_once: bool,
}

/// Replies after which a server closes.
const FAREWELLS: [&[u8]; 3] = [b"221", b"421", b"500"];

fn converse<'a>(kind: Kind, now: Instant, pieces: impl Iterator<Item = &'a [u8]>) -> Talk {
    let tls = Tls::Active {
        channel_binding: None,
        description: "TLS".into(),
    };
    let profile = Profile {
        kind,
        hostname: "mail.house.test".into(),
        tls,
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        nonce_seed: [1; 32],
        clock: Some(1_795_329_000),
    };
    let mut session = Session::new(profile, Limits::default(), now);
    let (mut talk, mut content) = (Talk::default(), Vec::new());
    let mut pieces = pieces;
    loop {
        match session.step(now, &mut talk.said) {
            Step::Read => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => return talk,
            },
            Step::Flush => {}
            Step::StartTls => return talk,
            Step::Close => {
                let lines = talk.said.split(|octet| *octet == b'\n');
                let last = lines.rev().nth(1).unwrap_or_default();
                talk.closed_at_once = !FAREWELLS.iter().any(|word| last.starts_with(word));
                return talk;
            }
            Step::Verify(Question::Password { password, .. }) => {
                let right = password.as_bytes() == fuzz::PASSWORD.as_bytes();
                session.verified(if right {
                    Verdict::Right(1)
                } else {
                    Verdict::Wrong
                });
            }
            Step::Verify(Question::ScramKeys { .. }) => session.verified(Verdict::Decoy(None)),
            Step::Sender(_) => session.sender(SenderVerdict::Own),
            Step::Recipient(query) => {
                let known = query.address.local().len() < 4;
                session.recipient(if known {
                    RecipientVerdict::Accepted
                } else {
                    RecipientVerdict::Unknown
                });
            }
            Step::Content(octets) => content.extend_from_slice(&octets),
            Step::Discard => content.clear(),
            Step::Keep(envelope) => {
                assert_eq!(envelope.octets, content.len() as u64);
                assert!(!envelope.recipients.is_empty());
                talk.kept.push(std::mem::take(&mut content));
                session.kept(Ok(()));
            }
        }
    }
}
