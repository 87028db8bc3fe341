//! A whole SMTP session on both kinds of port: any octets, any split, the same replies; nothing kept before its end.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sasl::Question;
use smtp::Limits;
use smtp::server::{Kind, Profile, RecipientVerdict, SenderVerdict, Session, Step, Tls, Verdict};

fuzz_target!(|input: &[u8]| {
    let Some((first, script)) = input.split_first() else { return };
    let kind = if first % 2 == 0 { Kind::World } else { Kind::Submission };
    let now = Instant::now();
    let whole = converse(kind, now, std::iter::once(script));
    let cut = converse(kind, now, fuzz::pieces(script));
    assert_eq!(whole, cut);
});

/// Everything said, and the content of every message kept.
fn converse<'a>(kind: Kind, now: Instant, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let tls = Tls::Active { channel_binding: None, description: "TLS".into() };
    let profile = Profile { kind, hostname: "mail.house.test".into(), tls, peer: IpAddr::V4(Ipv4Addr::LOCALHOST), nonce_seed: [1; 32] };
    let mut session = Session::new(profile, Limits::default(), now);
    let (mut said, mut content, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let mut pieces = pieces;
    loop {
        match session.step(now, &mut said) {
            Step::Read => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => return (said, kept),
            },
            Step::Flush => {}
            Step::StartTls | Step::Close => return (said, kept),
            Step::Verify(Question::Password { password, .. }) => {
                let right = password.as_bytes() == fuzz::PASSWORD.as_bytes();
                session.verified(if right { Verdict::Right(1) } else { Verdict::Wrong });
            }
            Step::Verify(Question::ScramKeys { .. }) => session.verified(Verdict::Decoy(None)),
            Step::Sender(_) => session.sender(SenderVerdict::Own),
            Step::Recipient(query) => {
                let known = query.address.local().len() < 4;
                session.recipient(if known { RecipientVerdict::Accepted } else { RecipientVerdict::Unknown });
            }
            Step::Content(octets) => content.extend_from_slice(&octets),
            Step::Discard => content.clear(),
            Step::Keep(envelope) => {
                assert_eq!(envelope.octets, content.len() as u64);
                assert!(!envelope.recipients.is_empty());
                kept.push(std::mem::take(&mut content));
                session.kept(Ok(()));
            }
        }
    }
}
