//! What a line of the server's says.

use super::model::Flags;

/// A FETCH or UIDFETCH response.
pub(super) struct Fetch {
    pub(super) is_uid: bool,
    pub(super) number: u32,
    pub(super) named: Option<u32>,
    pub(super) flags: Option<Flags>,
    pub(super) modseq: Option<u64>,
}

impl Fetch {
    pub(super) fn read(line: &str) -> Option<Fetch> {
        let rest = line.strip_prefix("* ")?;
        let (number, rest) = rest.split_once(' ')?;
        let is_uid = rest.starts_with("UIDFETCH (");
        if !is_uid && !rest.starts_with("FETCH (") {
            return None;
        }
        let flags = between(rest, "FLAGS (", ")").map(|flags| {
            let words = flags
                .split(' ')
                .filter(|flag| !flag.is_empty() && *flag != "\\Recent");
            words.map(str::to_string).collect()
        });
        Some(Fetch {
            is_uid,
            number: number.parse().ok()?,
            named: between(rest, "UID ", " ")
                .and_then(|uid| uid.trim_end_matches(')').parse().ok()),
            flags,
            modseq: between(rest, "MODSEQ (", ")").and_then(|modseq| modseq.parse().ok()),
        })
    }

    pub(super) fn uid(&self, uids: &[u32]) -> u32 {
        if self.is_uid {
            return self.number;
        }
        let uid = uids[self.number as usize - 1];
        assert!(
            self.named.is_none_or(|named| named == uid),
            "number {} is not UID {:?}",
            self.number,
            self.named
        );
        uid
    }
}

pub(super) fn highest(said: &str) -> Option<u64> {
    let (_, last) = said.rsplit_once("[HIGHESTMODSEQ ")?;
    last.split(']').next()?.parse().ok()
}

pub(super) fn between<'t>(text: &'t str, front: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(front)?;
    Some(
        rest.split_once(end)
            .map_or(rest.trim_end(), |(inner, _)| inner),
    )
}

pub(super) fn numbers(set: &str) -> Vec<u32> {
    let mut all = Vec::new();
    for range in set.trim().split(',') {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        all.extend(first.parse::<u32>().unwrap()..=last.parse().unwrap());
    }
    all
}
