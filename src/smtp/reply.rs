//! A reply: code, enhanced status, text (RFC 5321 §4.2, RFC 2034), and how it is written.
//!
//! It promises that what is written is always a well-formed reply: printable ASCII, lines of at most 512 octets, the same
//! code on each, whatever text went in. It cannot know whether the text is safe to tell: nothing that a client sent
//! belongs into it.

use mail::EnhancedStatus;
use std::borrow::Cow;

/// The longest reply line, in octets with its CRLF (RFC 5321 §4.5.3.1.5).
const REPLY_LINE: usize = 512;

/// The most lines that one reply is written in; further text is left out.
const REPLY_LINES: usize = 32;

/// What is said to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    status: Option<EnhancedStatus>,
    text: Cow<'static, str>,
}

impl Reply {
    /// A reply with its enhanced status as `(class, subject, detail)`. `code`: 200 to 599. Each line of `text` becomes a line of the reply.
    pub fn new(
        code: u16,
        (class, subject, detail): (u8, u16, u16),
        text: impl Into<Cow<'static, str>>,
    ) -> Reply {
        Reply {
            code,
            status: Some(EnhancedStatus::new(class, subject, detail)),
            text: text.into(),
        }
    }

    /// A reply that carries no enhanced status: the greeting, HELO and EHLO, 334 and 354 (RFC 2034 §4).
    pub fn plain(code: u16, text: impl Into<Cow<'static, str>>) -> Reply {
        Reply {
            code,
            status: None,
            text: text.into(),
        }
    }

    /// The three-digit code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status, if there is one.
    pub fn status(&self) -> Option<EnhancedStatus> {
        self.status
    }

    /// The text as given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it says yes (2xx) or go on (3xx).
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// Writes it: `*( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF` (RFC 5321 §4.2), with the enhanced
    /// status in front of each line's text (RFC 2034 §4).
    pub fn write(&self, out: &mut Vec<u8>) {
        let code = self.code.clamp(200, 599);
        let mut lines = self.text.lines().take(REPLY_LINES).peekable();
        let mut line = lines.next().unwrap_or_default();
        loop {
            let separator = if lines.peek().is_some() { '-' } else { ' ' };
            let start = out.len();
            out.extend_from_slice(format!("{code}{separator}").as_bytes());
            if let Some(status) = self.status {
                out.extend_from_slice(format!("{status} ").as_bytes());
            }
            let room = (REPLY_LINE - 2).saturating_sub(out.len() - start);
            out.extend(line.chars().take(room).map(printable));
            out.extend_from_slice(b"\r\n");
            match lines.next() {
                Some(next) => line = next,
                None => return,
            }
        }
    }
}

/// `textstring = 1*(%d09 / %d32-126)`; a tab is no use to anyone.
fn printable(c: char) -> u8 {
    let octet = u8::try_from(c).unwrap_or(b'?');
    if matches!(octet, b' '..=b'~') {
        octet
    } else {
        b'?'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reply: &Reply) -> String {
        let mut out = Vec::new();
        reply.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_line_and_several() {
        let one = Reply::new(550, (5, 1, 1), "No such person here");
        assert_eq!(written(&one), "550 5.1.1 No such person here\r\n");
        let several = Reply::plain(250, "box.example\nPIPELINING\nSIZE 1000");
        assert_eq!(
            written(&several),
            "250-box.example\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"
        );
        let status_on_each = Reply::new(550, (5, 7, 1), "one\ntwo");
        assert_eq!(
            written(&status_on_each),
            "550-5.7.1 one\r\n550 5.7.1 two\r\n"
        );
        assert_eq!(written(&Reply::plain(250, "")), "250 \r\n");
    }

    #[test]
    fn nothing_unprintable_gets_out() {
        let reply = Reply::new(451, (4, 3, 0), "a\rb\0c\u{e9}\u{1f600}d\te");
        assert_eq!(written(&reply), "451 4.3.0 a?b?c??d?e\r\n");
        let split = Reply::new(451, (4, 3, 0), "a\r\nb\n");
        assert_eq!(written(&split), "451-4.3.0 a\r\n451 4.3.0 b\r\n");
    }

    #[test]
    fn long_lines_and_many_lines_are_cut() {
        let long = written(&Reply::new(250, (2, 0, 0), "x".repeat(2000)));
        assert_eq!(long.len(), 512);
        let many = written(&Reply::plain(250, "x\n".repeat(1000)));
        assert_eq!(many.lines().count(), REPLY_LINES);
        assert!(many.ends_with("250 x\r\n"));
    }

    #[test]
    fn a_code_outside_the_grammar_is_brought_inside() {
        assert_eq!(written(&Reply::plain(7, "x")), "200 x\r\n");
        assert_eq!(written(&Reply::plain(65_535, "x")), "599 x\r\n");
    }
}
