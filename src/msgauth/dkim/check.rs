//! One signature judged (RFC 6376 §6.1): field, key, body, header. Shared with ARC's message signatures.

use dns::Kind;
use ring::digest::{Context, SHA256};

use super::public::PublicKey;
use super::signature::{Flavour, Signature};
use super::{BodyCanonicalizer, Canonicalization, KeyRecord, RecordError};
use crate::head::Head;
use crate::question::{Question, Reply, is_void, shown, texts};

/// Seconds that a signature may be from the future: clocks differ.
pub const FUTURE_MAX: i64 = 24 * 3600;
/// Different parts of a body (`l=`) that are hashed; a signature of a further one is not judged.
const PARTS_MAX: usize = 2;

/// The result of a signature (RFC 8601 §2.7.1). `none` is the absence of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DkimResult {
    /// It holds, for the whole body.
    Pass,
    /// It does not.
    Fail,
    /// It holds, and proves less than it must: a part of the body only.
    Policy,
    /// It does not hold, and its domain says that it only tries.
    Neutral,
    /// The key could not be asked for now.
    TempError,
    /// It cannot be judged, now or later.
    PermError,
}

impl DkimResult {
    /// The word of RFC 8601 §2.7.1.
    pub fn word(self) -> &'static str {
        match self {
            DkimResult::Pass => "pass",
            DkimResult::Fail => "fail",
            DkimResult::Policy => "policy",
            DkimResult::Neutral => "neutral",
            DkimResult::TempError => "temperror",
            DkimResult::PermError => "permerror",
        }
    }
}

/// A result and why.
pub(crate) type Judged = (DkimResult, String);

/// The key that a question brought, or why there is none.
pub(crate) fn key(signature: &Signature, reply: &Reply) -> Result<(KeyRecord, PublicKey), Judged> {
    let where_ = signature.key_name();
    let permanent = |reason: String| Err((DkimResult::PermError, reason));
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) if is_void(failure) => {
            return permanent(format!("there is no key at {where_}: {failure}"));
        }
        Err(failure) => {
            let failure = shown(&failure.to_string(), 200);
            return Err((
                DkimResult::TempError,
                format!("the key at {where_} could not be asked for: {failure}"),
            ));
        }
    };
    // Of several the first that is one: their order means nothing (RFC 6376 §3.6.2.2).
    let mut found = Err(RecordError::NotAKey);
    for text in texts(answer) {
        found = str::from_utf8(text)
            .map_err(|_| RecordError::NotAKey)
            .and_then(KeyRecord::parse);
        if found.is_ok() {
            break;
        }
    }
    let record = match found {
        Ok(record) => record,
        Err(error) => return permanent(format!("what stands at {where_} is no key: {error}")),
    };
    if record.public.is_empty() {
        return permanent(format!("the key at {where_} has been revoked"));
    }
    if record.kind != signature.algorithm {
        return permanent(format!(
            "the key at {where_} is of another kind than the signature"
        ));
    }
    if !record.sha256 || !record.mail {
        return permanent(format!(
            "the key at {where_} is not for signatures like this on mail"
        ));
    }
    let exact = format!("@{}", signature.domain);
    if record.exact && !signature.identity.to_ascii_lowercase().ends_with(&exact) {
        return permanent(format!(
            "the key at {where_} is not for names below {}",
            signature.domain
        ));
    }
    match PublicKey::of(&record) {
        Ok(key) => Ok((record, key)),
        Err(reason) => permanent(format!("{reason} ({where_})")),
    }
}

/// The question for the key.
pub(crate) fn question(signature: &Signature) -> Result<Question, Judged> {
    Question::new(&signature.key_name(), Kind::Txt).ok_or((
        DkimResult::PermError,
        "the key's place is no name".to_owned(),
    ))
}

/// What the times in a signature say, if ours is trusted.
pub(crate) fn in_time(signature: &Signature, now: Option<i64>) -> Result<(), Judged> {
    let Some(now) = now else { return Ok(()) };
    if signature.expires.is_some_and(|expires| expires < now) {
        return Err((DkimResult::Fail, "the signature has expired".into()));
    }
    if signature
        .time
        .is_some_and(|time| time > now.saturating_add(FUTURE_MAX))
    {
        return Err((DkimResult::Fail, "the signature is from the future".into()));
    }
    Ok(())
}

/// Judges the signature in field `place` when key and body are known.
pub(crate) fn holds(
    head: &Head,
    place: usize,
    signature: &Signature,
    key: &PublicKey,
    body: &Body,
) -> Judged {
    let Some(field) = head.field(place) else {
        return (DkimResult::PermError, "the signature is gone".into());
    };
    if body.hash != signature.body_hash {
        let reason = match signature.length {
            Some(length) if length > body.hashed => "the body is shorter than what was signed",
            _ => "the body is not the one that was signed",
        };
        return (DkimResult::Fail, reason.into());
    }
    let mut data = Vec::new();
    let names = signature.names.iter().map(String::as_str);
    head.select(signature.header_form, names, &mut data);
    field.canonical_unsigned(signature.header_form, &mut data);
    if !key.holds(&data, &signature.octets) {
        let reason = "the header is not the one that was signed, or the key is not the signer's";
        return (DkimResult::Fail, reason.into());
    }
    if body.behind > 0 {
        let reason = format!(
            "the signature holds for the first {} octets of the body; {} more stand behind them",
            body.hashed, body.behind
        );
        return (DkimResult::Policy, reason);
    }
    (
        DkimResult::Pass,
        format!(
            "the signature of {} holds ({}, {} bits)",
            signature.domain,
            signature.algorithm_word(),
            key.bits
        ),
    )
}

/// Bodies hashed while they pass, each form and length once.
#[derive(Default)]
pub(crate) struct Bodies {
    open: Vec<Hashing>,
    done: Vec<(Canonicalization, Option<u64>, Body)>,
}

struct Hashing {
    form: Canonicalization,
    length: Option<u64>,
    machine: BodyCanonicalizer,
    hash: Counted,
}

struct Counted {
    context: Context,
    left: u64,
    hashed: u64,
    behind: u64,
}

/// A body's hash.
pub(crate) struct Body {
    pub(crate) hash: Vec<u8>,
    /// Octets of the canonical body that are in it, and that stand behind them.
    pub(crate) hashed: u64,
    pub(crate) behind: u64,
}

impl Bodies {
    /// The body will be asked for in this form.
    pub(crate) fn want(&mut self, signature: &Signature) {
        self.want_part(signature.body_form, signature.length);
    }

    /// The whole body will be asked for in this form.
    pub(crate) fn want_form(&mut self, form: Canonicalization) {
        self.want_part(form, None);
    }

    fn want_part(&mut self, form: Canonicalization, length: Option<u64>) {
        let known = |hashing: &Hashing| hashing.form == form && hashing.length == length;
        // Whole bodies have two forms. Each part is a hash of its own over all of it, and costs as much as the whole.
        let parts = self.open.iter().filter(|part| part.length.is_some());
        if length.is_some() && parts.count() >= PARTS_MAX {
            return;
        }
        if !self.open.iter().any(known) {
            self.open.push(Hashing {
                form,
                length,
                machine: BodyCanonicalizer::new(form),
                hash: Counted {
                    context: Context::new(&SHA256),
                    left: length.unwrap_or(u64::MAX),
                    hashed: 0,
                    behind: 0,
                },
            });
        }
    }

    /// The hash of the whole body, once it has ended.
    pub(crate) fn whole(&self, form: Canonicalization) -> Option<&[u8]> {
        let mut done = self.done.iter();
        done.find(|(have, length, _)| *have == form && length.is_none())
            .map(|(_, _, body)| body.hash.as_slice())
    }

    pub(crate) fn feed(&mut self, octets: &[u8]) {
        for hashing in &mut self.open {
            let hash = &mut hashing.hash;
            hashing
                .machine
                .feed(octets, &mut |canonical| hash.feed(canonical));
        }
    }

    pub(crate) fn finish(&mut self) {
        for mut hashing in std::mem::take(&mut self.open) {
            let hash = &mut hashing.hash;
            hashing
                .machine
                .finish(&mut |canonical| hash.feed(canonical));
            let body = Body {
                hash: hashing.hash.context.finish().as_ref().to_vec(),
                hashed: hashing.hash.hashed,
                behind: hashing.hash.behind,
            };
            self.done.push((hashing.form, hashing.length, body));
        }
    }

    /// The body that the signature means, once it has ended.
    pub(crate) fn of(&self, signature: &Signature) -> Option<&Body> {
        let wanted = (signature.body_form, signature.length);
        self.done
            .iter()
            .find(|(form, length, _)| (*form, *length) == wanted)
            .map(|(_, _, body)| body)
    }
}

impl Counted {
    fn feed(&mut self, octets: &[u8]) {
        let fits = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(octets.len());
        let (inside, behind) = octets.split_at_checked(fits).unwrap_or((octets, &[]));
        self.context.update(inside);
        // usize is at most 64 bits wide.
        let count = |octets: &[u8]| u64::try_from(octets.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(count(inside));
        self.hashed = self.hashed.saturating_add(count(inside));
        self.behind = self.behind.saturating_add(count(behind));
    }
}

impl Signature {
    /// Reads the signature in field `place`.
    pub(crate) fn read(head: &Head, place: usize, flavour: Flavour) -> Result<Signature, Judged> {
        let value = head.field(place).map(|field| field.value());
        Signature::parse(value.unwrap_or_default(), flavour)
            .map_err(|reason| (DkimResult::PermError, reason))
    }
}
