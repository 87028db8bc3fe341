//! Who may be asked about at a time: a network has few messages judged at once, so that nobody's slow name servers keep the house from asking about others.
//!
//! And how much of headers may be held at a time while messages come.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::Event;

use crate::bans::Network;

/// Messages of one network (/24, /56) that are asked about at a time. A large host's deliveries end in milliseconds, because what it asks is remembered.
const A_NETWORK: u32 = 4;
/// Octets of headers held for all messages that are coming: 3,000 ordinary ones, or 60 of the longest that are judged.
const HEADERS: usize = 16 << 20;

/// The turns of the house; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Networks with messages that are asked about; no more than there are connections.
    taken: Mutex<HashMap<Network, u32>>,
    freed: Event,
    headers: AtomicUsize,
}

/// A turn; over when dropped.
pub(super) struct Turn {
    inner: Arc<Inner>,
    network: Network,
}

impl Turns {
    /// Waits for a turn of this network.
    pub(super) async fn take(&self, network: Network) -> Turn {
        loop {
            let freed = self.0.freed.listen();
            if self.0.try_take(network) {
                return Turn {
                    inner: self.0.clone(),
                    network,
                };
            }
            freed.await;
        }
    }

    /// A share of the room for headers; nothing yet.
    pub(in crate::receive) fn share(&self) -> Share {
        Share {
            inner: self.0.clone(),
            octets: 0,
        }
    }
}

impl Inner {
    fn try_take(&self, network: Network) -> bool {
        let mut taken = self.lock();
        let count = taken.entry(network).or_default();
        let any = *count < A_NETWORK;
        *count += u32::from(any);
        any
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.inner.lock();
        if let Some(count) = taken.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.network);
            }
        }
        drop(taken);
        // All, because those who wait are of many networks.
        self.inner.freed.notify(usize::MAX);
    }
}

/// What one message holds of the room for headers; free again when dropped.
pub(in crate::receive) struct Share {
    inner: Arc<Inner>,
    octets: usize,
}

impl Share {
    /// The message holds so many octets now. False: there is no room for them.
    pub(in crate::receive) fn hold(&mut self, octets: usize) -> bool {
        let headers = &self.inner.headers;
        let more = octets.saturating_sub(self.octets);
        if more == 0 {
            return true;
        }
        let held = headers.fetch_add(more, Ordering::Relaxed);
        self.octets = octets;
        held.saturating_add(more) <= HEADERS
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.inner.headers.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_lite::future::{block_on, poll_once};

    use super::*;

    #[test]
    fn a_network_waits_for_its_own_turns_and_for_nobody_elses() {
        let turns = Turns::default();
        let network = |last: u8| Network::around([192, 0, last, 9].into());
        block_on(async {
            let mut held = Vec::new();
            for _ in 0..A_NETWORK {
                held.push(turns.take(network(2)).await);
            }
            let mut fifth = Box::pin(turns.take(network(2)));
            assert!(poll_once(&mut fifth).await.is_none());
            drop(turns.take(network(3)).await);
            assert!(poll_once(&mut fifth).await.is_none());
            held.pop();
            assert!(poll_once(&mut fifth).await.is_some());
        });
        assert!(turns.0.lock().is_empty());
    }

    #[test]
    fn the_room_for_headers_is_given_back() {
        let turns = Turns::default();
        let mut one = turns.share();
        assert!(one.hold(HEADERS - 10) && one.hold(5) && one.hold(HEADERS));
        let mut other = turns.share();
        assert!(!other.hold(1));
        drop(one);
        assert!(other.hold(2));
        drop(other);
        assert_eq!(turns.0.headers.load(Ordering::Relaxed), 0);
    }
}
