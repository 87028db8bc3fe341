//! How many different wrong passwords came from an address (an IPv6 one counts by its /64), and for a person, of late.
//!
//! A count halves every so often; above the free ones each guess doubles the wait before the next answer. The home's own network is slowed down and
//! never shut out (users.md F19).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use crate::settings::LoginLimits;

/// The first delay; each further guess doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// Who is counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Who {
    /// An IPv4 address, or an IPv6 one with the lower 64 bits cleared.
    Address(IpAddr),
    /// The name that was tried, folded, whether somebody has it or not.
    Name(Box<str>),
}

impl Who {
    pub(super) fn address(peer: IpAddr) -> Who {
        Who::Address(match peer.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        })
    }

    /// Long names are cut: what differs beyond is the same to the table.
    pub(super) fn name(user: &str) -> Who {
        let mut name: String = user.chars().take(64).collect();
        name.make_ascii_lowercase();
        Who::Name(name.into())
    }
}

/// Whether the address belongs to this machine or to a home network.
pub(super) fn is_home(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The counts.
pub(super) struct Guesses {
    rows: HashMap<Who, Row>,
    free: f64,
    longest: Duration,
    shut_out: f64,
    forget: Duration,
    most: usize,
}

#[derive(Clone, Copy)]
struct Row {
    count: f64,
    at: Instant,
}

impl Guesses {
    pub(super) fn new(limits: &LoginLimits) -> Guesses {
        Guesses {
            rows: HashMap::new(),
            free: f64::from(limits.free_guesses),
            longest: limits.longest_delay,
            shut_out: f64::from(limits.guesses),
            forget: limits.forget,
            most: limits.guessers.max(1),
        }
    }

    /// How long the next answer has to wait; `None`: come back later.
    pub(super) fn delay(&self, peer: IpAddr, user: &str, now: Instant) -> Option<Duration> {
        let by_address = self.count(&Who::address(peer), now);
        if by_address >= self.shut_out && !is_home(peer) {
            return None;
        }
        let beyond = by_address.max(self.count(&Who::name(user), now)) - self.free;
        if beyond < 0.5 {
            return Some(Duration::ZERO);
        }
        // 2^40 quarters of a second are longer than anyone's patience: no overflow before the cap.
        let delay = FIRST_DELAY.mul_f64((beyond - 1.0).clamp(0.0, 40.0).exp2());
        Some(delay.min(self.longest))
    }

    /// A different wrong password.
    pub(super) fn wrong(&mut self, peer: IpAddr, user: &str, now: Instant) {
        self.add(Who::address(peer), 1.0, now);
        self.add(Who::name(user), 1.0, now);
    }

    /// What was counted before it was known to be right is taken back.
    pub(super) fn take_back(&mut self, peer: IpAddr, user: &str, now: Instant) {
        self.add(Who::address(peer), -1.0, now);
        self.add(Who::name(user), -1.0, now);
    }

    fn count(&self, who: &Who, now: Instant) -> f64 {
        self.rows.get(who).map_or(0.0, |row| self.faded(row, now))
    }

    fn faded(&self, row: &Row, now: Instant) -> f64 {
        let halvings = now.saturating_duration_since(row.at).as_secs_f64()
            / self.forget.as_secs_f64().max(0.001);
        row.count * (-halvings).exp2()
    }

    fn add(&mut self, who: Who, amount: f64, now: Instant) {
        let count = (self.count(&who, now) + amount).max(0.0);
        if count < 0.01 {
            self.rows.remove(&who);
            return;
        }
        if self.rows.len() >= self.most && !self.rows.contains_key(&who) {
            let oldest = self
                .rows
                .iter()
                .min_by_key(|(_, row)| row.at)
                .map(|(who, _)| who.clone());
            if let Some(oldest) = oldest {
                self.rows.remove(&oldest);
            }
        }
        self.rows.insert(who, Row { count, at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORLD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 9));

    fn limits() -> LoginLimits {
        LoginLimits {
            guessers: 8,
            ..LoginLimits::default()
        }
    }

    #[test]
    fn delays_double_from_the_fourth_guess_and_fade() {
        let mut guesses = Guesses::new(&limits());
        let now = Instant::now();
        let mut delays = Vec::new();
        for _ in 0..8 {
            delays.push(guesses.delay(WORLD, "ann", now).unwrap().as_millis());
            guesses.wrong(WORLD, "ann", now);
        }
        assert_eq!(delays, [0, 0, 0, 0, 250, 500, 1000, 2000]);
        // The address is slow for another name, and the name is slow from another address.
        assert!(guesses.delay(WORLD, "bob", now).unwrap() > Duration::ZERO);
        assert!(guesses.delay(HOME, "ANN", now).unwrap() > Duration::ZERO);
        assert_eq!(guesses.delay(HOME, "bob", now), Some(Duration::ZERO));
        let later = now + Duration::from_secs(60 * 60);
        assert_eq!(guesses.delay(WORLD, "ann", later), Some(Duration::ZERO));
    }

    #[test]
    fn the_world_is_shut_out_after_a_hundred_and_the_home_never() {
        let mut guesses = Guesses::new(&limits());
        let begun = Instant::now();
        let mut now = begun;
        for guess in 0..150 {
            now = begun + Duration::from_millis(guess);
            guesses.wrong(WORLD, &guess.to_string(), now);
            guesses.wrong(HOME, &guess.to_string(), now);
        }
        assert_eq!(guesses.delay(WORLD, "ann", now), None);
        assert_eq!(
            guesses.delay(HOME, "ann", now),
            Some(Duration::from_secs(8))
        );
        let other_host = "2001:db8::1".parse().unwrap();
        assert_eq!(guesses.delay(other_host, "ann", now), Some(Duration::ZERO));
        assert!(guesses.rows.len() <= 8);
    }

    #[test]
    fn a_slash_64_is_one_guesser_and_a_right_password_is_taken_back() {
        let mut guesses = Guesses::new(&limits());
        let now = Instant::now();
        let host = |text: &str| text.parse::<IpAddr>().unwrap();
        for last in 1..=5 {
            guesses.wrong(host(&format!("2001:db8::{last}")), &last.to_string(), now);
        }
        assert!(guesses.delay(host("2001:db8::ffff"), "x", now).unwrap() > Duration::ZERO);
        let mut guesses = Guesses::new(&limits());
        for _ in 0..50 {
            guesses.wrong(WORLD, "ann", now);
            guesses.take_back(WORLD, "ann", now);
        }
        assert!(guesses.rows.is_empty());
        assert!(is_home(host("::ffff:10.0.0.1")) && is_home(host("fe80::1")) && !is_home(WORLD));
    }
}
