//! Since when what somebody logged in with may be void: open sessions ask, so that a changed password shuts out who came in with the old one.
//!
//! Promises: a session keeps eight octets for it ([`Seen`]) and as long as nothing changes asks one atomic number a step; one that came in with an app password goes on
//! when nothing but the person's own password has become void. What it cannot do: it does not know which app password a session used, so that when one
//! is taken back all of a person's sessions end, and those with a good secret come back by themselves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use store::AccountId;

/// How many changes there had been when a session last knew that its log-in holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen(u64);

/// Set in [`Seen`] for who came in with an app password: there are never that many changes.
const BY_PROGRAM: u64 = 1 << 63;

impl Seen {
    /// The log-in was one with an app password.
    pub(crate) fn by_program(self) -> Seen {
        Seen(self.0 | BY_PROGRAM)
    }

    fn number(self) -> u64 {
        self.0 & !BY_PROGRAM
    }

    fn at(self, now: Seen) -> Seen {
        Seen(now.0 | (self.0 & BY_PROGRAM))
    }
}

/// The numbers of a person's last changes; 0: none.
#[derive(Clone, Copy, Default)]
struct Last {
    /// Of any of their secrets that opened sessions of programs as well.
    all: u64,
    /// Of their own password.
    own: u64,
}

/// One for the household.
#[derive(Default)]
pub(super) struct Generations {
    /// Changes of anybody's secrets since the box started.
    changes: AtomicU64,
    /// The number of each person's last change; nobody whose secrets have not changed since the start is in it.
    last: Mutex<HashMap<AccountId, Last>>,
}

impl Generations {
    /// To be taken before a log-in is judged, so that a change in between counts against it.
    pub(super) fn now(&self) -> Seen {
        Seen(self.changes.load(Ordering::Acquire))
    }

    /// This person's old secrets are void. To be called once the change is committed and nothing remembers the old ones.
    pub(super) fn bump(&self, account: AccountId) {
        self.change(account, |last, change| {
            *last = Last {
                all: change,
                own: change,
            };
        });
    }

    /// A secret of one of their programs is void. Their own password is what it was.
    pub(super) fn bump_programs(&self, account: AccountId) {
        self.change(account, |last, change| last.all = change);
    }

    /// The number of the last change of this person's own password; 0: none since the box started. Whoever signed in with it under another number has to do so again.
    pub(super) fn own(&self, account: AccountId) -> u64 {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&account).map_or(0, |last| last.own)
    }

    /// Their own password is void, and what their programs have is not.
    pub(super) fn bump_own(&self, account: AccountId) {
        self.change(account, |last, change| last.own = change);
    }

    fn change(&self, account: AccountId, note: impl FnOnce(&mut Last, u64)) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.changes.load(Ordering::Acquire) + 1;
        note(last.entry(account).or_default(), change);
        self.changes.store(change, Ordering::Release);
    }

    /// Whether the person's secrets have changed since; brings `seen` up to date, so that each change is told once.
    pub(super) fn outdated(&self, account: AccountId, seen: &mut Seen) -> bool {
        let now = self.now();
        if now.0 == seen.number() {
            return false;
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let outdated = last.get(&account).is_some_and(|last| {
            let by_program = seen.0 & BY_PROGRAM != 0;
            last.all > seen.number() || (!by_program && last.own > seen.number())
        });
        // Not later than the look into the table: a change after `now` is found at the next step.
        *seen = seen.at(now);
        outdated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_outdates_that_persons_older_log_ins_once() {
        let generations = Generations::default();
        let (ann, bob) = (AccountId(1), AccountId(2));
        let mut of_ann = generations.now();
        let (mut of_bob, mut asked_before) = (of_ann, of_ann);
        assert!(!generations.outdated(ann, &mut of_ann));
        generations.bump(ann);
        assert!(generations.outdated(ann, &mut of_ann));
        assert!(!generations.outdated(ann, &mut of_ann), "told once");
        assert!(!generations.outdated(bob, &mut of_bob));
        assert!(generations.outdated(ann, &mut asked_before));
        let mut after = generations.now();
        assert!(!generations.outdated(ann, &mut after));
        generations.bump(bob);
        assert!(!generations.outdated(ann, &mut after) && generations.outdated(bob, &mut of_bob));
        assert_eq!(size_of::<Seen>(), 8);
        let (mut person, mut phone) = (generations.now(), generations.now().by_program());
        generations.bump_own(ann);
        assert!(!generations.outdated(ann, &mut phone) && generations.outdated(ann, &mut person));
        assert!(!generations.outdated(ann, &mut phone) && !generations.outdated(ann, &mut person));
        generations.bump(ann);
        assert!(generations.outdated(ann, &mut phone) && generations.outdated(ann, &mut person));
        // A program's secret ends sessions of programs and people, and no visit to the setup page.
        let own = generations.own(ann);
        generations.bump_programs(ann);
        assert!(generations.outdated(ann, &mut phone) && generations.outdated(ann, &mut person));
        assert_eq!(generations.own(ann), own);
        generations.bump_own(ann);
        assert_ne!(generations.own(ann), own);
        assert_eq!(generations.own(bob), 1 + 1);
    }
}
