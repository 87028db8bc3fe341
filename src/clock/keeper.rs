//! The clock's task: asks time servers until they agree, then now and then; saves the time; tells how the box is.
//!
//! It asks only where that is wanted: where the box keeps the clock, where servers were named, or while nothing is known that could be believed. **An ordinary system
//! whose kernel says that its clock is kept right asks nobody.** Rates (RFC 4330 §10, RFC 5905 §7.4): one packet a server and round, an hour between rounds that agreed, after others
//! [`FIRST`] doubled to [`LAST`]; a kiss of death is obeyed. It sleeps until then, or until it is told of other servers or settings, or somebody sets the system clock.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_lite::FutureExt as _;
use futures_lite::future::zip;
use mail::DateTime;

use super::adjust::adjustment;
use super::agree::{Opinion, Verdict, judge};
use super::machine::{MICROS, micros_since};
use super::servers::{self, Named};
use super::sntp::{self, Answer, Refusal};
use super::{At, Clock};
use crate::health::{Fact, Health, Part};
use crate::log;
use crate::resolver::Resolver;

/// Between two rounds that agreed: no crystal is so bad that it loses seconds meanwhile.
const AGAIN: Duration = Duration::from_secs(3600);
/// After a round that came to nothing; doubled each time ...
const FIRST: Duration = Duration::from_secs(16);
/// ... up to this.
const LAST: Duration = Duration::from_secs(1024);
/// The same where nobody could even be asked: no line, no names. That burdens nobody, and the box waits for it.
const LAST_WITHOUT_LINE: Duration = Duration::from_secs(64);
/// How long a server has to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// Whoever wants to be asked less often is left alone for so long.
const REST: Duration = Duration::from_secs(4 * 3600);
/// Whoever does not want to be asked, for so long.
const FAREWELL: Duration = Duration::from_secs(7 * 24 * 3600);
/// Servers whose rest is remembered.
const RESTING_MOST: usize = 64;
/// After so many rounds in which only one server answered it is believed, if it leads forward.
const ROUNDS_ALONE: u32 = 3;
/// Between two savings of the time.
const SAVE: Duration = Duration::from_secs(3600);
/// A clock that nobody vouches for is no trouble yet so soon after the start.
const GRACE: Duration = Duration::from_secs(60);
/// From here on a correction backwards is told as what it is, microseconds.
const FAR_BACK: i64 = 10 * MICROS;

/// What the rounds remember.
#[derive(Default)]
pub(super) struct Rounds {
    /// Servers that DHCP named.
    pub(super) dhcp: Vec<IpAddr>,
    /// Not asked before.
    resting: HashMap<SocketAddr, Instant>,
    /// The next round.
    next: Option<Instant>,
    /// Rounds that came to nothing, since one agreed.
    failed: u32,
    /// Rounds in which one server answered.
    alone: u32,
}

impl Rounds {
    /// Others are to be asked, and now.
    pub(super) fn ask_again(&mut self) {
        self.next = None;
        self.failed = 0;
        self.alone = 0;
    }
}

/// What the clock's task needs of the house.
pub struct Keeper {
    /// Finds time servers.
    pub resolver: Resolver,
    /// Hears whether the clock is set.
    pub health: Health,
    /// Where time servers listen: 123 but in tests.
    pub port: u16,
    /// How long they have to answer.
    pub patience: Duration,
}

impl Keeper {
    /// As the world is.
    pub fn new(resolver: Resolver, health: Health) -> Keeper {
        Keeper {
            resolver,
            health,
            port: servers::PORT,
            patience: PATIENCE,
        }
    }
}

impl Clock {
    /// The network has named its time servers (DHCP's option 42): they are asked first, and soon.
    pub fn dhcp_servers(&self, servers: &[IpAddr]) {
        let mut state = self.lock();
        if state.rounds.dhcp == servers {
            return;
        }
        state.rounds.dhcp = servers.to_vec();
        if state.agreed.is_none() {
            state.rounds.ask_again();
        }
        drop(state);
        self.tell();
    }

    /// Keeps the clock for ever. To be spawned; dropped, another one goes on where it was.
    pub async fn keep(self, keeper: Keeper) {
        let begun = self.now();
        let mut save = begun + SAVE;
        loop {
            let changed = self.changed();
            let is_set = self.inner.machine.is_set();
            self.report(&keeper.health, begun);
            let now = self.now();
            if now >= save {
                self.save();
                save = now + SAVE;
            }
            let mut wake = save;
            if self.asks() {
                let next = self.lock().rounds.next.unwrap_or(now);
                if now >= next {
                    self.round(&keeper).await;
                    continue;
                }
                wake = wake.min(next);
            }
            if !self.trusted() && now < begun + GRACE {
                wake = wake.min(begun + GRACE);
            }
            let changed = async {
                changed.await;
                false
            };
            let is_set = async {
                is_set.await;
                true
            };
            let late = async {
                self.sleep_until(wake).await;
                false
            };
            if is_set.or(changed).or(late).await {
                self.tell();
            }
        }
    }

    fn report(&self, health: &Health, begun: Instant) {
        if self.trusted() {
            health.well(Part::Clock);
        } else if self.lock().rounds.failed > 0 || self.now() >= begun + GRACE {
            health.report(Fact::ClockNotSet);
        }
    }

    /// Whether time servers are asked at all.
    fn asks(&self) -> bool {
        let keeps = self.lock().habits.keep;
        keeps
            || (!self.inner.machine.is_disciplined()
                && (self.named().anybody() || !self.trusted_by_itself()))
    }

    fn named(&self) -> Named {
        let state = self.lock();
        Named {
            dhcp: state.rounds.dhcp.clone(),
            settings: state.habits.servers.clone(),
        }
    }

    /// Asks once around.
    async fn round(&self, keeper: &Keeper) {
        let named = self.named();
        let mut addresses = named.addresses(&keeper.resolver, keeper.port).await;
        let now = self.now();
        {
            let mut state = self.lock();
            state.rounds.resting.retain(|_, until| *until > now);
            addresses.retain(|address| !state.rounds.resting.contains_key(address));
        }
        let answers = self.ask_all(&addresses, keeper.patience).await;
        let now = self.now();
        let mut opinions = Vec::new();
        let mut was_sent = false;
        for (address, answer) in answers {
            match answer {
                Ok(answer) => {
                    was_sent = true;
                    opinions.push(Opinion {
                        micros: answer.micros.saturating_add(micros_since(now, answer.at)),
                        doubt: answer.doubt,
                    });
                }
                Err(refusal) => was_sent |= self.hear_refusal(address, &refusal, now),
            }
        }
        let right = self.believed(judge(opinions), named.is_one());
        match right {
            Some((micros, servers)) => {
                self.set(At { micros, since: now }, servers);
                self.schedule(AGAIN, |rounds| {
                    rounds.failed = 0;
                });
            }
            None => {
                let most = if was_sent { LAST } else { LAST_WITHOUT_LINE };
                let failed = self.lock().rounds.failed;
                let wait = FIRST.saturating_mul(1 << failed.min(16)).min(most);
                self.schedule(wait, |rounds| {
                    rounds.failed = rounds.failed.saturating_add(1);
                });
            }
        }
    }

    /// All at once.
    async fn ask_all(
        &self,
        addresses: &[SocketAddr],
        patience: Duration,
    ) -> Vec<(SocketAddr, Result<Answer, Refusal>)> {
        type All<'a> =
            Pin<Box<dyn Future<Output = Vec<(SocketAddr, Result<Answer, Refusal>)>> + Send + 'a>>;
        let machine = &*self.inner.machine;
        let mut all: All<'_> = Box::pin(std::future::ready(Vec::new()));
        for address in addresses.iter().copied() {
            all = Box::pin(async move {
                let (mut all, one) = zip(all, sntp::ask(machine, address, patience)).await;
                all.push((address, one));
                all
            });
        }
        all.await
    }

    /// Whether the server was reached.
    fn hear_refusal(&self, server: SocketAddr, refusal: &Refusal, now: Instant) -> bool {
        let rest = match refusal {
            Refusal::Unreachable(why) => {
                log::debug(0, format_args!("time server {server}: {why}"));
                return false;
            }
            Refusal::Silent => {
                log::debug(0, format_args!("time server {server}: no answer"));
                return true;
            }
            Refusal::Useless(why) => {
                log::info(0, format_args!("time server {server}: {why}"));
                return true;
            }
            Refusal::TooOften => REST,
            Refusal::Unwelcome => FAREWELL,
        };
        log::info(
            0,
            format_args!("time server {server}: it asks to be left alone, and is"),
        );
        let resting = &mut self.lock().rounds.resting;
        if resting.len() < RESTING_MOST {
            resting.insert(server, now + rest);
        }
        true
    }

    /// The time that the servers' verdict makes, and how many say so.
    fn believed(&self, verdict: Verdict, is_one: bool) -> Option<(i64, usize)> {
        let (floor, known) = (self.floor(), self.vouched());
        let rounds = &mut self.lock().rounds;
        match verdict {
            Verdict::Agreed { micros, servers } => {
                rounds.alone = 0;
                Some((micros, servers))
            }
            Verdict::Alone { micros } => {
                rounds.alone = rounds.alone.saturating_add(1);
                // The only one whom the owner wants to be asked is right. One that is alone because the others cannot be reached may lead us forward, after
                // some waiting for them: a house whose router answers and lets nobody else through must not stand still. It does not lead back.
                let leads = rounds.alone >= ROUNDS_ALONE && micros >= floor - FAR_BACK;
                (is_one || (leads && !known)).then_some((micros, 1))
            }
            Verdict::Divided { answers } => {
                rounds.alone = 0;
                if answers > 0 {
                    log::warn(
                        0,
                        format_args!(
                            "{answers} time servers answer, and they do not agree: none is believed"
                        ),
                    );
                }
                None
            }
        }
    }

    fn schedule(&self, wait: Duration, change: impl FnOnce(&mut Rounds)) {
        // Up to a sixteenth later, so that boxes that were switched on together part.
        let random: [u8; 1] = ring::rand::generate(&ring::rand::SystemRandom::new())
            .map_or([0], ring::rand::Random::expose);
        let spread = wait / 4096 * u32::from(random[0]);
        let next = self.now() + wait + spread;
        let rounds = &mut self.lock().rounds;
        rounds.next = Some(next);
        change(rounds);
    }

    /// This is the time: `servers` say so.
    fn set(&self, right: At, servers: usize) {
        let machine = &self.inner.machine;
        let before = self.micros();
        let (system, now) = (machine.system(), self.now());
        let at = right.at(now);
        let (first, keeps) = {
            let mut state = self.lock();
            let first = state.agreed.replace(right).is_none();
            state.floor = right;
            (first, state.habits.keep)
        };
        let off = at.saturating_sub(system);
        // A second of difference is no reason to disagree with the rest of the machine.
        let mut own = off.saturating_abs() > MICROS;
        if keeps {
            match machine.adjust(adjustment(system, at)) {
                Ok(()) => own = false,
                Err(error) if first => log::warn(
                    0,
                    format_args!(
                        "the machine's clock cannot be set ({error}); the box goes by its own time"
                    ),
                ),
                Err(_) => {}
            }
        }
        self.lock().own = own;
        let (time, moved) = (
            DateTime::utc(at.div_euclid(MICROS)).rfc5322(),
            at.saturating_sub(before),
        );
        if moved < -FAR_BACK {
            log::warn(
                0,
                format_args!(
                    "the clock was {} s ahead of the right time and is set back to {time}: {servers} time servers say so",
                    moved.unsigned_abs() / MICROS.unsigned_abs()
                ),
            );
        } else if first {
            log::info(
                0,
                format_args!("the clock is set to {time}: {servers} time servers say so"),
            );
        }
        if first || moved < -FAR_BACK {
            self.save();
        }
        self.tell();
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
