//! Addresses that just could not be reached: left alone for a short while, so that a queue full of letters for a dead host costs one dial and not thousands.
//!
//! Bounded memory: of more than [`RESTS_MAX`] the one that ends first is forgotten, and merely dialed again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use queue::Finding;

/// Addresses that are remembered, some 300 octets each.
const RESTS_MAX: usize = 1000;
/// How long one is left alone at most.
const REST: Duration = Duration::from_secs(60);

/// Who rests, and why.
pub(super) struct Rests {
    rest: Duration,
    by_address: HashMap<SocketAddr, (Instant, Finding)>,
}

impl Rests {
    /// `shortest`: the shortest wait between two attempts of a letter. A rest is less than that, so that each letter's next attempt dials.
    pub(super) fn new(shortest: Duration) -> Rests {
        Rests {
            rest: REST.min(shortest / 2),
            by_address: HashMap::new(),
        }
    }

    /// Why this address is not to be dialed now.
    pub(super) fn reason(&self, address: SocketAddr, now: Instant) -> Option<Finding> {
        let (until, finding) = self.by_address.get(&address)?;
        (*until > now).then(|| finding.clone())
    }

    /// It could not be reached.
    pub(super) fn begin(&mut self, address: SocketAddr, finding: Finding, now: Instant) {
        if self.by_address.len() >= RESTS_MAX {
            self.by_address.retain(|_, (until, _)| *until > now);
        }
        if self.by_address.len() >= RESTS_MAX
            && let Some(first) = self
                .by_address
                .iter()
                .min_by_key(|(_, (until, _))| *until)
                .map(|(address, _)| *address)
        {
            self.by_address.remove(&first);
        }
        self.by_address.insert(address, (now + self.rest, finding));
    }

    /// Nobody rests any more.
    pub(super) fn clear(&mut self) {
        self.by_address.clear();
    }

    /// It answered.
    pub(super) fn end(&mut self, address: SocketAddr) {
        self.by_address.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queue::Cause;

    #[test]
    fn a_dead_host_is_left_alone_for_a_while_and_memory_is_bounded() {
        let mut rests = Rests::new(2 * REST);
        let begun = Instant::now();
        let address = |number: u16| SocketAddr::from(([192, 0, 2, 1], number));
        for number in 0..2000 {
            let why = Finding::of(Cause::Refused, "connection refused");
            rests.begin(
                address(number),
                why,
                begun + Duration::from_millis(number.into()),
            );
        }
        assert_eq!(rests.by_address.len(), RESTS_MAX);
        assert!(rests.reason(address(3), begun).is_none(), "forgotten first");
        let soon = begun + Duration::from_secs(59);
        assert!(rests.reason(address(1999), soon).is_some());
        assert!(rests.reason(address(1999), soon + REST).is_none());
        rests.end(address(1999));
        assert!(rests.reason(address(1999), soon).is_none());
        assert!(rests.reason(address(1998), soon).is_some());
        let mut short = Rests::new(Duration::from_secs(10));
        short.begin(
            address(1),
            Finding::of(Cause::Refused, "connection refused"),
            begun,
        );
        assert!(
            short
                .reason(address(1), begun + Duration::from_secs(4))
                .is_some()
        );
        assert!(
            short
                .reason(address(1), begun + Duration::from_secs(9))
                .is_none()
        );
        rests.clear();
        assert!(rests.reason(address(1998), soon).is_none());
    }
}
