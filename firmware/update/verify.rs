//! An update judged whole: who signed it, what it is, whether it may follow what runs.
//!
//! Promises: one pass in pieces, so that memory does not grow with the file; what is cheap to refuse is refused before the pass; nothing is called
//! verified before its last octet was seen. What it cannot do: keep the file from changing afterwards; whoever goes on to use the octets
//! verifies what they have used, with the same [`Head`].

use std::fmt;
use std::io::{self, Read};

use blake2::{Blake2b512, Digest as _};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::file::{Head, UpdateError};
use super::key::Key;
use super::release::{Release, TARGET, Version, running_version};

/// Octets that are read at once.
const PIECE: usize = 64 * 1024;

/// What an update must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// For these boards.
    pub target: String,
    /// At least this version: the one that runs.
    pub running: Version,
    /// At most so many octets: what a slot holds.
    pub most: u64,
}

/// An update that may be tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// What it is.
    pub release: Release,
    /// Octets of its system.
    pub length: u64,
}

/// A system that goes by, to be told at its end whether this head signs it.
pub struct Checking {
    head: Head,
    key: Key,
    hash: Blake2b512,
    most: u64,
    length: u64,
}

impl Rules {
    /// Those of this program; `most`: octets that a slot holds.
    pub fn here(most: u64) -> Rules {
        Rules {
            target: TARGET.to_owned(),
            running: running_version(),
            most,
        }
    }
}

/// Reads the whole update.
///
/// # Errors
/// Everything in [`UpdateError`].
pub fn verify(source: &mut impl Read, key: &Key, rules: &Rules) -> Result<Verified, UpdateError> {
    let head = Head::read(source)?;
    head.permitted(key, rules)?;
    let mut checking = head.checking(key, rules.most);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => checking.feed(piece.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    checking.finish()
}

impl Head {
    /// Whether this could be an update for here, as far as its head alone can tell: a quick no, and never a yes.
    ///
    /// # Errors
    /// Other boards, an older version, another key, a comment that this key did not sign.
    pub fn permitted(&self, key: &Key, rules: &Rules) -> Result<(), UpdateError> {
        if self.number != key.number {
            return Err(UpdateError::OtherKey {
                expected: key.to_string(),
            });
        }
        // The comment's own signature covers the system's: with it the head is whole, and what the refusals below say was really said by the key's owner.
        let mut said = self.signature.to_vec();
        said.extend_from_slice(self.comment.as_bytes());
        key.signed(&said, &self.global)?;
        if self.release.target != rules.target {
            return Err(UpdateError::OtherTarget {
                found: self.release.target.clone(),
                ours: rules.target.clone(),
            });
        }
        let (found, running) = (self.release.version, rules.running);
        if found < running {
            return Err(UpdateError::Older { found, running });
        }
        Ok(())
    }

    /// Begins to check a system of at most `most` octets against this head.
    pub fn checking(&self, key: &Key, most: u64) -> Checking {
        Checking {
            head: self.clone(),
            key: key.clone(),
            hash: Blake2b512::new(),
            most,
            length: 0,
        }
    }
}

impl Checking {
    /// More of the system.
    ///
    /// # Errors
    /// [`UpdateError::TooLarge`].
    pub fn feed(&mut self, octets: &[u8]) -> Result<(), UpdateError> {
        self.length = self.length.saturating_add(octets.len() as u64);
        if self.length > self.most {
            return Err(UpdateError::TooLarge { most: self.most });
        }
        self.hash.update(octets);
        Ok(())
    }

    /// Octets so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// That was all of it.
    ///
    /// # Errors
    /// [`UpdateError::Empty`], [`UpdateError::OtherKey`], [`UpdateError::Wrong`].
    pub fn finish(self) -> Result<Verified, UpdateError> {
        let Checking {
            head, key, hash, ..
        } = self;
        if self.length == 0 {
            return Err(UpdateError::Empty);
        }
        if head.number != key.number {
            return Err(UpdateError::OtherKey {
                expected: key.to_string(),
            });
        }
        key.signed(&hash.finalize(), &head.signature)?;
        let mut said = head.signature.to_vec();
        said.extend_from_slice(head.comment.as_bytes());
        key.signed(&said, &head.global)?;
        Ok(Verified {
            release: head.release,
            length: self.length,
        })
    }
}

impl Key {
    fn signed(&self, what: &[u8], signature: &[u8]) -> Result<(), UpdateError> {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(what, signature)
            .map_err(|_| UpdateError::Wrong)
    }
}

impl fmt::Debug for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checking({:?}, {} octets)", self.head, self.length)
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
pub(crate) mod tests;
