//! GETMETADATA (RFC 5464 §4.2): values of entries, with MAXSIZE and DEPTH.
//!
//! An entry that was named and has no value is told as NIL. Long answers come in several METADATA responses (§4.4), each a piece.

use crate::cmd::metadata::{Entries, print_value, target};
use crate::code::Code;
use crate::command::{Depth, GetMetadata};
use crate::deed::{Done, Known, No, Turn, Verb, World};
use crate::{mailbox_name, print};

/// GETMETADATA.
pub(crate) fn verb(get: GetMetadata) -> Box<dyn Verb<Known>> {
    let mut getting = Getting {
        get,
        at: 0,
        after: None,
        longest: 0,
    };
    crate::cmd::verb(move |world, known: &mut Known, out| getting.step(world, known, out))
}

struct Getting {
    get: GetMetadata,
    /// the entry that is being answered
    at: usize,
    /// of those below it, the last one that has been dealt with
    after: Option<String>,
    /// octets of the longest value that was left out
    longest: u64,
}

impl Getting {
    fn step(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Known>, No> {
        let utf8 = known.dialect.utf8();
        let place = target(world, known, &self.get.mailbox)?;
        let shown = place.as_ref().map_or("", |place| &place.shown);
        let entries = Entries {
            tx: world.tx,
            me: known.account,
            mailbox: place.as_ref().map(|place| &place.mailbox),
        };
        let mut response = Response {
            mailbox: shown,
            utf8,
            any: false,
        };
        while let Some(asked) = self.get.entries.get(self.at) {
            let name = asked.folded();
            let found = match self.get.depth {
                Depth::Zero => vec![asked.0.clone()],
                depth => entries.below(&name, depth)?,
            };
            for name in found {
                if self.after.as_ref().is_some_and(|after| name <= *after) {
                    continue;
                }
                if out.len() >= world.limits.piece {
                    response.end(out);
                    return Ok(Turn::More);
                }
                let value = entries.value(&name.to_ascii_lowercase())?;
                let size = value.as_ref().map_or(0, |value| value.len() as u64);
                if self.get.max_size.is_some_and(|most| size > most) {
                    self.longest = self.longest.max(size);
                } else {
                    response.entry(&name, value.as_deref(), out);
                }
                self.after = Some(name);
            }
            self.at = self.at.saturating_add(1);
            self.after = None;
        }
        response.end(out);
        Ok(Turn::Done(if self.longest > 0 {
            Done::with(
                Code::MetadataLongEntries(self.longest),
                "GETMETADATA completed",
            )
        } else {
            Done::ok("GETMETADATA completed")
        }))
    }
}

/// A METADATA response under way.
pub(in crate::cmd) struct Response<'a> {
    pub(in crate::cmd) mailbox: &'a str,
    pub(in crate::cmd) utf8: bool,
    pub(in crate::cmd) any: bool,
}

impl Response<'_> {
    pub(in crate::cmd) fn entry(&mut self, name: &str, value: Option<&[u8]>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.any, true) {
            out.push(b' ');
        } else {
            out.extend_from_slice(b"* METADATA ");
            mailbox_name::print(self.mailbox, self.utf8, out);
            out.extend_from_slice(b" (");
        }
        print::astring(name.as_bytes(), self.utf8, out);
        out.push(b' ');
        print_value(value, self.utf8, out);
    }

    /// Where nothing is told, there is no response: the grammar has none without entries.
    pub(in crate::cmd) fn end(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.any) {
            out.extend_from_slice(b")\r\n");
        }
    }
}
