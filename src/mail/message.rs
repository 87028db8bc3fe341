//! What is known of a message after it was parsed once: its entities as byte ranges and what MIME says of each.
//!
//! It promises a tree that is always usable: at least one entity; a `multipart` has at least one child, a
//! `message/rfc822` or `message/global` exactly one; children lie inside their parent's body, in order. It holds
//! no octet of the bodies but the beginning of one text.

use std::ops::Range;

use crate::envelope::Envelope;

/// Parameters of a `Content-Type` or `Content-Disposition`: lower-case name and decoded value, in their order.
///
/// RFC 2231 continuations are joined and decoded, so the names carry no `*`; values hold no control character.
pub type Params = Vec<(String, String)>;

/// A parsed message. Made by [`crate::Parser`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Octets of the whole message.
    pub size: u64,
    /// Lines of the whole message; a last line without its end counts.
    pub lines: u64,
    /// The entities in the order in which they begin, but for the empty children that stand in for missing ones.
    /// `parts[0]` is the message itself. At most [`crate::limits::PARTS_MAX`].
    pub parts: Vec<Part>,
    /// The beginning of what a person would read first; `None` if no part is text.
    pub sample: Option<Sample>,
    /// False when a limit of [`crate::limits`] was met: some structure is opaque text, or some fields are cut.
    pub complete: bool,
}

/// The beginning of a text, as it stands in the message: neither transfer encoding nor charset is undone.
#[derive(Clone, PartialEq, Eq)]
pub struct Sample {
    /// Index of its part: the first `text/plain` or `text/html` that is no attachment and not blank.
    pub part: u32,
    /// The first octets of its body, at most [`crate::limits::SAMPLE_MAX`].
    pub octets: Vec<u8>,
}

impl std::fmt::Debug for Sample {
    /// How long, not what: it is mail.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample")
            .field("part", &self.part)
            .field("octets", &self.octets.len())
            .finish()
    }
}

/// One MIME entity: the message, a body part, or an embedded message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Index of the entity around this one; `None` for the message itself.
    pub parent: Option<u32>,
    /// Indices of the entities directly inside this one.
    pub children: Vec<u32>,
    /// Octets of the header, from the start of the message, with the empty line that ends it if there is one.
    pub header: Range<u64>,
    /// Octets of the body. The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
    pub body: Range<u64>,
    /// Lines of the body; a last line without its end counts.
    pub body_lines: u64,
    /// The top-level media type in lower case: `text`.
    pub media_type: String,
    /// The subtype in lower case: `plain`.
    pub subtype: String,
    /// The parameters of the `Content-Type`.
    pub params: Params,
    /// `Content-ID`, unfolded.
    pub id: Option<Vec<u8>>,
    /// `Content-Description`, unfolded, encoded words left as they are.
    pub description: Option<Vec<u8>>,
    /// `Content-Transfer-Encoding` in lower case; `7bit` when the field is missing (RFC 2045 §6.1).
    pub encoding: String,
    /// `Content-MD5` (RFC 1864).
    pub md5: Option<Vec<u8>>,
    /// `Content-Disposition` in lower case and its parameters (RFC 2183).
    pub disposition: Option<(String, Params)>,
    /// `Content-Language` tags (RFC 3282).
    pub language: Vec<String>,
    /// `Content-Location` without white space (RFC 2557 §4.4).
    pub location: Option<Vec<u8>>,
    /// The envelope of the message, or of an embedded message; `None` for body parts.
    pub envelope: Option<Box<Envelope>>,
}

impl Part {
    /// Whether the entity is a `multipart`.
    pub fn is_multipart(&self) -> bool {
        self.media_type == "multipart"
    }

    /// Whether the entity holds another message as its only child (RFC 2046 §5.2.1, RFC 6532 §3.7).
    pub fn is_message(&self) -> bool {
        self.media_type == "message" && (self.subtype == "rfc822" || self.subtype == "global")
    }

    /// The value of a `Content-Type` parameter; `name` in lower case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The name under which a person would save the entity: `filename` of the disposition, else `name`.
    pub fn filename(&self) -> Option<&str> {
        let of_disposition = self
            .disposition
            .iter()
            .flat_map(|(_, params)| params)
            .find(|(n, _)| n == "filename");
        of_disposition
            .map(|(_, v)| v.as_str())
            .or_else(|| self.param("name"))
    }

    /// Octets of the whole entity, header and body.
    pub fn range(&self) -> Range<u64> {
        self.header.start..self.body.end
    }
}

impl Message {
    /// The entity of an IMAP part number such as `4.2.1` (RFC 9051 §6.4.5.1); the empty number is the message.
    ///
    /// A `message/rfc822` part stands for itself here: its header and text are those of its only child.
    pub fn section(&self, numbers: &[u32]) -> Option<u32> {
        let mut at: u32 = 0;
        let mut embedded = true; // a message, whose own body is numbered 1 when it is not a multipart
        for &number in numbers {
            let mut part = self.part(at)?;
            if part.is_message() && !embedded {
                at = *part.children.first()?;
                part = self.part(at)?;
                embedded = true;
            }
            let index = usize::try_from(number.checked_sub(1)?).ok()?;
            if part.is_multipart() {
                at = *part.children.get(index)?;
                embedded = false;
            } else if embedded && index == 0 {
                embedded = false;
            } else {
                return None;
            }
        }
        Some(at)
    }

    /// The entity at an index of [`Message::parts`].
    pub fn part(&self, index: u32) -> Option<&Part> {
        self.parts.get(usize::try_from(index).ok()?)
    }
}
