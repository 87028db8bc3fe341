//! What stands in the DNS at `selector._domainkey.domain` (RFC 6376 §3.6.1, RFC 8463 §4.2): written for the owner, and read back.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{SigningKeys, Tags};

/// The two records of a domain's keys, as one text each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Records {
    /// Fits one string of a TXT record.
    pub ed25519: String,
    /// About 410 octets: two strings of a TXT record.
    pub rsa: String,
}

/// A key record that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRecord {
    /// `k=`.
    pub kind: KeyKind,
    /// `p=`; empty: the key is revoked.
    pub public: Vec<u8>,
    /// `h=` allows SHA-256, the only hash there is (RFC 8301 §3.1).
    pub sha256: bool,
    /// `s=` allows mail.
    pub mail: bool,
    /// `t=y`: the domain only tries out DKIM.
    pub testing: bool,
    /// `t=s`: the domain of `i=` must be that of `d=` itself.
    pub exact: bool,
}

/// The algorithm of a public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// `k=rsa`, and a record without `k=`.
    Rsa,
    /// `k=ed25519`.
    Ed25519,
}

/// Why a text is no key record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordError {
    /// No tag list with `p=`, or `v=` is not first and `DKIM1`.
    NotAKey,
    /// `k=` names an algorithm that nobody here knows.
    UnknownKind,
    /// `p=` is not base64: mostly a record that was cut off or pasted with something in between.
    NotBase64,
}

impl Records {
    /// Of these keys.
    pub fn of(keys: &SigningKeys) -> Records {
        let text = |kind: &str, public: &[u8]| {
            let public = STANDARD.encode(public);
            format!("v=DKIM1; k={kind}; p={public}")
        };
        Records {
            ed25519: text("ed25519", keys.ed25519_public()),
            rsa: text("rsa", &keys.rsa_public()),
        }
    }
}

impl KeyRecord {
    /// Reads the joined strings of a TXT record.
    ///
    /// # Errors
    /// What is no key record.
    pub fn parse(text: &str) -> Result<KeyRecord, RecordError> {
        let tags = Tags::parse(text).ok_or(RecordError::NotAKey)?;
        // v= may be missing; if it is there it must come first (RFC 6376 §3.6.1).
        if let Some(version) = tags.get("v")
            && (version != "DKIM1" || tags.first() != Some("v"))
        {
            return Err(RecordError::NotAKey);
        }
        let public = tags.get("p").ok_or(RecordError::NotAKey)?;
        let kind = match tags.get("k").unwrap_or("rsa") {
            "rsa" => KeyKind::Rsa,
            "ed25519" => KeyKind::Ed25519,
            _ => return Err(RecordError::UnknownKind),
        };
        let public: String = public.split_ascii_whitespace().collect();
        let public = STANDARD
            .decode(public)
            .map_err(|_| RecordError::NotBase64)?;
        let has = |tag: &str, words: &[&str]| {
            let mut listed = tags.get(tag)?.split(':').map(str::trim);
            Some(listed.any(|word| words.contains(&word)))
        };
        Ok(KeyRecord {
            kind,
            public,
            sha256: has("h", &["sha256"]).unwrap_or(true),
            mail: has("s", &["*", "email"]).unwrap_or(true),
            testing: has("t", &["y"]).unwrap_or(false),
            exact: has("t", &["s"]).unwrap_or(false),
        })
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RecordError::NotAKey => "expected v=DKIM1; k=...; p=...",
            RecordError::UnknownKind => "expected k=rsa or k=ed25519",
            RecordError::NotBase64 => "expected base64 behind p=: it is cut off or altered",
        })
    }
}

impl std::error::Error for RecordError {}
