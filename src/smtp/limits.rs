//! Every limit of a server session, by name and with its reason.
//!
//! The number of connections, in all and for each address, is the driver's to limit: a session knows only itself.

use std::time::Duration;

/// The longest command line without extensions, in octets with its CRLF (RFC 5321 §4.5.3.1.4).
pub const COMMAND_LINE: usize = 512;

/// What the announced extensions add to a MAIL line: SIZE 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2) or 16 (RFC 3030
/// §3), SMTPUTF8 10 (RFC 6531 §3.1), AUTH 500 (RFC 4954 §3), REQUIRETLS 11 (RFC 8689 §2), RET 9 and ENVID 107 (RFC 3461
/// §5.4), BY 17 (RFC 2852 §2), HOLDUNTIL 34 (RFC 4865 §3), MT-PRIORITY 15 (RFC 6710 §3). One sum for all commands; the 530 that
/// DSN adds to RCPT (RFC 3461 §5.4) are fewer.
pub const EXTENSION_LINE: usize = 26 + 17 + 10 + 500 + 11 + 9 + 107 + 17 + 34 + 15;

/// The longest text line of a message, in octets with its CRLF (RFC 5321 §4.5.3.1.6). It is named and not enforced: real
/// mail breaks it, nothing here keeps a whole line in memory, and refusing would lose the message.
pub const TEXT_LINE: usize = 1000;

/// What one session may use. Octets count as they travel; times run by the `now` that the driver passes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets in one message after dot-unstuffing; announced as SIZE (RFC 1870).
    pub size: u64,
    /// A refused message is read to its end all the same, so that the sender reads the reason instead of a broken connection: by DATA no
    /// further than this many octets beyond one and a half times [`Limits::size`] (stuffing makes a message up to a
    /// third longer), by BDAT no chunk longer than this. Beyond it the connection ends.
    pub drain: u64,
    /// Recipients in one message; announced as LIMITS RCPTMAX (RFC 9422). RFC 5321 §4.5.3.1.8 wants at least 100.
    pub recipients: usize,
    /// Recipients refused as unknown in one session: who tries names is not answered for ever.
    pub unknown_recipients: u32,
    /// Commands in one session, good or bad.
    pub commands: u32,
    /// Commands that a stranger may give on the submission ports before logging in: EHLO, STARTTLS, EHLO, AUTH, and slack.
    pub commands_before_login: u32,
    /// Commands that are unknown, malformed or out of turn (but not what a pipelined group is refused after its MAIL): the answer to the last one ends the connection, so that a
    /// program that speaks another protocol at us gets few tries (ALPACA).
    pub bad_commands: u32,
    /// Log-ins that fail in one session; aborted ones count.
    pub login_failures: u32,
    /// Octets in a command line with its CRLF.
    pub command_line: usize,
    /// Octets in an AUTH line or an answer to its challenges, with the CRLF (RFC 4954 §4: 12288).
    pub auth_line: usize,
    /// `Received:` fields in a message; so many mean that it travels in a circle (RFC 5321 §6.3 wants at least 100 or local knowledge; a
    /// household is never 50 hosts away).
    pub hops: u32,
    /// Time for one command, and for each [`Limits::progress`] octets of a message (RFC 5321 §4.5.3.2.7: 5 minutes).
    pub command_time: Duration,
    /// The same for a stranger on the submission ports: no person needs long to send what a program remembers.
    pub command_time_before_login: Duration,
    /// Time for the whole session.
    pub session_time: Duration,
    /// Time from the connection to a log-in that succeeds, on the submission ports.
    pub login_time: Duration,
    /// Octets of a message that a client has to send in each [`Limits::command_time`]; keeps a trickle from holding a
    /// connection (the default is 55 octets a second).
    pub progress: u64,
    /// The longest time for which a message is held back on request, announced as FUTURERELEASE (RFC 4865 §4.2); zero offers none. A year and
    /// a day: a letter for next year's birthday. It costs a place in the queue, no more. At most 999,999,999 seconds.
    pub hold: Duration,
    /// The shortest time in which delivery may be demanded (mode R), announced as DELIVERBY (RFC 2852 §2): sooner than one
    /// attempt at a slow host takes, nobody can promise anything.
    pub deliver_by: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            size: 50 * 1024 * 1024,
            drain: 64 * 1024 * 1024,
            recipients: 100,
            unknown_recipients: 10,
            commands: 10_000,
            commands_before_login: 20,
            bad_commands: 3,
            login_failures: 3,
            command_line: COMMAND_LINE + EXTENSION_LINE,
            auth_line: 12_288,
            hops: 50,
            command_time: Duration::from_secs(300),
            command_time_before_login: Duration::from_secs(60),
            session_time: Duration::from_secs(2 * 60 * 60),
            login_time: Duration::from_secs(120),
            progress: 16 * 1024,
            hold: Duration::from_secs(366 * 24 * 60 * 60),
            deliver_by: Duration::from_secs(60),
        }
    }
}
