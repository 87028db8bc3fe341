//! An IMAP session over a store with letters, from each state: any octets, no panic, lines that end with CRLF.
#![no_main]

use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified};
use libfuzzer_sys::fuzz_target;
use sasl::Question;
use store::{AccountId, Store};

/// Where a conversation begins, by the first octet.
const BEGINNINGS: [&[u8]; 12] = [
    b"",
    b"a LOGIN a pass\r\n",
    b"a LOGIN a pass\r\nb SELECT INBOX\r\n",
    b"a LOGIN a pass\r\nb ENABLE IMAP4rev2\r\nc SELECT INBOX\r\n",
    b"a LOGIN a pass\r\nb ENABLE QRESYNC\r\nc SELECT INBOX (QRESYNC (1 1 1:9))\r\n",
    b"a LOGIN a pass\r\nb ENABLE UTF8=ACCEPT CONDSTORE\r\nc EXAMINE INBOX\r\n",
    b"a LOGIN a pass\r\nb ENABLE UIDONLY\r\nc SELECT INBOX\r\n",
    b"a LOGIN a pass\r\nb SELECT \"Other Users/bob@house.test/INBOX\"\r\n",
    b"a LOGIN a pass\r\nb COMPRESS DEFLATE\r\nc SELECT INBOX\r\n",
    b"a LOGIN a pass\r\nb SELECT INBOX\r\nc UID SEARCH RETURN (ALL SAVE CONTEXT UPDATE) ALL\r\n",
    b"a LOGIN a pass\r\nb NOTIFY SET STATUS (selected (MessageNew (FLAGS) MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange))\r\nc SELECT INBOX\r\n",
    b"a LOGIN a pass\r\nb APPEND INBOX CATENATE (URL \"/INBOX/;UID=2/;SECTION=1\" TEXT {9+}\r\n",
];

fuzz_target!(|input: &[u8]| {
    let Some((first, script)) = input.split_first() else {
        return;
    };
    fuzz::house(|store, account| {
        converse(
            store,
            account,
            BEGINNINGS[usize::from(*first) % BEGINNINGS.len()],
            script,
        )
    });
});

fn converse(store: &Store, account: AccountId, beginning: &[u8], script: &[u8]) {
    let now = Now {
        instant: Instant::now(),
        unix: 1_000_000_000,
    };
    let profile = Profile {
        hostname: "mail.house.test".into(),
        tls: Tls::Active(None),
        nonce_seed: [1; 32],
    };
    let mut session = Session::new(store.clone(), profile, Limits::default(), now.instant);
    session.feed(beginning);
    let mut pieces = fuzz::pieces(script);
    let mut said = Vec::new();
    loop {
        said.clear();
        let step = session.step(now, &mut said);
        assert!(said.len() < 1 << 20);
        match step {
            Step::Read => {
                assert!(said.is_empty() || said.ends_with(b"\r\n"));
                match pieces.next() {
                    Some(piece) => session.feed(piece),
                    None => return,
                }
            }
            Step::More => {}
            Step::StartTls | Step::Close | Step::Wait => return,
            Step::Compress => {
                let packed = session.compression_begun();
                session.feed(&packed);
            }
            Step::Uncompress => {}
            Step::Verify(Question::Password { password, .. }) => {
                let right = password.as_bytes() == fuzz::PASSWORD.as_bytes();
                session.verified(Verified::Password(right.then_some(account)));
            }
            Step::Verify(Question::ScramKeys { .. }) => session.verified(Verified::Scram(None)),
            Step::Commit(pending) => session.committed(pending.wait()),
        }
    }
}
