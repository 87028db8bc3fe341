//! What FETCH names (RFC 9051 §6.4.5): messages, items, sections and parts of them.

use store::ModSeq;

use crate::command::{Page, SequenceSet};

/// FETCH.
#[derive(Debug, PartialEq)]
pub struct Fetch {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs; then UID is printed whether asked or not
    pub uid: bool,
    /// macros expanded (ALL, FAST, FULL), in the order asked, exact repetitions dropped
    pub items: Vec<FetchItem>,
    /// (CHANGEDSINCE n): only messages that have changed after n; MODSEQ is among the items then (RFC 7162 §3.1.4.1)
    pub changed_since: Option<ModSeq>,
    /// (VANISHED), only with CHANGEDSINCE in a UID FETCH: also which of the set are no more (RFC 7162 §3.2.6)
    pub vanished: bool,
    /// (PARTIAL 1:500), only in a UID FETCH: these of the set, counted before anything else is asked (RFC 9394 §3.3, §3.4)
    pub partial: Option<Page>,
}

/// One thing to fetch (RFC 9051 §6.4.5, RFC 3501 §6.4.5).
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum FetchItem {
    /// FLAGS
    Flags,
    /// UID
    Uid,
    /// INTERNALDATE
    InternalDate,
    /// RFC822.SIZE
    Rfc822Size,
    /// EMAILID (RFC 8474 §5.1)
    EmailId,
    /// THREADID (RFC 8474 §5.2)
    ThreadId,
    /// SAVEDATE (RFC 8514 §4.2)
    SaveDate,
    /// PREVIEW (RFC 8970)
    Preview {
        /// LAZY: NIL where it would have to be made
        lazy: bool,
    },
    /// MODSEQ (RFC 7162 §3.1.4.2)
    ModSeq,
    /// ENVELOPE
    Envelope,
    /// BODY without a section: BODYSTRUCTURE without extension data
    Body,
    /// BODYSTRUCTURE
    BodyStructure,
    /// RFC822, RFC822.HEADER or RFC822.TEXT: a section under its old name (RFC 3501)
    Rfc822(Rfc822),
    /// BODY[...] or BODY.PEEK[...]
    Section {
        /// what of the message
        section: Section,
        /// BODY.PEEK: do not set \Seen
        peek: bool,
        /// `<offset.length>`
        partial: Option<Partial>,
    },
    /// BINARY[...] or BINARY.PEEK[...]: decoded (RFC 3516)
    Binary {
        /// part numbers; empty: the whole message
        part: PartNumber,
        /// BINARY.PEEK: do not set \Seen
        peek: bool,
        /// `<offset.length>` of the decoded octets
        partial: Option<Partial>,
    },
    /// BINARY.SIZE[...]
    BinarySize(PartNumber),
}

/// The three old names of RFC 3501.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Rfc822 {
    /// RFC822 = `BODY[]`
    Whole,
    /// RFC822.HEADER = `BODY.PEEK[HEADER]`
    Header,
    /// RFC822.TEXT = `BODY[TEXT]`
    Text,
}

/// `1.2.3`: where in the tree of parts; each at least 1; empty: the message itself. At most [`crate::Limits::PART_DEPTH`] deep.
pub type PartNumber = Vec<u32>;

/// Which octets of a message.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Section {
    /// of which part
    pub part: PartNumber,
    /// what of it
    pub text: SectionText,
}

/// What of a part (RFC 9051 §6.4.5.1). `Mime` occurs only with a part number.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum SectionText {
    /// all: `BODY[]`, `BODY[1]`
    Whole,
    /// HEADER
    Header,
    /// TEXT
    Text,
    /// MIME
    Mime,
    /// HEADER.FIELDS and HEADER.FIELDS.NOT
    HeaderFields {
        /// .NOT
        not: bool,
        /// as the client wrote them; at least one
        names: Vec<String>,
    },
}

/// `<offset.length>`; `length` is at least 1.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Partial {
    /// first octet
    pub offset: u64,
    /// octets at most
    pub length: u64,
}
