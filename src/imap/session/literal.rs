//! Literals: what may be announced, and what happens to one that may not (RFC 7888, users.md B6, B7).

use crate::cmd::uid_only;
use crate::code::Code;
use crate::command::Append;
use crate::deed::No;
use crate::parse;
use crate::session::{Doing, Session, State, Step, say};
use crate::table::Row;

/// `{n}`, `{n+}` or `~{n}` at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// octets; [`u64::MAX`] for a number that is larger than any
    pub(super) length: u64,
    /// whether the client waits for the continuation request
    pub(super) synchronizing: bool,
    /// `literal8` (RFC 3516 §4.4)
    pub(super) binary: bool,
    /// octets of the line before it
    pub(super) at: usize,
}

impl Marker {
    /// The length where it is known to be small.
    pub(super) fn octets(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }
}

/// The literal that a line announces.
///
/// ```abnf
/// literal = "{" number64 ["+"] "}" CRLF *CHAR8
/// literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
/// ```
pub(super) fn marker(line: &[u8]) -> Option<Marker> {
    let inside = line.strip_suffix(b"}")?;
    let open = memchr::memrchr(b'{', inside)?;
    let (before, inside) = inside.split_at_checked(open)?;
    let inside = inside.get(1..)?;
    let digits = inside.strip_suffix(b"+").unwrap_or(inside);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length = digits.iter().try_fold(0u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    });
    let binary = before.last() == Some(&b'~');
    Some(Marker {
        length: length.unwrap_or(u64::MAX),
        synchronizing: digits.len() == inside.len(),
        binary,
        at: if binary {
            before.len().saturating_sub(1)
        } else {
            before.len()
        },
    })
}

/// A refused command whose octets still come.
pub(super) struct Discard {
    /// of the reply; none: the command has no tag that could be read
    tag: Option<Box<str>>,
    no: No,
    /// octets of the literal that are still to come
    left: u64,
    /// octets that may be dropped before the connection is closed
    budget: u64,
}

impl Session {
    /// Whether the literal may come. `Some`: it is APPEND's message.
    #[expect(
        clippy::type_complexity,
        reason = "a tag and an APPEND, or a tag and a refusal: used once"
    )]
    pub(super) fn literal_allowed(
        &self,
        marker: &Marker,
        line_end: usize,
    ) -> Result<Option<(Box<str>, &'static Row, Append)>, (Option<Box<str>>, No)> {
        let command = self.input.command(line_end);
        let (tag, rest) = parse::tag(command)
            .ok_or_else(|| (None, No::bad("A tag, a space and a command were expected")))?;
        let refused = |no| (Some(Box::from(tag)), no);
        let utf8 = self.dialect().utf8();
        let (row, _) =
            parse::verb(rest, utf8).ok_or_else(|| refused(No::bad("There is no such command")))?;
        self.allowed(row).map_err(refused)?;
        if let State::Stranger(stranger) = &self.state {
            stranger.may_log_in().map_err(refused)?;
        } else {
            // What stands before the marker: the marker is the end of the last line.
            let cut = rest
                .len()
                .saturating_sub(self.input.line(line_end).len().saturating_sub(marker.at));
            if let Some(append) =
                parse::append_before_literal(rest.get(..cut).unwrap_or_default(), utf8)
            {
                return append
                    .and_then(|(row, append)| {
                        uid_only::may_replace(self.dialect(), &append)?;
                        Ok(Some((Box::from(tag), row, append)))
                    })
                    .map_err(refused);
            }
        }
        // The values of SETMETADATA may be binary, too (RFC 5464 §5).
        if marker.binary && row.name != "SETMETADATA" {
            return Err(refused(No::bad("A binary literal can only be a message")));
        }
        let (literal, command) = match self.state {
            State::Stranger(_) => (
                self.limits.literal_before_login,
                self.limits.command_before_login,
            ),
            _ => (self.limits.literal, self.limits.command),
        };
        if row.name == "SETMETADATA" && marker.length > literal as u64 {
            return Err(refused(No::with(
                Code::MetadataMaxSize(literal as u64),
                "This value is larger than the box keeps",
            )));
        }
        let whole = (line_end as u64).saturating_add(marker.length);
        if marker.length > literal as u64
            || whole > command as u64
            || self.input.literals >= self.limits.literals
        {
            return Err(refused(No {
                code: Some(Code::Limit),
                ..No::bad("This literal is larger than the box takes")
            }));
        }
        Ok(None)
    }

    /// Refuses the command. A synchronizing literal will then not be sent; any other is read and dropped, so that none of its octets is taken
    /// for a command.
    pub(super) fn refuse_literal(
        &mut self,
        tag: Option<Box<str>>,
        no: No,
        marker: &Marker,
        line_end: usize,
        out: &mut Vec<u8>,
    ) {
        self.input.drop_front(line_end);
        if marker.synchronizing {
            return self.refused(tag.as_deref(), &no, out);
        }
        // A message that may not be appended still comes whole, and then the session can go on.
        let budget = match self.state {
            State::Stranger(_) => self.limits.discard,
            _ => self.limits.discard.max(self.limits.message),
        };
        if marker.length > budget {
            self.refused(tag.as_deref(), &no, out);
            self.hang_up(out, "This literal is larger than the box takes");
            return;
        }
        self.doing = Doing::Discarding(Box::new(Discard {
            tag,
            no,
            left: marker.length,
            budget: budget.saturating_sub(marker.length),
        }));
    }

    /// Drops octets until the refused command has ended.
    pub(super) fn discard(&mut self, mut discard: Box<Discard>, out: &mut Vec<u8>) -> Option<Step> {
        if discard.left > 0 {
            let here = (self.input.pending() as u64).min(discard.left);
            self.input
                .drop_front(usize::try_from(here).unwrap_or(usize::MAX));
            discard.left = discard.left.saturating_sub(here);
        }
        let line_end = if discard.left > 0 {
            None
        } else {
            self.input.next_line()
        };
        let Some(line_end) = line_end else {
            let pending = self.input.pending();
            if pending as u64 > discard.budget || pending > self.limits.command {
                self.refused(discard.tag.as_deref(), &discard.no, out);
                return self.hang_up(out, "This command is longer than the box takes");
            }
            self.input.release(false);
            self.doing = Doing::Discarding(discard);
            return Some(Step::Read);
        };
        let next = marker(self.input.line(line_end)).filter(|next| !next.synchronizing);
        self.input.drop_front(line_end);
        discard.budget = match self.state {
            State::Stranger(_) => discard.budget.saturating_sub(line_end as u64),
            // A command with many messages was refused at one of them, and the others are on their way: each of them may be as large as one that
            // is taken. It costs no memory, and somebody who is known may do it.
            _ => self.limits.discard.max(self.limits.message),
        };
        match next {
            None => self.refused(discard.tag.as_deref(), &discard.no, out),
            Some(next) if next.length > discard.budget => {
                self.refused(discard.tag.as_deref(), &discard.no, out);
                self.hang_up(out, "This literal is larger than the box takes");
            }
            Some(next) => {
                discard.budget = discard.budget.saturating_sub(next.length);
                discard.left = next.length;
                self.doing = Doing::Discarding(discard);
            }
        }
        None
    }

    fn refused(&mut self, tag: Option<&str>, no: &No, out: &mut Vec<u8>) {
        match tag {
            Some(tag) => self.refuse(tag, no, out),
            None => {
                say::untagged_bad(out, &no.text);
                self.doing = Doing::Reading;
                self.was_bad(out);
            }
        }
        self.count(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers() {
        let marked = |length, synchronizing, binary, at| {
            Some(Marker {
                length,
                synchronizing,
                binary,
                at,
            })
        };
        let table: [(&[u8], Option<Marker>); 11] = [
            (b"a LOGIN {5}", marked(5, true, false, 8)),
            (b"{5+}", marked(5, false, false, 0)),
            (b"x ~{17}", marked(17, true, true, 2)),
            (b"x ~{17+}", marked(17, false, true, 2)),
            (
                b"x {99999999999999999999999}",
                marked(u64::MAX, true, false, 2),
            ),
            (b"x {}", None),
            (b"x {-1}", None),
            (b"x {+}", None),
            (b"x {1", None),
            (b"x 1}", None),
            (b"x {1 }", None),
        ];
        for (line, expected) in table {
            assert_eq!(marker(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }
}
