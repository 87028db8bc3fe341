//! LIST and UIDL without an argument, in pieces (RFC 1939 §5, §7).

use crate::maildrop::{Maildrop, Message};
use crate::reply::number;

/// What a line says of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// LIST: the size in octets.
    Size,
    /// UIDL: the unique-id.
    Id,
}

/// A listing that has been sent up to some message.
pub(crate) struct Listing {
    column: Column,
    /// The next message's number.
    next: u32,
}

impl Listing {
    pub(crate) fn new(column: Column) -> Listing {
        Listing { column, next: 1 }
    }

    /// Writes lines until `out` holds `limit` octets or all is said; `true`: all is said.
    pub(crate) fn write(&mut self, maildrop: &Maildrop, limit: usize, out: &mut Vec<u8>) -> bool {
        while self.next <= maildrop.last() {
            if out.len() >= limit {
                return false;
            }
            if let Some(message) = maildrop.get(self.next) {
                self.column.write(self.next, message, maildrop, out);
                out.extend_from_slice(b"\r\n");
            }
            self.next += 1;
        }
        out.extend_from_slice(b".\r\n");
        true
    }
}

impl Column {
    /// `msg SP size` or `msg SP unique-id`. The unique-id is UIDVALIDITY "." UID, which the store gives to one message only, for ever
    /// (RFC 9051 §2.3.1.1): at most 21 of the 70 characters that RFC 1939 §7 allows.
    pub(crate) fn write(self, msg: u32, message: Message, maildrop: &Maildrop, out: &mut Vec<u8>) {
        number(out, u64::from(msg));
        out.push(b' ');
        match self {
            Column::Size => number(out, u64::from(message.size)),
            Column::Id => {
                number(out, u64::from(maildrop.uid_validity));
                out.push(b'.');
                number(out, u64::from(message.uid));
            }
        }
    }
}
