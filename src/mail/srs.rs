//! The Sender Rewriting Scheme: a forwarded letter gets a reverse path of our own domain, so that SPF holds and returns come
//! back to where the letter came from (Shevek, "The Sender Rewriting Scheme", 2004: SRS0 and SRS1).
//!
//! ```text
//! ann@first.example         -> SRS0=HHHHHH=TT=first.example=ann@ours
//! SRS0=xx=yy=a.example=b@c  -> SRS1=HHHHHH=c==xx=yy=a.example=b@ours    so that a return skips the servers between
//! SRS1=zz=c==xx=..@d        -> SRS1=HHHHHH=c==xx=..@ours
//! ```
//!
//! It promises that only what was made with the same secret is turned back, not later than [`DAYS_MAX`] days after, and that what
//! comes out is an [`Address`]. Hash and time are arguments. The hash is compared without regard to case, since servers on the
//! way may change it. It cannot help an address that becomes longer than [`crate::ADDRESS_MAX`].

use std::fmt;

use crate::address::Address;
use crate::date::DAY;
use crate::domain::domains_equal;

/// How long a rewritten address stays good, in days. Servers try for 5 days; a return of a return's delay comes after that.
pub const DAYS_MAX: u32 = 21;
/// Characters of the hash: 30 bits, so that guessing one takes some hundred million letters.
const HASH_LEN: usize = 6;
/// Days until the stamp of two characters begins anew.
const DAYS_CYCLE: i64 = 1024;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The keyed hash: HMAC-SHA-256 with the box's secret.
pub type Hash<'a> = dyn Fn(&[u8]) -> [u8; 32] + 'a;

/// Why an address cannot be rewritten or turned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrsError {
    /// The rewritten address would be too long.
    TooLong,
    /// It is no SRS address.
    NotSrs,
    /// The hash was not made with our secret.
    Forged,
    /// The stamp is too old.
    Expired,
    /// What stands inside is no address.
    NoAddress,
}

impl fmt::Display for SrsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SrsError::TooLong => "the sender's address is too long to be rewritten for forwarding",
            SrsError::NotSrs => "this is no address that forwarding made",
            SrsError::Forged => "this address was not made by this server",
            SrsError::Expired => "this address was made for returned mail and is too old by now",
            SrsError::NoAddress => "there is no mail address inside this forwarding address",
        })
    }
}

impl std::error::Error for SrsError {}

/// Whether a local part looks like one that [`forward`] makes, here or elsewhere.
pub fn is_srs(local: &str) -> bool {
    after_tag(local, "SRS0")
        .or_else(|| after_tag(local, "SRS1"))
        .is_some()
}

/// The reverse path for a letter that an alias at `alias_domain` passes on. One at that domain already stays as it is.
///
/// # Errors
/// [`SrsError::TooLong`].
pub fn forward(
    reverse_path: &Address,
    alias_domain: &str,
    unix: i64,
    hash: &Hash<'_>,
) -> Result<Address, SrsError> {
    let (local, domain) = (reverse_path.local(), reverse_path.domain());
    if domains_equal(domain, alias_domain) {
        return Ok(reverse_path.clone());
    }
    let local = if let Some(rest) = after_tag(local, "SRS1")
        .and_then(|(_, rest)| rest.split_once('='))
        .map(|(_, rest)| rest)
        && rest.contains('=')
    {
        // Another forwarded what was forwarded: the hash is ours, the first forwarder stays.
        format!("SRS1={}={rest}", code(hash, &[rest]))
    } else if let Some((separator, rest)) = after_tag(local, "SRS0") {
        let rest = format!("{domain}={separator}{rest}");
        format!("SRS1={}={rest}", code(hash, &[&rest]))
    } else {
        let stamp = stamp(unix);
        format!(
            "SRS0={}={stamp}={domain}={local}",
            code(hash, &[&stamp, domain, local])
        )
    };
    Address::new(&local, alias_domain).map_err(|_| SrsError::TooLong)
}

/// The address behind the local part of one that [`forward`] made: where a return goes. Without a time its age is not judged: a board that does not know the
/// time must not refuse what it forwarded yesterday.
///
/// # Errors
/// Everything but [`SrsError::TooLong`]; the text is fit for an SMTP reply.
pub fn reverse(
    local: &str,
    unix: impl Into<Option<i64>>,
    hash: &Hash<'_>,
) -> Result<Address, SrsError> {
    if let Some((_, rest)) = after_tag(local, "SRS0") {
        let mut fields = rest.splitn(4, '=');
        let (Some(given), Some(stamp), Some(domain), Some(local)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(SrsError::NotSrs);
        };
        compare(given, &code(hash, &[stamp, domain, local]))?;
        let unix = unix.into();
        let age = age(stamp, unix.unwrap_or(0)).ok_or(SrsError::NotSrs)?;
        if unix.is_some() && age > i64::from(DAYS_MAX) {
            return Err(SrsError::Expired);
        }
        Address::new(local, domain).map_err(|_| SrsError::NoAddress)
    } else if let Some((_, rest)) = after_tag(local, "SRS1") {
        let (given, rest) = rest.split_once('=').ok_or(SrsError::NotSrs)?;
        let (domain, inner) = rest.split_once('=').ok_or(SrsError::NotSrs)?;
        compare(given, &code(hash, &[rest]))?;
        // `inner` begins with the separator that the first forwarder wrote.
        Address::new(&format!("SRS0{inner}"), domain).map_err(|_| SrsError::NoAddress)
    } else {
        Err(SrsError::NotSrs)
    }
}

/// What follows `SRS0=` (or `SRS0+`, `SRS0-`, in any case): the separator and the rest.
fn after_tag<'a>(local: &'a str, tag: &str) -> Option<(char, &'a str)> {
    let (head, rest) = local.split_at_checked(4)?;
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '=' | '+' | '-'))?;
    head.eq_ignore_ascii_case(tag)
        .then(|| (separator, rest.get(1..).unwrap_or("")))
}

/// The hash over the fields in lower case, since servers on the way may change it.
fn code(hash: &Hash<'_>, fields: &[&str]) -> String {
    let digest = hash(fields.join("=").to_ascii_lowercase().as_bytes());
    let mut bits = digest
        .iter()
        .take(8)
        .fold(0u64, |bits, &b| bits << 8 | u64::from(b));
    (0..HASH_LEN)
        .map(|_| {
            bits = bits.rotate_left(5);
            digit(i64::try_from(bits & 31).unwrap_or(0))
        })
        .collect()
}

/// In time that does not depend on where they differ.
fn compare(given: &str, ours: &str) -> Result<(), SrsError> {
    let differ = given.bytes().zip(ours.bytes()).fold(0, |d, (a, b)| {
        d | (a.to_ascii_uppercase() ^ b.to_ascii_uppercase())
    });
    if given.len() == ours.len() && differ == 0 {
        Ok(())
    } else {
        Err(SrsError::Forged)
    }
}

/// The day in two characters.
fn stamp(unix: i64) -> String {
    let day = unix.div_euclid(DAY).rem_euclid(DAYS_CYCLE);
    [digit(day >> 5), digit(day & 31)].iter().collect()
}

/// Days since the stamp. One of tomorrow (the clock was set back) is as young as one of today.
fn age(stamp: &str, unix: i64) -> Option<i64> {
    let (high, low) = match stamp.as_bytes() {
        [high, low] => (value(*high)?, value(*low)?),
        _ => return None,
    };
    let days = (unix.div_euclid(DAY) - (high << 5 | low)).rem_euclid(DAYS_CYCLE);
    Some(if days == DAYS_CYCLE - 1 { 0 } else { days })
}

fn digit(value: i64) -> char {
    usize::try_from(value)
        .ok()
        .and_then(|v| ALPHABET.get(v))
        .map_or('A', |&b| char::from(b))
}

fn value(digit: u8) -> Option<i64> {
    let at = ALPHABET
        .iter()
        .position(|b| *b == digit.to_ascii_uppercase())?;
    i64::try_from(at).ok()
}

#[cfg(test)]
#[path = "srs_tests.rs"]
mod tests;
