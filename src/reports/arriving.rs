//! A report that others send about this house: found in its letter, read, and cut down to what is kept.
//!
//! Promises: of a report only numbers, names and addresses stay, at most [`KEPT_MAX`] octets; the rows that failed are the last to go.

use std::io;

use mail::{Message, Part};
use msgauth::report::{Aggregate, TlsReport, read_aggregate, unpack, write_aggregate};
use serde_json::{Value, json};
use store::ReportKind;

use super::summary::sum;

/// Octets of a part that is looked into, as it travels. Reports about a house have a few KB.
const PART_MAX: u64 = 3 << 20;
/// Parts that are looked into: there is one report in a letter, and each part that is none may cost [`msgauth::report::UNPACKED_MAX`] octets of unpacking.
const PARTS_MAX: usize = 2;
/// Octets of a report that are kept.
const KEPT_MAX: usize = 16 << 10;
/// Octets of a report's name that tell it from others.
const NAME_MAX: usize = 200;

/// A report as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// Of mail in the name of a domain.
    Mail(Aggregate),
    /// Of TLS toward a domain.
    Tls(TlsReport),
}

/// Finds the report in a letter. `Err`: why there is none, a sentence without its full stop.
pub(crate) fn find(
    message: &Message,
    read: &mut mail::source::ReadAt<'_, io::Error>,
) -> Result<Heard, String> {
    let mut why = "there is no report in it".to_owned();
    let parts = message.parts.iter().filter(|part| may_be(part));
    for part in parts.take(PARTS_MAX) {
        match look_into(part, read) {
            Ok(heard) => return Ok(heard),
            Err(words) => why = words,
        }
    }
    Err(why)
}

/// Whether a part may hold a report: whatever is no text for people, and no envelope around others.
fn may_be(part: &Part) -> bool {
    let for_people = part.media_type == "text"
        && matches!(part.subtype.as_str(), "plain" | "html" | "rfc822-headers");
    let attached = part.disposition.is_some();
    part.children.is_empty()
        && !part.is_multipart()
        && !matches!(
            part.media_type.as_str(),
            "message" | "image" | "audio" | "video"
        )
        && (!for_people || attached)
}

fn look_into(part: &Part, read: &mut mail::source::ReadAt<'_, io::Error>) -> Result<Heard, String> {
    let length = part.body.end.saturating_sub(part.body.start);
    if length > PART_MAX {
        return Err("its report is larger than reports are".to_owned());
    }
    let decoder = mail::content::decode_transfer(&part.encoding);
    let mut decoder = decoder.ok_or("its encoding is not known")?;
    let mut octets = Vec::new();
    let mut room = vec![0; 8 << 10];
    let mut at = part.body.start;
    while at < part.body.end {
        let most = part.body.end.saturating_sub(at);
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(room.len());
        let count = read(at, room.get_mut(..most).unwrap_or_default());
        let count = count.map_err(|_| "it cannot be read here".to_owned())?;
        if count == 0 {
            break;
        }
        let piece = room.get(..count).unwrap_or_default();
        let broken = |_| "its encoding is broken".to_owned();
        decoder.feed(piece, &mut octets).map_err(broken)?;
        at = at.saturating_add(count as u64);
    }
    decoder
        .finish(&mut octets)
        .map_err(|_| "its encoding is broken".to_owned())?;
    let document = unpack(&octets).map_err(|error| error.to_string())?;
    drop(octets);
    let first = document
        .iter()
        .find(|octet| !octet.is_ascii_whitespace() && !matches!(octet, 0xEF | 0xBB | 0xBF));
    match first {
        Some(b'{') => TlsReport::read(&document).map(Heard::Tls),
        _ => read_aggregate(&document).map(Heard::Mail),
    }
    .map_err(|error| error.to_string())
}

impl Heard {
    /// Where it is kept.
    pub(crate) fn kind(&self) -> ReportKind {
        match self {
            Heard::Mail(_) => ReportKind::AboutUs,
            Heard::Tls(_) => ReportKind::TlsAboutUs,
        }
    }

    /// The domains that it is about.
    pub(crate) fn about(&self) -> Vec<&str> {
        match self {
            Heard::Mail(report) => vec![report.policy.domain.as_str()],
            Heard::Tls(report) => {
                let domains = report.policies.iter().map(|part| part.domain.as_str());
                domains.collect()
            }
        }
    }

    /// What tells it from other reports of `from`, so that one that comes twice counts once.
    pub(crate) fn name(&self, from: &str) -> String {
        let (id, about, begin) = match self {
            Heard::Mail(report) => (&report.id, report.policy.domain.as_str(), report.begin),
            Heard::Tls(report) => (&report.id, "", report.begin),
        };
        let name = format!("{from}!{about}!{begin}!{id}");
        let cut = (0..=NAME_MAX.min(name.len())).rev();
        let cut = cut.into_iter().find(|at| name.is_char_boundary(*at));
        name.get(..cut.unwrap_or(0)).unwrap_or_default().to_owned()
    }

    /// As it is kept: of `from`, whose word it is.
    pub(crate) fn write(self, from: &str) -> Vec<u8> {
        match self {
            Heard::Mail(mut report) => {
                report
                    .records
                    .sort_by_key(|record| (record.passed(), std::cmp::Reverse(record.count)));
                loop {
                    let row = json!({
                        "from": from,
                        "left_out": report.left_out,
                        "report": write_aggregate(&report),
                    });
                    let octets = row.to_string().into_bytes();
                    if octets.len() <= KEPT_MAX {
                        return octets;
                    }
                    // A tenth at a time: few steps, and the least is lost.
                    let keep = report.records.len().saturating_mul(9) / 10;
                    let gone = report.records.split_off(keep);
                    let lost = sum(gone.iter().map(|record| record.count));
                    report.left_out = report.left_out.saturating_add(lost);
                    if gone.is_empty() {
                        return Vec::new();
                    }
                }
            }
            Heard::Tls(mut report) => loop {
                let row = json!({"from": from, "report": report.write()});
                let octets = row.to_string().into_bytes();
                if octets.len() <= KEPT_MAX {
                    return octets;
                }
                let several = report.policies.len() > 1;
                let longest = report
                    .policies
                    .iter_mut()
                    .max_by_key(|part| part.details.len());
                match longest {
                    Some(part) if !part.details.is_empty() => {
                        part.details.truncate(part.details.len() / 2);
                    }
                    Some(_) if several => {
                        report.policies.truncate(report.policies.len() / 2);
                    }
                    _ => return Vec::new(),
                }
            },
        }
    }

    /// What was kept, and of whom.
    pub(super) fn read(kind: ReportKind, octets: &[u8]) -> Option<(String, Heard)> {
        let row: Value = serde_json::from_slice(octets).ok()?;
        let from = row.get("from")?.as_str()?.to_owned();
        let report = row.get("report")?.as_str()?.as_bytes();
        let heard = match kind {
            ReportKind::AboutUs => {
                let mut read = read_aggregate(report).ok()?;
                read.left_out = row.get("left_out")?.as_u64()?;
                Heard::Mail(read)
            }
            _ => Heard::Tls(TlsReport::read(report).ok()?),
        };
        Some((from, heard))
    }
}

#[cfg(test)]
#[path = "arriving_tests.rs"]
pub(super) mod tests;
