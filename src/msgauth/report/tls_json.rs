//! The JSON of a TLS report, read field by field: what is missing, of another type or too much is passed over, not held.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::aggregate::{COUNT_MAX, clean, clean_domain};
use super::tls::{DETAILS_MAX, FailureDetail, POLICIES_MAX, PolicyKind, PolicyPart};

/// Lines of a policy and names of mail hosts that are kept.
const LINES_MAX: usize = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Report {
    #[serde(rename = "organization-name", deserialize_with = "text")]
    pub(super) organization: String,
    #[serde(rename = "contact-info", deserialize_with = "text")]
    pub(super) contact: String,
    #[serde(rename = "report-id", deserialize_with = "text")]
    pub(super) id: String,
    #[serde(rename = "date-range")]
    pub(super) range: Range,
    #[serde(deserialize_with = "some::<_, _, POLICIES_MAX>")]
    pub(super) policies: Vec<PolicyEntry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Range {
    #[serde(rename = "start-datetime", deserialize_with = "text")]
    pub(super) start: String,
    #[serde(rename = "end-datetime", deserialize_with = "text")]
    pub(super) end: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PolicyEntry {
    policy: PolicyText,
    summary: Summary,
    #[serde(
        rename = "failure-details",
        deserialize_with = "some::<_, _, DETAILS_MAX>"
    )]
    details: Vec<Detail>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PolicyText {
    #[serde(rename = "policy-type", deserialize_with = "text")]
    kind: String,
    #[serde(rename = "policy-string", deserialize_with = "lines")]
    lines: Vec<String>,
    #[serde(rename = "policy-domain", deserialize_with = "text")]
    domain: String,
    /// One of them is no list with some reporters.
    #[serde(
        rename = "mx-host",
        alias = "mx-host-pattern",
        deserialize_with = "lines"
    )]
    hosts: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Summary {
    #[serde(rename = "total-successful-session-count", deserialize_with = "number")]
    successes: u64,
    #[serde(rename = "total-failure-session-count", deserialize_with = "number")]
    failures: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Detail {
    #[serde(rename = "result-type", deserialize_with = "text")]
    result: String,
    #[serde(rename = "sending-mta-ip", deserialize_with = "text")]
    sending_ip: String,
    #[serde(rename = "receiving-mx-hostname", deserialize_with = "text")]
    host: String,
    #[serde(rename = "receiving-ip", deserialize_with = "text")]
    receiving_ip: String,
    #[serde(rename = "failed-session-count", deserialize_with = "number")]
    count: u64,
    #[serde(rename = "failure-reason-code", deserialize_with = "text")]
    reason: String,
}

impl From<PolicyEntry> for PolicyPart {
    fn from(entry: PolicyEntry) -> PolicyPart {
        let all = |texts: Vec<String>| texts.iter().map(|text| clean(text)).collect();
        PolicyPart {
            kind: PolicyKind::parse(&entry.policy.kind),
            lines: all(entry.policy.lines),
            domain: clean_domain(&entry.policy.domain),
            hosts: all(entry.policy.hosts),
            successes: entry.summary.successes,
            failures: entry.summary.failures,
            details: entry.details.into_iter().map(FailureDetail::from).collect(),
        }
    }
}

impl From<Detail> for FailureDetail {
    fn from(detail: Detail) -> FailureDetail {
        FailureDetail {
            result: clean(&detail.result),
            sending_ip: clean(&detail.sending_ip),
            host: clean(&detail.host),
            receiving_ip: clean(&detail.receiving_ip),
            count: detail.count,
            reason: clean(&detail.reason),
        }
    }
}

/// A value as text, whatever it is; what cannot be one is empty.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match One::deserialize(from)? {
        One::Text(text) => text,
        One::Number(number) => number.to_string(),
        One::Other => String::new(),
    })
}

/// A count; some write it in quotes.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(match One::deserialize(from)? {
        One::Number(number) => number,
        One::Text(text) => text.trim().parse().unwrap_or(0),
        One::Other => 0,
    }
    .min(COUNT_MAX))
}

fn lines<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_any(Kept::<One, LINES_MAX>::default())
        .map(|all| {
            let texts = all.into_iter().filter_map(|one| match one {
                One::Text(text) => Some(text),
                _ => None,
            });
            texts.collect()
        })
}

fn some<'de, D, T, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromText,
{
    from.deserialize_any(Kept::<T, MOST>::default())
}

/// What stands where a list should: a text alone is one of one.
trait FromText {
    fn from_text(text: &str) -> Option<Self>
    where
        Self: Sized;
}

impl FromText for PolicyEntry {
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl FromText for Detail {
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl FromText for One {
    fn from_text(text: &str) -> Option<Self> {
        Some(One::Text(text.to_owned()))
    }
}

/// The first of a list's values; the rest are passed over and held by nobody.
struct Kept<T, const MOST: usize>(std::marker::PhantomData<T>);

impl<T, const MOST: usize> Default for Kept<T, MOST> {
    fn default() -> Self {
        Kept(std::marker::PhantomData)
    }
}

impl<'de, T: Deserialize<'de> + FromText, const MOST: usize> Visitor<'de> for Kept<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MOST {
            match list.next_element()? {
                Some(one) => kept.push(one),
                None => return Ok(kept),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept)
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(T::from_text(text).into_iter().collect())
    }
}

/// One value, of which lists and objects do not matter.
enum One {
    Text(String),
    Number(u64),
    Other,
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<One, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = One;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<One, E> {
                Ok(One::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<One, E> {
                Ok(One::Number(number))
            }

            fn visit_i64<E>(self, _: i64) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_unit<E>(self) -> Result<One, E> {
                Ok(One::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<One, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(One::Other)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<One, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(One::Other)
            }
        }
        from.deserialize_any(Any)
    }
}
