//! Macros (RFC 7208 §7): `%{ir}.%{v}._spf.%{d2}`.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::EXPANDED_MAX;

/// Longest name that is asked for, in characters (RFC 7208 §7.3).
const NAME_MAX: usize = 253;

/// What the letters stand for.
pub(super) struct Values<'a> {
    pub(super) address: IpAddr,
    /// `postmaster` if the sender has none.
    pub(super) local: &'a str,
    /// The domain of the sender.
    pub(super) sender_domain: &'a str,
    /// The domain whose record is read.
    pub(super) domain: &'a str,
    pub(super) helo: &'a str,
    /// The validated name of the client, or `unknown`.
    pub(super) name: &'a str,
    /// Ours.
    pub(super) receiver: &'a str,
    /// Unix seconds; 0 if nobody knows.
    pub(super) now: i64,
}

/// A piece of a macro-string.
enum Piece<'a> {
    Literal(&'a str),
    /// What `%%`, `%_` or `%-` stand for.
    Escape(&'static str),
    Macro(Macro<'a>),
}

struct Macro<'a> {
    letter: char,
    /// Right-hand parts to keep; `None`: all.
    keep: Option<usize>,
    reverse: bool,
    delimiters: &'a str,
}

/// Whether it is a `macro-string`.
pub(super) fn is_macro_string(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        match next(&mut rest, false) {
            Some(Piece::Macro(m)) if is_for_exp(m.letter) => return false,
            Some(_) => {}
            None => return false,
        }
    }
    true
}

/// Whether it is a `domain-spec`: a macro-string that ends in a top-level domain or a macro.
pub(super) fn is_domain_spec(text: &str) -> bool {
    let mut rest = text;
    let mut ends_in_macro = false;
    while !rest.is_empty() {
        ends_in_macro = match next(&mut rest, false) {
            Some(Piece::Macro(m)) if is_for_exp(m.letter) => return false,
            Some(Piece::Macro(_) | Piece::Escape(_)) => true,
            Some(Piece::Literal(_)) => false,
            None => return false,
        }
    }
    ends_in_macro || ends_in_top_label(text)
}

/// Whether the macro `p` stands in it, which costs questions.
pub(super) fn wants_name(text: &str) -> bool {
    let mut rest = text;
    std::iter::from_fn(|| next(&mut rest, true))
        .any(|piece| matches!(piece, Piece::Macro(m) if m.letter.eq_ignore_ascii_case(&'p')))
}

/// The name that a domain-spec means: expanded, without a final dot, its left labels cut off until it fits (RFC 7208 §7.3). `None` if it is far too long.
pub(super) fn name(text: &str, values: &Values<'_>) -> Option<String> {
    let expanded = expand(text, values, false)?;
    let mut name = expanded.strip_suffix('.').unwrap_or(&expanded);
    while name.len() > NAME_MAX {
        name = name.split_once('.')?.1;
    }
    Some(name.to_owned())
}

/// An explanation: spaces may stand in it, and the letters c, r and t (RFC 7208 §6.2, §7.2). `None` if it is no explain-string, or too long.
pub(super) fn explanation(text: &str, values: &Values<'_>) -> Option<String> {
    expand(text, values, true)
}

fn expand(text: &str, values: &Values<'_>, explain: bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        match next(&mut rest, explain)? {
            Piece::Literal(text) | Piece::Escape(text) => out.push_str(text),
            Piece::Macro(m) if is_for_exp(m.letter) && !explain => return None,
            Piece::Macro(m) => m.expand(values, &mut out),
        }
        if out.len() > EXPANDED_MAX {
            return None;
        }
    }
    Some(out)
}

/// Takes the next piece off the front; `None` if there is none or it is wrong.
fn next<'a>(rest: &mut &'a str, spaces: bool) -> Option<Piece<'a>> {
    let Some(behind) = rest.strip_prefix('%') else {
        let end = rest.find('%').unwrap_or(rest.len());
        let (literal, after) = rest.split_at_checked(end)?;
        let plain = |octet: u8| octet.is_ascii_graphic() || spaces && octet == b' ';
        if literal.is_empty() || !literal.bytes().all(plain) {
            return None;
        }
        *rest = after;
        return Some(Piece::Literal(literal));
    };
    let (mark, after) = behind.split_at_checked(1)?;
    *rest = after;
    match mark {
        "%" => Some(Piece::Escape("%")),
        "_" => Some(Piece::Escape(" ")),
        "-" => Some(Piece::Escape("%20")),
        "{" => {
            let (inside, after) = after.split_once('}')?;
            *rest = after;
            Macro::parse(inside).map(Piece::Macro)
        }
        _ => None,
    }
}

/// Letters that only an explanation may have.
fn is_for_exp(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'c' | 'r' | 't')
}

/// `"." toplabel [ "." ]` at the end.
fn ends_in_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let Some((_, label)) = text.rsplit_once('.') else {
        return false;
    };
    !label.is_empty()
        && label
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.bytes().all(|octet| octet.is_ascii_digit())
}

impl<'a> Macro<'a> {
    /// `macro-letter transformers *delimiter`.
    fn parse(inside: &'a str) -> Option<Macro<'a>> {
        let letter = inside.chars().next()?;
        if !"slodiphcrtv".contains(letter.to_ascii_lowercase()) {
            return None;
        }
        let rest = inside.get(1..)?;
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, rest) = rest.split_at_checked(digits)?;
        let keep = match digits {
            "" => None,
            // More parts than a number can count are all parts.
            _ => Some(digits.parse().unwrap_or(usize::MAX)).filter(|keep| *keep > 0),
        };
        if !digits.is_empty() && keep.is_none() {
            return None;
        }
        let delimiters = rest.strip_prefix(['r', 'R']);
        let (reverse, delimiters) = (delimiters.is_some(), delimiters.unwrap_or(rest));
        delimiters
            .chars()
            .all(|c| ".-+,/_=".contains(c))
            .then_some(Macro {
                letter,
                keep,
                reverse,
                delimiters,
            })
    }

    fn expand(&self, values: &Values<'_>, out: &mut String) {
        let value = self.value(values);
        let value = if self.keep.is_some() || self.reverse || !self.delimiters.is_empty() {
            self.transform(&value)
        } else {
            value
        };
        if !self.letter.is_ascii_uppercase() {
            out.push_str(&value);
            return;
        }
        for octet in value.bytes() {
            // RFC 3986 §2.3, unreserved.
            if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
                out.push(char::from(octet));
            } else {
                let _ = write!(out, "%{octet:02X}");
            }
        }
    }

    fn value(&self, values: &Values<'_>) -> String {
        match self.letter.to_ascii_lowercase() {
            's' => format!("{}@{}", values.local, values.sender_domain),
            'l' => values.local.to_owned(),
            'o' => values.sender_domain.to_owned(),
            'd' => values.domain.to_owned(),
            'i' => dotted(values.address),
            'p' => values.name.to_owned(),
            'h' => values.helo.to_owned(),
            'c' => values.address.to_string(),
            'r' => values.receiver.to_owned(),
            't' => values.now.to_string(),
            'v' if values.address.is_ipv4() => "in-addr".to_owned(),
            _ => "ip6".to_owned(),
        }
    }

    fn transform(&self, value: &str) -> String {
        let delimiters = match self.delimiters {
            "" => ".",
            some => some,
        };
        let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
        if self.reverse {
            parts.reverse();
        }
        let drop = parts.len().saturating_sub(self.keep.unwrap_or(usize::MAX));
        parts.get(drop..).unwrap_or_default().join(".")
    }
}

/// An IPv4 address as it is written, an IPv6 address as 32 nibbles with dots (RFC 7208 §7.3).
fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let mut text = String::with_capacity(64);
            for octet in address.octets() {
                let _ = write!(text, "{:x}.{:x}.", octet >> 4, octet & 15);
            }
            text.pop();
            text
        }
    }
}

#[cfg(test)]
#[path = "macros_tests.rs"]
mod tests;
