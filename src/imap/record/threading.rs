//! What THREAD, THREADID and the comparison of subjects go by, noted on arrival.
//!
//! ```text
//! 1 if the subject has marks of a reply, else 0 | hash of the base subject | hash of the Message-ID | hashes of the references
//! ```
//!
//! A hash is 48 bits: among 100,000 messages two identifiers meet with a chance of 1 in 50,000, and then two threads become one. Who wants to bring a
//! message into a thread where it does not belong needs no collision, only a References field, so that no secret is mixed in. A hash of 0
//! means none.
//!
//! Promises: the same value for the same text for ever, since it is stored and shown (THREADID must not change, RFC 8474 §5.2).

use mail::subject::base_subject;
use mail::{Envelope, Message, header, msgid};

use crate::fold::folded;

/// 48 bits, big-endian; all 0: none.
pub type Hash = [u8; 6];

/// References of one message that are kept: the first, which names the thread, and the last others. RFC 5256 lets programs cut the list, and they
/// cut it far shorter.
pub const REFERENCES_MAX: usize = 128;

/// What is known of a message's place among others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Threading<'a> {
    /// Whether the subject says reply or forward (RFC 5256 §3).
    pub reply: bool,
    /// Of the base subject, folded; none for an empty one.
    pub subject: Hash,
    /// Of the Message-ID.
    pub id: Hash,
    /// Of References, or else of the first identifier in In-Reply-To (RFC 5256 §3).
    pub references: &'a [Hash],
}

impl<'a> Threading<'a> {
    pub(super) fn write(message: &Message, out: &mut Vec<u8>) {
        let empty = Envelope::default();
        let envelope = message
            .parts
            .first()
            .and_then(|root| root.envelope.as_deref())
            .unwrap_or(&empty);
        write(
            envelope.subject.as_deref().unwrap_or_default(),
            envelope.message_id.as_deref().unwrap_or_default(),
            envelope.references.as_deref().unwrap_or_default(),
            envelope.in_reply_to.as_deref().unwrap_or_default(),
            out,
        );
    }

    /// What [`Threading::new`] reads, from the header of a message that came before it was noted.
    pub fn of_header(block: &[u8]) -> Vec<u8> {
        let mut values: [Option<&[u8]>; 4] = [None; 4];
        let names = ["subject", "message-id", "references", "in-reply-to"];
        for field in header::fields(block) {
            for (value, name) in values.iter_mut().zip(names) {
                if value.is_none() && field.is(name) {
                    *value = Some(field.value);
                }
            }
        }
        let [subject, id, references, in_reply_to] = values.map(Option::unwrap_or_default);
        let mut out = Vec::new();
        write(subject, id, references, in_reply_to, &mut out);
        out
    }

    /// `None`: damaged.
    pub fn new(octets: &'a [u8]) -> Option<Threading<'a>> {
        let (&flags, hashes) = octets.split_first()?;
        Threading::of(flags, hashes)
    }

    /// The same where other things stand between; `None`: damaged.
    pub(crate) fn of(flags: u8, hashes: &'a [u8]) -> Option<Threading<'a>> {
        let (hashes, odd) = hashes.as_chunks::<6>();
        let [subject, id, references @ ..] = hashes else {
            return None;
        };
        odd.is_empty().then_some(Threading {
            reply: flags & 1 != 0,
            subject: *subject,
            id: *id,
            references,
        })
    }

    /// Names the conversation: the first message that this one goes back to, or itself; `None`: nothing tells.
    pub fn root(&self) -> Option<Hash> {
        let root = self.references.first().unwrap_or(&self.id);
        (*root != Hash::default()).then_some(*root)
    }
}

fn write(subject: &[u8], id: &[u8], references: &[u8], in_reply_to: &[u8], out: &mut Vec<u8>) {
    let base = base_subject(subject);
    out.push(u8::from(base.reply));
    out.extend_from_slice(&of_subject(&base.text));
    let id = msgid::ids(id).next().map(|id| hash(&id));
    out.extend_from_slice(&id.unwrap_or_default());
    let start = out.len();
    for id in msgid::ids(references) {
        if out.len() >= start + 6 * REFERENCES_MAX {
            // The second one goes.
            out.drain(start + 6..start + 12);
        }
        out.extend_from_slice(&hash(&id));
    }
    if out.len() == start
        && let Some(id) = msgid::ids(in_reply_to).next()
    {
        out.extend_from_slice(&hash(&id));
    }
}

/// The hash of a base subject.
pub(crate) fn of_subject(base: &str) -> Hash {
    if base.is_empty() {
        return Hash::default();
    }
    hash(&folded(base))
}

/// FNV-1a in 64 bits, its halves mixed so that every bit counts in the 48 that are kept.
fn hash(octets: &[u8]) -> Hash {
    let mut value = 0xCBF2_9CE4_8422_2325_u64;
    for octet in octets {
        value = (value ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3);
    }
    value ^= value >> 32;
    value = value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^= value >> 29;
    let [_, _, hash @ ..] = value.to_be_bytes();
    if hash == Hash::default() {
        [0, 0, 0, 0, 0, 1]
    } else {
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str) -> Vec<u8> {
        let mut parser = mail::Parser::new();
        parser.feed(text.as_bytes());
        let mut out = Vec::new();
        Threading::write(&parser.finish(), &mut out);
        assert_eq!(out, Threading::of_header(text.as_bytes()), "{text}");
        out
    }

    #[test]
    fn references_are_found() {
        let noted = noted(
            "Subject: Re: [x] Grün\r\nMessage-ID: <c@x>\r\nReferences: <a@x>\r\n <\"b\"@x>\r\nIn-Reply-To: <z@x>\r\n\r\n",
        );
        let threading = Threading::new(&noted).unwrap();
        assert!(threading.reply);
        assert_eq!(threading.subject, of_subject("GRÜN"));
        assert_eq!(threading.id, hash(b"c@x"));
        assert_eq!(threading.references, [hash(b"a@x"), hash(b"b@x")]);
        assert_eq!(threading.root(), Some(hash(b"a@x")));
    }

    #[test]
    fn in_reply_to_stands_in_for_references() {
        let noted =
            noted("References: none\r\nIn-Reply-To: Ann's of <a@x>, <b@x>\r\nSubject: \r\n\r\n");
        let threading = Threading::new(&noted).unwrap();
        assert_eq!(threading.references, [hash(b"a@x")]);
        assert_eq!((threading.subject, threading.id), Default::default());
        assert!(!threading.reply);
    }

    #[test]
    fn a_message_alone_names_its_thread() {
        let alone = noted("Message-ID: <a@x>\r\n\r\n");
        assert_eq!(Threading::new(&alone).unwrap().root(), Some(hash(b"a@x")));
        assert_eq!(Threading::new(&noted("A: b\r\n\r\n")).unwrap().root(), None);
    }

    #[test]
    fn the_first_and_the_last_references_are_kept() {
        let mut text = "References:".to_owned();
        for n in 0..1_000 {
            text += &format!(" <{n}@x>");
        }
        let noted = noted(&(text + "\r\n\r\n"));
        let threading = Threading::new(&noted).unwrap();
        assert_eq!(threading.references.len(), REFERENCES_MAX);
        assert_eq!(threading.references[0], hash(b"0@x"));
        assert_eq!(threading.references[REFERENCES_MAX - 1], hash(b"999@x"));
        assert_eq!(threading.references[1], hash(b"873@x"));
    }

    /// They are stored: they must not change.
    #[test]
    fn hashes_stay_what_they_are() {
        assert_eq!(hash(b"a@x"), HASH_OF_AX);
    }

    /// By a reckoning of its own.
    const HASH_OF_AX: Hash = [61, 227, 195, 146, 51, 245];
}
