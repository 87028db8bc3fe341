//! Every limit of a session, by name and with its reason.

use std::time::Duration;

/// What a session allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest command line, in octets with its end. RFC 2449 §4 asks for 255; long names and passwords in UTF-8, and initial responses of clients that
    /// do not count, need more.
    pub line: usize,
    /// The longest line of a SASL exchange, in octets with its end (RFC 5034 §4 exempts them from the command's limit).
    pub sasl_line: usize,
    /// Lines taken before log-in: enough for a client that asks for capabilities twice and tries several mechanisms.
    pub commands_before_login: u32,
    /// Commands before log-in that are unknown, malformed or out of place.
    pub bad_commands_before_login: u32,
    /// The same after log-in, over the whole session.
    pub bad_commands: u32,
    /// Wrong names or passwords before the connection is closed. Slowing guesses down over many connections is the driver's duty.
    pub failed_logins: u32,
    /// Time from the first octet to the log-in, in all: a slow trickle of octets does not extend it.
    pub login: Duration,
    /// Silence that ends a session after log-in; RFC 1939 §3 asks for 10 minutes at least.
    pub idle: Duration,
    /// A step stops when this many octets of answer wait to be sent.
    pub piece: usize,
    /// Messages in a maildrop, the newest ones; each costs 8 octets and a bit for the length of a session.
    pub messages: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            line: 512,
            sasl_line: sasl::MAX_ENCODED + 2,
            commands_before_login: 40,
            bad_commands_before_login: 5,
            bad_commands: 30,
            failed_logins: 3,
            login: Duration::from_secs(60),
            idle: Duration::from_secs(600),
            piece: 64 * 1024,
            messages: 1_000_000,
        }
    }
}
