//! Places for POSTs that are being answered: few, and fewer for one device.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// POSTs being answered at one time; each may wait for a new life or for the world.
const MOST_DEEDS: usize = 8;
/// Of these from one address: guesses wait for their answers, and must not keep everybody else waiting.
const MOST_DEEDS_OF_ONE: usize = 3;
/// One of the POSTs that are being answered.
pub(super) struct Counted {
    deeds: Deeds,
    peer: IpAddr,
}

/// Who waits for the answers to POSTs.
pub(super) type Deeds = Arc<Mutex<Vec<IpAddr>>>;

impl Counted {
    /// A place; `None`: there is none for this device.
    pub(super) fn new(deeds: &Deeds, peer: IpAddr) -> Option<Counted> {
        let mut waiting = deeds.lock().unwrap_or_else(PoisonError::into_inner);
        let here = waiting.iter().filter(|other| **other == peer).count();
        if waiting.len() >= MOST_DEEDS || here >= MOST_DEEDS_OF_ONE {
            return None;
        }
        waiting.push(peer);
        let deeds = deeds.clone();
        Some(Counted { deeds, peer })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut waiting = self.deeds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = waiting.iter().position(|other| *other == self.peer) {
            waiting.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_cannot_keep_every_other_waiting() {
        let deeds = Deeds::default();
        let at = |last| IpAddr::from([192, 168, 1, last]);
        let one: Vec<Counted> = (0..20)
            .filter_map(|_| Counted::new(&deeds, at(1)))
            .collect();
        assert_eq!(one.len(), MOST_DEEDS_OF_ONE);
        let others: Vec<Counted> = (2..20)
            .filter_map(|n| Counted::new(&deeds, at(n)))
            .collect();
        assert_eq!(one.len() + others.len(), MOST_DEEDS);
        drop((one, others));
        assert!(deeds.lock().unwrap().is_empty());
    }
}
