//! Replies out of octets (RFC 5321 §4.2): lines with one code, the last without its hyphen.
//!
//! It promises that an unfinished reply occupies no more than [`Limits::reply`] and one read, and that each octet is looked at a fixed number of
//! times. Laxer than the grammar, because refusing would lose mail: a line may end with LF alone, the text may be missing, and the codes of one
//! reply may differ behind their first digit (the last one counts).

use super::words::{clip, clipped, printable};
use super::{EnhancedStatus, Limits};
use memchr::memchr;

/// How much of what cannot be understood is shown, in octets.
const SAMPLE: usize = 200;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub(super) code: u16,
    /// The text of each line, printable.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// The first digit: 2 yes, 3 go on, 4 not now, 5 no.
    pub(super) fn class(&self) -> u16 {
        self.code / 100
    }

    /// The enhanced status at the text's beginning, if its class is that of the code (RFC 2034 §4).
    pub(super) fn status(&self) -> Option<EnhancedStatus> {
        let first = self.lines.last()?.split(' ').next()?;
        EnhancedStatus::parse(first).filter(|status| u16::from(status.class) == self.class())
    }

    /// Code and text in one line, the enhanced status said once.
    pub(super) fn words(&self) -> String {
        let mut words = self.code.to_string();
        let status = self.status().map(|status| status.to_string());
        for (at, line) in self.lines.iter().enumerate() {
            let again = match &status {
                Some(status) if at > 0 => line.strip_prefix(status.as_str()),
                _ => None,
            };
            let text = again.unwrap_or(line).trim();
            if !text.is_empty() {
                words.push(' ');
                words.push_str(text);
            }
        }
        clipped(words)
    }
}

/// Octets on their way to be replies.
#[derive(Default)]
pub(super) struct Replies {
    octets: Vec<u8>,
    /// Octets before this are used.
    at: usize,
    /// Octets behind `at` in which there is no LF.
    scanned: usize,
    /// Lines of the reply that is coming.
    lines: Vec<String>,
    code: u16,
    /// Octets of those lines.
    held: usize,
}

impl Replies {
    pub(super) fn feed(&mut self, octets: &[u8]) {
        self.octets.drain(..self.at.min(self.octets.len()));
        self.at = 0;
        self.octets.extend_from_slice(octets);
    }

    /// Whether nothing came that was not used.
    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty() && self.lines.is_empty()
    }

    /// Forgets what came.
    pub(super) fn clear(&mut self) {
        *self = Replies::default();
    }

    /// The next whole reply; `None` if more must come. `Err`: a sentence about what cannot be a reply; what follows is meaningless.
    pub(super) fn next(&mut self, limits: &Limits) -> Option<Result<Reply, String>> {
        loop {
            let rest = self.octets.get(self.at..).unwrap_or_default();
            let new = rest.get(self.scanned..).unwrap_or_default();
            let Some(found) = memchr(b'\n', new) else {
                self.scanned = rest.len();
                return (rest.len() > limits.reply_line).then(|| Err(line_too_long(rest)));
            };
            let length = self.scanned + found;
            let line = rest.get(..length).unwrap_or_default();
            let parsed = parse(line, limits);
            self.at += length + 1;
            self.scanned = 0;
            let (code, last, text) = match parsed {
                Ok(parsed) => parsed,
                Err(sentence) => return Some(Err(sentence)),
            };
            if !self.lines.is_empty() && code / 100 != self.code / 100 {
                let sentence = format!(
                    "The other server's answer contradicts itself: it has the codes {} and {code}",
                    self.code
                );
                return Some(Err(sentence));
            }
            self.code = code;
            self.held += length;
            self.lines.push(text);
            if self.lines.len() > limits.reply_lines || self.held > limits.reply {
                let sentence = format!(
                    "The other server's answer does not end: it has more than {} lines or {} octets",
                    limits.reply_lines, limits.reply
                );
                return Some(Err(sentence));
            }
            if last {
                self.held = 0;
                let lines = std::mem::take(&mut self.lines);
                return Some(Ok(Reply { code, lines }));
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }
}

/// `Reply-line = Reply-code ( "-" / SP ) [ textstring ]`: the code, whether it is the last line, and the text.
fn parse(line: &[u8], limits: &Limits) -> Result<(u16, bool, String), String> {
    if line.len() > limits.reply_line {
        return Err(line_too_long(line));
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, rest) = line.split_at_checked(3).ok_or_else(|| no_code(line))?;
    let (last, text) = match rest.split_first() {
        None => (true, rest),
        Some((b' ', text)) => (true, text),
        Some((b'-', text)) => (false, text),
        Some(_) => return Err(no_code(line)),
    };
    let mut code = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(no_code(line));
        }
        code = code * 10 + u16::from(digit - b'0');
    }
    if !(200..=599).contains(&code) {
        return Err(no_code(line));
    }
    Ok((code, last, printable(text)))
}

fn no_code(line: &[u8]) -> String {
    format!(
        "The other server's answer cannot be understood: expected a code from 200 to 599 and text, but it said \"{}\"",
        sample(line)
    )
}

fn line_too_long(line: &[u8]) -> String {
    format!(
        "The other server's answer has a line that does not end; it begins with \"{}\"",
        sample(line)
    )
}

fn sample(line: &[u8]) -> String {
    let mut sample = printable(line.get(..SAMPLE * 2).unwrap_or(line));
    clip(&mut sample, SAMPLE);
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8], pieces: usize) -> Vec<Result<Reply, String>> {
        let limits = Limits::default();
        let mut replies = Replies::default();
        let mut read = Vec::new();
        for piece in octets.chunks(pieces) {
            replies.feed(piece);
            while let Some(reply) = replies.next(&limits) {
                let broken = reply.is_err();
                read.push(reply);
                if broken {
                    return read;
                }
            }
        }
        read
    }

    fn words(octets: &[u8]) -> Vec<String> {
        let whole = read(octets, usize::MAX);
        assert_eq!(whole, read(octets, 1), "octet by octet");
        whole
            .into_iter()
            .map(|reply| reply.map_or_else(|sentence| sentence, |reply| reply.words()))
            .collect()
    }

    #[test]
    fn replies() {
        assert_eq!(words(b"250 OK\r\n"), ["250 OK"]);
        assert_eq!(words(b"250\r\n"), ["250"]);
        assert_eq!(words(b"250 \n220 x\n"), ["250", "220 x"]);
        assert_eq!(words(b"250-a\r\n250 b\r\n"), ["250 a b"]);
        assert_eq!(
            words(b"550-5.7.1 We do not\r\n550-5.7.1  like you\r\n550 5.7.1\r\n"),
            ["550 5.7.1 We do not like you"]
        );
        assert_eq!(words(b"550-a\r\n554 b\r\n"), ["554 a b"]);
        assert_eq!(words(b"550-a\r\n"), [""; 0]);
        assert_eq!(words(b"599 a\x1b[2Jb\r\n"), ["599 a [2Jb"]);
    }

    #[test]
    fn what_is_no_reply() {
        for octets in [
            &b"\r\n"[..],
            b"25\r\n",
            b"hello\r\n",
            b"250x\r\n",
            b"250\tx\r\n",
            b"199 x\r\n",
            b"600 x\r\n",
            b"2 50 x\r\n",
            b"+OK hi\r\n",
            b"250-a\r\nb\r\n",
            b"250-a\r\n550 b\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"\x15\x03\x01\x00\x02\x02\n",
        ] {
            let read = words(octets);
            assert!(
                read.len() == 1 && read[0].starts_with("The other"),
                "{read:?}"
            );
        }
    }

    #[test]
    fn what_does_not_end() {
        let limits = Limits::default();
        let line = vec![b'2'; limits.reply_line + 1];
        assert!(words(&line)[0].contains("does not end"));
        let lines = b"250-x\r\n".repeat(limits.reply_lines + 1);
        assert!(words(&lines)[0].contains("does not end"));
        let fat = format!("250-{}\r\n", "x".repeat(4000)).repeat(10);
        assert!(words(fat.as_bytes())[0].contains("does not end"));
    }

    #[test]
    fn statuses() {
        for (octets, status) in [
            (&b"550 5.1.1 x\r\n"[..], Some((5, 1, 1))),
            (b"550 5.1.1\r\n", Some((5, 1, 1))),
            (b"450 5.1.1 x\r\n", None),
            (b"550 No 5.1.1\r\n", None),
            (b"550-Look:\r\n550 5.7.1 x\r\n", Some((5, 7, 1))),
        ] {
            let read = read(octets, 3);
            let expected =
                status.map(|(class, subject, detail)| EnhancedStatus::new(class, subject, detail));
            assert_eq!(read[0].as_ref().unwrap().status(), expected);
        }
    }
}
