//! The strings of a printed ENVELOPE that SORT compares (RFC 5256, RFC 5957), read back from it.
//!
//! Promises: what was printed is read without a look at the message; what cannot be read is an empty string.

use std::borrow::Cow;

/// An envelope's strings.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    envelope: &'a [u8],
}

/// A field of the envelope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Address {
    /// env-from
    From,
    /// env-to
    To,
    /// env-cc
    Cc,
}

impl<'a> Said<'a> {
    pub(super) fn new(envelope: &'a [u8]) -> Said<'a> {
        Said { envelope }
    }

    /// The Subject as it stands there: encoded words are not decoded; empty for NIL.
    pub fn subject(&self) -> Cow<'a, [u8]> {
        let mut cursor = self.cursor();
        cursor.skip();
        cursor.value().unwrap_or_default()
    }

    /// addr-mailbox of the first address (RFC 5256 §3), decoded; empty if there is none.
    pub fn mailbox(&self, of: Address) -> String {
        let [_, mailbox, _] = self.first(of);
        mailbox
            .map(|mailbox| readable(&mailbox))
            .unwrap_or_default()
    }

    /// The DISPLAY sort value of the first address (RFC 5957 §3).
    pub fn display(&self, of: Address) -> String {
        let [name, mailbox, host] = self.first(of);
        let name = name.map(|name| readable(&name)).unwrap_or_default();
        match (mailbox, host) {
            _ if !name.is_empty() => name,
            (Some(mailbox), Some(host)) => format!("{}@{}", readable(&mailbox), readable(&host)),
            (Some(mailbox), None) => readable(&mailbox),
            (None, _) => String::new(),
        }
    }

    /// Name, mailbox and host of the first address; what stands in for a missing From is none.
    fn first(&self, of: Address) -> [Option<Cow<'a, [u8]>>; 3] {
        let mut cursor = self.cursor();
        // date, subject, from, sender, reply-to, to, cc
        let before = match of {
            Address::From => 2,
            Address::To => 5,
            Address::Cc => 6,
        };
        for _ in 0..before {
            cursor.skip();
        }
        if !cursor.eat(b'(') || !cursor.eat(b'(') {
            return [None, None, None];
        }
        let name = cursor.value();
        cursor.skip();
        let (mailbox, host) = (cursor.value(), cursor.value());
        let missing = |text: &Option<Cow<'_, [u8]>>, word| text.as_deref() == Some(word);
        if missing(&mailbox, super::envelope::NO_MAILBOX)
            && missing(&host, super::envelope::NO_HOST)
        {
            return [name, None, None];
        }
        [
            name,
            mailbox.filter(|mailbox| &**mailbox != super::envelope::NO_MAILBOX),
            host.filter(|host| &**host != super::envelope::NO_HOST),
        ]
    }

    fn cursor(&self) -> Cursor<'a> {
        let mut cursor = Cursor {
            rest: self.envelope,
        };
        cursor.eat(b'(');
        cursor
    }
}

fn readable(text: &[u8]) -> String {
    mail::header::decode_words(text).trim().to_owned()
}

/// Reads what [`super::envelope`] has printed.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, octet: u8) -> bool {
        let rest = self.rest.strip_prefix(&[octet]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Goes past a string, NIL or list, and the space behind it.
    fn skip(&mut self) {
        let mut depth = 0_u32;
        loop {
            if self.eat(b'(') {
                depth = depth.saturating_add(1);
            } else if self.eat(b')') {
                depth = depth.saturating_sub(1);
            } else if self.eat(b' ') {
                continue;
            } else if self.raw().is_none() {
                return;
            }
            if depth == 0 {
                break;
            }
        }
        self.eat(b' ');
    }

    /// A string, and the space behind it; `None`: NIL, or none.
    fn value(&mut self) -> Option<Cow<'a, [u8]>> {
        let value = self.raw().flatten();
        self.eat(b' ');
        value
    }

    /// `Some(None)`: NIL; `None`: neither that nor a string.
    fn raw(&mut self) -> Option<Option<Cow<'a, [u8]>>> {
        if let Some(rest) = self.rest.strip_prefix(b"NIL") {
            self.rest = rest;
            return Some(None);
        }
        if self.eat(b'{') {
            let end = memchr::memchr(b'}', self.rest)?;
            let length: usize = std::str::from_utf8(self.rest.get(..end)?)
                .ok()?
                .parse()
                .ok()?;
            let (text, rest) = self
                .rest
                .get(end.checked_add(3)?..)?
                .split_at_checked(length)?;
            self.rest = rest;
            return Some(Some(Cow::Borrowed(text)));
        }
        if !self.eat(b'"') {
            return None;
        }
        let at = memchr::memchr2(b'"', b'\\', self.rest)?;
        let (text, rest) = self.rest.split_at_checked(at)?;
        if let Some(rest) = rest.strip_prefix(b"\"") {
            self.rest = rest;
            return Some(Some(Cow::Borrowed(text)));
        }
        let mut text = text.to_vec();
        self.rest = rest;
        loop {
            let (&octet, rest) = self.rest.split_first()?;
            self.rest = rest;
            match octet {
                b'"' => return Some(Some(Cow::Owned(text))),
                b'\\' => {
                    let (&octet, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    text.push(octet);
                }
                _ => text.push(octet),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::record::{Address, Record, render};

    fn sorted_by(header: &str) -> [String; 6] {
        let mut parser = mail::Parser::new();
        parser.feed(header.as_bytes());
        parser.feed(b"\r\n");
        let stored = render(&parser.finish());
        let said = Record::new(&stored).unwrap().said();
        [
            String::from_utf8(said.subject().into_owned()).unwrap(),
            said.mailbox(Address::From),
            said.mailbox(Address::To),
            said.mailbox(Address::Cc),
            said.display(Address::From),
            said.display(Address::To),
        ]
    }

    #[test]
    fn strings_are_read_back() {
        assert_eq!(
            sorted_by(
                "Date: x\r\nSubject: a \"b\" \\ c\r\nFrom: \"Ann \\\"A\\\" (x)\" <ann@x>, b@x\r\nTo: bob@y\r\nCc: Group: =?utf-8?q?gr=C3=BCn?= <c@z>;\r\n"
            ),
            [
                "a \"b\" \\ c",
                "ann",
                "bob",
                "Group",
                "Ann \"A\" (x)",
                "bob@y"
            ]
        );
        assert_eq!(sorted_by("A: b\r\n"), ["", "", "", "", "", ""]);
        let long = "x".repeat(2_000);
        assert_eq!(
            sorted_by(&format!(
                "Subject: {long}\r\nTo: =?utf-8?q?=C3=BC?= <a@b>\r\n"
            )),
            [&*long, "", "a", "", "", "ü"]
        );
        assert_eq!(
            sorted_by("Subject: grün\r\nFrom: =?utf-8?q?_?= <grün@b>\r\n"),
            ["grün", "grün", "", "", "grün@b", ""]
        );
    }
}
