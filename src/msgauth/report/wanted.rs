//! Where reports are wanted: `rua` of DMARC (RFC 7489 §6.2, §6.3), the record of TLSRPT (RFC 8460 §3), and whether somebody outside agrees to get them (RFC 7489 §7.1).

use dns::Kind;
use mail::Address;

use crate::dmarc::REPORTS_MAX;
use crate::question::{Question, Reply, is_void, texts};
use crate::suffix::organizational_domain;

/// An address to which reports are sent, and how large they may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailto {
    /// The address.
    pub address: Address,
    /// Most octets of a report (`!10m`), if that was said.
    pub most: Option<u64>,
}

impl Mailto {
    /// Reads `mailto:someone@example.org!10m`; `None` for anything else, and for several addresses in one.
    pub fn parse(uri: &str) -> Option<Mailto> {
        let (scheme, rest) = uri.trim().split_once(':')?;
        if !scheme.eq_ignore_ascii_case("mailto") {
            return None;
        }
        // Fields behind a question mark are for people who write by hand (RFC 6068 §2).
        let (rest, most) = match rest.rsplit_once('!') {
            Some((rest, size)) => (rest, Some(size_of(size)?)),
            None => (rest, None),
        };
        let rest = rest.split('?').next().unwrap_or_default();
        let text = percent_decoded(rest)?;
        let address = Address::parse(&text).ok()?;
        Some(Mailto { address, most })
    }
}

/// `10m` of RFC 7489 §6.2: octets, with powers of 1024.
fn size_of(text: &str) -> Option<u64> {
    let (digits, unit) = match text.char_indices().last()? {
        (at, unit) if unit.is_ascii_alphabetic() => (text.get(..at)?, unit.to_ascii_lowercase()),
        _ => (text, 'b'),
    };
    let power = match unit {
        'b' => 0,
        'k' => 10,
        'm' => 20,
        'g' => 30,
        't' => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << power)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'%' {
            out.push(octet);
            continue;
        }
        let mut digit = || char::from(octets.next()?).to_digit(16);
        let value = digit()?.checked_mul(16)?.checked_add(digit()?)?;
        out.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(out).ok()
}

/// Where `domain` is asked whether it takes reports about `about`; `None` if it need not be asked, because both are of one organization (RFC 7489 §7.1).
pub fn permission_name(about: &str, domain: &str) -> Option<Question> {
    let same = organizational_domain(about) == organizational_domain(domain);
    if same {
        return None;
    }
    // A name that cannot be asked for is nobody's permission: the question is one that no one answers.
    Question::new(&format!("{about}._report._dmarc.{domain}"), Kind::Txt).or_else(|| {
        Some(Question {
            name: String::new(),
            kind: Kind::Txt,
        })
    })
}

/// What came of asking.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Permission {
    /// It takes them, perhaps at another address of its own.
    Given(Option<Mailto>),
    /// It does not.
    Refused,
    /// The DNS did not answer.
    Unknown,
}

impl Permission {
    /// By the answer to the question of [`permission_name`] about this address.
    pub fn of(address: &Mailto, reply: &Reply) -> Permission {
        let answer = match reply {
            Ok(answer) => answer,
            Err(failure) if is_void(failure) => return Permission::Refused,
            Err(_) => return Permission::Unknown,
        };
        let mut found = texts(answer).filter_map(|text| str::from_utf8(text).ok());
        let Some(text) = found.find(|text| crate::dmarc::is_dmarc(text)) else {
            return Permission::Refused;
        };
        let other = value(text, "rua").and_then(|uris| Mailto::parse(uris.split(',').next()?));
        // To another host it would lead reports on to somebody who was not asked (RFC 7489 §7.1 step 8).
        let same_host =
            |other: &Mailto| mail::domains_equal(other.address.domain(), address.address.domain());
        Permission::Given(other.filter(same_host))
    }
}

/// The record at `_smtp._tls.DOMAIN`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TlsRecord {
    /// Addresses; at most [`REPORTS_MAX`].
    pub addresses: Vec<Mailto>,
    /// Web servers that would take them; at most [`REPORTS_MAX`].
    pub web: Vec<String>,
}

impl TlsRecord {
    /// Of these texts; `None` unless exactly one is such a record and names somebody (RFC 8460 §3).
    pub fn of<'t>(records: impl Iterator<Item = &'t [u8]>) -> Option<TlsRecord> {
        let mut ours = records
            .filter_map(|record| str::from_utf8(record).ok())
            .filter(|record| {
                let first = record.split(';').next().unwrap_or_default();
                first.trim() == "v=TLSRPTv1"
            });
        let record = ours.next()?;
        if ours.next().is_some() {
            return None;
        }
        let uris = value(record, "rua")?.split(',').map(str::trim);
        let mut found = TlsRecord::default();
        for uri in uris.take(REPORTS_MAX) {
            if let Some(mailto) = Mailto::parse(uri) {
                found.addresses.push(mailto);
            } else if uri.len() <= 300 && uri.to_ascii_lowercase().starts_with("https://") {
                found.web.push(uri.to_owned());
            }
        }
        (!found.addresses.is_empty() || !found.web.is_empty()).then_some(found)
    }
}

/// The value of a tag.
fn value<'t>(record: &'t str, name: &str) -> Option<&'t str> {
    record.split(';').skip(1).find_map(|spec| {
        let (key, value) = spec.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then_some(value.trim())
    })
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
