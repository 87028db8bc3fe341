//! What a message is compared by: numbers, and texts folded by i;unicode-casemap.

use std::cmp::Ordering;

use ::store::{Columns, Entry, Gid, MailboxId, Read, ReadTx, Uid};

use crate::columns::{self, Facts};
use crate::command::{Criterion, SortKey};
use crate::context::Order;
use crate::deed::World;
use crate::record::Record;
use crate::view::View;

/// Whether texts are compared, and not numbers.
pub(super) fn is_text(key: SortKey) -> bool {
    !matches!(
        key,
        SortKey::Arrival | SortKey::Date | SortKey::Relevancy | SortKey::Size
    )
}

/// What RELEVANCY is compared by: the highest score comes first (RFC 6203 §6).
pub(super) fn best_first(score: u8) -> u64 {
    u64::from(u8::MAX.saturating_sub(score))
}

/// The number that a message is compared by; 0 for a message that is no more. Ascending as RFC 5256 §3 says.
pub(super) fn number<'t>(
    key: SortKey,
    tx: &'t ReadTx<'_>,
    columns: &mut Columns<'t>,
    entry: &Entry,
) -> ::store::Result<u64> {
    if key == SortKey::Size {
        return Ok(entry.size.into());
    }
    let facts = Facts::read(tx, columns, entry.gid)?;
    Ok(facts.map_or(0, |facts| date(key, &facts)))
}

/// ARRIVAL or DATE, ascending.
pub(super) fn date(key: SortKey, facts: &Facts<'_>) -> u64 {
    // As far as columns hold it: 40 bits.
    const LAST: i64 = (1 << 39) - 1;
    let date = if key == SortKey::Arrival {
        facts.received
    } else {
        facts.sent
    };
    date.clamp(-LAST, LAST).saturating_add(LAST).unsigned_abs()
}

/// The text that a message is compared by; empty where the header has none, or the message is no more.
pub(super) fn text(key: SortKey, tx: &ReadTx<'_>, gid: Gid) -> ::store::Result<Vec<u8>> {
    match tx.record(gid) {
        Ok((_, stored)) => Ok(Record::new(stored)
            .map(|record| columns::text(key, &record))
            .unwrap_or_default()),
        Err(::store::Error::NoSuchMessage) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The membership of a message, also of one that another session has expunged while it can be read.
pub(super) fn entry(
    tx: &ReadTx<'_>,
    mailbox: MailboxId,
    uid: Uid,
) -> ::store::Result<Option<Entry>> {
    match tx.entry(mailbox, uid) {
        Ok(Some(entry)) => Ok(Some(entry)),
        Ok(None) => tx.expunged_entry(mailbox, uid),
        Err(::store::Error::NoSuchMailbox) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The order of a sorted context (RFC 5267 §4.3): two messages at a time. Cannot: RELEVANCY, whose scores are not kept.
pub(super) struct ByCriteria {
    criteria: Vec<Criterion>,
}

impl ByCriteria {
    pub(super) fn new(criteria: Vec<Criterion>) -> ByCriteria {
        ByCriteria { criteria }
    }
}

impl Order for ByCriteria {
    fn compare(
        &mut self,
        world: &World<'_>,
        view: &View,
        one: Uid,
        other: Uid,
    ) -> ::store::Result<Ordering> {
        let entry = |uid| entry(world.tx, view.mailbox, uid);
        let (Some(first), Some(second)) = (entry(one)?, entry(other)?) else {
            return Ok(one.cmp(&other));
        };
        let mut columns = Columns::default();
        for criterion in &self.criteria {
            let ordering = if is_text(criterion.key) {
                text(criterion.key, world.tx, first.gid)?.cmp(&text(
                    criterion.key,
                    world.tx,
                    second.gid,
                )?)
            } else {
                number(criterion.key, world.tx, &mut columns, &first)?.cmp(&number(
                    criterion.key,
                    world.tx,
                    &mut columns,
                    &second,
                )?)
            };
            match ordering {
                Ordering::Equal => {}
                decided if criterion.reverse => return Ok(decided.reverse()),
                decided => return Ok(decided),
            }
        }
        Ok(one.cmp(&other))
    }
}
