//! How many different wrong passwords came of late, from where, for whom; and how long the next answer waits.
//!
//! A stranger waits for what its address did, for what its neighbourhood did, and for what anybody did to the name. From home and from a network where the person has logged
//! in before only what this very client did to this very name counts, and far behind what it did to others: nobody is locked out by a stranger, and a
//! phone with an old password does not slow down the rest of the family.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use store::AccountId;

use super::network::Network;
use super::{Bans, Side, State, Why};
use crate::settings::LoginLimits;

/// The first delay; each further guess doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// A neighbourhood, and a client at home over all names, may guess this many times as often as one address before it waits: many people live there.
const MANY: f64 = 10.0;
/// Different wrong passwords for one person of late, after which they are told: nobody mistypes so often.
const TOLD: f64 = 20.0;
/// A neighbourhood with more wrong passwords of late than this is behind others in the queue for the hash.
const SUSPECT: f64 = 1.0;
/// Neighbourhoods that a letter names.
const NAMED: usize = 5;

/// Whose password it would be. A name that nobody has is counted like one that somebody has, by a keyed hash of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Whom {
    /// Somebody of the house.
    Person(AccountId),
    /// Nobody.
    Name(u64),
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Who {
    Guest(Network),
    Around(Network),
    Whom(Whom),
    /// One client and one name.
    Pair(Network, Whom),
}

/// What a person under guessing is told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Guessed {
    /// Different wrong passwords since the last letter.
    pub(super) wrong: u64,
    /// Some of the neighbourhoods that they came from.
    pub(super) from: Vec<Network>,
    /// There were more.
    pub(super) more: bool,
    /// Enough to be told.
    pub(super) due: bool,
}

/// Which of those who wait for the hash comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Turn {
    /// From home, or from where the person has logged in before.
    Known,
    /// Nothing speaks against it.
    Fresh,
    /// Wrong passwords came from around there.
    Suspect,
}

impl Bans {
    /// How long the answer to a password has to wait; `None`: come back later.
    pub(crate) fn delay(&self, peer: IpAddr, whom: Whom, now: Instant) -> Option<Duration> {
        self.lock().delay(peer, whom, now)
    }

    /// Whose turn it is at the hash.
    pub(crate) fn turn(&self, peer: IpAddr, whom: Whom, now: Instant) -> Turn {
        self.lock().turn(peer, whom, now)
    }

    /// A password that was not seen before: counted before it is judged, so that many at once do not all find a count of zero.
    pub(crate) fn guess(&self, peer: IpAddr, whom: Whom, now: Instant) {
        self.lock().count(peer, whom, 1.0, now);
    }

    /// It was no guess.
    pub(crate) fn take_back(&self, peer: IpAddr, whom: Whom, now: Instant) {
        self.lock().count(peer, whom, -1.0, now);
    }

    /// It was one, and is counted already: perhaps the last one.
    pub(crate) fn failed(&self, peer: IpAddr, whom: Whom, now: Instant) {
        let news = {
            let mut state = self.lock();
            let banned = state.ban_for_guessing(peer, now);
            let due = state.remember_guess(peer, whom, now);
            banned || due
        };
        if news {
            self.tell_news();
        }
    }

    /// The person has proved who they are.
    pub(crate) fn right(&self, peer: IpAddr, account: AccountId, now: Instant) {
        let news = {
            let mut state = self.lock();
            let day = state.day(now);
            !state.limits.home.has(peer) && state.known.seen(account, peer, day)
        };
        if news {
            self.tell_news();
        }
    }
}

impl State {
    /// Whether what others do to the name is nothing to this client.
    fn is_trusted(&self, peer: IpAddr, whom: Whom) -> bool {
        self.limits.home.has(peer)
            || matches!(whom, Whom::Person(account) if self.known.knows(account, peer))
    }

    fn delay(&self, peer: IpAddr, whom: Whom, now: Instant) -> Option<Duration> {
        let guest = Network::guest(peer);
        let of = |who| self.guesses.of(&who, now);
        let free = f64::from(self.login.free_guesses);
        let by_guest = of(Who::Guest(guest));
        if self.is_trusted(peer, whom) {
            let beyond = (of(Who::Pair(guest, whom)) - free).max(by_guest - free * MANY);
            return Some(wait(beyond, &self.login));
        }
        let queue = self.moment.queue(now);
        let banned = self.book.holds(peer, Side::LogIns.doors(), queue);
        if banned.is_some() {
            return None;
        }
        let around = of(Who::Around(Network::around(peer)));
        let beyond = by_guest
            .max(of(Who::Whom(whom)))
            .max(around - free * (MANY - 1.0))
            - free;
        Some(wait(beyond, &self.login))
    }

    fn turn(&self, peer: IpAddr, whom: Whom, now: Instant) -> Turn {
        if self.is_trusted(peer, whom) {
            return Turn::Known;
        }
        match self.guessed_lately(Network::around(peer), now) {
            true => Turn::Suspect,
            false => Turn::Fresh,
        }
    }

    /// Whether more than a slip came from there.
    pub(super) fn guessed_lately(&self, around: Network, now: Instant) -> bool {
        self.guesses.of(&Who::Around(around), now) > SUSPECT
    }

    fn count(&mut self, peer: IpAddr, whom: Whom, amount: f64, now: Instant) {
        let guest = Network::guest(peer);
        for who in [
            Who::Guest(guest),
            Who::Around(Network::around(peer)),
            Who::Whom(whom),
            Who::Pair(guest, whom),
        ] {
            self.guesses.add(who, amount, now);
        }
    }

    /// One address, or one IPv6 /64, after so many; of a /56 after twice as many in all. A whole IPv4 /24 is only slowed down: the addresses in
    /// it have nothing to do with each other.
    fn ban_for_guessing(&mut self, peer: IpAddr, now: Instant) -> bool {
        let most = f64::from(self.login.guesses);
        let (guest, around) = (Network::guest(peer), Network::around(peer));
        if self.guesses.of(&Who::Guest(guest), now) >= most {
            return self.close(guest, peer, Side::LogIns, Why::Guessing, now);
        }
        let many = self.guesses.of(&Who::Around(around), now) >= most * 2.0;
        many && peer.to_canonical().is_ipv6()
            && self.close(around, peer, Side::LogIns, Why::Guessing, now)
    }

    /// For the letter; true when it is time for one.
    fn remember_guess(&mut self, peer: IpAddr, whom: Whom, now: Instant) -> bool {
        let Whom::Person(account) = whom else {
            return false;
        };
        let many = self.guesses.of(&Who::Whom(whom), now) >= TOLD;
        let guessed = self.guessed.entry(account).or_default();
        guessed.wrong = guessed.wrong.saturating_add(1);
        let around = Network::around(peer);
        if !guessed.from.contains(&around) {
            if guessed.from.len() < NAMED {
                guessed.from.push(around);
            } else {
                guessed.more = true;
            }
        }
        !std::mem::replace(&mut guessed.due, many) && many
    }

    pub(super) fn under_guessing(&self, now: Instant) -> Vec<AccountId> {
        let attacked = self.guesses.above(TOLD, now).filter_map(|who| match who {
            Who::Whom(Whom::Person(account)) => Some(*account),
            _ => None,
        });
        let mut attacked: Vec<AccountId> = attacked.collect();
        attacked.sort_unstable();
        attacked
    }

    /// Days of the queue's time.
    pub(super) fn day(&self, now: Instant) -> u32 {
        const DAY: u64 = 24 * 60 * 60;
        u32::try_from(self.moment.queue(now).0 / DAY).unwrap_or(u32::MAX)
    }
}

/// The delay that so many guesses beyond the free ones have earned.
fn wait(beyond: f64, limits: &LoginLimits) -> Duration {
    if beyond < 0.5 {
        return Duration::ZERO;
    }
    // 2^40 quarters of a second are longer than anyone's patience: no overflow before the cap.
    let delay = FIRST_DELAY.mul_f64((beyond - 1.0).clamp(0.0, 40.0).exp2());
    delay.min(limits.longest_delay)
}
