//! Who is being tried at this moment: known to this run only, and never longer than somebody tries.
//!
//! The queue's time leaps when the wall clock becomes trusted, and what was claimed until a quarter of an hour from now is due at once. It must not be claimed a second
//! time while the first attempt waits for its answer: the recipient would have the letter twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use store::{Claim, LetterId};

use super::lock;

/// A letter's row.
type Place = (LetterId, u32);

/// How many claims each row is under; two for the moment between a settling and the end of who settled. Bounded by the connections and the recipients of a claim.
#[derive(Clone, Default)]
pub(super) struct UnderWay {
    claims: Arc<Mutex<HashMap<Place, usize>>>,
}

/// A claim that is being tried, until it is dropped: with whoever tries, however they end.
pub(super) struct Held {
    all: UnderWay,
    rows: Vec<Place>,
}

impl UnderWay {
    /// Whether somebody tries this row.
    pub(super) fn has(&self, letter: LetterId, row: u32) -> bool {
        lock(&self.claims).contains_key(&(letter, row))
    }

    /// For the deed that claims: the next one must know already.
    pub(super) fn hold(&self, claim: &Claim) -> Held {
        let letter = claim.letter.id;
        let rows: Vec<Place> = claim.rows.iter().map(|row| (letter, row.number)).collect();
        let mut claims = lock(&self.claims);
        for place in &rows {
            let count = claims.entry(*place).or_default();
            *count = count.saturating_add(1);
        }
        Held {
            all: self.clone(),
            rows,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut claims = lock(&self.all.claims);
        for place in &self.rows {
            if let Some(count) = claims.get_mut(place) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    claims.remove(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use store::{AccountId, BodyKind, Gid, Letter, Notify, Origin, QueueTime, Row};

    use super::*;

    fn claim(rows: &[u32]) -> Claim {
        let letter = Letter {
            id: LetterId(7),
            gid: Gid(1),
            size: 1,
            rows_left: 3,
            sender: Some(AccountId(1)),
            reverse_path: None,
            body: BodyKind::SevenBit,
            smtputf8: false,
            require_tls: false,
            tls_optional: false,
            envid: None,
            ret: None,
            priority: 0,
            accepted: 0,
            enqueued: QueueTime(0),
            expires: QueueTime(1),
            deliver_by: None,
            origin: Origin::Submission,
        };
        let row = |number: &u32| Row {
            number: *number,
            recipient: mail::Address::parse("bob@far.test").unwrap(),
            destination: "far.test".to_owned(),
            orcpt: None,
            notify: Notify::default(),
            due: QueueTime(0),
            held: false,
            attempts: 1,
            warned: false,
            last: None,
        };
        Claim {
            letter,
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn a_row_is_under_way_until_the_last_of_its_claims_ends() {
        let all = UnderWay::default();
        let first = all.hold(&claim(&[1, 2]));
        assert!(all.has(LetterId(7), 1) && !all.has(LetterId(7), 3));
        // Settled and claimed anew before the first worker came to drop its own.
        let second = all.hold(&claim(&[2, 3]));
        drop(first);
        assert!(!all.has(LetterId(7), 1) && all.has(LetterId(7), 2));
        drop(second);
        assert!(lock(&all.claims).is_empty());
    }
}
