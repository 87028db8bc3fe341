//! What a DKIM-Signature field says (RFC 6376 §3.5, §6.1.1), and an ARC-Message-Signature, which is almost the same (RFC 8617 §4.1.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Canonicalization, KeyKind, Tags};
use crate::question::shown;

/// Most names in `h=`: each costs a look at the header.
pub const NAMES_MAX: usize = 200;
/// Longest signature, in octets: RSA with 8192 bits.
const SIGNATURE_MAX: usize = 1024;

/// A signature that can be judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Signature {
    pub(crate) algorithm: KeyKind,
    /// `d=` in A-labels and lower case.
    pub(crate) domain: String,
    /// `s=`, likewise.
    pub(crate) selector: String,
    /// `i=` as it stands, or `@` and the domain.
    pub(crate) identity: String,
    pub(crate) header_form: Canonicalization,
    pub(crate) body_form: Canonicalization,
    pub(crate) names: Vec<String>,
    pub(crate) body_hash: Vec<u8>,
    pub(crate) octets: Vec<u8>,
    /// `l=`: octets of the canonical body that are signed.
    pub(crate) length: Option<u64>,
    /// `t=` and `x=`, unix seconds.
    pub(crate) time: Option<i64>,
    pub(crate) expires: Option<i64>,
}

/// Which of the two fields it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flavour {
    Dkim,
    /// Without `v=`, and `i=` is a number.
    Arc,
}

impl Signature {
    /// Reads the value of the field. The error is a sentence.
    pub(crate) fn parse(value: &[u8], flavour: Flavour) -> Result<Signature, String> {
        let text = str::from_utf8(value).map_err(|_| "the signature is not text".to_owned())?;
        let tags = Tags::parse(text)
            .ok_or("the signature is no list of tags, or has a tag twice".to_owned())?;
        let need = |name: &str| {
            let value = tags.get(name).filter(|value| !value.is_empty());
            value.ok_or(format!("the signature has no {name}="))
        };
        if flavour == Flavour::Dkim && need("v")? != "1" {
            return Err("the signature is of a version that nobody here knows".into());
        }
        let algorithm = algorithm(need("a")?)?;
        let (header_form, body_form) = forms(tags.get("c").unwrap_or("simple/simple"))?;
        let domain = name(need("d")?, "d")?;
        let identity = match flavour {
            Flavour::Dkim => identity(tags.get("i"), &domain)?,
            Flavour::Arc => format!("@{domain}"),
        };
        let names = names(need("h")?)?;
        if let Some(methods) = tags.get("q")
            && !methods.split(':').any(|method| method.trim() == "dns/txt")
        {
            return Err("the key is not in the DNS (q=)".into());
        }
        let (time, expires) = (seconds(&tags, "t")?, seconds(&tags, "x")?);
        if let (Some(time), Some(expires)) = (time, expires)
            && expires <= time
        {
            return Err("the signature expires before it is made".into());
        }
        let body_hash = base64(need("bh")?).ok_or("bh= is not base64")?;
        let octets = base64(need("b")?).ok_or("b= is not base64")?;
        if octets.len() > SIGNATURE_MAX {
            return Err("the signature is longer than any that is allowed".into());
        }
        Ok(Signature {
            algorithm,
            selector: name(need("s")?, "s")?,
            domain,
            identity,
            header_form,
            body_form,
            names,
            body_hash,
            octets,
            length: number(&tags, "l")?,
            time,
            expires,
        })
    }

    /// Where the key is.
    pub(crate) fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    pub(crate) fn algorithm_word(&self) -> &'static str {
        algorithm_word(self.algorithm)
    }
}

pub(crate) fn algorithm_word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa => "rsa-sha256",
        KeyKind::Ed25519 => "ed25519-sha256",
    }
}

/// RFC 8301 §3.1: SHA-1 is no more.
pub(crate) fn algorithm(word: &str) -> Result<KeyKind, String> {
    match word.to_ascii_lowercase().as_str() {
        "rsa-sha256" => Ok(KeyKind::Rsa),
        "ed25519-sha256" => Ok(KeyKind::Ed25519),
        "rsa-sha1" => Err("the signature uses SHA-1, which proves nothing any more".into()),
        _ => Err(format!(
            "the signature uses \"{}\", which nobody here knows",
            shown(word, 30)
        )),
    }
}

/// White space may stand anywhere in it (RFC 6376 §3.5).
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let bare: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(bare).ok()
}

/// A domain or selector in A-labels (RFC 8616 §4).
pub(crate) fn name(text: &str, tag: &str) -> Result<String, String> {
    mail::idna::to_ascii(text)
        .filter(|name| mail::valid_domain(name))
        .ok_or(format!("{tag}= is no name: \"{}\"", shown(text, 60)))
}

pub(crate) fn seconds(tags: &Tags<'_>, tag: &str) -> Result<Option<i64>, String> {
    // Twelve digits are tens of thousands of years.
    Ok(number(tags, tag)?.map(|value| i64::try_from(value).unwrap_or(i64::MAX)))
}

fn number(tags: &Tags<'_>, tag: &str) -> Result<Option<u64>, String> {
    let Some(text) = tags.get(tag) else {
        return Ok(None);
    };
    let plain = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let value = text.parse().ok().filter(|_| plain);
    value.map(Some).ok_or(format!("{tag}= is no number"))
}

fn forms(text: &str) -> Result<(Canonicalization, Canonicalization), String> {
    let form = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
        "simple" => Ok(Canonicalization::Simple),
        "relaxed" => Ok(Canonicalization::Relaxed),
        _ => Err("the signature has a form (c=) that nobody here knows".to_owned()),
    };
    match text.split_once('/') {
        Some((header, body)) => Ok((form(header)?, form(body)?)),
        None => Ok((form(text)?, Canonicalization::Simple)),
    }
}

/// `i=` must be of the domain or below it (RFC 6376 §3.5). Its local part may be quoted-printable; nobody compares it.
fn identity(text: Option<&str>, domain: &str) -> Result<String, String> {
    let Some(text) = text else {
        return Ok(format!("@{domain}"));
    };
    let (_, host) = text.rsplit_once('@').ok_or("i= has no @")?;
    let host = name(host, "i")?;
    let within = host
        .strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'));
    if within {
        Ok(shown(text, 320))
    } else {
        Err("the identity (i=) is not of the domain that signs (d=)".into())
    }
}

fn names(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text
        .split(':')
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    if names.len() > NAMES_MAX {
        return Err(format!("the signature names more than {NAMES_MAX} fields"));
    }
    if !names.iter().any(|name| name == "from") {
        return Err("the signature does not cover the From field".into());
    }
    Ok(names)
}
