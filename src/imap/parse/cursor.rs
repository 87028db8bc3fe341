//! The place in a command up to which it has been read, and the grammar's small words.

use std::borrow::Cow;

use crate::deed::No;
use crate::parse::Parsed;
use crate::print::{is_astring_char, is_atom_char};

/// What is left of a command. Literals lie in it as `{n}` CRLF and n octets.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    /// Whether mailbox names are UTF-8 (rev2) and not modified UTF-7.
    pub(crate) utf8: bool,
    /// Whether SEARCH may name no charset any more (RFC 6855 §3, behind ENABLE UTF8=ACCEPT).
    pub(crate) no_charset: bool,
}

impl<'a> Cursor<'a> {
    /// A cursor at the front of these octets.
    pub fn new(rest: &'a [u8], utf8: bool) -> Cursor<'a> {
        Cursor {
            rest,
            utf8,
            no_charset: false,
        }
    }

    /// The next octet, not taken.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Whether these octets come next.
    pub(crate) fn looks_at(&self, octets: &[u8]) -> bool {
        self.rest.starts_with(octets)
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Takes this octet if it is next.
    pub(crate) fn eat(&mut self, octet: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == octet => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes the next octet, whatever it is.
    pub(crate) fn take_first(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Takes this octet or refuses.
    pub(crate) fn expect(&mut self, octet: u8, why: &'static str) -> Parsed<()> {
        if self.eat(octet) {
            Ok(())
        } else {
            Err(No::bad(why))
        }
    }

    /// SP: exactly one space.
    pub(crate) fn space(&mut self) -> Parsed<()> {
        self.expect(b' ', "A space was expected")
    }

    /// The end of the command; spaces before it are forgiven.
    pub(crate) fn end(&mut self) -> Parsed<()> {
        if self.rest.iter().all(|octet| *octet == b' ') {
            Ok(())
        } else {
            Err(No::bad("The command goes on where its end was expected"))
        }
    }

    /// Takes the octets that `wanted` accepts.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|octet| !wanted(*octet))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// A command's name.
    pub(crate) fn letters(&mut self) -> &'a [u8] {
        self.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'_' || octet == b'-')
    }

    /// Takes this word, in any case, if it is next and no atom goes on behind it.
    pub(crate) fn word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        if ahead
            .take_while(is_atom_char)
            .eq_ignore_ascii_case(word.as_bytes())
        {
            *self = ahead;
            return true;
        }
        false
    }

    /// ```abnf
    /// atom = 1*ATOM-CHAR
    /// ```
    pub(crate) fn atom(&mut self) -> Parsed<&'a str> {
        let atom = self.take_while(is_atom_char);
        match std::str::from_utf8(atom) {
            Ok(atom) if !atom.is_empty() => Ok(atom),
            _ => Err(No::bad("An atom was expected")),
        }
    }

    /// ```abnf
    /// number64 = 1*DIGIT ; 63 bits
    /// ```
    pub(crate) fn number64(&mut self) -> Parsed<u64> {
        let digits = self.take_while(|octet| octet.is_ascii_digit());
        let value = digits.iter().try_fold(0u64, |value, digit| {
            value
                .checked_mul(10)?
                .checked_add(u64::from(digit - b'0'))
                .filter(|value| *value <= i64::MAX as u64)
        });
        match value {
            Some(value) if !digits.is_empty() => Ok(value),
            _ => Err(No::bad("A number was expected")),
        }
    }

    /// A 32-bit number that is not zero.
    pub(crate) fn nz_number(&mut self) -> Parsed<std::num::NonZeroU32> {
        let value = u32::try_from(self.number64()?)
            .ok()
            .and_then(std::num::NonZeroU32::new);
        value.ok_or_else(|| No::bad("A number from 1 to 4294967295 was expected"))
    }

    /// ```abnf
    /// astring = 1*ASTRING-CHAR / string
    /// ```
    pub(crate) fn astring(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => {
                // UTF-8 outside of quotes is no ASTRING-CHAR, but it means only one thing.
                let atom = self.take_while(|octet| is_astring_char(octet) || octet >= 0x80);
                if atom.is_empty() {
                    Err(No::bad("A string was expected"))
                } else {
                    Ok(Cow::Borrowed(atom))
                }
            }
        }
    }

    /// ```abnf
    /// list-mailbox = 1*list-char / string
    /// list-char = ATOM-CHAR / list-wildcards / resp-specials
    /// ```
    pub(crate) fn list_mailbox(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => {
                let atom = self.take_while(|octet| {
                    is_astring_char(octet) || matches!(octet, b'*' | b'%') || octet >= 0x80
                });
                if atom.is_empty() {
                    Err(No::bad("A mailbox pattern was expected"))
                } else {
                    Ok(Cow::Borrowed(atom))
                }
            }
        }
    }

    /// NIL or a string.
    pub(crate) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        if self.word("NIL") {
            Ok(None)
        } else {
            self.string().map(Some)
        }
    }

    /// ```abnf
    /// string = quoted / literal
    /// ```
    pub(crate) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        if self.eat(b'"') {
            return self.quoted();
        }
        let literal = self.literal()?;
        if literal.contains(&0) {
            return Err(No::bad("NUL is not allowed here"));
        }
        Ok(Cow::Borrowed(literal))
    }

    /// `~{n}` and n octets of any kind (RFC 3516 §4.4).
    pub(crate) fn literal8(&mut self) -> Parsed<&'a [u8]> {
        self.expect(b'~', "A binary literal was expected")?;
        self.literal()
    }

    fn literal(&mut self) -> Parsed<&'a [u8]> {
        self.expect(b'{', "A string was expected")?;
        let length = self.number64()?;
        self.eat(b'+');
        self.expect(b'}', "A literal was expected")?;
        self.eat(b'\r');
        self.expect(b'\n', "A literal was expected")?;
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let (literal, rest) = taken.ok_or_else(|| No::bad("A literal is shorter than it says"))?;
        self.rest = rest;
        Ok(literal)
    }

    /// The rest of a quoted string. Who has enabled UTF-8 may have it here, but no other octets (RFC 6855 §3).
    fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        let text = self.unquoted()?;
        if self.utf8 && std::str::from_utf8(&text).is_err() {
            return Err(No::bad("What stands in quotes is not UTF-8"));
        }
        Ok(text)
    }

    fn unquoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        const ENDLESS: &str = "A quoted string does not end";
        let mut unescaped: Option<Vec<u8>> = None;
        loop {
            let piece = self.take_while(|octet| !matches!(octet, b'"' | b'\\' | b'\r' | b'\n' | 0));
            if let Some(text) = &mut unescaped {
                text.extend_from_slice(piece);
            }
            if self.eat(b'"') {
                return Ok(unescaped.map_or(Cow::Borrowed(piece), Cow::Owned));
            }
            self.expect(b'\\', ENDLESS)?;
            let escaped = self.peek().filter(|octet| matches!(octet, b'"' | b'\\'));
            let escaped = escaped
                .ok_or_else(|| No::bad("Only a quote or a backslash may follow a backslash"))?;
            self.eat(escaped);
            unescaped
                .get_or_insert_with(|| piece.to_vec())
                .push(escaped);
        }
    }

    /// A list in parentheses, its elements parted by single spaces; `()` only where `empty` allows it.
    pub(crate) fn list(
        &mut self,
        empty: bool,
        most: usize,
        mut element: impl FnMut(&mut Cursor<'a>) -> Parsed<()>,
    ) -> Parsed<()> {
        self.expect(b'(', "A list in parentheses was expected")?;
        if empty && self.eat(b')') {
            return Ok(());
        }
        for _ in 0..most {
            element(self)?;
            if self.eat(b')') {
                return Ok(());
            }
            self.space()?;
        }
        Err(No::bad("This list is longer than the box takes"))
    }
}
