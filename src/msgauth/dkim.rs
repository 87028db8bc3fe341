//! DKIM (RFC 6376, with RFC 8301's algorithms, RFC 8463's Ed25519 and RFC 8616's names): signed and judged.
//!
//! ```text
//! signer   a message in pieces -> two DKIM-Signature fields    list     which fields a signature covers, and why
//! split    octets -> header fields and body                    header   canonical fields, and which of several h= means
//! body     canonical body, streaming                           field    the text of a DKIM-Signature, folded
//! keys     private keys loaded, public keys told               record   what stands in the DNS;  tags  tag=value lists
//! verify   all signatures of a message                         check    one of them: key, body, header
//! signature  what a signature says                             public   public keys read, signatures judged by them
//! ```
//!
//! Promises: no memory grows with the message (the fields that are signed are kept, up to [`HEADER_MAX`] octets; the body only passes through); the
//! same message, keys and time give the same octets; nothing is signed without its author's field; a signature covers the whole body (no `l=`,
//! users.md B17).
//!
//! Who judges looks at no more than [`SIGNATURES_MAX`] signatures, with one hash for each form and length of body among them.
//!
//! What it cannot do: it does not change the message: the signer must be fed the very octets that will be sent, after any re-encoding.

mod body;
pub(crate) mod check;
pub(crate) mod field;
mod header;
mod keys;
mod list;
pub(crate) mod public;
mod record;
pub(crate) mod signature;
mod signer;
mod split;
mod tags;
mod verify;

pub use body::BodyCanonicalizer;
pub use check::{DkimResult, FUTURE_MAX};
pub use header::{FieldCanonicalizer, select};
pub use keys::{KeyError, SigningKeys, generate_ed25519};
pub use list::HeaderList;
pub use public::RSA_BITS;
pub use record::{KeyKind, KeyRecord, RecordError, Records};
pub use signature::NAMES_MAX;
pub use signer::{Selectors, SignError, Signer};
pub use split::{Piece, Splitter};
pub use tags::{TAGS_MAX, Tags};
pub(crate) use verify::Signatures;
pub use verify::{DkimVerdict, SIGNATURES_MAX};

/// Most octets of canonical fields that are kept to be signed. The fields of the longest real letters, those with a thousand recipients in `To`, stay
/// below a quarter. Fields that are not signed (`Received`, other people's signatures) do not count.
///
/// A message beyond it gets no signature. The other ways are worse: a signature over the first of the octets would leave the rest for anyone to
/// write, and one that does not list the long field would let anyone add a field of that name.
pub const HEADER_MAX: usize = 256 * 1024;
/// Most fields that are kept to be signed, which bounds the length of `h=`. RFC 5322 §3.6 allows each name once, `Resent-` fields apart.
pub const FIELDS_MAX: usize = 100;

/// How what is signed is made alike on both ends (RFC 6376 §3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Canonicalization {
    /// Octets as they are, but for empty lines at the end of the body.
    Simple,
    /// White space and the case of field names do not count.
    Relaxed,
}
