//! MTA-STS as text (RFC 8461): the TXT record, the policy file, and whether a policy lists a mail host. Pure.
//!
//! Read strictly: what the grammar does not allow is no policy, for a policy that is guessed at would keep mail back. As the RFC asks, fields that are not known are
//! passed over, and so is everything of a repeated field but its first.

use store::StsMode;

/// The most seconds that a policy holds (RFC 8461 §3.2): a year.
pub(super) const MAX_AGE: u64 = 31_557_600;
/// Mail host patterns that are kept of a policy. The largest of the great have a dozen.
const MAX_PATTERNS: usize = 100;
/// The only version (RFC 8461 §3.1, §3.2).
const VERSION: &str = "STSv1";

/// What a policy file says (RFC 8461 §3.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Policy {
    pub(super) mode: StsMode,
    /// In lower case; `*.` at the front stands for one label.
    pub(super) mx: Vec<String>,
    /// Seconds, at most [`MAX_AGE`].
    pub(super) max_age: u64,
}

/// The `id` in the TXT records at `_mta-sts.DOMAIN`; `None` if that is not exactly one record of this version, or a malformed one (§3.1).
///
/// ```text
/// sts-text-record = sts-version 1*(sts-field-delim sts-field) [sts-field-delim]
/// ```
pub(super) fn record_id<'a>(records: impl Iterator<Item = &'a [u8]>) -> Option<String> {
    let mut ours = records.filter(|record| {
        let rest = record.strip_prefix(b"v=STSv1");
        rest.is_some_and(|rest| rest.trim_ascii_start().first() == Some(&b';'))
    });
    let record = ours.next()?;
    if ours.next().is_some() {
        return None;
    }
    let text = std::str::from_utf8(record).ok()?;
    let mut fields = text
        .split(';')
        .map(|field| field.trim_matches([' ', '\t']))
        .skip(1)
        .peekable();
    let mut id = None;
    while let Some(field) = fields.next() {
        if field.is_empty() && fields.peek().is_none() {
            break; // the delimiter at the end
        }
        let (name, value) = field.split_once('=')?;
        if !is_name(name) || value.is_empty() || !value.bytes().all(is_extension_value) {
            return None;
        }
        if name == "id" && id.is_none() {
            if value.len() > 32 || !value.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
                return None;
            }
            id = Some(value.to_owned());
        }
    }
    id
}

/// Reads a policy file; the error says what is wrong with it.
///
/// ```text
/// sts-policy-record = sts-policy-field *WSP *(sts-policy-term sts-policy-field *WSP) [sts-policy-term]
/// ```
pub(super) fn read_policy(file: &[u8]) -> Result<Policy, String> {
    let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let (mut version, mut mode, mut max_age) = (None, None, None);
    let mut mx = Vec::new();
    let text = text.strip_suffix('\n').unwrap_or(text);
    for line in text.split('\n') {
        let line = line
            .strip_suffix('\r')
            .unwrap_or(line)
            .trim_end_matches([' ', '\t']);
        let bad = || format!("{line:.80?} is not a field such as \"mode: enforce\"");
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        let value = value.trim_start_matches([' ', '\t']);
        if !is_name(name) || value.is_empty() || value.chars().any(char::is_control) {
            return Err(bad());
        }
        match name {
            "version" => _ = version.get_or_insert(value),
            "mode" => _ = mode.get_or_insert(value),
            "max_age" => _ = max_age.get_or_insert(value),
            "mx" if mx.len() >= MAX_PATTERNS => {
                return Err(format!("it has more than {MAX_PATTERNS} mx lines"));
            }
            "mx" => mx.push(pattern(value).ok_or_else(bad)?),
            _ => {}
        }
    }
    if version != Some(VERSION) {
        return Err("it has no line \"version: STSv1\"".to_owned());
    }
    let mode = match mode {
        Some("enforce") => StsMode::Enforce,
        Some("testing") => StsMode::Testing,
        Some("none") => StsMode::None,
        _ => return Err("its mode is not enforce, testing or none".to_owned()),
    };
    let max_age = max_age
        .filter(|value| value.len() <= 10 && value.bytes().all(|octet| octet.is_ascii_digit()))
        .and_then(|value| value.parse().ok())
        .ok_or("it has no max_age in seconds")?;
    if mx.is_empty() && mode != StsMode::None {
        return Err("it lists no mx".to_owned());
    }
    Ok(Policy {
        mode,
        mx,
        max_age: u64::min(max_age, MAX_AGE),
    })
}

/// Whether one of the patterns is for this host (§4.1): the same name, or a `*` for its whole first label.
pub(super) fn lists(patterns: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let parent = host
        .split_once('.')
        .filter(|(label, _)| !label.is_empty())
        .map(|(_, parent)| parent);
    patterns
        .iter()
        .any(|pattern| match pattern.strip_prefix("*.") {
            Some(suffix) => parent == Some(suffix),
            None => *pattern == host,
        })
}

/// `["*."] Domain`, of which only names make sense; a final dot is forgiven.
fn pattern(value: &str) -> Option<String> {
    let value = value
        .strip_suffix('.')
        .unwrap_or(value)
        .to_ascii_lowercase();
    let name = value.strip_prefix("*.").unwrap_or(&value);
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
    };
    (name.len() <= 253 && name.split('.').all(fits)).then_some(value)
}

/// `(ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")`.
fn is_name(name: &str) -> bool {
    name.len() <= 32
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.'))
}

/// `%x21-3A / %x3C / %x3E-7E`.
fn is_extension_value(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b';' | b'=')
}

#[cfg(test)]
#[path = "sts_tests.rs"]
mod tests;
