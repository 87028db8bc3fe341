//! The octets of one message that is coming in: into the store's spool and through the parser, and what is made of them at the end.
//!
//! Promises: lines end in CRLF in the store (A40). A `literal8` is kept octet for octet, unless it holds NUL, which no other FETCH than BINARY
//! can give out: then the bodies that hold it are kept in base64 (RFC 3516 §4.4: the server may modify the encoding, and nothing is lost),
//! so that BODY and BODYSTRUCTURE say the same (RFC 3516 §6) and BINARY gives the octets that came.
//! 8-bit header fields come from clients that have enabled UTF-8 only (RFC 6855 §4).

use std::ops::Range;

use ::store::{Flags, Head, Spool, Store};
use mail::downgrade::{Downgrade, Target};
use mail::{Message, Parser};

use crate::code::Code;
use crate::deed::No;
use crate::record;

/// Octets read back from a spool at once.
const BUFFER: usize = 4 * 1024;

/// A message that is coming in.
pub(super) struct Body {
    spool: Spool,
    parser: Parser,
    /// the last octet was CR
    after_cr: bool,
    /// there is NUL in it
    nul: bool,
}

/// What is known of a message that has come whole.
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) record: Vec<u8>,
    pub(super) flags: Flags,
    pub(super) in_memory: bool,
}

impl Body {
    pub(super) fn new(store: &Store) -> Body {
        Body {
            spool: store.spool(),
            parser: Parser::new(),
            after_cr: false,
            nul: false,
        }
    }

    /// Octets so far.
    pub(super) fn len(&self) -> u64 {
        self.spool.len()
    }

    /// Takes octets. `binary`: as they are; else a bare LF gets its CR, and NUL, which no literal may hold, becomes 0x80, so that it can be
    /// fetched.
    pub(super) fn take(&mut self, mut octets: &[u8], binary: bool) -> Result<(), No> {
        if binary {
            self.nul |= memchr::memchr(0, octets).is_some();
            self.after_cr = octets.last().map_or(self.after_cr, |last| *last == b'\r');
            return self.keep(octets);
        }
        // Lines that are well-formed already are kept in one go.
        let mut from = 0;
        let mut at = 0;
        while let Some(found) = octets
            .get(at..)
            .and_then(|rest| memchr::memchr2(b'\n', 0, rest))
        {
            let here = at.saturating_add(found);
            let after_cr = match here.checked_sub(1) {
                Some(before) => octets.get(before) == Some(&b'\r'),
                None => self.after_cr,
            };
            let octet = octets.get(here).copied().unwrap_or_default();
            at = here.saturating_add(1);
            if octet == b'\n' && after_cr {
                continue;
            }
            self.keep(octets.get(from..here).unwrap_or_default())?;
            self.keep(if octet == b'\n' { b"\r\n" } else { &[0x80] })?;
            // What was kept ends here: the next octet is judged by what stands before it, which is no CR.
            octets = octets.get(at..).unwrap_or_default();
            self.after_cr = false;
            (from, at) = (0, 0);
        }
        let rest = octets.get(from..).unwrap_or_default();
        if let Some(last) = rest.last() {
            self.after_cr = *last == b'\r';
        }
        self.keep(rest)
    }

    fn keep(&mut self, octets: &[u8]) -> Result<(), No> {
        if octets.is_empty() {
            return Ok(());
        }
        self.parser.feed(octets);
        self.spool
            .write(octets)
            .map_err(|error| No::from(::store::Error::Io(error)))
    }

    /// The message is whole.
    pub(super) fn end(
        self,
        store: &Store,
        utf8: bool,
        unix: i64,
        zone: i16,
        flags: Flags,
    ) -> Result<(Spool, Whole), No> {
        let Body {
            mut spool,
            parser,
            nul,
            ..
        } = self;
        if spool.len() == 0 {
            return Err(No::no("An empty message is none: nothing is appended"));
        }
        let mut message = parser.finish();
        if nul {
            (spool, message) = without_nul(store, &spool, &message)?;
        }
        if !utf8 && !header_is_ascii(&spool, &message)? {
            return Err(No::with(
                Code::Cannot,
                "Header fields with 8-bit characters need ENABLE UTF8=ACCEPT or IMAP4rev2",
            ));
        }
        let in_memory = spool.is_in_memory();
        Ok((
            spool,
            Whole {
                head: record::head(&message, unix, zone),
                record: record::render(&message),
                flags,
                in_memory,
            },
        ))
    }
}

/// Whether the message's own header is 7-bit.
fn header_is_ascii(spool: &Spool, message: &Message) -> Result<bool, No> {
    let end = message.parts.first().map_or(0, |part| part.header.end);
    all(spool, 0..end, |piece| piece.is_ascii())
}

/// Whether something holds of each piece of a range.
fn all(spool: &Spool, range: Range<u64>, holds: impl Fn(&[u8]) -> bool) -> Result<bool, No> {
    let mut buffer = [0; BUFFER];
    let mut at = range.start;
    while at < range.end {
        let here = usize::try_from(range.end.saturating_sub(at))
            .unwrap_or(BUFFER)
            .min(BUFFER);
        let piece = buffer.get_mut(..here).unwrap_or_default();
        spool.read_at(at, piece).map_err(::store::Error::Io)?;
        if !holds(piece) {
            return Ok(false);
        }
        at = at.saturating_add(here as u64);
    }
    Ok(true)
}

/// The message with every body that holds NUL in an encoding that IMAP can give out.
fn without_nul(store: &Store, spool: &Spool, message: &Message) -> Result<(Spool, Message), No> {
    const CANNOT: &str = "NUL stands where no encoding can hold it: in a header, or in a message too complex to be encoded anew";
    let unknown = || No::with(Code::UnknownCte, CANNOT);
    for part in &message.parts {
        let is_text = |piece: &[u8]| memchr::memchr(0, piece).is_none();
        if !all(spool, part.header.clone(), is_text)? {
            return Err(unknown());
        }
    }
    let mut read = |at: u64, room: &mut [u8]| -> std::io::Result<usize> {
        let left = usize::try_from(spool.len().saturating_sub(at)).unwrap_or(usize::MAX);
        let here = room.len().min(left);
        spool.read_at(at, room.get_mut(..here).unwrap_or_default())?;
        Ok(here)
    };
    let target = Target {
        eight_bit: true,
        binary: false,
        utf8_headers: true,
    };
    let mut rewritten = Downgrade::new(message, target, &mut read).map_err(|_| unknown())?;
    let (mut kept, mut parser, mut out) = (store.spool(), Parser::new(), Vec::new());
    while rewritten
        .next(&mut read, &mut out)
        .map_err(::store::Error::Io)?
    {
        if memchr::memchr(0, &out).is_some() {
            return Err(unknown());
        }
        parser.feed(&out);
        kept.write(&out).map_err(::store::Error::Io)?;
        out.clear();
    }
    Ok((kept, parser.finish()))
}
