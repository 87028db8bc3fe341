//! Chance: transaction ids, jitter, candidates for an own address. Not for secrets: DHCP has none, and whoever sees the broadcast sees the id.
//!
//! SplitMix64 (Steele, Lea, Flood 2014) from a seed: a test says the seed, the machine takes what the kernel's generator has by then. That is
//! asked without waiting: a board without entropy in its first second must still ask for an address, and its hardware address differs anyway.

use std::net::Ipv4Addr;
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};

use super::packet::Mac;

/// A sequence of numbers that nobody on the cable has to be unable to guess.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A sequence that is another one at each start and on each board.
    pub fn thrown(mac: Mac) -> Dice {
        let mut bytes = [0; 8];
        let wanted = GetRandomFlags::NONBLOCK | GetRandomFlags::INSECURE;
        let got = getrandom(&mut bytes, wanted)
            .or_else(|_| getrandom(&mut bytes, GetRandomFlags::NONBLOCK));
        let mut seed = u64::from_le_bytes(bytes) ^ of_mac(mac).rotate_left(16);
        if got.is_err() {
            let clock = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            seed ^= clock.tv_nsec.cast_unsigned() as u64;
        }
        Dice(seed)
    }

    /// The sequence that a board has at every start: so that its own address stays the same (RFC 3927 §2.1).
    pub fn of(mac: Mac) -> Dice {
        Dice(of_mac(mac))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A transaction id.
    pub(super) fn xid(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// Between `from` and `to`.
    pub(super) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX);
        from.saturating_add(Duration::from_millis(
            self.next() % span.saturating_add(1).max(1),
        ))
    }

    /// An address between 169.254.1.0 and 169.254.254.255, the ends included (RFC 3927 §2.1).
    pub(super) fn link_local(&mut self) -> Ipv4Addr {
        let first = u32::from(Ipv4Addr::new(169, 254, 1, 0));
        let count = 254 * 256;
        Ipv4Addr::from(first + (self.next() % count) as u32)
    }
}

fn of_mac(mac: Mac) -> u64 {
    let [a, b, c, d, e, f] = mac;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_stay_between_the_reserved_ends_and_are_the_boards_own() {
        let mut dice = Dice::of([2, 0, 0, 0, 0, 1]);
        let first = dice.link_local();
        for _ in 0..10_000 {
            let [a, b, c, _] = dice.link_local().octets();
            assert!(
                (a, b) == (169, 254) && (1..=254).contains(&c),
                "{a}.{b}.{c}"
            );
        }
        assert_eq!(Dice::of([2, 0, 0, 0, 0, 1]).link_local(), first);
        assert_ne!(Dice::of([2, 0, 0, 0, 0, 2]).link_local(), first);
    }

    #[test]
    fn a_span_has_both_its_ends() {
        let mut dice = Dice::new(1);
        let (from, to) = (Duration::from_millis(3), Duration::from_millis(5));
        let all: std::collections::BTreeSet<_> = (0..100)
            .map(|_| dice.between(from, to).as_millis())
            .collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(dice.between(to, from), to);
    }
}
