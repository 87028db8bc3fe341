//! Mail that goes out: the queue's one task, and what it needs.
//!
//! ```text
//! task      who is next; sleeps until there is one      claim     one destination's letters, one after the other
//! route     where a letter goes: relay, MX, literal     addresses which addresses may be dialed
//! dial      a host -> a ready SMTP session               conversation  the wire and the session on it
//! attempt   one letter to the hosts of its way           transaction   what is said of it
//! content   what goes over the wire; signed, downgraded settle    what came of it -> one deed of the store
//! returns   reports to the sender                        relay     a relay that does not take the password
//! house     letters whose domain has become ours         trial         a relay tried out for its owner
//! parts     what all this needs                          under_way what is being tried
//! sessions  how TLS went, for reports
//! seats, rests, pool, clock
//! ```
//!
//! Promises: an attempt is written down before anybody dials, so that a crash anywhere hammers nobody; what came of it, the report to the sender included, is one
//! deed; a letter that a host took is never sent again unless its answer was lost, or the disk refused to note it. Cut between the answer and the note, the answer is
//! lost for the last letter of each connection; now and then for the one before it too, as a connection is free for the next letter while the note is still being
//! written. Memory does not grow with the queue: what is held is bounded by the connections. Nothing of a read transaction lives across a wait.
//!
//! It cannot: deliver to hosts that only a proxy reaches.

mod addresses;
mod afresh;
mod attempt;
mod claim;
mod clock;
mod content;
mod conversation;
mod dial;
mod flow;
mod house;
mod parts;
mod pool;
mod relay;
mod rests;
mod returns;
mod route;
mod sealing;
mod seats;
mod sessions;
mod settle;
mod task;
mod transaction;
mod trial;
mod under_way;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use queue::Schedule;
use store::Store;

use crate::accounts::Accounts;
use crate::health::Health;
use crate::net::{Closing, WireTimes};
use crate::policy::Policies;
use crate::reports::Tally;
use crate::resolver::Resolver;
use crate::settings::Settings;
use crate::signing::Signing;
use crate::tls::outgoing::Outgoing;

pub use clock::QueueClock;

/// What an attempt has just come to. A crash at any of them loses nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The next attempt is written.
    Claimed,
    /// A host's session is ready.
    Dialed,
    /// A host has answered for the letter.
    Sent,
    /// What came of it is written.
    Settled,
}

/// A function that is told each [`Step`].
#[derive(Clone)]
pub struct Observer(pub Arc<dyn Fn(Step) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// What sending needs of the house.
pub struct SenderParts {
    /// The queue, and the letters.
    pub store: Store,
    /// Who is where.
    pub resolver: Resolver,
    /// What TLS must prove.
    pub policies: Policies,
    /// Shakes hands.
    pub outgoing: Outgoing,
    /// Signatures.
    pub signing: Signing,
    /// Who lives here.
    pub accounts: Accounts,
    /// How mail goes out.
    pub settings: Settings,
    /// The queue's time.
    pub clock: QueueClock,
    /// Hears of troubles.
    pub health: Health,
    /// Where this box itself takes mail.
    pub doors: Vec<SocketAddr>,
    /// Ends it all.
    pub closing: Closing,
    /// Is told each step.
    pub steps: Option<Observer>,
}

/// The queue's task; see [`Sender::run`]. Clones share one office.
#[derive(Clone)]
pub struct Sender {
    office: Arc<Office>,
}

impl Sender {
    /// Nothing runs yet.
    pub fn new(parts: SenderParts) -> Sender {
        Sender {
            office: Arc::new(Office::new(parts)),
        }
    }

    /// The same, counting for reports how TLS goes.
    #[must_use]
    pub fn counting(self, tally: Tally) -> Sender {
        let _ = self.office.tally.set(tally);
        self
    }

    /// Sends what the queue holds until the box goes down; then lets the attempts that are under way end for a moment. Dropped, it stops wherever it
    /// is, as a crash would: nothing is lost, and what is under way is tried again.
    pub async fn run(self) {
        task::run(self.office).await;
    }
}

/// What every attempt shares.
struct Office {
    store: Store,
    rules: addresses::Rules,
    policies: Policies,
    outgoing: Outgoing,
    signing: Signing,
    accounts: Accounts,
    settings: Settings,
    schedule: Schedule,
    clock: QueueClock,
    health: Health,
    closing: Closing,
    /// Ends the connections, a moment after everything else: a host that has the whole letter gets to answer.
    wires: Closing,
    steps: Option<Observer>,
    times: WireTimes,
    /// Differs from box to box, so that those that start together part.
    seed: u32,
    pool: Mutex<pool::Pool>,
    rests: Mutex<rests::Rests>,
    shelf: content::Shelf,
    under_way: under_way::UnderWay,
    complaints: Mutex<relay::Complaints>,
    flow: Mutex<flow::Flow>,
    tally: OnceLock<Tally>,
}

impl Office {
    fn new(parts: SenderParts) -> Office {
        let send = &parts.settings.send;
        Office {
            rules: addresses::Rules::new(
                parts.resolver,
                send.ipv6,
                send.local_networks,
                parts.doors,
            ),
            schedule: Schedule {
                steps: send.retry.clone(),
                expire: send.expire,
                warn_after: send.warn_after,
            },
            times: WireTimes::default(),
            wires: Closing::default(),
            seed: u32::from_ne_bytes(random()),
            pool: Mutex::new(pool::Pool::new(send.connections)),
            rests: Mutex::new(rests::Rests::new(
                send.retry.iter().copied().min().unwrap_or(Duration::MAX),
            )),
            shelf: content::Shelf::default(),
            under_way: under_way::UnderWay::default(),
            complaints: Mutex::default(),
            flow: Mutex::default(),
            tally: OnceLock::new(),
            store: parts.store,
            policies: parts.policies,
            outgoing: parts.outgoing,
            signing: parts.signing,
            accounts: parts.accounts,
            settings: parts.settings,
            clock: parts.clock,
            health: parts.health,
            closing: parts.closing,
            steps: parts.steps,
        }
    }

    fn step(&self, step: Step) {
        if let Some(Observer(observer)) = &self.steps {
            observer(step);
        }
    }
}

/// A lock whose holder never panics; if one does all the same, what it guards is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Random octets; zeros from a system that has none, for what only shares load or names things.
fn random<const COUNT: usize>() -> [u8; COUNT]
where
    [u8; COUNT]: ring::rand::RandomlyConstructable,
{
    let zeros = || [0; COUNT];
    ring::rand::generate(&ring::rand::SystemRandom::new())
        .map_or_else(|_| zeros(), ring::rand::Random::expose)
}
