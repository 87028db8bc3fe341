//! Who may be asked about at a time: a network has few messages judged at once, so that nobody's slow name servers keep the house from asking about others.
//!
//! And how much of headers may be held at a time while messages come.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::Event;

use crate::bans::Network;

/// Messages of one network (/24, /56) that are asked about at a time. A large host's deliveries end in milliseconds, because what it asks is remembered.
const A_NETWORK: u32 = 4;
/// The same where one address may stand for everybody: a router, a tunnel or a relay of the house.
const A_HOME: u32 = 32;
/// Octets of a message's header that are never counted: nearly all headers are shorter, and the seats of the house bound them.
const FREE: usize = 16 << 10;
/// Octets beyond that, for all messages that are coming.
const HEADERS: usize = 16 << 20;
/// The same of one network, so that a few who send long headers slowly leave the room to others.
const HEADERS_OF_ONE: usize = 1 << 20;

/// The turns of the house; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Networks with messages that are asked about; no more than there are connections.
    taken: Mutex<HashMap<Network, u32>>,
    freed: Event,
    /// Octets of headers by network, those of [`FREE`] left out.
    headers: Mutex<HashMap<Network, usize>>,
}

/// A turn; over when dropped.
pub(super) struct Turn {
    inner: Arc<Inner>,
    network: Network,
}

impl Turns {
    /// Waits for a turn of this network.
    pub(super) async fn take(&self, network: Network, is_home: bool) -> Turn {
        let most = if is_home { A_HOME } else { A_NETWORK };
        loop {
            let freed = self.0.freed.listen();
            if self.0.try_take(network, most) {
                return Turn {
                    inner: self.0.clone(),
                    network,
                };
            }
            freed.await;
        }
    }

    /// A share of the room for headers, for a message that comes from this network; nothing yet.
    pub(in crate::receive) fn share(&self, network: Network) -> Share {
        Share {
            inner: self.0.clone(),
            network,
            octets: 0,
        }
    }
}

impl Inner {
    fn try_take(&self, network: Network, most: u32) -> bool {
        let mut taken = self.lock();
        let count = taken.entry(network).or_default();
        let any = *count < most;
        *count += u32::from(any);
        any
    }

    fn headers(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner)
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
    network: Network,
    /// Counted.
    octets: usize,
}

impl Share {
    /// The message holds so many octets now. False: there is no room for them, and it holds nothing any more.
    pub(in crate::receive) fn hold(&mut self, octets: usize) -> bool {
        let more = octets.saturating_sub(FREE).saturating_sub(self.octets);
        if more == 0 {
            return true;
        }
        let fits = {
            let mut headers = self.inner.headers();
            let all: usize = headers.values().sum();
            let own = headers.entry(self.network).or_default();
            *own = own.saturating_add(more);
            self.octets = self.octets.saturating_add(more);
            *own <= HEADERS_OF_ONE && all.saturating_add(more) <= HEADERS
        };
        if !fits {
            self.let_go();
        }
        fits
    }

    fn let_go(&mut self) {
        let octets = std::mem::take(&mut self.octets);
        let mut headers = self.inner.headers();
        if let Some(own) = headers.get_mut(&self.network) {
            *own = own.saturating_sub(octets);
            if *own == 0 {
                headers.remove(&self.network);
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.let_go();
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
                held.push(turns.take(network(2), false).await);
            }
            let mut fifth = Box::pin(turns.take(network(2), false));
            assert!(poll_once(&mut fifth).await.is_none());
            drop(turns.take(network(3), false).await);
            assert!(poll_once(&mut fifth).await.is_none());
            held.pop();
            assert!(poll_once(&mut fifth).await.is_some());
        });
        assert!(turns.0.lock().is_empty());
    }

    #[test]
    fn the_room_for_headers_is_given_back_and_one_network_does_not_get_it_all() {
        let turns = Turns::default();
        let share = |last: u8| turns.share(Network::around([192, 0, last, 9].into()));
        let mut one = share(1);
        assert!(one.hold(FREE) && one.octets == 0);
        assert!(one.hold(FREE + HEADERS_OF_ONE) && one.hold(5));
        let mut neighbour = share(1);
        assert!(neighbour.hold(FREE) && !neighbour.hold(FREE + 1));
        assert_eq!(neighbour.octets, 0);
        let mut others: Vec<Share> = (2..17).map(share).collect();
        assert!(others.iter_mut().all(|one| one.hold(FREE + HEADERS_OF_ONE)));
        // All of it is taken: who needs no more than everybody has still comes in.
        let mut last = share(18);
        assert!(last.hold(FREE) && !last.hold(FREE + 1));
        drop(one);
        assert!(last.hold(FREE + HEADERS_OF_ONE));
        drop((others, last, neighbour));
        assert!(turns.0.headers().is_empty());
    }
}
