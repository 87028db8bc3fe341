//! Internationalized domain names: U-labels (`exämple`) to A-labels (`xn--exmple-cua`) and back (RFC 5890, RFC 5891).
//!
//! It promises one form for every spelling: lower case, NFC, and of a name with A-labels and one with U-labels the same.
//! An A-label that [`to_unicode`] shows as a U-label turns back into the same A-label; all others stay as they are.
//!
//! Checked is what needs no large tables: composition and stability (RFC 5891 §5.4, RFC 5892 §2.2), hyphens in the third and fourth
//! place, leading combining marks, joiners without a letter before them, blanks, controls and characters that cannot be seen,
//! lengths. Deviation: symbols and unassigned characters pass, since such names (hearts) are in the DNS and get mail; the rules
//! for text from right to left (RFC 5893) are not checked. It cannot say whether a name exists.

mod punycode;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::domain::{LABEL_MAX, valid_ascii_label};

/// Longest name in the DNS as text, without a final dot (RFC 1035 §2.3.4: 255 octets on the wire).
pub const NAME_MAX: usize = 253;
/// Most octets of a name that is looked at: a label of 63 octets can stand for up to 59 characters of 4.
const INPUT_MAX: usize = 4 * NAME_MAX;

/// The name as the DNS knows it: A-labels in lower case, without a final dot; `None` if there is no such name.
pub fn to_ascii(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.len() > INPUT_MAX {
        return None;
    }
    let mut name = String::with_capacity(domain.len());
    for label in domain.split('.') {
        if !name.is_empty() {
            name.push('.');
        }
        if label.is_ascii() {
            name.push_str(&label.to_ascii_lowercase());
            if !valid_ascii_label(label) {
                return None;
            }
        } else {
            name.push_str(&label_to_ascii(label)?);
        }
    }
    (name.len() <= NAME_MAX).then_some(name)
}

/// The name for people: each A-label that is one becomes its U-label; everything else stays as it is.
pub fn to_unicode(domain: &str) -> String {
    if domain.len() > INPUT_MAX || !has_a_label(domain) {
        return domain.to_owned();
    }
    let labels: Vec<String> = domain
        .split('.')
        .map(|label| label_to_unicode(label).unwrap_or_else(|| label.to_owned()))
        .collect();
    labels.join(".")
}

/// Whether a label begins with `xn--`.
pub(crate) fn has_a_label(domain: &str) -> bool {
    domain.split('.').any(|label| after_prefix(label).is_some())
}

/// What follows the prefix of an A-label (RFC 5890 §2.3.2.5).
fn after_prefix(label: &str) -> Option<&str> {
    let (prefix, rest) = label.split_at_checked(4)?;
    prefix.eq_ignore_ascii_case("xn--").then_some(rest)
}

fn label_to_ascii(label: &str) -> Option<String> {
    // The mapping of RFC 5895: lower case, then composed.
    let label: String = label.chars().flat_map(char::to_lowercase).nfc().collect();
    if label.is_ascii() {
        // Such as a Kelvin sign, which is a "k".
        return (valid_ascii_label(&label) && !has_reserved_hyphens(&label)).then_some(label);
    }
    if !is_u_label(&label) {
        return None;
    }
    let encoded = format!("xn--{}", punycode::encode(&label)?);
    (encoded.len() <= LABEL_MAX).then_some(encoded)
}

fn label_to_unicode(label: &str) -> Option<String> {
    if label.len() > LABEL_MAX {
        return None;
    }
    let decoded = punycode::decode(&after_prefix(label)?.to_ascii_lowercase())?;
    (!decoded.is_ascii() && label_to_ascii(&decoded)?.eq_ignore_ascii_case(label))
        .then_some(decoded)
}

/// `label` is in lower case and NFC and has characters beyond ASCII.
fn is_u_label(label: &str) -> bool {
    !label.starts_with('-')
        && !label.ends_with('-')
        && !has_reserved_hyphens(label)
        && !label.starts_with(is_combining_mark)
        && label.chars().all(is_in_label)
        && joiners_are_held(label)
        && is_stable(label)
}

fn has_reserved_hyphens(label: &str) -> bool {
    label.chars().skip(2).take(2).filter(|c| *c == '-').count() == 2
}

/// Changed by compatibility mapping, a character is another in disguise (RFC 5892 §2.2).
fn is_stable(label: &str) -> bool {
    label
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .eq(label.chars())
}

fn is_in_label(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    }
    !c.is_control()
        && !c.is_whitespace()
        && !matches!(u32::from(c),
            // The dot of other scripts; what cannot be seen, turns the text around, or is nobody's (RFC 5892 §2.3, §2.6).
            0x3002 | 0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B
            | 0x200E..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFD | 0xE000..=0xF8FF | 0xE0000..=0x10_FFFF)
}

/// ZWNJ and ZWJ stand behind a virama, ZWNJ also between letters of a script that joins (RFC 5892 A.1, A.2; the scripts that
/// join are not told apart from others beyond ASCII).
fn joiners_are_held(label: &str) -> bool {
    let mut before: Option<char> = None;
    let mut chars = label.chars().peekable();
    while let Some(c) = chars.next() {
        let after_virama = before.is_some_and(|b| canonical_combining_class(b) == 9);
        let letter = |c: Option<char>| {
            c.is_some_and(|c| !c.is_ascii() && (c.is_alphabetic() || is_combining_mark(c)))
        };
        let held = match c {
            '\u{200D}' => after_virama,
            '\u{200C}' => after_virama || (letter(before) && letter(chars.peek().copied())),
            _ => true,
        };
        if !held {
            return false;
        }
        before = Some(c);
    }
    true
}

#[cfg(test)]
#[path = "idna_tests.rs"]
mod tests;
