//! The letter that a report is about: what is said of it, and how much of it is returned.
//!
//! It promises that of a header no more than [`HEADER_MAX`] octets are held, and of a whole letter one piece at a time.

use super::{HEADER_MAX, Sink};
use crate::content::encode::{Encoder, quoted_text};
use crate::header::{decode_words, fields, unfold};
use crate::needs::{LINE_MAX, Octets};
use crate::plain::one_line;
use crate::source::{PIECE, ReadAt, each_piece};

/// Characters of a subject that are shown.
const SUBJECT_MAX: usize = 150;
/// Characters of a date that are shown.
const DATE_MAX: usize = 60;
/// Longest Message-ID that is referred to.
const MESSAGE_ID_MAX: usize = 250;

/// What the letter says of itself, on one line each.
pub(super) struct Letter {
    pub(super) subject: Option<String>,
    pub(super) date: Option<String>,
    pub(super) message_id: Option<String>,
    /// The header in CRLF lines, without the empty line and without NUL and bare CR; cut at a line after [`HEADER_MAX`] octets.
    header: Vec<u8>,
}

impl Letter {
    pub(super) fn read<E>(size: u64, read: &mut ReadAt<'_, E>) -> Result<Letter, E> {
        let mut octets = Vec::new();
        each_piece(read, 0..size.min(HEADER_MAX as u64), |piece| {
            octets.extend_from_slice(piece);
            Ok(())
        })?;
        let mut all = fields(&octets);
        let mut end = all.by_ref().map(|field| field.raw.len()).sum::<usize>();
        if all.rest().is_empty() && octets.len() as u64 != size {
            // The header goes on: the last line may be cut.
            end = memchr::memrchr(b'\n', &octets).map_or(0, |at| at + 1);
        }
        octets.truncate(end);
        let text = |name: &str, max| {
            let field = fields(&octets).find(|field| field.is(name))?;
            let text = one_line(&decode_words(field.value), max);
            (!text.is_empty()).then_some(text)
        };
        Ok(Letter {
            subject: text("Subject", SUBJECT_MAX),
            date: text("Date", DATE_MAX),
            message_id: message_id(&octets),
            header: canonical(&octets),
        })
    }
}

/// The letter's Message-ID if it can stand in a field of ours.
fn message_id(header: &[u8]) -> Option<String> {
    let field = fields(header).find(|field| field.is("Message-ID"))?;
    let value = String::from_utf8(unfold(field.value).into_owned()).ok()?;
    let good = value.starts_with('<')
        && value.ends_with('>')
        && (3..=MESSAGE_ID_MAX).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_graphic())
        && value.matches(['<', '>']).count() == 2;
    good.then_some(value)
}

fn canonical(header: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len());
    for line in header.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        out.extend(
            line.iter()
                .map(|&b| if matches!(b, 0 | b'\r') { b' ' } else { b }),
        );
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The third part of the report.
pub(super) struct Returned {
    media_type: &'static str,
    encoding: &'static str,
    /// The header alone, or `None`: `size` octets of the letter.
    header: Option<Vec<u8>>,
    size: u64,
}

impl Returned {
    pub(super) fn of<E>(
        letter: &Letter,
        full: bool,
        utf8: bool,
        size: u64,
        read: &mut ReadAt<'_, E>,
    ) -> Result<Returned, E> {
        let international =
            !letter.header.is_ascii() && std::str::from_utf8(&letter.header).is_ok();
        if full {
            let mut octets = Octets::default();
            each_piece(read, 0..size, |piece| {
                octets.feed(piece);
                Ok(())
            })?;
            let octets = octets.finish();
            let encoding = match (octets.has_binary(), octets.eight_bit) {
                // RFC 2046 §5.2.1 allows message/rfc822 no encoding; RFC 6532 §3.7 allows message/global any.
                _ if international && !utf8 => "base64",
                (true, _) => "binary",
                (false, true) => "8bit",
                (false, false) => "7bit",
            };
            let media_type = if international {
                "message/global"
            } else {
                "message/rfc822"
            };
            return Ok(Returned {
                media_type,
                encoding,
                header: None,
                size,
            });
        }
        let long = letter
            .header
            .split(|&b| b == b'\n')
            .any(|line| line.len() > LINE_MAX);
        let (media_type, encoding) = match (letter.header.is_ascii() && !long, international) {
            (true, _) => ("text/rfc822-headers", "7bit"),
            (false, true) if utf8 && !long => ("message/global-headers", "8bit"),
            (false, true) => ("message/global-headers", "quoted-printable"),
            (false, false) => ("text/rfc822-headers", "quoted-printable"),
        };
        Ok(Returned {
            media_type,
            encoding,
            header: Some(letter.header.clone()),
            size,
        })
    }

    /// Its Content-Transfer-Encoding.
    pub(super) fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Whether UTF-8 of header fields stands unencoded in it.
    pub(super) fn is_global(&self) -> bool {
        self.media_type.starts_with("message/global") && matches!(self.encoding, "8bit" | "binary")
    }

    pub(super) fn write<E>(
        self,
        read: &mut ReadAt<'_, E>,
        sink: &mut Sink<'_, '_, E>,
    ) -> Result<(), E> {
        sink.text(&format!(
            "Content-Type: {}\r\nContent-Transfer-Encoding: {}\r\n\r\n",
            self.media_type, self.encoding
        ))?;
        match self.header {
            Some(header) if self.encoding == "quoted-printable" => {
                sink.octets(&quoted_text(&header))
            }
            Some(header) => sink.octets(&header),
            None if self.encoding == "base64" => {
                let (mut encoder, mut out) = (Encoder::base64(), Vec::with_capacity(2 * PIECE));
                each_piece(read, 0..self.size, |piece| {
                    encoder.feed(piece, &mut out);
                    sink.octets(&out)?;
                    out.clear();
                    Ok(())
                })?;
                encoder.finish(&mut out);
                sink.octets(&out)
            }
            None => each_piece(read, 0..self.size, |piece| sink.octets(piece)),
        }
    }
}
