//! A POP3 session over a store with letters: any octets, no panic, no log-in without the password.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use pop3::{Limits, Profile, Session, Step, Tls, Verified};
use sasl::Question;
use store::{AccountId, Store};

fuzz_target!(|input: &[u8]| {
    let Some((first, script)) = input.split_first() else {
        return;
    };
    fuzz::house(|store, account| converse(store, account, first % 2 == 0, script));
});

fn converse(store: &Store, account: AccountId, known: bool, script: &[u8]) {
    let now = Instant::now();
    let profile = Profile {
        hostname: "mail.house.test".into(),
        tls: Tls::Active(None),
        cleartext_login: false,
        seed: [1; 32],
    };
    let mut session = Session::new(store.clone(), profile, Limits::default(), now);
    if known {
        session.feed(b"USER a\r\nPASS pass\r\n");
    }
    let mut pieces = fuzz::pieces(script);
    let mut said = Vec::new();
    loop {
        said.clear();
        match session.step(now, &mut said) {
            Step::Read => {
                assert!(said.is_empty() || said.ends_with(b"\r\n"));
                match pieces.next() {
                    Some(piece) => session.feed(piece),
                    None => return,
                }
            }
            Step::More => {}
            Step::StartTls | Step::Close => return,
            Step::Verify(Question::Password { password, .. }) => {
                let right = password.as_bytes() == fuzz::PASSWORD.as_bytes();
                session.verified(if right {
                    Verified::Account(account)
                } else {
                    Verified::Wrong
                });
            }
            Step::Verify(Question::ScramKeys { .. }) => session.verified(Verified::Wrong),
            Step::Commit(pending) => session.committed(pending.wait()),
        }
    }
}
