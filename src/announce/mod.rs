//! The box is found as `pillarbox.local`: sockets and the task for the machine of the [`mdns`] crate.
//!
//! ```text
//! task        the loop: packets, time, changes      sockets     port 5353 on every interface
//! interfaces  which there are (rtnetlink)           choose      which of them are the house's
//! remembered  names that were taken before
//! ```
//!
//! Promises: it speaks on the house's own networks only (an interface with a public address and no private one is left alone); it learns of
//! changes from the kernel and does not look by itself; another responder on the machine (avahi, systemd-resolved) goes on working; a port
//! or an interface that cannot be used is one line in the log and nothing else.

mod choose;
mod interfaces;
mod remembered;
mod sockets;
mod task;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::{Event, EventListener};
use mdns::Identity;

use crate::health::Health;
use crate::web::is_house_address;

pub use choose::{host_label, offer_of};
pub use mdns::Service;

/// What is to be announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The label of the host, without `.local` ([`host_label`]).
    pub host: String,
    /// What people read in a list of services.
    pub instance: String,
    /// Services of mail with the ports on which they listen ([`offer_of`]).
    pub services: Vec<Service>,
}

/// Tells the local network about the box; clones share it.
#[derive(Clone)]
pub struct Announcer {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    changed: Event,
    /// Where the numbers of names are remembered.
    file: PathBuf,
    health: Health,
}

#[derive(Default)]
struct State {
    offer: Option<Offer>,
    page: Option<Service>,
    /// The host's name as it is now, with `.local`; `None` while nothing is announced.
    name: Option<String>,
    ended: bool,
}

impl State {
    /// What is to be announced; nothing where this machine alone can reach the box.
    fn wanted(&self) -> Option<Offer> {
        let mut offer = self.offer.clone()?;
        offer.services.extend(self.page.clone());
        (!offer.services.is_empty() && !self.ended).then_some(offer)
    }
}

impl Offer {
    fn is_named_as(&self, other: &Offer) -> bool {
        self.host == other.host && self.instance == other.instance
    }
}

impl Announcer {
    /// Announces nothing yet. The numbers of names that were taken are remembered in the folder `data`.
    #[must_use]
    pub fn new(data: &Path, health: Health) -> Announcer {
        Announcer {
            inner: Arc::new(Inner {
                state: Mutex::default(),
                changed: Event::new(),
                file: data.join(remembered::FILE),
                health,
            }),
        }
    }

    /// Announces this from now on; `None`: nothing (`[setup] mdns = false`). What was announced before and is not any more is taken back.
    pub fn offer(&self, offer: Option<Offer>) {
        self.change(|state| state.offer = offer);
    }

    /// The setup page is served on these sockets; one that others can reach is announced with the rest.
    pub fn page(&self, listening: &[SocketAddr]) {
        self.change(|state| state.page = choose::page(listening));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        {
            let mut state = self.lock();
            let before = state.wanted();
            change(&mut state);
            let wanted = state.wanted();
            if wanted == before {
                return;
            }
            // Known at once, for the page's list of hosts; a conflict may change it within a second.
            let same = |offer: &Offer| {
                before
                    .as_ref()
                    .is_some_and(|before| offer.is_named_as(before))
            };
            if !wanted.as_ref().is_some_and(same) {
                state.name = wanted.map(|offer| full_name(&self.identity(&offer)));
            }
        }
        self.inner.changed.notify(usize::MAX);
    }

    /// The name under which the box is found: `pillarbox.local`, `pillarbox-2.local` where another has that; `None`: it is not announced.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.lock().name.clone()
    }

    /// Wakes when [`Announcer::name`] or what is announced has changed. Listen first, then look.
    #[must_use]
    pub fn changed(&self) -> EventListener {
        self.inner.changed.listen()
    }

    /// Serves the network until [`Announcer::end`].
    pub async fn run(self) {
        task::run(&self).await;
    }

    /// Lets [`Announcer::run`] take back what was said and return.
    pub fn end(&self) {
        self.lock().ended = true;
        self.inner.changed.notify(usize::MAX);
    }

    /// The names of an offer, with the numbers that are remembered.
    fn identity(&self, offer: &Offer) -> Identity {
        let mut identity = Identity::new(&offer.host, &offer.instance, offer.services.clone());
        identity.numbers = remembered::read(&self.inner.file, &offer.host, &offer.instance);
        identity
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The addresses at which others in the house reach this machine, those of IPv4 first; none if the kernel does not tell. Link-local ones of IPv6 are left out: a
/// browser cannot be told them without a zone.
#[must_use]
pub fn house_addresses() -> Vec<IpAddr> {
    let interfaces = interfaces::all().unwrap_or_default();
    let of_the_house = interfaces.iter().filter(|one| choose::is_of_the_house(one));
    let networks = of_the_house.flat_map(|interface| &interface.networks);
    let mut found: Vec<IpAddr> = networks
        .map(|network| network.address)
        .filter(|address| match address {
            IpAddr::V4(_) => is_house_address(*address),
            IpAddr::V6(six) => six.is_unique_local(),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn full_name(identity: &Identity) -> String {
    format!("{}.local", identity.host())
}
