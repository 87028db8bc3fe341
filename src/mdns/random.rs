//! Random delays, so that hosts do not speak at once. Nothing here is secret: the numbers decide only when.

use std::time::Duration;

/// A stream of numbers from a seed (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A time from `from` to `to`, uniformly, in microseconds.
    pub(crate) fn between(&mut self, (from, to): (Duration, Duration)) -> Duration {
        let width = u64::try_from(to.saturating_sub(from).as_micros()).unwrap_or(0);
        from + Duration::from_micros(self.next() % width.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_lie_between_their_ends_and_differ() {
        let mut random = Random::new(7);
        let ends = (Duration::from_millis(20), Duration::from_millis(120));
        let drawn: Vec<Duration> = (0..200).map(|_| random.between(ends)).collect();
        assert!(drawn.iter().all(|d| (ends.0..=ends.1).contains(d)));
        assert!(
            drawn
                .iter()
                .any(|d| *d < ends.0 + Duration::from_millis(20))
        );
        assert!(
            drawn
                .iter()
                .any(|d| *d > ends.1 - Duration::from_millis(20))
        );
        assert_eq!(random.between((ends.0, ends.0)), ends.0);
    }
}
