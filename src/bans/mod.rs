//! Attackers are worn down: what strangers do is counted, answered later and later, and at last not at all.
//!
//! ```text
//! network  who a client is, where it is, what is home     counts  numbers that halve, in tables that do not grow
//! guesses  wrong passwords: how long an answer waits      known   whence people have logged in before
//! gate     who may begin a session, who gives way         book    who is kept out, until when, what for
//! keep     written down, read again, told to people       letter  what an attacked person reads
//! ```
//!
//! Promises:
//! * Nobody in the world can lock a person of the house out. From home, and from a network where the person has logged in before, what others do to their name
//!   costs them nothing; from a new place the right password waits no longer than `longest_delay`, whatever others have done to the name. No ban is made by
//!   the box against the household's own network, nor against one from which somebody of the house has logged in.
//! * What somebody does at the doors where one logs in closes those; what they do at port 25 closes that: whoever guesses passwords through a
//!   provider's machine stops nobody's mail from there.
//! * Every table is bounded, and a new row costs the same however many there are.
//! * A ban that holds is there again after a restart; the owner sees each with its reason and can lift it.
//!
//! What it cannot do: who shares one IPv4 address with a guesser, in a place where the person never logged in before, is kept out with them until the ban
//! is over (ten minutes the first time). What is counted and not yet a ban is forgotten by a restart.

mod book;
mod counts;
mod gate;
mod guesses;
mod keep;
mod known;
mod letter;
mod network;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_listener::Event;
use store::{AccountId, QueueTime, Read as _, Store};

use crate::log;
use crate::net::Service;
use crate::settings::{BanLimits, LoginLimits};

pub use book::{Ban, Doors, Place, Why};
pub(crate) use gate::{Verdict, farewell};
pub(crate) use guesses::{Turn, Whom};
pub(crate) use keep::keep;
pub use network::{Home, Network};

use book::Book;
use counts::{Counts, Pace};
use gate::Waiting;
use guesses::{Guessed, Who};
use known::Known;

/// The doors of the world, and those of the household: what happens at the one is not counted at the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Side {
    /// Port 25.
    Mail,
    /// All others.
    LogIns,
}

impl Side {
    pub(crate) fn of(service: Service) -> Side {
        match service {
            Service::Smtp => Side::Mail,
            _ => Side::LogIns,
        }
    }

    fn doors(self) -> Doors {
        match self {
            Side::Mail => Doors::Mail,
            Side::LogIns => Doors::LogIns,
        }
    }
}

/// What a stranger did that nobody who means well does often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// Mail for a name that nobody has.
    Recipient,
    /// A command that is none.
    Error,
    /// Talked before it was greeted.
    Haste,
    /// Came although it had come too often, or brought too much in a minute.
    Flood,
    /// Came while too many strangers came, and was turned away.
    Pressed,
    /// Left without a message that was taken, or a log-in that succeeded.
    Nothing,
}

impl Fault {
    /// How much it counts; [`BanLimits::faults`] close the door. A monitor that looks in once a minute comes to 4 in the long run, a mailing list
    /// with twenty dead addresses to 20.
    fn weight(self) -> f64 {
        match self {
            Fault::Recipient | Fault::Error | Fault::Haste => 1.0,
            Fault::Flood => 0.5,
            // The third time in a row makes a suspect: then newcomers go first.
            Fault::Pressed => 0.4,
            Fault::Nothing => 0.2,
        }
    }

    fn why(self) -> Why {
        match self {
            Fault::Recipient => Why::Recipients,
            Fault::Error | Fault::Haste => Why::Errors,
            Fault::Flood | Fault::Pressed | Fault::Nothing => Why::Flood,
        }
    }
}

/// What is remembered of strangers; clones share it. The lock is held for a few look-ups and never across a wait.
#[derive(Clone)]
pub struct Bans {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Something is to be written, or somebody to be told.
    news: Event,
}

struct State {
    limits: BanLimits,
    login: LoginLimits,
    /// Seats of the house; see [`gate`].
    seats: usize,
    moment: Moment,
    book: Book,
    /// Whence people log in.
    known: Known,
    guesses: Counts<Who>,
    /// Of whom the letters tell.
    guessed: HashMap<AccountId, Guessed>,
    faults: Counts<(Network, Side)>,
    connections: Counts<(Network, Side)>,
    messages: Counts<Network>,
    /// Networks that brought a message that was taken.
    delivered: Counts<Network>,
    /// Strangers let in, at each side.
    mail_pace: Pace,
    login_pace: Pace,
    /// Strangers inside who have proved nothing yet, in the order in which they came.
    waiting: BTreeMap<u64, Waiting>,
}

/// The queue's time and the wall's, told once in a while and counted on from there.
#[derive(Clone, Copy)]
struct Moment {
    at: Instant,
    queue: QueueTime,
    unix: i64,
}

impl Moment {
    fn queue(self, now: Instant) -> QueueTime {
        let passed = now.saturating_duration_since(self.at).as_secs();
        QueueTime(self.queue.0.saturating_add(passed))
    }

    fn unix(self, now: Instant) -> i64 {
        let passed = now.saturating_duration_since(self.at).as_secs();
        self.unix.saturating_add_unsigned(passed)
    }
}

/// How long a message taken makes its network one that is not new: a correspondent who writes once a month is not.
const DELIVERED_HALF: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Networks remembered so: as many as a household gets mail from, twice.
const DELIVERED_MOST: usize = 4096;
/// Counts of a minute.
const MINUTE: Duration = Duration::from_secs(60);

impl Bans {
    /// What the store remembers, and nothing else yet. What cannot be read is told in the log, and left out.
    pub(crate) fn open(store: &Store, limits: &crate::settings::Limits, now: Instant) -> Bans {
        let mut state = State::new(&limits.bans, &limits.login, limits.connections.total, now);
        if let Err(error) = state.take_up(store, now) {
            log::error(0, format_args!("reading who is banned: {error}"));
        }
        Bans {
            inner: Arc::new(Inner {
                state: Mutex::new(state),
                news: Event::new(),
            }),
        }
    }

    /// The same under other limits: who is banned stays banned; counts begin anew if they count otherwise.
    pub(crate) fn under(&self, limits: &crate::settings::Limits, now: Instant) {
        let mut state = self.lock();
        let same = state.limits == limits.bans
            && state.login == limits.login
            && state.seats == limits.connections.total;
        if same {
            return;
        }
        let fresh = State::new(&limits.bans, &limits.login, limits.connections.total, now);
        let old = std::mem::replace(&mut *state, fresh);
        state.moment = old.moment;
        state.known = old.known;
        state.guessed = old.guessed;
        state.waiting = old.waiting;
        state.delivered = old.delivered;
        let (first, longest) = (state.book.first, state.book.longest);
        state.book = old.book;
        (state.book.first, state.book.longest) = (first, longest);
    }

    /// What time it is: the queue's, and the wall's as well as it is known.
    pub(crate) fn tell_time(&self, now: Instant, queue: QueueTime, unix: i64) {
        self.lock().moment = Moment {
            at: now,
            queue,
            unix,
        };
    }

    /// Whether the client belongs to the household's own network.
    pub(crate) fn is_home(&self, peer: IpAddr) -> bool {
        self.lock().limits.home.has(peer)
    }

    /// Bans that hold, oldest first, and for how many seconds yet (`None`: until they are lifted).
    pub(crate) fn list(&self, now: Instant) -> Vec<(Place, Ban, Option<u64>)> {
        let state = self.lock();
        let queue = state.moment.queue(now);
        let left = |ban: &Ban| ban.until.map(|until| until.0.saturating_sub(queue.0));
        let list = state.book.list(queue).into_iter();
        list.map(|(place, ban)| (place, ban, left(&ban))).collect()
    }

    /// Bans by hand; false when there are too many such.
    pub(crate) fn add(&self, network: Network, now: Instant) -> bool {
        let mut state = self.lock();
        let unix = state.moment.unix(now);
        state.book.close_by_hand((network, Doors::All), unix)
    }

    /// Lifts every ban that keeps this network or a part of it out, and forgets what was counted against it. The networks.
    pub(crate) fn lift(&self, network: Network) -> Vec<Place> {
        let mut state = self.lock();
        for side in [Side::Mail, Side::LogIns] {
            state.faults.forget(&(network, side));
            state.connections.forget(&(network, side));
        }
        state.guesses.forget(&Who::Guest(network));
        state.book.lift(network)
    }

    /// People whose passwords are being guessed at this moment.
    pub(crate) fn under_guessing(&self, now: Instant) -> Vec<AccountId> {
        self.lock().under_guessing(now)
    }

    /// Wakes whoever writes down and tells.
    fn tell_news(&self) {
        self.inner.news.notify(usize::MAX);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(limits: &BanLimits, login: &LoginLimits, seats: usize, now: Instant) -> State {
        let most = login.guessers;
        State {
            limits: limits.clone(),
            login: login.clone(),
            seats,
            moment: Moment {
                at: now,
                queue: QueueTime(0),
                unix: 0,
            },
            book: Book::new(limits.first, limits.longest),
            known: Known::default(),
            guesses: Counts::new(most, login.forget),
            guessed: HashMap::new(),
            faults: Counts::new(most, login.forget),
            connections: Counts::new(most, MINUTE),
            messages: Counts::new(most, MINUTE),
            delivered: Counts::new(DELIVERED_MOST, DELIVERED_HALF),
            mail_pace: Pace::new(),
            login_pace: Pace::new(),
            waiting: BTreeMap::new(),
        }
    }

    fn take_up(&mut self, store: &Store, now: Instant) -> store::Result<()> {
        let read = store.read()?;
        let saved = read.queue_clock()?;
        self.moment = Moment {
            at: now,
            queue: saved.at,
            unix: saved.wall.unwrap_or(0),
        };
        self.book.take_up(&read.bans()?);
        for account in read.accounts()? {
            self.known.take_up(account.id, &read.known(account.id)?);
        }
        Ok(())
    }

    /// What a network that brings mail does wrong may be its senders' doing, not its own: a provider's relay, a second mail host of the house. It is not shut out.
    ///
    /// Nobody bans the household's own network by machine, nor one that somebody of the house has logged in from.
    fn close(
        &mut self,
        network: Network,
        peer: IpAddr,
        side: Side,
        why: Why,
        now: Instant,
    ) -> bool {
        if self.limits.home.has(peer) || (side == Side::LogIns && self.known.is_known(peer)) {
            return false;
        }
        if side == Side::Mail && self.has_delivered(peer, now) {
            return false;
        }
        let (queue, unix) = (self.moment.queue(now), self.moment.unix(now));
        let closed = self.book.close((network, side.doors()), why, queue, unix);
        if let Some(until) = closed {
            log::info(
                0,
                format_args!(
                    "{network} is banned from {} for {} minutes: {}",
                    match side {
                        Side::Mail => "port 25",
                        Side::LogIns => "logging in",
                    },
                    until.0.saturating_sub(queue.0) / 60,
                    why.words()
                ),
            );
        }
        closed.is_some()
    }
}

#[cfg(test)]
mod tests;
