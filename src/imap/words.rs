//! The words of messages: what SEARCH sees of a message's texts, as the scanner reads them and as the search index keeps them.
//!
//! Both read through `reading`: header fields as lines `NAME: value` with encoded words decoded, text parts decoded from transfer encoding and
//! charset, HTML as the text that a person reads, all of it folded (`fold`). So what the index answers is what scanning would answer.
//!
//! The index has a term for (`collect`):
//! * each header line whole: what looks for a part of one finds it there, words, signs and all. Subject, From, To, Cc and Bcc have
//!   classes of their own; a line too long is cut into windows that overlap;
//! * each word of a body: letters, digits and marks; the ideographs of a row of them in pairs;
//! * each three octets on end of what nobody will look for, but somebody may: Received, Message-ID, signatures, dates, and words that are long or mix
//!   letters and digits. A vocabulary of these would be as large as they are; as a row of threes, they are found in few messages, which are then looked at.
//!
//! `ask` makes two sets of an asked text: messages that have it, and messages that may. What it leaves open the scanner answers.

pub(crate) mod ask;
mod collect;
mod cut;
pub(crate) mod reading;

pub use collect::collect;

/// What terms mean, and what the columns hold, which are filled along with it; an index of another version is built anew.
pub const VERSION: u32 = 3;

/// Classes of terms, in the index.
mod class {
    /// words of bodies
    pub(super) const BODY: u8 = 0;
    /// lines of the message's header
    pub(super) const SUBJECT: u8 = 1;
    pub(super) const FROM: u8 = 2;
    pub(super) const TO: u8 = 3;
    pub(super) const CC: u8 = 4;
    pub(super) const BCC: u8 = 5;
    /// all other lines of it that are kept whole; of the others the name
    pub(super) const OTHER: u8 = 6;
    /// lines of the headers of parts
    pub(super) const PART: u8 = 7;
    /// lines of the headers of messages inside: they are body to the one around them
    pub(super) const EMBEDDED: u8 = 8;
    /// threes of bodies and of headers of messages inside
    pub(super) const BODY_THREES: u8 = 9;
    /// threes of header lines
    pub(super) const HEADER_THREES: u8 = 10;
    /// [`super::ALWAYS`]
    pub(super) const ALWAYS: u8 = 11;

    /// The class of lines of this name, given in capitals.
    pub(super) fn of(name: &[u8]) -> u8 {
        match name {
            b"SUBJECT" => SUBJECT,
            b"FROM" => FROM,
            b"TO" => TO,
            b"CC" => CC,
            b"BCC" => BCC,
            _ => OTHER,
        }
    }
}

/// The term of messages of which not everything is in the index.
const ALWAYS: &[u8] = &[1];
/// Octets of a line that is kept whole.
const LINE: usize = 240;
/// Neighbouring windows of a longer one share so many octets: a text up to that length lies in one of them.
const OVERLAP: usize = 64;
/// Begins a window that is not the line's first.
const WINDOW: u8 = 1;
/// Stands behind the end of a word or line in its last two threes.
const END: u8 = 1;
