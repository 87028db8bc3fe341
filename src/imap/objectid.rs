//! Object identifiers (RFC 8474), printed and read in one place.
//!
//! ```text
//! F1-2f            MAILBOXID: account and number of the mailbox, hexadecimal; neither is ever given again
//! M1a2b            EMAILID: the global arrival number, which copies share
//! T3de3c39233f5    THREADID: the hash of the first Message-ID of the conversation
//! Tm1a2b           THREADID of a message that has neither Message-ID nor references: its arrival number
//! ```

use store::{Gid, MailboxId};

use crate::record::{Hash, Threading};

/// A message's THREADID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadId {
    /// the conversation that began with this Message-ID
    Root(Hash),
    /// a message that nothing can refer to
    Alone(Gid),
}

impl ThreadId {
    /// The THREADID of a message.
    pub fn of(gid: Gid, threading: &Threading<'_>) -> ThreadId {
        threading
            .root()
            .map_or(ThreadId::Alone(gid), ThreadId::Root)
    }

    /// Prints it without parentheses.
    pub fn print(self, out: &mut Vec<u8>) {
        match self {
            ThreadId::Root(hash) => {
                out.push(b'T');
                for octet in hash {
                    out.extend_from_slice(&[digit(octet >> 4), digit(octet & 15)]);
                }
            }
            ThreadId::Alone(gid) => {
                out.extend_from_slice(b"Tm");
                hexadecimal(gid.0, out);
            }
        }
    }

    /// Reads what [`ThreadId::print`] prints; `None`: no message of the box has this THREADID.
    pub fn parse(text: &str) -> Option<ThreadId> {
        let digits = text.strip_prefix('T')?;
        if let Some(digits) = digits.strip_prefix('m') {
            return Some(ThreadId::Alone(Gid(number(digits)?)));
        }
        let value = u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| digits.len() == 12 && is_plain(digits))?;
        let [_, _, hash @ ..] = value.to_be_bytes();
        Some(ThreadId::Root(hash))
    }
}

/// Prints a mailbox's MAILBOXID without parentheses.
pub fn mailbox(mailbox: MailboxId, out: &mut Vec<u8>) {
    out.push(b'F');
    hexadecimal(mailbox.account.0.into(), out);
    out.push(b'-');
    hexadecimal(mailbox.number.into(), out);
}

/// Prints a message's EMAILID without parentheses.
pub fn email(gid: Gid, out: &mut Vec<u8>) {
    out.push(b'M');
    hexadecimal(gid.0, out);
}

/// Reads an EMAILID; `None`: no message of the box has it.
pub fn parse_email(text: &str) -> Option<Gid> {
    number(text.strip_prefix('M')?).map(Gid)
}

fn hexadecimal(value: u64, out: &mut Vec<u8>) {
    let octets = value.to_be_bytes();
    let digits = octets
        .iter()
        .flat_map(|octet| [digit(octet >> 4), digit(octet & 15)])
        .skip_while(|digit| *digit == b'0');
    let start = out.len();
    out.extend(digits);
    if out.len() == start {
        out.push(b'0');
    }
}

/// A number as [`hexadecimal`] prints it, and in no other spelling: identifiers are compared octet by octet.
fn number(digits: &str) -> Option<u64> {
    let canonical = is_plain(digits) && (digits == "0" || !digits.starts_with('0'));
    u64::from_str_radix(digits, 16).ok().filter(|_| canonical)
}

fn is_plain(digits: &str) -> bool {
    digits
        .bytes()
        .all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
}

fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + (value & 15) - 10,
    }
}

#[cfg(test)]
mod tests {
    use store::AccountId;

    use super::*;

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn identifiers_are_read_as_printed() {
        let inbox = MailboxId {
            account: AccountId(1),
            number: 47,
        };
        assert_eq!(printed(|out| mailbox(inbox, out)), "F1-2f");
        for gid in [0, 1, 15, 16, 0x1A2B, u64::MAX] {
            let text = printed(|out| email(Gid(gid), out));
            assert_eq!(parse_email(&text), Some(Gid(gid)), "{text}");
            let alone = ThreadId::Alone(Gid(gid));
            let text = printed(|out| alone.print(out));
            assert_eq!(ThreadId::parse(&text), Some(alone), "{text}");
        }
        let root = ThreadId::Root([0, 1, 0x2C, 0xFF, 9, 0x80]);
        assert_eq!(printed(|out| root.print(out)), "T00012cff0980");
        assert_eq!(ThreadId::parse("T00012cff0980"), Some(root));
    }

    #[test]
    fn other_spellings_are_no_identifiers() {
        for text in [
            "",
            "T",
            "T12",
            "T00012CFF0980",
            "T+0012cff0980",
            "Tm",
            "Tm01",
            "Tm+1",
            "t00012cff0980",
        ] {
            assert_eq!(ThreadId::parse(text), None, "{text}");
        }
        for text in ["", "M", "M01", "MA", "m1", "1", "M+1"] {
            assert_eq!(parse_email(text), None, "{text}");
        }
    }
}
