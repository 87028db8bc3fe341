//! The question that a program asks with: a piece of XML from a stranger, read for two texts.
//!
//! ```xml
//! <Autodiscover xmlns="..."><Request>
//!   <EMailAddress>ann@house.test</EMailAddress>
//!   <AcceptableResponseSchema>http://schemas.microsoft.com/...</AcceptableResponseSchema>
//! </Request></Autodiscover>
//! ```
//!
//! One walk from the front to the end, one octet looked at once; nothing nests, so nothing recurses. Document types (`<!DOCTYPE`, and with them entities of one's own) are refused,
//! not read: that is where XML bites. Whether end tags match is not looked at. Prefixes of namespaces are passed over.

use std::fmt;

/// The longest question that is read, in octets; real ones have 400.
pub const BODY_MAX: usize = 8 * 1024;
/// The longest text that is kept of an element, in octets: an address has at most 254 (RFC 5321 §4.5.3.1.3), in whatever scripts.
const TEXT_MAX: usize = 1024;
/// The longest reference (`&#x10FFFF;`) between `&` and `;`.
const REFERENCE_MAX: usize = 10;

/// What is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// For whom.
    pub address: String,
    /// In which form; the last part of the schema's address decides.
    pub schema: Option<String>,
}

/// Why a question was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unread {
    /// It is longer than [`BODY_MAX`], or a text in it than can be meant.
    TooLong,
    /// It is no text in UTF-8, or breaks off inside a tag.
    Malformed,
    /// It has a document type, or an entity that XML itself does not have.
    Forbidden,
    /// It names no address.
    NoAddress,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unread::TooLong => "it is too long",
            Unread::Malformed => "it is no XML",
            Unread::Forbidden => "it has a document type or an entity",
            Unread::NoAddress => "it names no address",
        })
    }
}

/// Reads a question.
///
/// # Errors
/// Why it cannot be answered.
pub fn read(body: &[u8]) -> Result<Wish, Unread> {
    if body.len() > BODY_MAX {
        return Err(Unread::TooLong);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unread::Malformed)?;
    let mut walk = Walk {
        rest: text.trim_start_matches('\u{feff}'),
        inside: None,
        address: None,
        schema: None,
    };
    while !walk.rest.is_empty() {
        walk.step()?;
    }
    let address = walk.address.map(|text| text.trim().to_owned());
    let address = address.filter(|address| !address.is_empty());
    Ok(Wish {
        address: address.ok_or(Unread::NoAddress)?,
        schema: walk.schema.map(|text| text.trim().to_owned()),
    })
}

/// The elements that matter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Address,
    Schema,
}

struct Walk<'a> {
    rest: &'a str,
    inside: Option<Element>,
    address: Option<String>,
    schema: Option<String>,
}

impl<'a> Walk<'a> {
    /// One piece of markup, or the text up to the next.
    fn step(&mut self) -> Result<(), Unread> {
        let Some(markup) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let text = self.take(end);
            return self.text(text);
        };
        if let Some(comment) = markup.strip_prefix("!--") {
            self.rest = comment;
            self.up_to("-->")?;
        } else if let Some(raw) = markup.strip_prefix("![CDATA[") {
            self.rest = raw;
            let raw = self.up_to("]]>")?;
            self.keep(raw)?;
        } else if markup.starts_with('!') {
            return Err(Unread::Forbidden);
        } else if markup.starts_with('?') {
            self.rest = markup;
            self.up_to("?>")?;
        } else if markup.starts_with('/') {
            self.rest = markup;
            self.up_to(">")?;
            self.inside = None;
        } else {
            self.rest = markup;
            let tag = self.tag()?;
            self.open(tag);
        }
        Ok(())
    }

    /// A start tag up to its `>`, which may also stand in the quotes of an attribute.
    fn tag(&mut self) -> Result<&'a str, Unread> {
        let mut quote = None;
        let end = self.rest.bytes().position(|octet| {
            match quote {
                Some(open) if open == octet => quote = None,
                Some(_) => {}
                None if matches!(octet, b'"' | b'\'') => quote = Some(octet),
                None => return octet == b'>',
            }
            false
        });
        let end = end.ok_or(Unread::Malformed)?;
        let tag = self.take(end);
        self.take(1);
        Ok(tag)
    }

    fn open(&mut self, tag: &str) {
        if tag.ends_with('/') {
            self.inside = None;
            return;
        }
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next();
        let name = name.unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        // Of several the first is believed.
        self.inside = match name {
            name if name.eq_ignore_ascii_case("EMailAddress") && self.address.is_none() => {
                self.address = Some(String::new());
                Some(Element::Address)
            }
            name if name.eq_ignore_ascii_case("AcceptableResponseSchema")
                && self.schema.is_none() =>
            {
                self.schema = Some(String::new());
                Some(Element::Schema)
            }
            _ => None,
        };
    }

    /// Text with references in it.
    fn text(&mut self, text: &str) -> Result<(), Unread> {
        if self.inside.is_none() {
            return Ok(());
        }
        let mut pieces = text.split('&');
        self.keep(pieces.next().unwrap_or_default())?;
        for piece in pieces {
            let (reference, rest) = piece.split_once(';').ok_or(Unread::Malformed)?;
            let c = referred(reference).ok_or(Unread::Forbidden)?;
            self.keep(c.encode_utf8(&mut [0; 4]))?;
            self.keep(rest)?;
        }
        Ok(())
    }

    fn keep(&mut self, text: &str) -> Result<(), Unread> {
        let kept = match self.inside {
            Some(Element::Address) => &mut self.address,
            Some(Element::Schema) => &mut self.schema,
            None => return Ok(()),
        };
        let kept = kept.get_or_insert_default();
        if kept.len().saturating_add(text.len()) > TEXT_MAX {
            return Err(Unread::TooLong);
        }
        kept.push_str(text);
        Ok(())
    }

    /// What stands before `end`; goes on behind it.
    fn up_to(&mut self, end: &str) -> Result<&'a str, Unread> {
        let (before, behind) = self.rest.split_once(end).ok_or(Unread::Malformed)?;
        self.rest = behind;
        Ok(before)
    }

    /// The next octets; none where that would cut a character.
    fn take(&mut self, octets: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(octets)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// The character of a reference: one of the five that XML has by itself, or by its number (XML 1.0 §4.1, §4.6).
fn referred(reference: &str) -> Option<char> {
    if reference.len() > REFERENCE_MAX {
        return None;
    }
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?).filter(|c| !c.is_control())
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
