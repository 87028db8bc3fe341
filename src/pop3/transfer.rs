//! RETR and TOP: a message from the store to the client, in pieces (RFC 1939 §5, §7).
//!
//! No read transaction lives longer than a piece. A message longer than a piece is watched while it is sent, so that an expunge by IMAP in between
//! does not take its octets away; a message that was expunged before is refused.

use crate::maildrop::{Maildrop, Message};
use crate::reply::number;
use crate::stuffing::Stuffing;
use store::{Error, Gid, Read, Store, Watch};

/// A message that has been sent up to some octet.
pub(crate) struct Transfer {
    gid: Gid,
    size: u64,
    offset: u64,
    stuffing: Stuffing,
    /// Keeps the octets in the store.
    _watch: Option<Watch>,
}

impl Transfer {
    /// Writes the answer's first line; `lines` are TOP's. `None`: the message has been expunged since log-in.
    pub(crate) fn begin(
        store: &Store,
        maildrop: &Maildrop,
        message: Message,
        lines: Option<u64>,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Option<Transfer>, Error> {
        let size = u64::from(message.size);
        // Watch first, then look: what is there now stays.
        let in_pieces =
            usize::try_from(size).is_ok_and(|size| size.saturating_add(out.len()) > limit / 2);
        let watch = in_pieces.then(|| store.watch(maildrop.mailbox, maildrop.modseq));
        let Some(entry) = store.read()?.entry(maildrop.mailbox, message.uid)? else {
            return Ok(None);
        };
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
            _watch: watch,
        }))
    }

    /// Writes octets until `out` holds `limit` of them or all is said; `Ok(None)`: all is said. An error is the end of the connection: what was
    /// sent cannot be taken back, and the client must not take a part for the whole.
    pub(crate) fn write(
        mut self,
        store: &Store,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<Option<Transfer>, Error> {
        let read = store.read()?;
        while self.offset < self.size && !self.stuffing.has_enough() {
            if out.len() >= limit {
                return Ok(Some(self));
            }
            let octets = read.body(self.gid, self.offset)?;
            if octets.is_empty() {
                return Err(Error::Damaged(
                    "a message is shorter than its size".to_owned(),
                ));
            }
            self.stuffing.push(octets, out);
            self.offset = self
                .offset
                .saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        }
        self.stuffing.finish(out);
        Ok(None)
    }
}
