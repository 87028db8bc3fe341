//! How often one address may ask: a bucket that fills by and by. Guesses of passwords are slowed down by [`crate::accounts`] besides.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests at once: a few pages with what belongs to them.
const BURST: f64 = 60.0;
/// And a second, in the long run: nobody reads as fast.
const A_SECOND: f64 = 10.0;
/// Addresses that are remembered; whoever asked longest ago is forgotten first, and its bucket is the fullest.
const MOST: usize = 64;

/// The buckets.
#[derive(Default)]
pub(super) struct Throttle {
    rows: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl Throttle {
    /// Whether a request from `peer` may be answered now.
    pub(super) fn allows(&self, peer: IpAddr, now: Instant) -> bool {
        let peer = counted_as(peer);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() >= MOST && !rows.contains_key(&peer) {
            let oldest = rows.iter().min_by_key(|(_, (_, at))| *at);
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                rows.remove(&oldest);
            }
        }
        let (left, at) = rows.entry(peer).or_insert((BURST, now));
        let since: Duration = now.saturating_duration_since(*at);
        *left = (*left + since.as_secs_f64() * A_SECOND).min(BURST);
        *at = now;
        let allowed = *left >= 1.0;
        if allowed {
            *left -= 1.0;
        }
        allowed
    }

    /// Forgets everybody.
    pub(super) fn forget(&self) {
        *self.rows.lock().unwrap_or_else(PoisonError::into_inner) = HashMap::new();
    }
}

/// An IPv6 client counts by its /64, but not on the house's own link: there it is one phone beside others.
pub(super) fn counted_as(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(six) if !super::is_house_address(peer) => {
            IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let peer = |last| IpAddr::from([192, 168, 1, last]);
        let passed = |at| (0..200).filter(|_| throttle.allows(peer(1), at)).count();
        assert_eq!(passed(now), 60);
        assert_eq!(passed(now + Duration::from_secs(1)), 10);
        assert!(throttle.allows(peer(2), now), "another one is not hindered");
        assert_eq!(passed(now + Duration::from_secs(3600)), 60);
    }

    #[test]
    fn the_table_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..10_000_u32 {
            throttle.allows(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(throttle.rows.lock().unwrap().len() <= MOST);
        throttle.forget();
        assert_eq!(throttle.rows.lock().unwrap().capacity(), 0);
    }

    #[test]
    fn far_networks_count_whole_and_neighbours_one_by_one() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(counted_as(ip("2a00::1")), counted_as(ip("2a00::2")));
        assert_ne!(counted_as(ip("fe80::1")), counted_as(ip("fe80::2")));
        assert_eq!(counted_as(ip("::ffff:1.2.3.4")), ip("1.2.3.4"));
    }
}
