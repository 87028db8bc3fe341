//! Who may come in at the web doors: few at a time, and the house before the world.
//!
//! They have seats of their own, so that browsers never take one from mail, nor the other way round.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::is_house_address;
use super::throttle::counted_as;

/// In all. Each costs, while it is busy, up to 8 KB of a head, 16 KB of a form and one page.
const TOTAL: usize = 32;
/// From one address: a browser opens six for a page, and two more at the plain door.
const PER_ADDRESS: usize = 8;
/// From outside the house. Mail programs ask once, when an account is added; whoever takes all of these keeps nobody in the house out.
const STRANGERS: usize = 12;

/// The seats; clones share them.
#[derive(Clone, Default)]
pub(super) struct Seats {
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    strangers: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A taken seat; dropping it frees it.
pub(super) struct Seat {
    peer: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Seats {
    /// A seat for a client; `None`: there is none for it.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let stranger = !is_house_address(peer);
        if taken.total >= TOTAL || (stranger && taken.strangers >= STRANGERS) {
            return None;
        }
        let here = taken.by_address.entry(counted_as(peer)).or_default();
        if *here >= PER_ADDRESS {
            return None;
        }
        *here += 1;
        taken.total += 1;
        taken.strangers += usize::from(stranger);
        Some(Seat {
            peer,
            taken: self.taken.clone(),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        if !is_house_address(self.peer) {
            taken.strangers = taken.strangers.saturating_sub(1);
        }
        let counted = counted_as(self.peer);
        if let Some(here) = taken.by_address.get_mut(&counted) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.by_address.remove(&counted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(n: usize) -> IpAddr {
        IpAddr::from([8, 8, 8, n as u8])
    }

    #[test]
    fn the_world_cannot_keep_the_house_out() {
        let seats = Seats::default();
        let mut strangers: Vec<Seat> = (0..100).filter_map(|n| seats.take(world(n))).collect();
        assert_eq!(strangers.len(), STRANGERS);
        let house = |n| IpAddr::from([192, 168, 1, n]);
        let guests: Vec<Seat> = (0..100).filter_map(|n| seats.take(house(n))).collect();
        assert_eq!(guests.len(), TOTAL - STRANGERS);
        strangers.pop();
        assert!(seats.take(world(200)).is_some());
        drop((strangers, guests));
        let taken = seats.taken.lock().unwrap();
        assert!(taken.by_address.is_empty() && taken.total == 0 && taken.strangers == 0);
    }

    #[test]
    fn one_address_gets_a_browsers_worth() {
        let seats = Seats::default();
        let held: Vec<Seat> = (0..100).filter_map(|_| seats.take(world(1))).collect();
        assert_eq!(held.len(), PER_ADDRESS);
    }
}
