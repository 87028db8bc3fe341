//! One more set on a message that we pass on (RFC 8617 §5.1), signed with the RSA key, which every validator knows.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::set::{self, Seal};
use super::{ArcResult, SETS_MAX};
use crate::dkim::check::Bodies;
use crate::dkim::field::Folded;
use crate::dkim::{Canonicalization, FieldCanonicalizer, HeaderList, Piece, SigningKeys, Splitter};
use crate::head::Head;

/// Seals one message.
///
/// Feed it the whole message as it will be sent: after every change and with our own DKIM signatures. The result goes on top of what was fed.
pub struct Sealer<'k> {
    keys: &'k SigningKeys,
    domain: String,
    selector: String,
    arrived: ArcResult,
    results: String,
    splitter: Splitter,
    head: Head,
    body: Bodies,
    begun: bool,
}

/// Why a message gets no seal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealError {
    /// Somebody before us has sealed that the chain is broken: nothing can be added (RFC 8617 §5.1 step 2).
    Broken,
    /// The chain has as many sets as one can have.
    TooLong,
    /// The header is longer than what is looked at, or has no From field.
    Header,
    /// Domain or selector is no ASCII name.
    BadName,
    /// The RSA key did not sign.
    Key,
}

impl<'k> Sealer<'k> {
    /// For one message. `arrived`: the state of its chain when it came to us; `results`: what we saw then, an authserv-id and results as
    /// [`crate::results::payload`] gives them; `domain` and `selector` say where the RSA key is.
    pub fn new(
        keys: &'k SigningKeys,
        domain: &str,
        selector: &str,
        arrived: ArcResult,
        results: &str,
    ) -> Sealer<'k> {
        Sealer {
            keys,
            domain: domain.to_ascii_lowercase(),
            selector: selector.to_owned(),
            arrived,
            results: results.to_owned(),
            splitter: Splitter::new(),
            head: Head::default(),
            body: Bodies::default(),
            begun: false,
        }
    }

    /// The next octets of the message.
    pub fn feed(&mut self, octets: &[u8]) {
        if !std::mem::replace(&mut self.begun, true) {
            self.body.want_form(Canonicalization::Relaxed);
        }
        let (head, body) = (&mut self.head, &mut self.body);
        self.splitter.feed(octets, &mut |piece| match piece {
            Piece::Body(octets) => body.feed(octets),
            piece => head.hear(piece),
        });
    }

    /// The three fields, each with its CRLF. `time`: unix seconds for `t=`, if the clock is trusted.
    ///
    /// # Errors
    /// See [`SealError`]; the message is passed on without a seal.
    pub fn finish(mut self, time: Option<i64>) -> Result<String, SealError> {
        self.feed(&[]);
        let Sealer {
            keys,
            domain,
            selector,
            arrived,
            results,
            splitter,
            mut head,
            mut body,
            ..
        } = self;
        splitter.finish(&mut |piece| head.hear(piece));
        body.finish();
        if head.too_large() || head.places("from").next().is_none() {
            return Err(SealError::Header);
        }
        let is_name = |name: &str| name.is_ascii() && mail::valid_domain(name);
        if !is_name(&domain) || !is_name(&selector) {
            return Err(SealError::BadName);
        }
        let instance = next_instance(&head, arrived)?;
        let state = match (arrived, instance) {
            (ArcResult::Pass, 2..) => "pass",
            (ArcResult::None, 1) => "none",
            _ => "fail",
        };
        let stamp = time.map(|time| format!("t={time};"));

        let mut own = format!("ARC-Authentication-Results: i={instance}; {results}\r\n");

        let mut signature = Folded::new("ARC-Message-Signature:");
        signature.word(&format!("i={instance};"));
        signature.word("a=rsa-sha256;");
        signature.word("c=relaxed/relaxed;");
        signature.word(&format!("d={domain};"));
        signature.word(&format!("s={selector};"));
        if let Some(stamp) = &stamp {
            signature.word(stamp);
        }
        let names = names(&head);
        signature.names(&names);
        let hash = body.whole(Canonicalization::Relaxed).unwrap_or_default();
        signature.word(&format!("bh={};", STANDARD.encode(hash)));
        signature.word("b=");
        let mut data = Vec::new();
        head.select(Canonicalization::Relaxed, names.iter().copied(), &mut data);
        canonical_last(signature.text.as_bytes(), &mut data);
        let octets = keys.sign_rsa(&data).ok_or(SealError::Key)?;
        own.push_str(&signature.signed(&STANDARD.encode(octets)));

        let mut seal = Folded::new("ARC-Seal:");
        seal.word(&format!("i={instance};"));
        seal.word("a=rsa-sha256;");
        seal.word(&format!("cv={state};"));
        seal.word(&format!("d={domain};"));
        seal.word(&format!("s={selector};"));
        if let Some(stamp) = &stamp {
            seal.word(stamp);
        }
        seal.word("b=");
        // A broken chain is left out (RFC 8617 §5.1.2).
        let mut data = match state {
            "pass" => whole_sets(&head),
            _ => Vec::new(),
        };
        let mut mine = Head::default();
        mine.hear_all(own.as_bytes());
        for index in 0..mine.len() {
            if let Some(field) = mine.field(index) {
                field.canonical(Canonicalization::Relaxed, &mut data);
            }
        }
        canonical_last(seal.text.as_bytes(), &mut data);
        let octets = keys.sign_rsa(&data).ok_or(SealError::Key)?;
        // As they stand in most mail: the newest seal on top.
        Ok(seal.signed(&STANDARD.encode(octets)) + &own)
    }
}

/// The number of the set to add. A chain that failed may have any numbers.
fn next_instance(head: &Head, arrived: ArcResult) -> Result<usize, SealError> {
    let most = usize::try_from(SETS_MAX).unwrap_or(usize::MAX);
    let sets = set::sets(head);
    let highest = match &sets {
        Ok(sets) => sets.len(),
        Err(_) => set::highest(head),
    };
    if let Some(newest) = sets.ok().and_then(|sets| sets.last().copied()) {
        let value = head.field(newest.seal).map(|field| field.value());
        if Seal::parse(value.unwrap_or_default()).is_ok_and(|seal| seal.state == "fail") {
            return Err(SealError::Broken);
        }
    }
    if arrived == ArcResult::None && highest > 0 {
        // Not the message that was judged.
        return Err(SealError::Header);
    }
    match highest + 1 {
        next if next <= most => Ok(next),
        _ => Err(SealError::TooLong),
    }
}

/// All sets that are there, as the next seal covers them.
fn whole_sets(head: &Head) -> Vec<u8> {
    let sets = set::sets(head).unwrap_or_default();
    let mut data = Vec::new();
    for set in sets {
        for place in [set.results, set.signature, set.seal] {
            if let Some(field) = head.field(place) {
                field.canonical(Canonicalization::Relaxed, &mut data);
            }
        }
    }
    data
}

/// What the message signature covers: what our DKIM signatures do, without the names that are not there (whoever passes it on next may add to it and seals
/// it himself), and the DKIM signatures (RFC 8617 §4.1.2).
fn names(head: &Head) -> Vec<&'static str> {
    let list = HeaderList::STANDARD;
    let listed = list.oversigned.iter().chain(list.present).copied();
    listed
        .chain(["dkim-signature"])
        .flat_map(|name| std::iter::repeat_n(name, head.places(name).count()))
        .take(crate::dkim::NAMES_MAX)
        .collect()
}

/// Appends the canonical form of the field that is being made, without its line end.
fn canonical_last(field: &[u8], data: &mut Vec<u8>) {
    let mut machine = FieldCanonicalizer::new(Canonicalization::Relaxed);
    machine.feed(field, data);
    machine.finish(data);
    data.truncate(data.len().saturating_sub(2));
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SealError::Broken => "the chain was sealed as broken before it came",
            SealError::TooLong => "the chain has as many seals as one can have",
            SealError::Header => "its header is too long to be sealed, or names no author",
            SealError::BadName => "the domain or selector is no ASCII domain name",
            SealError::Key => "the RSA key did not sign",
        })
    }
}

impl std::error::Error for SealError {}
