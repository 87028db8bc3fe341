//! Log-ins: no input opens anything without the right password.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sasl::{Mechanism, Progress, Question, ScramKeys, Server};

static KEYS: LazyLock<ScramKeys> = LazyLock::new(|| ScramKeys::derive("secret", b"salt", 4096));

fuzz_target!(|input: (u8, Vec<Vec<u8>>)| {
    let mechanisms = [Mechanism::Plain, Mechanism::Login, Mechanism::ScramSha256];
    let mechanism = mechanisms[usize::from(input.0) % mechanisms.len()];
    let mut server = Server::new(mechanism, None, [7; 18]);
    let mut messages = input.1.iter();
    let mut progress = server.start(messages.next().map(Vec::as_slice));
    loop {
        progress = match progress {
            Progress::Challenge(_) => match messages.next() {
                Some(message) => server.step(message),
                None => return,
            },
            Progress::Ask(Question::Password { .. }) => server.password_verified(false),
            Progress::Ask(Question::ScramKeys { .. }) => server.scram_keys(Some(KEYS.clone())),
            Progress::Failed(_) => return,
            Progress::Done(_) => panic!("a log-in without the password"),
        };
    }
});
