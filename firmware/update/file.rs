//! The update file's head: a minisign signature, an empty line; then comes the system, to the end of the file.
//!
//! ```text
//! untrusted comment: whatever it says is not looked at
//! RU…                                     base64: "ED", the key's number, Ed25519 over BLAKE2b-512 of the system
//! trusted comment: pillarbox 0.2.0 pi64   what it is: signed, and looked at
//! …                                       base64: Ed25519 over the signature and the trusted comment
//!                                         (an empty line)
//! the system, as it will stand in the slot
//! ```
//!
//! Read with this crate's own few lines, over ring's Ed25519 and the BLAKE2b that Argon2 brings along: minisign-verify (MIT, no dependencies) streams as well, but
//! it borrows key and signature for as long as it does, so that no machine that goes step by step can hold it, and it brings both algorithms a second time.
//!
//! `head -n 4` of it is what `minisign -V -x` takes, `tail -n +6` what it is said of. Only the prehashed form (`ED`) is taken: the other one (`Ed`) is over
//! the octets themselves, and would have to be held in memory whole.

use std::fmt;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::release::{Release, Version};

/// The longest head, in octets: minisign's own has about 350, most of it comments.
pub const HEAD_MAX: usize = 1024;
/// Lines before the system, with the empty one.
const LINES: usize = 5;

/// What stands before the system.
#[derive(Clone)]
pub struct Head {
    /// Which key signed.
    pub(super) number: [u8; 8],
    /// Over the system's hash.
    pub(super) signature: [u8; 64],
    /// Over the signature and the trusted comment.
    pub(super) global: [u8; 64],
    /// As it is signed.
    pub(super) comment: String,
    /// What it says it is. Nobody has signed that yet as far as the head alone can tell.
    pub release: Release,
    /// Octets of the head: where the system begins.
    pub length: usize,
}

/// Why an update is not taken. Each says what was expected.
#[derive(Debug)]
pub enum UpdateError {
    /// It cannot be read.
    Io(io::Error),
    /// It does not begin as an update file does.
    NotAnUpdate,
    /// It is signed in minisign's older form.
    Legacy,
    /// Its trusted comment is none of ours.
    NotOurs {
        /// What it says.
        comment: String,
    },
    /// It is for other boards.
    OtherTarget {
        /// For these.
        found: String,
        /// This one's.
        ours: String,
    },
    /// It is older than what runs.
    Older {
        /// This old.
        found: Version,
        /// What runs.
        running: Version,
    },
    /// No slot holds it.
    TooLarge {
        /// Octets that a slot holds.
        most: u64,
    },
    /// Nothing follows the head.
    Empty,
    /// Somebody else signed it.
    OtherKey {
        /// The key that counts here.
        expected: String,
    },
    /// The signature is not one of these octets.
    Wrong,
}

impl Head {
    /// Reads the head, and not an octet more.
    ///
    /// # Errors
    /// [`UpdateError::NotAnUpdate`], [`UpdateError::Legacy`], [`UpdateError::NotOurs`], and what cannot be read.
    pub fn read(source: &mut impl Read) -> Result<Head, UpdateError> {
        let mut octets = Vec::with_capacity(HEAD_MAX);
        let mut lines = 0;
        let mut one = [0];
        while lines < LINES {
            if octets.len() == HEAD_MAX {
                return Err(UpdateError::NotAnUpdate);
            }
            match source.read_exact(&mut one) {
                Ok(()) => octets.extend_from_slice(&one),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(UpdateError::NotAnUpdate);
                }
                Err(error) => return Err(UpdateError::Io(error)),
            }
            lines += usize::from(one == *b"\n");
        }
        Head::parse(&octets)
    }

    /// Reads the head that `octets` begin with, if it is whole.
    ///
    /// # Errors
    /// As [`Head::read`].
    pub fn parse(octets: &[u8]) -> Result<Head, UpdateError> {
        let octets = octets.get(..HEAD_MAX).unwrap_or(octets);
        let ends = octets
            .iter()
            .enumerate()
            .filter(|(_, octet)| **octet == b'\n');
        let Some((last, _)) = ends.take(LINES).nth(LINES - 1) else {
            return Err(UpdateError::NotAnUpdate);
        };
        let length = last + 1;
        let head = octets.get(..length).unwrap_or_default();
        let text = std::str::from_utf8(head).map_err(|_| UpdateError::NotAnUpdate)?;
        let lines: Vec<&str> = text.split('\n').collect();
        let [about, signature, comment, global, "", ""] = lines.as_slice() else {
            return Err(UpdateError::NotAnUpdate);
        };
        let comment = comment.strip_prefix("trusted comment: ");
        let (true, Some(comment)) = (about.starts_with("untrusted comment:"), comment) else {
            return Err(UpdateError::NotAnUpdate);
        };
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| UpdateError::NotAnUpdate);
        let (signature, global) = (decode(signature)?, decode(global)?);
        let signed = match signature.split_first_chunk() {
            Some((b"ED", rest)) => rest.split_first_chunk(),
            Some((b"Ed", _)) => return Err(UpdateError::Legacy),
            _ => None,
        };
        let (Some((number, signature)), Ok(global)) = (signed, global.try_into()) else {
            return Err(UpdateError::NotAnUpdate);
        };
        let signature = signature.try_into().map_err(|_| UpdateError::NotAnUpdate)?;
        let release = Release::parse(comment).ok_or_else(|| UpdateError::NotOurs {
            comment: comment
                .chars()
                .filter(|c| !c.is_control())
                .take(80)
                .collect(),
        })?;
        Ok(Head {
            number: *number,
            signature,
            global,
            comment: comment.to_owned(),
            release,
            length,
        })
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({}, {} octets)", self.release, self.length)
    }
}

impl UpdateError {
    /// A word for it that programs know: the pages have a sentence for each in every language.
    pub fn word(&self) -> &'static str {
        match self {
            UpdateError::Io(_) => "unreadable",
            UpdateError::NotAnUpdate | UpdateError::Empty => "no-update",
            UpdateError::Legacy => "legacy",
            UpdateError::NotOurs { .. } => "not-ours",
            UpdateError::OtherTarget { .. } => "other-target",
            UpdateError::Older { .. } => "older",
            UpdateError::TooLarge { .. } => "too-large",
            UpdateError::OtherKey { .. } => "other-key",
            UpdateError::Wrong => "wrong",
        }
    }
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpdateError::Io(error) => write!(f, "the update cannot be read: {error}"),
            UpdateError::NotAnUpdate => f.write_str(
                "this is no update of pillarbox: such a file begins with four lines of a minisign signature and an empty line, and is called like pillarbox-1.2.3-pi64.update",
            ),
            UpdateError::Legacy => f.write_str(
                "this update is signed in minisign's older form; sign it anew, prehashed (`minisign -S` without -l)",
            ),
            UpdateError::NotOurs { comment } => write!(
                f,
                "the signed comment of this file is \"{comment}\"; that of an update is like \"pillarbox 1.2.3 pi64\""
            ),
            UpdateError::OtherTarget { found, ours } => write!(
                f,
                "this update is for {found}, and this is {ours}; take the file whose name ends in -{ours}.update"
            ),
            UpdateError::Older { found, running } => write!(
                f,
                "this update is version {found}, older than {running}, which runs; an update has the same version or a newer one"
            ),
            UpdateError::TooLarge { most } => write!(
                f,
                "this update is larger than a system may be ({most} octets)"
            ),
            UpdateError::Empty => f.write_str(
                "this update has a signature and no system behind it; it was cut off: get it again",
            ),
            UpdateError::OtherKey { expected } => write!(
                f,
                "this update is signed with another key than {expected}, whose signature counts here"
            ),
            UpdateError::Wrong => f.write_str(
                "the signature is not that of these octets: the file is damaged, cut off or forged; get it again",
            ),
        }
    }
}

impl std::error::Error for UpdateError {}

impl From<io::Error> for UpdateError {
    fn from(error: io::Error) -> UpdateError {
        UpdateError::Io(error)
    }
}
