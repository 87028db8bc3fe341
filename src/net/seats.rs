//! Who may come in: a limit on connections in all and one on those from one address.
//!
//! An IPv6 client counts by its /64, because that is what a household gets: one machine has 2^64 addresses to come from.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Limits on open connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnectionLimits {
    /// Connections at one time, over all services. Each costs a file descriptor and, idle over TLS, about 5 KB.
    pub total: usize,
    /// Connections at one time from one IPv4 address or one IPv6 /64. A household behind one address has several people with several devices, and an
    /// IMAP program opens about five connections each.
    pub per_address: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        ConnectionLimits {
            total: 2000,
            per_address: 100,
        }
    }
}

/// The seats of the house; clones share them.
#[derive(Clone, Debug)]
pub struct Seats {
    limits: ConnectionLimits,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A taken seat; dropping it frees it.
#[derive(Debug)]
pub struct Seat {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Seats {
    /// Seats within these limits.
    pub fn new(limits: ConnectionLimits) -> Seats {
        Seats {
            limits,
            taken: Arc::default(),
        }
    }

    /// A seat for a client from `address`; `None` when a limit is reached.
    pub fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = counted_as(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= self.limits.total {
            return None;
        }
        let here = taken.by_address.entry(address).or_default();
        if *here >= self.limits.per_address {
            return None;
        }
        *here += 1;
        taken.total += 1;
        Some(Seat {
            address,
            taken: self.taken.clone(),
        })
    }

    /// Seats taken now.
    pub fn taken(&self) -> usize {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .total
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// The address under which a client is counted: an IPv6 address without its lower 64 bits, an IPv4 one as it is.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_in_all_and_by_address() {
        let seats = Seats::new(ConnectionLimits {
            total: 3,
            per_address: 2,
        });
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = seats.take(address("192.0.2.1")).unwrap();
        let _second = seats.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(
            seats.take(address("192.0.2.1")).is_none(),
            "two from one address, also when IPv4 hides in IPv6"
        );
        let _third = seats.take(address("2001:db8::1")).unwrap();
        assert!(
            seats.take(address("2001:db8:1::1")).is_none(),
            "three in all"
        );
        drop(first);
        let _fourth = seats.take(address("2001:db8::ffff:2")).unwrap();
        assert!(
            seats.take(address("2001:db8::3")).is_none(),
            "one /64 is one client"
        );
    }

    #[test]
    fn a_freed_address_is_forgotten() {
        let seats = Seats::new(ConnectionLimits::default());
        drop(seats.take(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)));
        assert_eq!(seats.taken(), 0);
        assert!(seats.taken.lock().unwrap().by_address.is_empty());
    }
}
