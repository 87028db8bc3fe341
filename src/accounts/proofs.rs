//! Passwords that were judged a short while ago, so that a program that returns costs no hashing, and one that repeats its wrong password counts once.
//!
//! What is kept is a keyed hash of name and password; the key is random, lives in this process only and dies with it.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use ring::hmac;
use sasl::Secret;
use store::AccountId;

use super::memory::Purpose;
use super::passwords::prepared;
use super::random::fill;

/// The keyed hash of one name with one password.
pub(super) type Proof = [u8; 32];

/// Right and wrong ones in tables of their own, so that a flood of wrong ones pushes out no right one.
pub(super) struct Proofs {
    key: hmac::Key,
    right: Table<AccountId>,
    wrong: Table<()>,
}

impl Proofs {
    pub(super) fn new(kept: Duration, most: usize) -> std::io::Result<Proofs> {
        let mut key = zeroize::Zeroizing::new([0; 32]);
        fill(&mut *key)?;
        Ok(Proofs {
            key: hmac::Key::new(hmac::HMAC_SHA256, &*key),
            right: Table::new(kept, most),
            wrong: Table::new(kept, most),
        })
    }

    pub(super) fn of(&self, user: &str, password: &Secret, purpose: Purpose) -> Proof {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[purpose as u8]);
        context.update(&(user.len() as u64).to_be_bytes());
        context.update(user.as_bytes());
        context.update(&prepared(password));
        let mut proof = [0; 32];
        for (to, from) in proof.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        proof
    }

    /// What was found for it: a person, or nobody. `None`: not known, or too long ago.
    pub(super) fn look(&self, proof: &Proof, now: Instant) -> Option<Option<AccountId>> {
        if let Some(account) = self.right.look(proof, now) {
            return Some(Some(account));
        }
        self.wrong.look(proof, now).map(|()| None)
    }

    pub(super) fn remember(&mut self, proof: Proof, found: Option<AccountId>, now: Instant) {
        match found {
            Some(account) => self.right.put(proof, account, now),
            None => self.wrong.put(proof, (), now),
        }
    }

    /// Somebody's password changed, or a person came or went: everything is judged anew.
    pub(super) fn forget(&mut self) {
        self.right.clear();
        self.wrong.clear();
    }
}

/// The newest rows, in order of age.
struct Table<T> {
    rows: HashMap<Proof, (T, Instant)>,
    order: VecDeque<Proof>,
    kept: Duration,
    most: usize,
}

impl<T: Copy> Table<T> {
    fn new(kept: Duration, most: usize) -> Table<T> {
        Table {
            rows: HashMap::new(),
            order: VecDeque::new(),
            kept,
            most,
        }
    }

    fn look(&self, proof: &Proof, now: Instant) -> Option<T> {
        let (value, since) = self.rows.get(proof)?;
        (now.saturating_duration_since(*since) < self.kept).then_some(*value)
    }

    fn put(&mut self, proof: Proof, value: T, now: Instant) {
        if self.most == 0 {
            return;
        }
        if self.rows.insert(proof, (value, now)).is_none() {
            self.order.push_back(proof);
        }
        while self.order.len() > self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.rows.remove(&oldest);
            }
        }
    }

    fn clear(&mut self) {
        self.rows = HashMap::new();
        self.order = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(proofs: &Proofs, user: &str, password: &str) -> Proof {
        proofs.of(user, &Secret::from(password), Purpose::LogIn)
    }

    #[test]
    fn what_was_judged_is_known_for_a_while() {
        let mut proofs = Proofs::new(Duration::from_secs(60), 2).unwrap();
        let now = Instant::now();
        let right = of(&proofs, "ann", "a");
        let wrong = of(&proofs, "ann", "b");
        proofs.remember(right, Some(AccountId(7)), now);
        proofs.remember(wrong, None, now);
        assert_eq!(proofs.look(&right, now), Some(Some(AccountId(7))));
        assert_eq!(proofs.look(&wrong, now), Some(None));
        assert_eq!(proofs.look(&right, now + Duration::from_secs(60)), None);
        assert_eq!(proofs.look(&of(&proofs, "an", "na"), now), None);
        assert_ne!(of(&proofs, "an", "na"), of(&proofs, "ann", "a"));
        proofs.forget();
        assert_eq!(proofs.look(&right, now), None);
    }

    #[test]
    fn a_flood_of_wrong_ones_stays_small_and_pushes_out_no_right_one() {
        let mut proofs = Proofs::new(Duration::from_secs(60), 2).unwrap();
        let now = Instant::now();
        let right = of(&proofs, "ann", "a");
        proofs.remember(right, Some(AccountId(7)), now);
        for guess in 0..1000 {
            let wrong = of(&proofs, "ann", guess.to_string().as_str());
            proofs.remember(wrong, None, now);
        }
        assert_eq!(proofs.look(&right, now), Some(Some(AccountId(7))));
        assert_eq!((proofs.wrong.rows.len(), proofs.wrong.order.len()), (2, 2));
    }
}
