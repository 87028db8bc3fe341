//! What people have taught: rows of people who are there, of known shapes, as many as are counted.

use std::collections::BTreeMap;

use super::Findings;
use crate::error::Result;
use crate::ids::AccountId;
use crate::look::Look;
use crate::records::{Due, Learned, REPUTATION_KEY, TaughtCounts};
use crate::schema::{CHUNK, key};

/// Of one person.
#[derive(Default)]
struct Found {
    seed: bool,
    head: bool,
    learned: u32,
    reputations: u32,
    pieces: u32,
}

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let mut people: BTreeMap<AccountId, Found> = BTreeMap::new();
    for row in look.prefixed(&[key::TAUGHT])? {
        let (at, octets) = row?;
        let Some((account, kind)) = key::taught_whose(at) else {
            findings.add("a row of what was taught is of no known shape".into());
            continue;
        };
        let found = people.entry(account).or_default();
        let of_message = key::taught_gid(at).is_some();
        let sound = match kind {
            key::SEED => {
                found.seed = true;
                at.len() == 6 && octets.len() == 8
            }
            key::TABLE_HEAD => {
                found.head = true;
                at.len() == 6 && !octets.is_empty()
            }
            key::COUNTS => at.len() == 6 && TaughtCounts::read(octets).is_ok(),
            key::DUE => of_message && Due::read(octets).is_ok(),
            key::LEARNED => {
                found.learned = found.learned.saturating_add(1);
                of_message && Learned::read(octets).is_ok()
            }
            key::REPUTATION => {
                found.reputations = found.reputations.saturating_add(1);
                at.len() == 6 + REPUTATION_KEY && !octets.is_empty()
            }
            key::TABLE_NOTES => {
                found.pieces = found.pieces.saturating_add(1);
                at.len() == 8 && !octets.is_empty()
            }
            key::TABLE_CHUNKS => {
                found.pieces = found.pieces.saturating_add(1);
                at.len() == 8 && octets.len() == CHUNK
            }
            _ => false,
        };
        if !sound {
            findings.add(format!(
                "a row of what account {} has taught (kind {kind}) is of no known shape",
                account.0
            ));
        }
    }
    for (account, found) in people {
        one(look, account, &found, findings)?;
    }
    Ok(())
}

fn one(look: Look<'_>, account: AccountId, found: &Found, findings: &mut Findings) -> Result<()> {
    if look.account_record(account).is_err() {
        findings.add(format!(
            "what account {} has taught belongs to nobody",
            account.0
        ));
        return Ok(());
    }
    let counts = look.taught_counts(account).unwrap_or_default();
    if (counts.learned, counts.reputations) != (found.learned, found.reputations) {
        findings.add(format!(
            "account {} counts {} messages learned and {} reputations, but there are {} and {}",
            account.0, counts.learned, counts.reputations, found.learned, found.reputations
        ));
    }
    if !found.seed && (found.learned > 0 || found.reputations > 0 || found.pieces > 0) {
        findings.add(format!(
            "what account {} has taught was learned under a seed that is gone",
            account.0
        ));
    }
    if !found.head && found.pieces > 0 {
        findings.add(format!(
            "the junk table of account {} has no head",
            account.0
        ));
    }
    Ok(())
}
