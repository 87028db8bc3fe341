//! RETR and TOP: a message from the store to the client, in pieces (RFC 1939 §5, §7).
//!
//! No read transaction lives longer than a piece. A message that may take several is watched while it is sent, so that an expunge by IMAP in between
//! does not take its octets away; a message that was expunged before is refused.

use crate::maildrop::{Maildrop, Message};
use crate::reply::number;
use crate::stuffing::Stuffing;
use crate::surrogate::Surrogate;
use store::{Error, Gid, Read, Store, Watch};

/// How much larger than the message its answer may be: every line is a dot, or a header is all surrogate.
const GROWTH: usize = 8;

/// A message that has been sent up to some octet.
pub(crate) struct Transfer {
    gid: Gid,
    size: u64,
    offset: u64,
    stuffing: Stuffing,
    /// For a client that has not said UTF8.
    surrogate: Option<Surrogate>,
    /// Keeps the octets in the store.
    watch: Option<Watch>,
}

impl Transfer {
    /// To be taken before the message is looked up, if it may not fit into what is left of a piece: what is there afterwards then stays.
    pub(crate) fn watch(
        store: &Store,
        maildrop: &Maildrop,
        message: Message,
        piece: usize,
        used: usize,
    ) -> Option<Watch> {
        let size = usize::try_from(message.size).unwrap_or(usize::MAX);
        let fits = size.saturating_mul(GROWTH).saturating_add(used) < piece;
        (!fits).then(|| store.watch(maildrop.mailbox, maildrop.modseq))
    }

    /// Writes the answer's first line; `lines` are TOP's, `utf8` whether the client takes UTF-8. `None`: the message has been expunged since log-in.
    pub(crate) fn begin(
        read: &impl Read,
        maildrop: &Maildrop,
        message: Message,
        lines: Option<u64>,
        utf8: bool,
        out: &mut Vec<u8>,
    ) -> Result<Option<Transfer>, Error> {
        let Some(entry) = read.entry(maildrop.mailbox, message.uid)? else {
            return Ok(None);
        };
        let size = u64::from(message.size);
        if lines.is_some() {
            out.extend_from_slice(b"+OK top of message follows\r\n");
        } else {
            out.extend_from_slice(b"+OK ");
            number(out, size);
            out.extend_from_slice(b" octets\r\n");
        }
        Ok(Some(Transfer {
            gid: entry.gid,
            size,
            offset: 0,
            stuffing: Stuffing::new(lines),
            surrogate: (!utf8).then(Surrogate::new),
            watch: None,
        }))
    }

    /// Holds the watch for as long as the message is being sent.
    pub(crate) fn keep(&mut self, watch: Option<Watch>) {
        self.watch = watch;
    }

    /// Writes octets until `out` holds `limit` of them or all is said; `true`: all is said. After an error the rest cannot be had.
    pub(crate) fn write(
        &mut self,
        read: &impl Read,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        while self.offset < self.size && !self.stuffing.has_enough() {
            if out.len() >= limit {
                return Ok(false);
            }
            let octets = read.body(self.gid, self.offset)?;
            if octets.is_empty() {
                return Err(Error::Damaged(
                    "a message is shorter than its size".to_owned(),
                ));
            }
            match &mut self.surrogate {
                Some(surrogate) => surrogate.push(octets, |octets| self.stuffing.push(octets, out)),
                None => self.stuffing.push(octets, out),
            }
            self.offset = self
                .offset
                .saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        }
        if let Some(surrogate) = &mut self.surrogate {
            surrogate.finish(|octets| self.stuffing.push(octets, out));
        }
        self.stuffing.finish(out);
        Ok(true)
    }
}
