//! How often somebody did something of late: numbers that halve by themselves, in a table that never grows beyond its bound.
//!
//! The table has two halves, a young one and an old one. Whoever does something moves to the young half; when that is full the old one is dropped but for the
//! rows that count most, and the young one grows old. So a new row costs the same however many there are, and a flood of addresses that do one thing each does not wash
//! out an address that did a hundred.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// A row that counts this much outlives a flood, as long as such rows fill no more than half of a half.
const HEAVY: f64 = 10.0;
/// Below this it is as if nothing had happened.
const NOTHING: f64 = 0.01;

/// The table.
pub(super) struct Counts<K> {
    young: HashMap<K, Row>,
    old: HashMap<K, Row>,
    /// Rows of one half.
    most: usize,
    half_life: Duration,
}

#[derive(Clone, Copy)]
struct Row {
    count: f64,
    at: Instant,
}

impl Row {
    fn faded(self, half_life: Duration, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.count * (-passed / half_life.as_secs_f64().max(0.001)).exp2()
    }
}

impl<K: Copy + Eq + Hash> Counts<K> {
    /// At most `most` rows, which halve in `half_life`.
    pub(super) fn new(most: usize, half_life: Duration) -> Counts<K> {
        Counts {
            young: HashMap::new(),
            old: HashMap::new(),
            most: (most / 2).max(1),
            half_life,
        }
    }

    /// How much it is now.
    pub(super) fn of(&self, who: &K, now: Instant) -> f64 {
        let row = self.young.get(who).or_else(|| self.old.get(who));
        row.map_or(0.0, |row| row.faded(self.half_life, now))
    }

    /// Adds (or takes away) and says how much it is then.
    pub(super) fn add(&mut self, who: K, amount: f64, now: Instant) -> f64 {
        let count = (self.of(&who, now) + amount).max(0.0);
        self.old.remove(&who);
        if count < NOTHING {
            self.young.remove(&who);
            return 0.0;
        }
        if self.young.len() >= self.most && !self.young.contains_key(&who) {
            self.grow_old(now);
        }
        self.young.insert(who, Row { count, at: now });
        count
    }

    /// Forgets one.
    pub(super) fn forget(&mut self, who: &K) {
        self.young.remove(who);
        self.old.remove(who);
    }

    /// Rows that count at least `least` now.
    pub(super) fn above(&self, least: f64, now: Instant) -> impl Iterator<Item = &K> {
        let rows = self.young.iter().chain(&self.old);
        rows.filter(move |(_, row)| row.faded(self.half_life, now) >= least)
            .map(|(who, _)| who)
    }

    fn grow_old(&mut self, now: Instant) {
        let before = std::mem::take(&mut self.young);
        let dropped = std::mem::replace(&mut self.old, before);
        let heavy = dropped
            .into_iter()
            .filter(|(_, row)| row.faded(self.half_life, now) >= HEAVY);
        self.young.extend(heavy.take(self.most / 2));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

/// A bucket that fills by and by: how many of something may happen at once, and how many a second in the long run.
pub(super) struct Pace {
    left: f64,
    at: Option<Instant>,
}

/// How long a pace may be exceeded before it holds: what a bucket holds, in seconds of its flow.
const BURST: f64 = 4.0;

impl Pace {
    pub(super) fn new() -> Pace {
        Pace {
            left: 0.0,
            at: None,
        }
    }

    /// Fills it up to now; says how full it is, from 0 to 1.
    pub(super) fn fill(&mut self, a_second: f64, now: Instant) -> f64 {
        let most = a_second * BURST;
        let passed = self
            .at
            .map_or(BURST, |at| now.saturating_duration_since(at).as_secs_f64());
        self.left = (self.left + passed * a_second).min(most);
        self.at = Some(now);
        if most > 0.0 { self.left / most } else { 0.0 }
    }

    /// Takes one out, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let there = self.left >= 1.0;
        if there {
            self.left -= 1.0;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn counts_halve_and_are_taken_back() {
        let mut counts = Counts::new(8, MINUTE);
        let now = Instant::now();
        assert_eq!(counts.add(1, 4.0, now), 4.0);
        assert_eq!(counts.of(&1, now + MINUTE), 2.0);
        assert_eq!(counts.add(1, 1.0, now + MINUTE), 3.0);
        assert_eq!(counts.add(1, -3.0, now + MINUTE), 0.0);
        assert_eq!(counts.len(), 0);
        // A clock that is asked late does not make anything grow.
        counts.add(1, 4.0, now + MINUTE);
        assert_eq!(counts.of(&1, now), 4.0);
    }

    #[test]
    fn a_flood_stays_in_its_bound_and_washes_nothing_heavy_out() {
        let mut counts = Counts::new(1000, MINUTE);
        let now = Instant::now();
        counts.add(u32::MAX, 50.0, now);
        counts.add(u32::MAX - 1, 2.0, now);
        for flood in 0..100_000 {
            counts.add(flood, 1.0, now);
            assert!(counts.len() <= 1000);
        }
        assert_eq!(counts.of(&u32::MAX, now), 50.0);
        assert_eq!(counts.of(&(u32::MAX - 1), now), 0.0);
        assert_eq!(counts.of(&99_999, now), 1.0);
        // Heavy rows do not fill it for ever either.
        for flood in 0..100_000 {
            counts.add(flood, 100.0, now);
        }
        assert!(counts.len() <= 1000);
        assert_eq!(counts.of(&99_999, now), 100.0);
    }

    #[test]
    fn a_pace_lets_a_burst_pass_and_then_so_many_a_second() {
        let mut pace = Pace::new();
        let now = Instant::now();
        let mut passed = |now| {
            pace.fill(10.0, now);
            (0..1000).filter(|_| pace.take()).count()
        };
        assert_eq!(passed(now), 40);
        assert_eq!(passed(now + Duration::from_secs(2)), 20);
        assert_eq!(passed(now + Duration::from_secs(3600)), 40);
    }
}
