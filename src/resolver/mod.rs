//! The house's resolver: asks DNS servers over UDP and TCP, remembers what they said. The protocol's laws are in the crate `dns`; here are its
//! sockets, its clock, its randomness and its memory.
//!
//! Promises: same questions asked at the same time share one lookup; no more than [`ResolverSettings::lookups`] are under way; each ends within about
//! [`ResolverSettings::whole`]. Every question over UDP has a socket of its own, on a random port, connected to its server. Dropping a lookup's future
//! ends it; who shares it goes on by itself (so a future must be polled or dropped: one that is kept and not polled keeps the others waiting). It cannot verify DNSSEC: it carries along the word of servers that are marked as trusted.

mod conf;
mod exchange;
mod flights;
mod pulse;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dns::{
    Answer, Cache, CacheLimits, Entropy, Failure, Found, Kind, Lookup, MailHosts, Manners,
    Patience, Server, Step,
};
use ring::rand::{SecureRandom as _, SystemRandom};

use conf::Conf;
use flights::{Flights, Seat, Seats};
pub(crate) use pulse::Pulse;

/// How long it is remembered that a server does not master EDNS or the letters' case; then it may show that it has learned.
const MANNERS_HOLD: Duration = Duration::from_secs(3600);

/// A host of the root servers: whoever resolves names knows it.
const ALWAYS_THERE: &str = "a.root-servers.net";

/// Whom to ask, and how patiently.
#[derive(Clone, Debug)]
pub struct ResolverSettings {
    /// Resolvers, asked in this order; none means those of `resolv_conf`.
    pub servers: Vec<SocketAddr>,
    /// Their word that an answer is signed and verified (the AD bit) is believed. Also for those of `resolv_conf`, whatever that file says itself.
    pub trusted: bool,
    /// How long a resolver has to answer the first time; doubled at each further round.
    pub timeout: Duration,
    /// How long a lookup may wait in vain in all.
    pub whole: Duration,
    /// The file that names the resolvers if `servers` is empty; read again when it changes.
    pub resolv_conf: PathBuf,
    /// The most lookups under way at a time; others wait. Each holds one socket and at most one message of 64 KiB.
    pub lookups: usize,
    /// What is remembered, and how long.
    pub cache: CacheLimits,
}

impl Default for ResolverSettings {
    fn default() -> ResolverSettings {
        let patience = Patience::default();
        ResolverSettings {
            servers: Vec::new(),
            trusted: false,
            timeout: patience.first,
            whole: patience.whole,
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            lookups: 64,
            cache: CacheLimits::default(),
        }
    }
}

/// Asks DNS servers; cheap to clone, all clones share one memory.
#[derive(Clone)]
pub struct Resolver(Arc<Inner>);

struct Inner {
    settings: ResolverSettings,
    random: SystemRandom,
    cache: Mutex<Cache>,
    conf: Mutex<Conf>,
    manners: Mutex<HashMap<SocketAddr, (Manners, Instant)>>,
    flights: Flights,
    seats: Seats,
    /// Of those, as many as strangers' messages may have.
    strangers: Seats,
    pulse: Pulse,
}

impl Resolver {
    /// A resolver that remembers nothing yet. Opens nothing until it is asked.
    #[must_use]
    pub fn new(settings: ResolverSettings) -> Resolver {
        Resolver(Arc::new(Inner {
            random: SystemRandom::new(),
            cache: Mutex::new(Cache::new(settings.cache)),
            conf: Mutex::new(Conf::new(settings.resolv_conf.clone())),
            manners: Mutex::default(),
            flights: Flights::default(),
            seats: Seats::new(settings.lookups.max(1)),
            strangers: Seats::new((settings.lookups / 4 * 3).max(1)),
            pulse: Pulse::default(),
            settings,
        }))
    }

    /// Asks for the records of `kind` at `name` (ASCII, international names as A-labels; with or without a final dot). Aliases are followed.
    ///
    /// # Errors
    /// See [`Failure`]. A [`Failure::Refused`] says in a sentence which server said what.
    pub async fn lookup(&self, name: &str, kind: Kind) -> Result<Answer, Failure> {
        let inner = &*self.0;
        let name = dns::Name::parse(name).ok_or(Failure::BadName)?.to_string();
        loop {
            let (servers, patience) = inner.servers();
            if let Some(known) = lock(&inner.cache).get(&name, kind, Instant::now()) {
                return known;
            }
            match inner.flights.board(&name, kind) {
                Seat::Passenger(flight) => {
                    // None: who flew it was dropped. The next one to look takes over.
                    if let Some(result) = flight.landed().await {
                        return result;
                    }
                }
                Seat::Pilot(flight) => {
                    let _seat = inner.seats.take().await;
                    let found = inner.fly(&name, kind, &servers, patience).await;
                    lock(&inner.cache).put(&name, kind, &found, Instant::now());
                    flight.land(found.result.clone());
                    return found.result;
                }
            }
        }
    }

    /// The same for a question that a stranger's message asks: of all lookups under way, a quarter is kept for the house's own.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn lookup_for_strangers(&self, name: &str, kind: Kind) -> Result<Answer, Failure> {
        let known = dns::Name::parse(name).and_then(|name| {
            let now = Instant::now();
            lock(&self.0.cache).get(&name.to_string(), kind, now)
        });
        if let Some(known) = known {
            return known;
        }
        let _seat = self.0.strangers.take().await;
        self.lookup(name, kind).await
    }

    /// Whether anybody answers.
    pub(crate) fn pulse(&self) -> &Pulse {
        &self.0.pulse
    }

    /// Asks for a name that is always there, whatever is remembered; true if anybody answers.
    pub(crate) async fn is_answered(&self) -> bool {
        let (servers, patience) = self.0.servers();
        let found = self.0.fly(ALWAYS_THERE, Kind::A, &servers, patience).await;
        pulse::is_answer(&found.result)
    }

    /// Who is asked.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        let (servers, _) = self.0.servers();
        servers.iter().map(|server| server.address.ip()).collect()
    }

    /// Who is asked, for people: addresses in a list; empty: nobody has named anybody.
    pub(crate) fn asked(&self) -> String {
        let (servers, _) = self.0.servers();
        if self.0.settings.servers.is_empty() && !lock(&self.0.conf).names_somebody() {
            return String::new();
        }
        let names: Vec<String> = servers
            .iter()
            .map(|server| match server.address.port() {
                53 => server.address.ip().to_string(),
                _ => server.address.to_string(),
            })
            .collect();
        names.join(", ")
    }

    /// The hosts that take mail for `domain` (RFC 5321 §5.1), best first.
    pub async fn mail_hosts(&self, domain: &str) -> MailHosts {
        let mut seed = [0; 8];
        // Only the order of equals hangs on it.
        let _ = self.0.random.fill(&mut seed);
        let mx = self.lookup(domain, Kind::Mx).await;
        dns::mail_hosts(mx, domain, u64::from_ne_bytes(seed))
    }

    /// The names of an address (PTR), as they stand: whether they lead back is the asker's to find out.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn names_of(&self, address: IpAddr) -> Result<Vec<String>, Failure> {
        let answer = self.lookup(&dns::reverse_name(address), Kind::Ptr).await?;
        let names = answer.data.into_iter().filter_map(|data| match data {
            dns::Data::Ptr(name) => Some(name),
            _ => None,
        });
        Ok(names.collect())
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (entries, octets) = lock(&self.0.cache).size();
        f.debug_struct("Resolver")
            .field("settings", &self.0.settings)
            .field("remembered", &entries)
            .field("octets", &octets)
            .finish()
    }
}

impl Inner {
    /// Whom to ask now, with what is known of them, and how patiently. Forgets everything when the servers have changed: another network may know other names.
    fn servers(&self) -> (Vec<Server>, Patience) {
        let settings = &self.settings;
        let mut patience = Patience {
            first: settings.timeout,
            whole: settings.whole,
        };
        let now = Instant::now();
        let addresses = if settings.servers.is_empty() {
            let mut conf = lock(&self.conf);
            if conf.look(now) {
                lock(&self.cache).clear();
                lock(&self.manners).clear();
            }
            patience.first = conf.timeout().unwrap_or(patience.first);
            conf.servers().to_vec()
        } else {
            settings.servers.clone()
        };
        let mut manners = lock(&self.manners);
        manners.retain(|_, (_, learned)| now.saturating_duration_since(*learned) < MANNERS_HOLD);
        let server = |address| Server {
            address,
            trusted: settings.trusted,
            manners: manners
                .get(&address)
                .map_or(Manners::default(), |(known, _)| *known),
        };
        (addresses.into_iter().map(server).collect(), patience)
    }

    async fn fly(&self, name: &str, kind: Kind, servers: &[Server], patience: Patience) -> Found {
        let found = self.find(name, kind, servers, patience).await;
        self.pulse.feel(&found.result);
        found
    }

    async fn find(&self, name: &str, kind: Kind, servers: &[Server], patience: Patience) -> Found {
        let failed = |failure| Found {
            result: Err(failure),
            ttl: None,
        };
        let mut lookup = match Lookup::new(name, kind, servers, patience) {
            Ok(lookup) => lookup,
            Err(failure) => return failed(failure),
        };
        let found = loop {
            let mut entropy = Entropy([0; 34]);
            if self.random.fill(&mut entropy.0).is_err() {
                let words =
                    "the system gives no random numbers, so that no question can be asked safely";
                return failed(Failure::Refused(words.to_owned()));
            }
            match lookup.next(&entropy) {
                Step::Ask(ask) => exchange::exchange(&ask, &mut lookup, &self.random).await,
                Step::Done(found) => break found,
            }
        };
        let mut manners = lock(&self.manners);
        for (address, learned) in lookup.manners() {
            if learned != Manners::default() {
                manners
                    .entry(address)
                    .or_insert((learned, Instant::now()))
                    .0 = learned;
            } else {
                manners.remove(&address);
            }
        }
        found
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
