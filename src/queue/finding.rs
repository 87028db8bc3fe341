//! What came of one attempt, wherever it ended: at the remote's words, at the dial, in DNS, or at something the letter needs.

use mail::EnhancedStatus;
use smtp::client::{Fate, Scope, Stage, Verdict};

/// The longest words that are kept of an attempt, octets.
pub const WORDS_MAX: usize = 1024;

/// What came of one attempt for one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Delivered, later or never, as whoever found it sees it; [`crate::judge`] knows better in some cases.
    pub fate: Fate,
    /// What else it holds for.
    pub scope: Scope,
    /// How far the attempt came.
    pub stage: Stage,
    /// Who ended it, and why.
    pub cause: Cause,
    /// The code of the remote's reply, if there was one.
    pub code: Option<u16>,
    /// What the remote said, with its code in front, or our reason: one printable line of at most [`WORDS_MAX`] octets.
    pub words: String,
    /// The remote's enhanced status, or ours.
    pub status: Option<EnhancedStatus>,
    /// The remote took over the duty to report on delivery (RFC 3461 §5.2.3).
    pub relayed_dsn: bool,
    /// The whole message was sent and no answer came: it may have arrived.
    pub answer_lost: bool,
    /// Not judged: one too many for this transaction, and may go in the next at once.
    pub again_now: bool,
}

/// Who ended an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The remote, with the words as given, or by hanging up or falling silent in the middle of the talk.
    Remote,
    /// DNS: the domain does not exist.
    NoSuchDomain,
    /// DNS: the domain says that it takes no mail (RFC 7505).
    NullMx,
    /// DNS: the domain exists but names no host that could take mail.
    NoHost,
    /// DNS gave no usable answer.
    Dns,
    /// The way would lead back to this box.
    Loop,
    /// This box has no network, or no way there: the remote heard nothing.
    NoNetwork,
    /// The host refused the connection.
    Refused,
    /// The host did not answer the dial.
    TimedOut,
    /// TLS that policy demands could not be had.
    Tls,
    /// The relay did not take the user name and password.
    RelayLogin,
    /// The host cannot do what the letter needs.
    Lacks(Extension),
    /// The letter itself cannot be sent or read.
    Letter,
    /// Ended by this box's own wish: it stops.
    Own,
    /// This box could not read the letter, or what it needs to send it: its disk fails.
    Unreadable,
}

/// What a letter may need of a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extension {
    /// Addresses or a header in UTF-8 (RFC 6531).
    SmtpUtf8,
    /// More octets than it takes (RFC 1870).
    Size,
    /// TLS all the way (RFC 8689).
    RequireTls,
    /// Returned unless delivered in time (RFC 2852 §4.1.4.1).
    DeliverBy,
    /// Binary content that cannot be recoded.
    Binary,
}

impl Extension {
    /// The status of a return for want of it.
    pub fn status(self) -> EnhancedStatus {
        let (subject, detail) = match self {
            Extension::SmtpUtf8 => (6, 7),
            Extension::Size => (3, 4),
            Extension::RequireTls => (7, 30),
            Extension::DeliverBy => (3, 3),
            Extension::Binary => (6, 3),
        };
        EnhancedStatus::new(5, subject, detail)
    }
}

impl Finding {
    /// What stopped an attempt before or beside the remote's words. `words`: one sentence.
    pub fn of(cause: Cause, words: &str) -> Finding {
        let (fate, scope, stage, status) = match cause {
            Cause::NoSuchDomain => (Fate::Never, Scope::Recipient, Stage::Connect, (5, 1, 2)),
            Cause::NullMx => (Fate::Never, Scope::Recipient, Stage::Connect, (5, 1, 10)),
            Cause::NoHost => (Fate::Never, Scope::Recipient, Stage::Connect, (5, 4, 4)),
            Cause::Loop => (Fate::Never, Scope::Recipient, Stage::Connect, (5, 4, 6)),
            Cause::Letter => (Fate::Never, Scope::Message, Stage::Mail, (5, 6, 0)),
            Cause::Dns => (Fate::Later, Scope::Recipient, Stage::Connect, (4, 4, 3)),
            Cause::Tls => (Fate::Later, Scope::Host, Stage::StartTls, (4, 7, 10)),
            Cause::RelayLogin => (Fate::Later, Scope::Session, Stage::Login, (4, 7, 8)),
            Cause::Own => (Fate::Later, Scope::Session, Stage::Connect, (4, 3, 2)),
            Cause::Unreadable => (Fate::Later, Scope::Message, Stage::Mail, (4, 3, 0)),
            Cause::Lacks(needed) => {
                let status = needed.status();
                let status = (5, status.subject, status.detail);
                (Fate::Never, Scope::Host, Stage::Mail, status)
            }
            Cause::Remote | Cause::NoNetwork | Cause::Refused | Cause::TimedOut => {
                (Fate::Later, Scope::Host, Stage::Connect, (4, 4, 1))
            }
        };
        Finding {
            fate,
            scope,
            stage,
            cause,
            code: None,
            words: one_line(words),
            status: Some(EnhancedStatus::new(status.0, status.1, status.2)),
            relayed_dsn: false,
            answer_lost: false,
            again_now: false,
        }
    }

    /// The same about one host of a destination that may have others ([`Finding::of`] takes what DNS says to be about the destination).
    pub fn of_one_host(cause: Cause, words: &str) -> Finding {
        Finding {
            scope: Scope::Host,
            ..Finding::of(cause, words)
        }
    }

    /// The status to report: the remote's if it fits the class, and otherwise the best that the code and stage tell. `class`: 2, 4 or 5.
    pub fn status_as(&self, class: u8) -> EnhancedStatus {
        if let Some(status) = self.status {
            return EnhancedStatus { class, ..status };
        }
        let (subject, detail) = match (self.code, self.stage) {
            (None, _) if self.fate == Fate::Later => (4, 2),
            (Some(450 | 550 | 551), Stage::Rcpt) => (1, 1),
            (Some(553), Stage::Rcpt) => (1, 3),
            (Some(452 | 552), Stage::Rcpt) => (2, 2),
            (Some(552), _) => (3, 4),
            (Some(553), Stage::Mail) => (1, 8),
            (Some(530 | 535 | 454), _) => (7, 0),
            (Some(421), _) => (3, 2),
            _ => (0, 0),
        };
        EnhancedStatus::new(class, subject, detail)
    }
}

impl From<&Verdict> for Finding {
    fn from(verdict: &Verdict) -> Finding {
        Finding {
            fate: verdict.fate,
            scope: verdict.scope,
            stage: verdict.stage,
            cause: match verdict.stage {
                Stage::Login if verdict.fate != Fate::Delivered => Cause::RelayLogin,
                _ => Cause::Remote,
            },
            code: verdict.code,
            words: one_line(&verdict.words),
            status: verdict.status,
            relayed_dsn: verdict.relayed_dsn,
            answer_lost: verdict.answer_lost,
            again_now: verdict.again_now,
        }
    }
}

impl From<Verdict> for Finding {
    fn from(verdict: Verdict) -> Finding {
        Finding::from(&verdict)
    }
}

/// `550` of "550 5.1.1 No such user".
pub(crate) fn code_of(words: &str) -> Option<u16> {
    let (code, rest) = words.split_at_checked(3)?;
    let ends = rest.is_empty() || rest.starts_with([' ', '-']);
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    ends.then_some(code)
}

/// The words as one printable line, at most [`WORDS_MAX`] octets.
pub fn one_line(words: &str) -> String {
    let mut line = String::with_capacity(words.len().min(WORDS_MAX));
    let mut gap = false;
    for c in words.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !line.is_empty();
            continue;
        }
        if line.len() + usize::from(gap) + c.len_utf8() > WORDS_MAX {
            break;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
        }
        line.push(c);
    }
    line
}
