//! The header of a message on its way in, changed as it passes: one line is held at most, whatever the header's size.
//!
//! * `Return-Path` fields go: the one of the final delivery is written here (RFC 5321 §4.4).
//! * `X-Pillarbox-Junk` fields go: what stands in our name is ours.
//! * On submission `Bcc` goes (RFC 6409 §8 leaves it to the site; a blind copy is not to be seen), and a missing `Date` or `Message-ID` is added (RFC 6409 §8.2, §8.3).
//! * A message that begins without a header gets the empty line that ends one: our own fields will stand before it, and its text must not be taken for more of them. The
//!   `From ` line of an mbox file goes.

use mail::DateTime;

/// Octets of a line that are held to judge it; a longer field name is none.
const HELD_MAX: usize = 256;
/// Octets of a TLS-Required field's value that are looked at: it is "No", and perhaps a comment's worth of blanks.
const VALUE_MAX: usize = 64;

/// What is added and removed.
pub(super) struct HeaderFilter {
    household: bool,
    host: String,
    unique: [u8; 16],
    now: DateTime,
    /// A field has been seen.
    begun: bool,
    has_date: bool,
    has_message_id: bool,
    /// A From or Sender field has been seen.
    names_author: bool,
    /// The value of the TLS-Required field (RFC 8689 §5).
    tls_required: Value,
    at: At,
    held: Vec<u8>,
}

/// The value of a field that is looked for.
#[derive(Default)]
struct Value {
    octets: Vec<u8>,
    /// Its field is passing.
    here: bool,
    fields: u32,
}

impl Value {
    fn begins(&mut self) {
        self.octets.clear();
        self.here = true;
        self.fields = self.fields.saturating_add(1);
    }

    fn passes(&mut self, octets: &[u8]) {
        if self.here {
            let room = VALUE_MAX.saturating_sub(self.octets.len());
            self.octets.extend(octets.iter().take(room));
        }
    }

    /// Whether there is one such field, and this is what it says.
    fn says(&self, word: &str) -> bool {
        self.fields == 1
            && self
                .octets
                .trim_ascii()
                .eq_ignore_ascii_case(word.as_bytes())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the start of a line, which is held until it can be judged; `drops` is the fate of the field before, which its continuations share.
    LineStart { drops: bool },
    /// In a line that has been judged.
    InLine { drops: bool },
    /// Behind the header.
    Body,
}

/// What a line is.
enum Line {
    End,
    Continuation,
    Mailbox,
    Field { drops: bool },
    Junk,
}

impl HeaderFilter {
    /// `host` and `unique` make the Message-ID that may be missing, `now` the Date.
    pub(super) fn new(
        household: bool,
        host: &str,
        unique: [u8; 16],
        now: DateTime,
    ) -> HeaderFilter {
        HeaderFilter {
            household,
            host: host.to_owned(),
            unique,
            now,
            begun: false,
            has_date: false,
            has_message_id: false,
            names_author: false,
            tls_required: Value::default(),
            at: At::LineStart { drops: false },
            held: Vec::new(),
        }
    }

    /// Whether the header has a From or Sender field so far.
    pub(super) fn names_author(&self) -> bool {
        self.names_author
    }

    /// Whether the header says `TLS-Required: No` (RFC 8689 §5).
    pub(super) fn tls_optional(&self) -> bool {
        self.tls_required.says("No")
    }

    /// Takes the next octets; what remains of them goes to `out`.
    pub(super) fn feed(&mut self, octets: &[u8], out: &mut dyn FnMut(&[u8])) {
        let mut rest = octets;
        while !rest.is_empty() {
            rest = match self.at {
                At::Body => {
                    out(rest);
                    &[]
                }
                At::InLine { drops } => {
                    let (line, behind) = cut_line(rest);
                    self.tls_required.passes(line);
                    if !drops {
                        out(line);
                    }
                    if line.ends_with(b"\n") {
                        self.at = At::LineStart { drops };
                    }
                    behind
                }
                At::LineStart { drops } => self.hold(rest, drops, out),
            };
        }
    }

    /// The message ends here.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(&[u8])) {
        if let At::LineStart { drops } = self.at
            && !self.held.is_empty()
        {
            self.judge(drops, out);
        }
        if let At::InLine { drops: false } = self.at
            && self.misses()
        {
            out(b"\r\n");
        }
        if self.at != At::Body {
            self.add_missing(out);
        }
        self.at = At::Body;
    }

    /// Holds octets of a line until it can be judged; returns what is left of `octets`.
    fn hold<'a>(&mut self, octets: &'a [u8], drops: bool, out: &mut dyn FnMut(&[u8])) -> &'a [u8] {
        let room = HELD_MAX.saturating_sub(self.held.len());
        let decides = |octet: &u8| *octet == b':' || *octet == b'\n';
        let end = octets.iter().take(room).position(decides);
        let count = end.map_or(room.min(octets.len()), |end| end + 1);
        let (line, rest) = octets.split_at_checked(count).unwrap_or((octets, &[]));
        self.held.extend_from_slice(line);
        if end.is_some() || self.held.len() >= HELD_MAX {
            self.judge(drops, out);
        }
        rest
    }

    fn judge(&mut self, dropped: bool, out: &mut dyn FnMut(&[u8])) {
        let held = std::mem::take(&mut self.held);
        let drops = match self.line(&held) {
            Line::End => {
                self.add_missing(out);
                out(&held);
                self.at = At::Body;
                return;
            }
            Line::Junk | Line::Continuation if !self.begun => {
                self.add_missing(out);
                out(b"\r\n");
                out(&held);
                self.at = At::Body;
                return;
            }
            Line::Continuation => {
                self.tls_required.passes(&held);
                dropped
            }
            Line::Mailbox => true,
            Line::Field { drops } => {
                self.begun = true;
                drops
            }
            Line::Junk => false,
        };
        if !drops {
            out(&held);
        }
        self.at = if held.ends_with(b"\n") {
            At::LineStart { drops }
        } else {
            At::InLine { drops }
        };
    }

    fn line(&mut self, held: &[u8]) -> Line {
        if held == b"\r\n" || held == b"\n" {
            return Line::End;
        }
        if held.starts_with(b" ") || held.starts_with(b"\t") {
            return Line::Continuation;
        }
        // `From : x` is a field (RFC 5322 §4.5), and the verifier has heard it as one.
        let is_field = held
            .strip_suffix(b":")
            .is_some_and(|name| name.trim_ascii_end() == b"From");
        if !self.begun && !is_field && (held.starts_with(b"From ") || held.starts_with(b">From ")) {
            return Line::Mailbox;
        }
        let Some(name) = held.strip_suffix(b":").map(<[u8]>::trim_ascii_end) else {
            return Line::Junk;
        };
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Line::Junk;
        }
        let is = |field: &str| name.eq_ignore_ascii_case(field.as_bytes());
        self.tls_required.here = false;
        if is("TLS-Required") {
            self.tls_required.begins();
        }
        self.has_date |= is("Date");
        self.has_message_id |= is("Message-ID");
        self.names_author |= is("From") || is("Sender");
        Line::Field {
            drops: is("Return-Path") || is(crate::wanted::FIELD) || (self.household && is("Bcc")),
        }
    }

    fn misses(&self) -> bool {
        self.household && !(self.has_date && self.has_message_id)
    }

    fn add_missing(&mut self, out: &mut dyn FnMut(&[u8])) {
        if !self.misses() {
            return;
        }
        if !std::mem::replace(&mut self.has_date, true) {
            out(format!("Date: {}\r\n", self.now.rfc5322()).as_bytes());
        }
        if !std::mem::replace(&mut self.has_message_id, true) {
            let id = mail::msgid::generate(&self.host, self.unique);
            out(format!("Message-ID: {id}\r\n").as_bytes());
        }
    }
}

/// The octets up to and with the first LF, and those behind.
fn cut_line(octets: &[u8]) -> (&[u8], &[u8]) {
    let end = octets.iter().position(|octet| *octet == b'\n');
    let count = end.map_or(octets.len(), |end| end + 1);
    octets.split_at_checked(count).unwrap_or((octets, &[]))
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
