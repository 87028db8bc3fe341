//! What a message asks of the servers that carry it: 8BITMIME, BINARYMIME, SMTPUTF8.

use crate::message::Message;
use crate::source::{ReadAt, each_piece};

/// What a message asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Octets above 127 anywhere: 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// NUL, a bare CR or LF, or a line longer than 998 octets: BINARYMIME (RFC 3030).
    pub binary: bool,
    /// Octets above 127 in the header of the message, or of an entity inside: SMTPUTF8 (RFC 6531 §3.5), or the sender was careless.
    pub smtputf8: bool,
}

/// Longest line without its line end (RFC 5322 §2.1.1).
pub const LINE_MAX: usize = 998;

/// Looks through the whole message once.
///
/// # Errors
/// Those of `read`.
pub fn needs<E>(message: &Message, read: &mut ReadAt<'_, E>) -> Result<Needs, E> {
    let mut octets = Octets::default();
    each_piece(read, 0..message.size, |piece| {
        octets.feed(piece);
        Ok(())
    })?;
    let octets = octets.finish();
    let smtputf8 = octets.eight_bit && needs_smtputf8(message, read)?;
    Ok(Needs {
        eight_bit: octets.eight_bit,
        binary: octets.has_binary(),
        smtputf8,
    })
}

/// Whether any header of the message holds octets above 127. Reads the headers only.
///
/// # Errors
/// Those of `read`.
pub fn needs_smtputf8<E>(message: &Message, read: &mut ReadAt<'_, E>) -> Result<bool, E> {
    let mut found = false;
    for part in &message.parts {
        each_piece(read, part.header.clone(), |piece| {
            found |= needs_eight_bit(piece);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Whether there are octets above 127.
pub fn needs_eight_bit(octets: &[u8]) -> bool {
    !octets.is_ascii()
}

/// What kinds of octets a text has; fed in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Octets {
    pub(crate) eight_bit: bool,
    pub(crate) nul: bool,
    pub(crate) bare_cr: bool,
    pub(crate) bare_lf: bool,
    pub(crate) long_line: bool,
    line: usize,
    after_cr: bool,
}

impl Octets {
    pub(crate) fn feed(&mut self, octets: &[u8]) {
        for &byte in octets {
            if byte == b'\n' {
                self.bare_lf |= !self.after_cr;
                (self.line, self.after_cr) = (0, false);
                continue;
            }
            self.bare_cr |= self.after_cr;
            self.after_cr = byte == b'\r';
            self.line += usize::from(!self.after_cr);
            self.eight_bit |= byte >= 0x80;
            self.nul |= byte == 0;
            self.long_line |= self.line > LINE_MAX;
        }
    }

    /// The end: a CR there has no LF.
    pub(crate) fn finish(mut self) -> Octets {
        self.bare_cr |= self.after_cr;
        self
    }

    pub(crate) fn has_binary(&self) -> bool {
        self.nul || self.bare_cr || self.bare_lf || self.long_line
    }
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
