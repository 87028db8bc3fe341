//! A field body with parameters: `Content-Type` (RFC 2045 §5.1), `Content-Disposition` (RFC 2183 §2), with the
//! continuations, charsets and languages of RFC 2231.
//!
//! It promises linear time for every input and at most [`PARAMS_MAX`] pieces. It reads what senders write: missing
//! quotes and semicolons, blanks in bare values, `=` in boundaries.

use memchr::memchr2;

use crate::content::charset;
use crate::limits::PARAMS_MAX;
use crate::message::Params;

/// A field body taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameterized {
    /// What stands before the parameters, without comments and white space, in lower case: `text/plain`.
    pub value: String,
    /// The parameters, joined and decoded.
    pub params: Params,
    /// The octets of the `boundary` parameter, undecoded.
    pub boundary: Option<Vec<u8>>,
    /// Whether parameters were dropped because there were more than [`PARAMS_MAX`] pieces.
    pub cut: bool,
}

/// Reads an unfolded field body.
///
/// ```abnf
/// content     = type "/" subtype *(";" parameter)
/// disposition = disposition-type *(";" parameter)
/// parameter   = attribute "=" (token / quoted-string)
/// attribute   = name / name "*" / name "*" section / name "*" section "*"
/// ```
pub fn parse_parameterized(body: &[u8]) -> Parameterized {
    let mut text = Text(body);
    let mut result = Parameterized {
        value: text.value(),
        ..Parameterized::default()
    };
    let mut pieces: Vec<Piece> = Vec::new();
    while let Some((name, value)) = text.parameter() {
        if pieces.len() == PARAMS_MAX {
            result.cut = true;
            break;
        }
        pieces.extend(Piece::new(name, value));
    }
    join(pieces, &mut result);
    result
}

struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    fn skip(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(count).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        self.skip(
            self.0
                .iter()
                .position(|&b| !wanted(b))
                .unwrap_or(self.0.len()),
        )
    }

    /// White space and comments, nested ones too.
    fn skip_cfws(&mut self) {
        let mut depth: usize = 0;
        while let Some(&byte) = self.0.first() {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' if depth > 0 => depth -= 1,
                b'\\' if depth > 0 => drop(self.skip(1)),
                _ if depth > 0 || is_space(byte) => {}
                _ => return,
            }
            self.skip(1);
        }
    }

    /// What stands before the first semicolon. A blank ends it, unless a slash is near.
    fn value(&mut self) -> String {
        let mut value = String::new();
        loop {
            self.skip_cfws();
            let word =
                self.skip_while(|b| !is_space(b) && !matches!(b, b';' | b'(' | b'/' | b',' | b'"'));
            value.extend(
                word.iter()
                    .filter(|b| b.is_ascii_graphic())
                    .map(|b| char::from(b.to_ascii_lowercase())),
            );
            self.skip_cfws();
            if self.0.first() != Some(&b'/') || value.contains('/') {
                return value;
            }
            self.skip(1);
            value.push('/');
        }
    }

    /// The next `name=value`; elements without `=` are passed over.
    fn parameter(&mut self) -> Option<(&'a [u8], Vec<u8>)> {
        loop {
            self.skip_cfws();
            let end = memchr2(b'=', b';', self.0)?;
            let name = self.skip(end);
            if self.skip(1) == b";" {
                continue;
            }
            self.skip_cfws();
            let value = if self.0.first() == Some(&b'"') {
                self.skip(1);
                self.quoted()
            } else {
                self.bare()
            };
            // Of "text/plain; junk charset=x" the last word is the name.
            let name = name
                .trim_ascii()
                .rsplit(|&b| is_space(b) || b == b'/' || b == b',')
                .next()
                .unwrap_or(&[]);
            return Some((name, value));
        }
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut value = Vec::new();
        loop {
            value.extend_from_slice(self.skip_while(|b| b != b'"' && b != b'\\'));
            match self.skip(1) {
                b"\\" => value.extend_from_slice(self.skip(1)),
                _ => return value,
            }
        }
    }

    /// A value without quotes: a token, or all up to the semicolon if more words follow and none of them is a
    /// parameter whose semicolon is missing.
    fn bare(&mut self) -> Vec<u8> {
        let mut value = self.skip_while(|b| !is_space(b) && b != b';').to_vec();
        let blanks = self.skip_while(is_space);
        if blanks.is_empty() || matches!(self.0.first(), None | Some(b';' | b'(')) {
            return value;
        }
        let end = memchr2(b'=', b';', self.0).unwrap_or(self.0.len());
        if self.0.get(end) != Some(&b'=') {
            value.extend_from_slice(blanks);
            value.extend_from_slice(self.skip(end).trim_ascii_end());
        }
        value
    }
}

/// One parameter as it stands in the field, its name taken apart (RFC 2231 §3, §4).
struct Piece {
    name: String,
    section: Option<u16>,
    extended: bool,
    value: Vec<u8>,
}

impl Piece {
    fn new(name: &[u8], value: Vec<u8>) -> Option<Piece> {
        let name = std::str::from_utf8(name).ok()?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic() && b != b'"') {
            return None;
        }
        let (bare, extended) = match name.strip_suffix('*') {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        let section = |digits: &str| {
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| digits.parse().ok())
                .flatten()
        };
        let (base, section) = match bare
            .rsplit_once('*')
            .map(|(base, digits)| (base, section(digits)))
        {
            Some((base, Some(section))) => (base, Some(section)),
            _ => (bare, None),
        };
        (!base.is_empty()).then(|| Piece {
            name: base.to_ascii_lowercase(),
            section,
            extended,
            value,
        })
    }
}

/// Joins the pieces of each name. Of several forms of one name the decodable one wins: `x*`, then `x*0`, then `x`.
fn join(pieces: Vec<Piece>, result: &mut Parameterized) {
    if pieces.iter().all(|p| !p.extended && p.section.is_none()) {
        for piece in pieces {
            if !result.params.iter().any(|(name, _)| *name == piece.name) {
                push(result, piece.name, "", piece.value);
            }
        }
        return;
    }
    let names: Vec<&str> = pieces.iter().map(|p| p.name.as_str()).collect();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            continue;
        }
        let of_name = || pieces.iter().filter(|p| p.name == **name);
        let mut chosen: Vec<&Piece> = of_name()
            .filter(|p| p.extended && p.section.is_none())
            .take(1)
            .collect();
        if chosen.is_empty() {
            chosen = of_name().filter(|p| p.section.is_some()).collect();
            chosen.sort_by_key(|p| p.section);
            chosen.dedup_by_key(|p| p.section);
        }
        if chosen.is_empty() {
            chosen = of_name().take(1).collect();
        }
        let (label, octets) = decode(&chosen);
        push(result, (*name).to_owned(), &label, octets);
    }
}

/// The octets of the pieces of one parameter, and the charset that the first one names.
fn decode(pieces: &[&Piece]) -> (String, Vec<u8>) {
    let mut label = String::new();
    let mut octets = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let mut value = piece.value.as_slice();
        if !piece.extended {
            octets.extend_from_slice(value);
            continue;
        }
        if index == 0 {
            let mut quotes = value.splitn(3, |&b| b == b'\'');
            if let (Some(charset), Some(_language), Some(rest)) =
                (quotes.next(), quotes.next(), quotes.next())
            {
                label = String::from_utf8_lossy(charset).into_owned();
                value = rest;
            }
        }
        percent_decode(value, &mut octets);
    }
    (label, octets)
}

fn percent_decode(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some((&byte, rest)) = text.split_first() {
        if let (b'%', &[high, low, ref rest @ ..]) = (byte, rest)
            && let (Some(high), Some(low)) = (super::hex(high), super::hex(low))
        {
            out.push(high << 4 | low);
            text = rest;
        } else {
            out.push(byte);
            text = rest;
        }
    }
}

fn push(result: &mut Parameterized, name: String, label: &str, octets: Vec<u8>) {
    let value = super::without_controls(&charset::to_utf8(label, &octets));
    if name == "boundary" {
        result.boundary = Some(octets);
    }
    result.params.push((name, value));
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

#[cfg(test)]
#[path = "params_tests.rs"]
mod tests;
