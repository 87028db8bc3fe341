//! The three fields of each ARC set, found and put in order (RFC 8617 §4.2, §5.2 steps 1 to 3).

use super::SETS_MAX;
use crate::cfws;
use crate::dkim::signature::{self, base64};
use crate::dkim::{KeyKind, Tags};
use crate::head::Head;
use crate::question::shown;

pub(super) const RESULTS: &str = "arc-authentication-results";
pub(super) const SIGNATURE: &str = "arc-message-signature";
pub(super) const SEAL: &str = "arc-seal";

/// Where a set's fields are in the header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    pub(super) results: usize,
    pub(super) signature: usize,
    pub(super) seal: usize,
}

/// What an ARC-Seal says.
#[derive(Debug)]
pub(super) struct Seal {
    pub(super) algorithm: KeyKind,
    pub(super) domain: String,
    pub(super) selector: String,
    pub(super) octets: Vec<u8>,
    /// `cv=`
    pub(super) state: String,
}

/// The sets of a header, the first one first; `Ok` and empty if there are none. The error is a sentence.
pub(super) fn sets(head: &Head) -> Result<Vec<Set>, String> {
    let mut found: Vec<[Option<usize>; 3]> = Vec::new();
    for (column, name) in [RESULTS, SIGNATURE, SEAL].into_iter().enumerate() {
        for place in head.places(name) {
            let instance = instance(head, place, column == 0)
                .ok_or(format!("a field {name} has no number from 1 to {SETS_MAX}"))?;
            if found.len() < instance {
                found.resize(instance, [None; 3]);
            }
            let slot = found
                .get_mut(instance - 1)
                .and_then(|set| set.get_mut(column));
            match slot {
                Some(slot @ None) => *slot = Some(place),
                _ => return Err(format!("set {instance} has two fields {name}")),
            }
        }
    }
    let whole = |(index, set): (usize, [Option<usize>; 3])| match set {
        [Some(results), Some(signature), Some(seal)] => Ok(Set {
            results,
            signature,
            seal,
        }),
        _ => Err(format!("set {} lacks a field", index + 1)),
    };
    found.into_iter().enumerate().map(whole).collect()
}

/// The highest number of any field, whether the sets are whole or not.
pub(super) fn highest(head: &Head) -> usize {
    let of = |name: &'static str| {
        head.places(name)
            .filter_map(move |place| instance(head, place, name == RESULTS))
    };
    let all = of(RESULTS).chain(of(SIGNATURE)).chain(of(SEAL));
    all.max().unwrap_or(0)
}

/// The `i=` of a field.
fn instance(head: &Head, place: usize, is_results: bool) -> Option<usize> {
    let value = head.field(place)?.value();
    let digits = if is_results {
        let (name, rest) = cfws::word(cfws::skip(value));
        let rest = cfws::skip(rest).strip_prefix(b"=")?;
        let (digits, rest) = cfws::word(cfws::skip(rest));
        if name != b"i" || !cfws::skip(rest).starts_with(b";") {
            return None;
        }
        String::from_utf8(digits).ok()?
    } else {
        Tags::parse(str::from_utf8(value).ok()?)?
            .get("i")?
            .to_owned()
    };
    let plain = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    let most = usize::try_from(SETS_MAX).ok()?;
    let number: usize = digits.parse().ok().filter(|_| plain)?;
    (1..=most).contains(&number).then_some(number)
}

/// What stands behind `i=...;`, in one line.
pub(super) fn said(head: &Head, place: usize, most: usize) -> String {
    let value = head.field(place).map(|field| field.value());
    let text = String::from_utf8_lossy(value.unwrap_or_default());
    let (_, rest) = text.split_once(';').unwrap_or_default();
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    shown(&words.join(" "), most)
}

impl Seal {
    /// Reads the value of an ARC-Seal (RFC 8617 §4.1.3).
    pub(super) fn parse(value: &[u8]) -> Result<Seal, String> {
        let tags = str::from_utf8(value).ok().and_then(Tags::parse);
        let tags = tags.ok_or("a seal is no list of tags")?;
        let need = |name: &str| {
            let value = tags.get(name).filter(|value| !value.is_empty());
            value.ok_or(format!("a seal has no {name}="))
        };
        if tags.get("h").is_some() {
            return Err("a seal has h=, which none may have".into());
        }
        Ok(Seal {
            algorithm: signature::algorithm(need("a")?)?,
            domain: signature::name(need("d")?, "d")?,
            selector: signature::name(need("s")?, "s")?,
            octets: base64(need("b")?).ok_or("a seal's b= is not base64")?,
            state: need("cv")?.to_ascii_lowercase(),
        })
    }
}
