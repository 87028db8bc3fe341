//! Which of the usual cases a finding is.

use smtp::client::{Fate, Stage};

use crate::finding::{Cause, Extension, Finding};

/// The usual cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The message arrived.
    Delivered,
    /// Nobody has that address there.
    NoSuchPerson,
    /// The domain does not exist.
    NoSuchDomain,
    /// The domain says that it takes no mail (RFC 7505).
    NullMx,
    /// The domain names no host that takes mail.
    NoHost,
    /// The mailbox has no room.
    MailboxFull,
    /// The mailbox is closed.
    MailboxClosed,
    /// The letter is larger than the host takes.
    TooLarge,
    /// Its content was taken for spam.
    Spam,
    /// This box's line is one that homes have, and the host takes no mail from those directly.
    Residential,
    /// This box's address has a bad name, or no reverse name.
    Reputation,
    /// SPF, DKIM or DMARC of the sender's domain did not satisfy the host.
    Unauthenticated,
    /// Another rule of the host's.
    Policy,
    /// A list or group that takes no mail from this sender.
    NotAllowed,
    /// The host is not the one that takes mail for the domain.
    NotTheirs,
    /// Put off once, as some hosts do with everyone they have not met.
    Greylisted,
    /// Too much at once.
    TooMuch,
    /// TLS that is demanded could not be had.
    NoTls,
    /// The relay did not take the password.
    RelayLogin,
    /// The host refused the connection.
    Refused,
    /// The host did not answer.
    TimedOut,
    /// This box has no network.
    NoNetwork,
    /// DNS gave no answer.
    Dns,
    /// The way leads back to this box.
    Loop,
    /// The host cannot take addresses or headers in UTF-8.
    NoUtf8,
    /// The host cannot promise to return it in time.
    NoDeliverBy,
    /// The host cannot take the form of the content.
    Content,
    /// The whole letter was sent, but no answer came.
    AnswerLost,
    /// The host has trouble or is busy.
    Busy,
    /// This box's disk fails.
    Unreadable,
    /// Refused, and no reason that is known here.
    Other,
}

/// Which case it is.
pub fn classify(finding: &Finding) -> Kind {
    if finding.fate == Fate::Delivered {
        return Kind::Delivered;
    }
    if finding.answer_lost {
        return Kind::AnswerLost;
    }
    match finding.cause {
        Cause::NoSuchDomain => Kind::NoSuchDomain,
        Cause::NullMx => Kind::NullMx,
        Cause::NoHost => Kind::NoHost,
        Cause::Dns => Kind::Dns,
        Cause::Loop => Kind::Loop,
        Cause::NoNetwork => Kind::NoNetwork,
        Cause::Refused => Kind::Refused,
        Cause::TimedOut => Kind::TimedOut,
        Cause::Tls | Cause::Lacks(Extension::RequireTls) => Kind::NoTls,
        Cause::RelayLogin => Kind::RelayLogin,
        Cause::Lacks(Extension::SmtpUtf8) => Kind::NoUtf8,
        Cause::Lacks(Extension::Size) => Kind::TooLarge,
        Cause::Lacks(Extension::DeliverBy) => Kind::NoDeliverBy,
        Cause::Lacks(Extension::Binary) | Cause::Letter => Kind::Content,
        Cause::Own => Kind::Busy,
        Cause::Unreadable => Kind::Unreadable,
        Cause::Remote => remote(finding),
    }
}

/// Words of refusals for a home's line, in lower case: lists of such lines, and what large hosts call them.
const RESIDENTIAL: [&str; 12] = [
    "pbl",
    "policy block list",
    "dynamic ip",
    "dynamic address",
    "dynamically assigned",
    "dynamic pool",
    "dul.",
    "dial-up",
    "dialup",
    "residential",
    "consumer ip",
    "end-user ip",
];
const REPUTATION: [&str; 17] = [
    "spamhaus",
    "spamcop",
    "barracuda",
    "blocklist",
    "block list",
    "blacklist",
    "black list",
    "denylist",
    "dnsbl",
    "rbl",
    "reputation",
    "reverse dns",
    "rdns",
    "ptr record",
    "reverse hostname",
    "cannot find your hostname",
    "banned sending ip",
];
const UNAUTHENTICATED: [&str; 5] = ["dmarc", "spf", "dkim", "unauthenticated", "sender policy"];
const SPAM: [&str; 5] = [
    "spam",
    "unsolicited",
    "junk mail",
    "content rejected",
    "virus",
];
const GREYLISTED: [&str; 4] = ["greylist", "graylist", "grey-list", "gray-list"];
const TOO_MUCH: [&str; 7] = [
    "rate limit",
    "rate-limit",
    "too many connections",
    "too many messages",
    "too fast",
    "sending rate",
    "throttl",
];
const NO_SUCH_PERSON: [&str; 16] = [
    "no such user",
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "no such recipient",
    "no such mailbox",
    "no such person",
    "mailbox not found",
    "user not found",
    "does not exist",
    "doesn't exist",
    "unknown address",
    "invalid recipient",
    "invalid mailbox",
    "no mailbox here",
];
const MAILBOX_FULL: [&str; 6] = [
    "mailbox full",
    "mailbox is full",
    "over quota",
    "overquota",
    "quota exceeded",
    "inbox is out of storage",
];
const CLOSED: [&str; 5] = [
    "account disabled",
    "account is disabled",
    "mailbox disabled",
    "account has been suspended",
    "inactive",
];
const NOT_THEIRS: [&str; 5] = [
    "relaying denied",
    "relay access denied",
    "relay not permitted",
    "not permitted to relay",
    "unable to relay",
];

fn remote(finding: &Finding) -> Kind {
    let words = finding.words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|one| contains(&words, one));
    let status = finding.status.map(|status| (status.subject, status.detail));
    // Where a letter comes from is often refused under the code of something else, so these words come first.
    let about_us = !matches!(status, Some((1 | 2, 1..)));
    if about_us && says(&RESIDENTIAL) {
        return Kind::Residential;
    }
    if about_us && says(&REPUTATION) {
        return Kind::Reputation;
    }
    match status {
        Some((1, 10)) => return Kind::NullMx,
        Some((1, 2)) => return Kind::NoSuchDomain,
        Some((1, 1 | 3 | 6)) => return Kind::NoSuchPerson,
        Some((2, 2)) => return Kind::MailboxFull,
        Some((2, 1)) if !says(&NO_SUCH_PERSON) => return Kind::MailboxClosed,
        Some((7, 13 | 17 | 18)) => return Kind::MailboxClosed,
        Some((2, 3) | (3, 4)) => return Kind::TooLarge,
        Some((2, 4) | (7, 2)) => return Kind::NotAllowed,
        Some((4, 6)) => return Kind::Loop,
        Some((6, 7..=9)) => return Kind::NoUtf8,
        Some((6, _)) => return Kind::Content,
        Some((7, 10 | 30)) => return Kind::NoTls,
        Some((7, 20..=24 | 26)) => return Kind::Unauthenticated,
        Some((7, 25 | 27)) => return Kind::Reputation,
        Some((7, 28)) => return Kind::TooMuch,
        _ => {}
    }
    for (kind, any) in [
        (Kind::Greylisted, &GREYLISTED[..]),
        (Kind::TooMuch, &TOO_MUCH),
        (Kind::NotTheirs, &NOT_THEIRS),
        (Kind::MailboxFull, &MAILBOX_FULL),
        (Kind::MailboxClosed, &CLOSED),
        (Kind::Unauthenticated, &UNAUTHENTICATED),
        (Kind::Spam, &SPAM),
        (Kind::NoSuchPerson, &NO_SUCH_PERSON),
    ] {
        if says(any) {
            return kind;
        }
    }
    by_code(finding, status)
}

fn by_code(finding: &Finding, status: Option<(u16, u16)>) -> Kind {
    let later = finding.fate == Fate::Later;
    match (finding.code, finding.stage, status) {
        (None, ..) => Kind::TimedOut,
        (Some(450 | 451), Stage::Rcpt, None | Some((7, 0 | 1))) => Kind::Greylisted,
        (_, _, Some((7, _))) => Kind::Policy,
        (Some(552), Stage::Mail | Stage::Data | Stage::Content | Stage::End, _) => Kind::TooLarge,
        (Some(552), Stage::Rcpt, _) => Kind::MailboxFull,
        (Some(550 | 551 | 553), Stage::Rcpt, None | Some((1, 0) | (0, 0))) => Kind::NoSuchPerson,
        _ if later => Kind::Busy,
        (_, Stage::Greeting | Stage::Hello, _) => Kind::Policy,
        _ => Kind::Other,
    }
}

/// Whether `words` has it, where what is short (`rbl`, `spf`) stands alone: "marble" names no list.
fn contains(words: &str, one: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric();
    words.match_indices(one).any(|(start, _)| {
        let before = words.get(..start).and_then(|text| text.chars().next_back());
        let behind = words
            .get(start + one.len()..)
            .and_then(|text| text.chars().next());
        one.len() > 4 || !(before.is_some_and(letter) || behind.is_some_and(letter))
    })
}
