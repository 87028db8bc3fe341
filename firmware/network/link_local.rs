//! An address of the box's own in 169.254/16 (RFC 3927), for a house without a DHCP server and for a laptop on a cable: a machine without
//! sockets.
//!
//! Chosen from the hardware address, so that it is the same at each start; probed, announced, defended once in ten seconds, else another one is
//! chosen; after ten conflicts one try a minute. Reduced: no address is ever kept beside a routable one (§1.9: as soon as a lease comes, this one goes), packets
//! between 169.254/16 and other nets are left to the kernel's scopes and to there being no gateway.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::conflict::{Defence, Heard, OWN, Probe, Probed};
use super::dice::Dice;
use super::packet::{Arp, Mac};

/// The net's prefix length.
pub const PREFIX: u8 = 16;
/// After so many conflicts it slows down (MAX_CONFLICTS).
const MAX_CONFLICTS: u32 = 10;
/// Between two tries then (RATE_LIMIT_INTERVAL).
const RATE_LIMIT_INTERVAL: Duration = Duration::from_secs(60);

/// The machine of one interface.
#[derive(Debug)]
pub struct LinkLocal {
    mac: Mac,
    /// Candidates, in the board's own order.
    candidates: Dice,
    candidate: Ipv4Addr,
    conflicts: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Off,
    Probing(Probe),
    Resting(Instant),
    Holding(Defence),
}

/// What comes of it.
#[derive(PartialEq, Eq, Debug)]
pub enum Own {
    /// Goes out.
    Send(Arp),
    /// Is ours now.
    Take(Ipv4Addr),
    /// No longer is.
    Leave(Ipv4Addr),
}

impl LinkLocal {
    /// Off.
    pub fn new(mac: Mac) -> LinkLocal {
        let mut candidates = Dice::of(mac);
        LinkLocal {
            mac,
            candidate: candidates.link_local(),
            candidates,
            conflicts: 0,
            state: State::Off,
        }
    }

    /// Whether it is at work.
    pub fn is_on(&self) -> bool {
        !matches!(self.state, State::Off)
    }

    /// The address that is probed or held: what the ARP tap has to hear of.
    pub fn concerns(&self) -> Option<Ipv4Addr> {
        matches!(self.state, State::Probing(_) | State::Holding(_)).then_some(self.candidate)
    }

    /// Looks for an address, if it does not already.
    pub fn start(&mut self, now: Instant, dice: &mut Dice) {
        if !self.is_on() {
            self.probe(now, dice);
        }
    }

    /// Gives it up; the address, if there was one.
    pub fn stop(&mut self) -> Option<Ipv4Addr> {
        let held = matches!(self.state, State::Holding(_)).then_some(self.candidate);
        self.state = State::Off;
        self.conflicts = 0;
        held
    }

    /// When to turn next.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Off => None,
            State::Probing(probe) => Some(probe.deadline()),
            State::Resting(until) => Some(*until),
            State::Holding(defence) => defence.deadline(),
        }
    }

    /// What is due.
    pub fn turn(&mut self, now: Instant, dice: &mut Dice) -> Option<Own> {
        match &mut self.state {
            State::Off => None,
            State::Resting(until) => {
                if now >= *until {
                    self.probe(now, dice);
                }
                None
            }
            State::Probing(probe) => match probe.turn(now, dice) {
                Probed::Wait => None,
                Probed::Send(arp) => Some(Own::Send(arp)),
                Probed::Free => {
                    self.state = State::Holding(Defence::new(self.mac, self.candidate, now));
                    Some(Own::Take(self.candidate))
                }
            },
            State::Holding(defence) => defence.turn(now).map(Own::Send),
        }
    }

    /// Somebody said something.
    pub fn hears(&mut self, arp: &Arp, now: Instant, dice: &mut Dice) -> Option<Own> {
        match &mut self.state {
            State::Probing(probe) if probe.conflicts(arp) => {
                self.another(now, dice);
                None
            }
            State::Holding(defence) => match defence.hears(arp, now) {
                Heard::Nothing => None,
                Heard::Defend(arp) => Some(Own::Send(arp)),
                Heard::Contested => {
                    let lost = self.candidate;
                    self.another(now, dice);
                    Some(Own::Leave(lost))
                }
            },
            _ => None,
        }
    }

    fn another(&mut self, now: Instant, dice: &mut Dice) {
        self.candidate = self.candidates.link_local();
        self.conflicts += 1;
        if self.conflicts > MAX_CONFLICTS {
            self.state = State::Resting(now + RATE_LIMIT_INTERVAL);
        } else {
            self.probe(now, dice);
        }
    }

    fn probe(&mut self, now: Instant, dice: &mut Dice) {
        self.state = State::Probing(Probe::new(self.mac, self.candidate, &OWN, now, dice));
    }
}

#[cfg(test)]
#[path = "link_local_tests.rs"]
mod tests;
