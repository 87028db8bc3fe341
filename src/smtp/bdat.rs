//! The readers behind BDAT (RFC 3030): a chunk counts octets, and [`Lines`] judges whether they are text.
//!
//! A chunk's end is a number, so nothing in the content can be taken for it. All the same a text message with a lone CR, a lone
//! LF or a NUL is refused: we, or who gets it from us, may have to send it on by DATA, where it could be cut
//! in two (see [`crate::data`]). RFC 3030 §2 wants canonical lines there too. Only BODY=BINARYMIME may hold any octets, and only
//! behind its header.

use crate::data::Fault;
use memchr::memchr3;

/// One chunk on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    left: u64,
    last: bool,
}

impl Chunk {
    /// A chunk of `size` octets, all of them still to come.
    pub fn new(size: u64, last: bool) -> Chunk {
        Chunk { left: size, last }
    }

    /// Octets still to come.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether it is the message's last.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// Takes from `input` what belongs to this chunk.
    pub fn take<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let fits = usize::try_from(self.left).map_or(input.len(), |left| left.min(input.len()));
        let taken = input.get(..fits).unwrap_or_default();
        self.left = self.left.saturating_sub(taken.len() as u64);
        taken
    }
}

/// Whether octets are lines that end with CRLF, fed in any pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    after_cr: bool,
    /// Something stands behind the last CRLF.
    open: bool,
}

impl Lines {
    /// Looks at the next octets. After a fault the answer means nothing.
    pub fn feed(&mut self, octets: &[u8]) -> Result<(), Fault> {
        let mut rest = octets;
        if let (true, Some((first, behind))) = (self.after_cr, rest.split_first()) {
            if *first != b'\n' {
                return Err(Fault::BareCr);
            }
            (self.after_cr, self.open, rest) = (false, false, behind);
        }
        while let Some(found) = memchr3(b'\r', b'\n', 0, rest) {
            match (rest.get(found), rest.get(found + 1)) {
                (Some(b'\r'), Some(b'\n')) => self.open = false,
                (Some(b'\r'), None) => {
                    (self.after_cr, self.open) = (true, true);
                    return Ok(());
                }
                (Some(b'\r'), Some(_)) => return Err(Fault::BareCr),
                (Some(b'\n'), _) => return Err(Fault::BareLf),
                _ => return Err(Fault::Nul),
            }
            rest = rest.get(found + 2..).unwrap_or_default();
        }
        self.open |= !rest.is_empty();
        Ok(())
    }

    /// At the end of the text: whether its last line lacks its CRLF.
    pub fn finish(self) -> Result<bool, Fault> {
        if self.after_cr {
            Err(Fault::BareCr)
        } else {
            Ok(self.open)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(pieces: &[&[u8]]) -> Result<bool, Fault> {
        let mut lines = Lines::default();
        for piece in pieces {
            lines.feed(piece)?;
        }
        lines.finish()
    }

    /// The judgement is the same whole and one octet at a time.
    #[test]
    fn lines_in_any_pieces() {
        let cases: [(&[u8], Result<bool, Fault>); 12] = [
            (b"", Ok(false)),
            (b"a", Ok(true)),
            (b"a\r\n", Ok(false)),
            (b"a\r\nb", Ok(true)),
            (b"\r\n\r\n", Ok(false)),
            (b"a\r\n.\r\nb\r\n", Ok(false)),
            (b"a\r", Err(Fault::BareCr)),
            (b"a\rb\r\n", Err(Fault::BareCr)),
            (b"a\r\r\n", Err(Fault::BareCr)),
            (b"a\nb\r\n", Err(Fault::BareLf)),
            (b"\n", Err(Fault::BareLf)),
            (b"a\0b\r\n", Err(Fault::Nul)),
        ];
        for (octets, expected) in cases {
            let single: Vec<&[u8]> = octets.chunks(1).collect();
            assert_eq!(judge(&[octets]), expected, "{octets:?} whole");
            assert_eq!(judge(&single), expected, "{octets:?} by octets");
        }
    }

    #[test]
    fn a_chunk_takes_its_own_and_no_more() {
        let mut chunk = Chunk::new(5, true);
        assert_eq!(chunk.take(b"abc"), b"abc");
        assert_eq!(chunk.take(b"defg"), b"de");
        assert_eq!((chunk.left(), chunk.is_last()), (0, true));
        assert_eq!(chunk.take(b"fg"), b"");
        let mut huge = Chunk::new(u64::MAX, false);
        assert_eq!(huge.take(b"abc"), b"abc");
        assert_eq!(huge.left(), u64::MAX - 3);
    }
}
