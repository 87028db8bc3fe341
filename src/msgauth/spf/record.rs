//! An SPF record's terms (RFC 7208 §4.5, §4.6, §12).
//!
//! The record is judged whole before any of it counts (§4.6: a syntax error anywhere is a PermError); its terms are then read one at a time from the text, so that a
//! record of thousands of terms costs its text and nothing more.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{SpfResult, macros};

/// A term, with its texts borrowed from the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Term<'a> {
    /// What it results in if it matches, and what matches.
    Directive(SpfResult, Mechanism<'a>),
    Redirect(&'a str),
    Exp(&'a str),
    /// A modifier that nobody here knows (RFC 7208 §6).
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mechanism<'a> {
    All,
    Include(&'a str),
    A(Target<'a>),
    Mx(Target<'a>),
    Ptr(Option<&'a str>),
    Ip4(Ipv4Addr, u8),
    Ip6(Ipv6Addr, u8),
    Exists(&'a str),
}

/// A domain-spec, the domain itself if there is none, and the lengths of the prefixes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Target<'a> {
    pub(super) domain: Option<&'a str>,
    pub(super) v4: u8,
    pub(super) v6: u8,
}

/// Whether a text record is an SPF record: `version *( 1*SP term ) *SP` (RFC 7208 §4.5).
pub(super) fn is_spf(text: &[u8]) -> bool {
    let Some((version, rest)) = text.split_at_checked(VERSION.len()) else {
        return false;
    };
    version.eq_ignore_ascii_case(VERSION.as_bytes()) && matches!(rest.first(), None | Some(b' '))
}

const VERSION: &str = "v=spf1";

/// The terms behind the version, as they stand.
pub(super) fn terms(record: &str) -> &str {
    record.get(VERSION.len()..).unwrap_or_default()
}

/// Takes the next term's text off the front of `rest`.
pub(super) fn next_term<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let trimmed = rest.trim_start_matches(' ');
    let (term, after) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
    *rest = after;
    (!term.is_empty()).then_some(term)
}

/// Judges all terms of a record. The error is the term that is wrong.
pub(super) fn judge(record: &str) -> Result<(), &str> {
    let (mut redirect, mut exp) = (false, false);
    let mut rest = terms(record);
    while let Some(text) = next_term(&mut rest) {
        let again = match Term::parse(text).ok_or(text)? {
            Term::Redirect(_) => std::mem::replace(&mut redirect, true),
            Term::Exp(_) => std::mem::replace(&mut exp, true),
            Term::Directive(..) | Term::Unknown => false,
        };
        // RFC 7208 §6: each of the two stands once.
        if again {
            return Err(text);
        }
    }
    Ok(())
}

impl<'a> Term<'a> {
    /// Reads one term; `None` if it is none.
    pub(super) fn parse(text: &'a str) -> Option<Term<'a>> {
        let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let (name, rest) = text.split_at_checked(text.find(end).unwrap_or(text.len()))?;
        if let Some(value) = rest.strip_prefix('=') {
            return modifier(name, value);
        }
        let (result, text) = match text.split_at_checked(1)? {
            ("+", rest) => (SpfResult::Pass, rest),
            ("-", rest) => (SpfResult::Fail, rest),
            ("~", rest) => (SpfResult::SoftFail, rest),
            ("?", rest) => (SpfResult::Neutral, rest),
            _ => (SpfResult::Pass, text),
        };
        Some(Term::Directive(result, mechanism(text)?))
    }
}

fn modifier<'a>(name: &str, value: &'a str) -> Option<Term<'a>> {
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    if name.eq_ignore_ascii_case("redirect") {
        return macros::is_domain_spec(value).then_some(Term::Redirect(value));
    }
    if name.eq_ignore_ascii_case("exp") {
        return macros::is_domain_spec(value).then_some(Term::Exp(value));
    }
    macros::is_macro_string(value).then_some(Term::Unknown)
}

fn mechanism(text: &str) -> Option<Mechanism<'_>> {
    let end = text.find([':', '/']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let value = rest.strip_prefix(':');
    let domain = || value.filter(|value| macros::is_domain_spec(value));
    Some(match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(domain()?),
        "exists" => Mechanism::Exists(domain()?),
        "ptr" if rest.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(domain()?)),
        "a" => Mechanism::A(target(rest)?),
        "mx" => Mechanism::Mx(target(rest)?),
        "ip4" => {
            let (address, prefix) = network(value?, 32)?;
            Mechanism::Ip4(address.parse().ok()?, prefix)
        }
        "ip6" => {
            let (address, prefix) = network(value?, 128)?;
            Mechanism::Ip6(address.parse().ok()?, prefix)
        }
        _ => return None,
    })
}

fn network(value: &str, most: u8) -> Option<(&str, u8)> {
    match value.split_once('/') {
        Some((address, prefix)) => Some((address, prefix_length(prefix, most)?)),
        None => Some((value, most)),
    }
}

/// `[ ":" domain-spec ] [ ip4-cidr-length ] [ "/" ip6-cidr-length ]` (RFC 7208 §5.3).
fn target(rest: &str) -> Option<Target<'_>> {
    let (rest, v6) = cut_prefix(rest, "//", 128);
    let (rest, v4) = cut_prefix(rest, "/", 32);
    let domain = match rest.strip_prefix(':') {
        Some(domain) => Some(macros::is_domain_spec(domain).then_some(domain)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some(Target { domain, v4, v6 })
}

/// Takes a prefix length off the end, if there is one. What looks like one and is not stays, and is then no domain either: a slash may stand in a macro-string,
/// but not in the name of a top-level domain.
fn cut_prefix<'a>(text: &'a str, mark: &str, most: u8) -> (&'a str, u8) {
    text.rsplit_once(mark)
        .and_then(|(before, digits)| Some((before, prefix_length(digits, most)?)))
        .unwrap_or((text, most))
}

/// `"0" / %x31-39 0*2DIGIT` up to `most`.
fn prefix_length(digits: &str, most: u8) -> Option<u8> {
    let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if !plain || leading_zero {
        return None;
    }
    digits.parse().ok().filter(|length| *length <= most)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
