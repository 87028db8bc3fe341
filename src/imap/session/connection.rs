//! What concerns the connection and not the mail: COMPRESS (RFC 4978), UNAUTHENTICATE (RFC 8437), LANGUAGE (RFC 5255 §3), ID (RFC 2971).

use crate::code::Code;
use crate::deed::{Done, No};
use crate::session::{Doing, Session, State, Step, say};
use crate::table::Row;

impl Session {
    /// COMPRESS DEFLATE. What follows the line end of the tagged OK is packed, and so is what follows the command's.
    pub(super) fn compress(&mut self, tag: &str, out: &mut Vec<u8>) {
        if self.compressed {
            let no = No {
                code: Some(Code::CompressionActive),
                ..No::bad("DEFLATE is active already, by COMPRESS")
            };
            return self.refuse(tag, &no, out);
        }
        say::done(tag, &Done::ok("DEFLATE active"), out);
        self.doing = Doing::Switching(Switch::Compress);
    }

    /// The compression that [`Step::Compress`] asked for has begun. Returns what came behind the command and was not used: it is packed already.
    pub fn compression_begun(&mut self) -> Vec<u8> {
        self.compressed = true;
        self.input.take_all()
    }

    /// UNAUTHENTICATE: everything that was said since the connection was made counts no more, but for TLS. There is no NO (RFC 8437 §3).
    pub(super) fn unauthenticate(&mut self, tag: &str, out: &mut Vec<u8>) {
        let Some(mut stranger) = self.stranger.take() else {
            self.hang_up(out, "The log-in cannot be undone");
            return;
        };
        stranger.commands = 0;
        self.state = State::Stranger(stranger);
        self.bad_commands = 0;
        self.renewed = true;
        let code = Code::Capability(self.capabilities());
        say::done(tag, &Done::with(code, "Nobody is logged in"), out);
        self.doing = if std::mem::take(&mut self.compressed) {
            Doing::Switching(Switch::Uncompress)
        } else {
            Doing::Reading
        };
    }

    /// LANGUAGE: the box speaks plain English, which is what `i-default` means (RFC 2277 §4.5), too. So there is nothing to remember.
    pub(super) fn language(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        ranges: &[String],
        out: &mut Vec<u8>,
    ) {
        let Some(tags) = language(ranges) else {
            let no = No::no("The box speaks English only");
            return self.refuse(&tag, &no, out);
        };
        out.extend_from_slice(b"* LANGUAGE (");
        out.extend_from_slice(tags.as_bytes());
        out.extend_from_slice(b")\r\n");
        self.finish(tag, row, Done::ok("LANGUAGE completed"));
    }

    /// ID: who we are. The version is told to those who have logged in only, as it helps whoever looks for a box that has not been brought up to date.
    pub(super) fn id(&mut self, tag: Box<str>, row: &'static Row, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* ID (\"name\" \"pillarbox\"");
        if self.account().is_some() {
            out.extend_from_slice(b" \"version\" \"");
            out.extend_from_slice(env!("CARGO_PKG_VERSION").as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(b")\r\n");
        self.finish(tag, row, Done::ok("ID completed"));
    }
}

/// A change of the connection that the driver makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Switch {
    Compress,
    Uncompress,
}

impl From<Switch> for Step {
    fn from(switch: Switch) -> Step {
        match switch {
            Switch::Compress => Step::Compress,
            Switch::Uncompress => Step::Uncompress,
        }
    }
}

/// What to answer to these language ranges: the first that is spoken, found by cutting subtags off (RFC 4647 §3.4); no range: all that there are.
fn language(ranges: &[String]) -> Option<&'static str> {
    if ranges.is_empty() {
        return Some("en i-default");
    }
    ranges.iter().find_map(|range| {
        let range = range.to_ascii_lowercase();
        let primary = range.split('-').next().unwrap_or_default();
        match range.as_str() {
            "i-default" => Some("i-default"),
            "default" | "*" => Some("en"),
            _ if primary == "en" => Some("en"),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        for (asked, answer) in [
            (&[][..], Some("en i-default")),
            (&["EN"], Some("en")),
            (&["fr-CA", "en-CA"], Some("en")),
            (&["default"], Some("en")),
            (&["I-Default"], Some("i-default")),
            (&["MUL"], None),
            (&["eng"], None),
            (&["de", "fr", "*"], Some("en")),
        ] {
            let asked: Vec<String> = asked.iter().map(|range| range.to_string()).collect();
            assert_eq!(language(&asked), answer, "{asked:?}");
        }
    }
}
