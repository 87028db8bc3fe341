//! Every limit of an IMAP session, each with its reason.

use std::time::Duration;

/// What a session allows. Times are [`Duration`]s, sizes octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How much of an answer is made before it is sent: what a slow reader costs (64 KiB: two TLS flights).
    pub piece: usize,
    /// The largest message that APPEND takes, and the APPENDLIMIT that is announced (RFC 7889). What SMTP takes (50 MiB) and 64 KiB for
    /// the trace fields written on it: whatever came in can be moved here from another server.
    pub message: u64,
    /// One command with its literals, without APPEND's message. 64 KiB: a UID set of 8,000 scattered messages.
    pub command: usize,
    /// One literal of such a command. It counts toward `command` as well.
    pub literal: usize,
    /// Literals in one command: no command of RFC 9051 needs more than a few (mox allows 1,000).
    pub literals: usize,
    /// The same before log-in: 8 KiB holds the longest SASL message (B6).
    pub command_before_login: usize,
    /// A literal before log-in: a name or a password, 256 (B6).
    pub literal_before_login: usize,
    /// The octets of a refused non-synchronizing literal that are read and dropped before the connection is closed (B7).
    pub discard: u64,
    /// Commands that are BAD, in a row since the last good one, before the connection is closed.
    pub bad_commands: u32,
    /// The same before log-in, in all (B5).
    pub bad_commands_before_login: u32,
    /// Commands before log-in, in all: CAPABILITY, ID, STARTTLS and some failed log-ins.
    pub commands_before_login: u32,
    /// Failed log-ins before the connection is closed.
    pub failed_logins: u32,
    /// Silence after which a logged-in client is logged out (RFC 9051 §5.4: at least 30 minutes).
    pub idle: Duration,
    /// How long a client may take to log in, in all (B8).
    pub login: Duration,
    /// Whether there is UNAUTHENTICATE. RFC 8437 §7 wants a way to switch it off: behind a proxy that checks the log-in and then only passes octets on,
    /// a client could come back as somebody whom the proxy never saw.
    pub unauthenticate: bool,
}

impl Limits {
    /// Parentheses within parentheses in any command (B8). The walk over a search key may recurse because of it.
    pub const DEPTH: usize = 32;
    /// Keys in one SEARCH.
    pub const SEARCH_KEYS: usize = 1_000;
    /// Criteria of one SORT: there are nine keys.
    pub const SORT_CRITERIA: usize = 32;
    /// Messages that one SORT or THREAD puts in order: 16 MB for the one, some 35 MB for the other. A mailbox of a household has a tenth of that.
    pub const SORTED: usize = 1_000_000;
    /// Items in one FETCH.
    pub const FETCH_ITEMS: usize = 64;
    /// Names in one HEADER.FIELDS.
    pub const HEADER_NAMES: usize = 128;
    /// Numbers in one part number: deeper than `mail` cuts parts (64).
    pub const PART_DEPTH: usize = 64;
    /// Keywords in one command: the store keeps 35 an account.
    pub const KEYWORDS: usize = 64;
    /// Octets of one keyword.
    pub const KEYWORD: usize = 128;
    /// Octets of a mailbox name.
    pub const MAILBOX_NAME: usize = 1_000;
    /// Octets of the name of another's mailbox as LIST tells it: the name, its owner's address, and the level above them.
    pub const SHOWN_NAME: usize = 1_400;
    /// Patterns in one LIST.
    pub const PATTERNS: usize = 32;
    /// URLs in one GENURLAUTH or URLFETCH.
    pub const URLS: usize = 100;
    /// Octets of a tag: clients use less than ten.
    pub const TAG: usize = 64;
    /// Fields of one ID (RFC 2971 §3.3: at most 30), twice that for the lenient reader.
    pub const ID_FIELDS: usize = 60;
    /// Groups of one NOTIFY: there are seven ways to say which mailboxes.
    pub const NOTIFY_GROUPS: usize = 32;
    /// Mailboxes that one session watches besides the selected one (RFC 5465 §5.8): some 100 octets and its name each, and a look at each of them at each
    /// wake (half a millisecond).
    pub const NOTIFY_MAILBOXES: usize = 500;
    /// Annotations of theirs that it watches: a name and 8 octets each.
    pub const NOTIFY_ENTRIES: usize = 1_000;
    /// Language ranges of one LANGUAGE: a person speaks fewer.
    pub const LANGUAGES: usize = 32;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            piece: 64 * 1024,
            message: (50 << 20) + (64 << 10),
            command: 64 * 1024,
            literal: 32 * 1024,
            literals: 100,
            command_before_login: 8 * 1024,
            literal_before_login: 256,
            discard: 64 * 1024,
            bad_commands: 20,
            bad_commands_before_login: 3,
            commands_before_login: 50,
            failed_logins: 4,
            idle: Duration::from_secs(30 * 60),
            login: Duration::from_secs(60),
            unauthenticate: true,
        }
    }
}
