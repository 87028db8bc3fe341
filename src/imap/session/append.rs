//! APPEND's message, streamed into the store's spool and through the parser as it comes (RFC 9051 §6.3.12).

use mail::Parser;
use store::{Spool, Staged};

use crate::cmd;
use crate::code::Code;
use crate::command::Append;
use crate::deed::{Appended, Deed, Known, No, World};
use crate::record;
use crate::session::literal::{Marker, marker};
use crate::session::{Doing, Now, Session, Step};
use crate::table;

/// A message that is coming in.
pub(super) struct Appending {
    tag: Box<str>,
    append: Append,
    /// octets of the literal that are still to come
    left: u64,
    body: Body,
}

/// Where its octets go.
struct Body {
    spool: Spool,
    parser: Parser,
    /// `literal8`: kept octet for octet
    binary: bool,
    /// the last octet was CR
    after_cr: bool,
    /// why the message cannot be kept; the rest is dropped
    refused: Option<No>,
}

/// A message that has come whole.
pub(super) struct Received {
    append: Append,
    head: store::Head,
    record: Vec<u8>,
}

impl Received {
    /// The deed that makes it a message, now that its body is in the store.
    pub(super) fn deed(self, known: &Known, body: Staged) -> Deed<Known> {
        let Received {
            append,
            head,
            record,
        } = self;
        cmd::append::deed(
            known,
            append.mailbox,
            vec![Appended {
                flags: append.flags,
                body,
                head,
                record,
            }],
        )
    }
}

impl Session {
    /// The message's literal was announced: refuses it before it comes, or asks for it.
    pub(super) fn begin_append(
        &mut self,
        tag: Box<str>,
        append: Append,
        marker: &Marker,
        line_end: usize,
        now: Now,
        out: &mut Vec<u8>,
    ) {
        if let Err(no) = self.admit(&tag, &append, marker, now) {
            return self.refuse_literal(Some(tag), no, marker, line_end, out);
        }
        self.input.drop_front(line_end);
        if marker.synchronizing {
            out.extend_from_slice(b"+ Ready for the message\r\n");
        }
        let body = Body {
            spool: self.store.spool(),
            parser: Parser::new(),
            binary: marker.binary,
            after_cr: false,
            refused: None,
        };
        self.doing = Doing::Appending(Box::new(Appending {
            tag,
            append,
            left: marker.length,
            body,
        }));
    }

    fn admit(&self, tag: &str, append: &Append, marker: &Marker, now: Now) -> Result<(), No> {
        if marker.length > self.limits.message {
            return Err(No::with(
                Code::TooBig,
                "This message is larger than the box takes",
            ));
        }
        if marker.length == 0 {
            return Err(No::no("An empty message is none"));
        }
        let known = self.state.known().ok_or_else(|| No::bad("Log in first"))?;
        let tx = self.store.read()?;
        let world = World {
            store: &self.store,
            tx: &tx,
            unix: now.unix,
            limits: &self.limits,
            tag,
        };
        cmd::append::admit(&world, known, append, marker.length)
    }

    /// Takes what is there of the message, and at its end the end of the line.
    pub(super) fn append(
        &mut self,
        mut appending: Box<Appending>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        let here = usize::try_from(appending.left)
            .unwrap_or(usize::MAX)
            .min(self.input.pending());
        appending
            .body
            .take(self.input.rest().get(..here).unwrap_or_default());
        self.input.drop_front(here);
        appending.left = appending.left.saturating_sub(here as u64);

        let line_end = if appending.left > 0 {
            None
        } else {
            self.input.next_line()
        };
        let Some(line_end) = line_end else {
            if appending.left == 0 && self.input.pending() > self.limits.command {
                return self.hang_up(out, "This command is longer than the box takes");
            }
            self.input.release(false);
            self.doing = Doing::Appending(appending);
            return Some(Step::Read);
        };
        let line = self.input.line(line_end);
        let (empty, another) = (line.iter().all(|octet| *octet == b' '), marker(line));
        let Appending {
            tag, append, body, ..
        } = *appending;
        match (body.refused, another) {
            (refused, Some(another)) => {
                let no = refused.unwrap_or_else(|| No::bad("One message at a time"));
                self.refuse_literal(Some(tag), no, &another, line_end, out);
            }
            (refused, None) if !empty || refused.is_some() => {
                self.input.drop_front(line_end);
                let no = refused
                    .unwrap_or_else(|| No::bad("The command goes on where its end was expected"));
                self.refuse(&tag, &no, out);
            }
            (_, None) => {
                self.input.drop_front(line_end);
                let message = body.parser.finish();
                let (unix, zone) = append
                    .date
                    .map_or((now.unix, 0), |date| (date.unix, date.zone_minutes));
                let received = Received {
                    append,
                    head: record::head(&message, unix, zone),
                    record: record::render(&message),
                };
                match table::find(b"APPEND", false) {
                    Some(row) => self.stage(tag, row, body.spool, received),
                    None => self.refuse(&tag, &No::bad("There is no such command"), out),
                }
            }
        }
        None
    }
}

impl Body {
    /// Lines end in CRLF in the store (A40), and an octet NUL, which no literal may hold, becomes 0x80, so that it can be fetched.
    /// A `literal8` is not changed; one that holds NUL cannot be fetched as text and is refused (RFC 3516 §4.4).
    fn take(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() && self.refused.is_none() {
            let at = if self.binary {
                memchr::memchr(0, octets)
            } else {
                memchr::memchr2(b'\n', 0, octets)
            };
            let Some(at) = at else {
                self.after_cr = octets.last() == Some(&b'\r');
                return self.keep(octets);
            };
            let (before, rest) = octets.split_at_checked(at).unwrap_or((octets, &[]));
            if let Some(last) = before.last() {
                self.after_cr = *last == b'\r';
            }
            self.keep(before);
            match rest.first() {
                Some(b'\n') if self.after_cr => self.keep(b"\n"),
                Some(b'\n') => self.keep(b"\r\n"),
                _ if self.binary => {
                    self.refused = Some(No::with(
                        Code::UnknownCte,
                        "The box keeps no message that holds NUL",
                    ));
                }
                _ => self.keep(&[0x80]),
            }
            self.after_cr = false;
            octets = rest.get(1..).unwrap_or_default();
        }
    }

    fn keep(&mut self, octets: &[u8]) {
        if octets.is_empty() || self.refused.is_some() {
            return;
        }
        self.parser.feed(octets);
        if let Err(error) = self.spool.write(octets) {
            self.refused = Some(No::from(store::Error::Io(error)));
        }
    }
}
