//! Whether somebody else has an address: asked before it is used, heard while it is (RFC 5227; RFC 3927 §2.2.1 and §2.5 say the same of own ones).
//!
//! Two schedules. An address that the box makes up itself is probed as the RFC says, 4 to 7 seconds: nobody else vouches for it. One from a
//! DHCP server is probed twice in half a second: the server vouches for it and has usually pinged it, and a household waits for its mail
//! box; what that overhears less surely (a sleeping host), the defence hears later.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::packet::{Arp, Mac};

/// How an address is probed.
#[derive(Debug)]
pub struct Schedule {
    /// Up to this long before the first probe, so that houses after a power cut do not all speak at once.
    wait: Duration,
    probes: u8,
    /// Between two probes.
    gap: (Duration, Duration),
    /// Silence after the last one.
    after: Duration,
}

/// RFC 3927 §9: PROBE_WAIT, PROBE_NUM, PROBE_MIN and PROBE_MAX, ANNOUNCE_WAIT.
pub const OWN: Schedule = Schedule {
    wait: Duration::from_secs(1),
    probes: 3,
    gap: (Duration::from_secs(1), Duration::from_secs(2)),
    after: Duration::from_secs(2),
};
/// For what a server gave.
pub const GIVEN: Schedule = Schedule {
    wait: Duration::from_millis(20),
    probes: 2,
    gap: (Duration::from_millis(200), Duration::from_millis(250)),
    after: Duration::from_millis(250),
};

/// An address is defended once in this time (DEFEND_INTERVAL).
const DEFEND_INTERVAL: Duration = Duration::from_secs(10);
/// ANNOUNCE_NUM and ANNOUNCE_INTERVAL.
const ANNOUNCEMENTS: u8 = 2;
const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(2);

/// An address is being asked for.
#[derive(Debug)]
pub struct Probe {
    mac: Mac,
    /// The address.
    pub address: Ipv4Addr,
    schedule: &'static Schedule,
    left: u8,
    next: Instant,
}

/// What a probe has come to.
#[derive(PartialEq, Eq, Debug)]
pub enum Probed {
    /// Not yet.
    Wait,
    /// This goes out.
    Send(Arp),
    /// Nobody has it.
    Free,
}

impl Probe {
    /// Begins at `now`.
    pub fn new(
        mac: Mac,
        address: Ipv4Addr,
        schedule: &'static Schedule,
        now: Instant,
        dice: &mut Dice,
    ) -> Probe {
        Probe {
            mac,
            address,
            schedule,
            left: schedule.probes,
            next: now + dice.between(Duration::ZERO, schedule.wait),
        }
    }

    /// When to turn next.
    pub fn deadline(&self) -> Instant {
        self.next
    }

    /// What is due.
    pub fn turn(&mut self, now: Instant, dice: &mut Dice) -> Probed {
        if now < self.next {
            return Probed::Wait;
        }
        if self.left == 0 {
            return Probed::Free;
        }
        self.left -= 1;
        let (least, most) = self.schedule.gap;
        self.next = now
            + match self.left {
                0 => self.schedule.after,
                _ => dice.between(least, most),
            };
        Probed::Send(Arp {
            mac: self.mac,
            sender: Ipv4Addr::UNSPECIFIED,
            target: self.address,
        })
    }

    /// Whether this says that somebody has the address, or is about to take it (RFC 5227 §2.1.1).
    pub fn conflicts(&self, arp: &Arp) -> bool {
        let probes = arp.sender.is_unspecified() && arp.target == self.address;
        arp.mac != self.mac && (arp.sender == self.address || probes)
    }
}

/// An address is in use.
#[derive(Debug)]
pub struct Defence {
    mac: Mac,
    address: Ipv4Addr,
    announcements: u8,
    next: Instant,
    defended: Option<Instant>,
}

/// What is to be done about a packet.
#[derive(PartialEq, Eq, Debug)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// Say again whose the address is.
    Defend(Arp),
    /// The other does not give in: RFC 3927 §2.5 gives up an own address here. One from a server is kept, as RFC 5227 §2.4(c) allows: two
    /// boxes that both have been given it is the server's error, and to be without an address would not mend it.
    Contested,
}

impl Defence {
    /// From `now` on.
    pub fn new(mac: Mac, address: Ipv4Addr, now: Instant) -> Defence {
        Defence {
            mac,
            address,
            announcements: ANNOUNCEMENTS,
            next: now,
            defended: None,
        }
    }

    /// When the next announcement is due.
    pub fn deadline(&self) -> Option<Instant> {
        (self.announcements > 0).then_some(self.next)
    }

    /// An announcement that is due (RFC 5227 §2.3).
    pub fn turn(&mut self, now: Instant) -> Option<Arp> {
        if self.announcements == 0 || now < self.next {
            return None;
        }
        self.announcements -= 1;
        self.next = now + ANNOUNCE_INTERVAL;
        Some(self.announcement())
    }

    /// Judges what somebody said.
    pub fn hears(&mut self, arp: &Arp, now: Instant) -> Heard {
        if arp.mac == self.mac || arp.sender != self.address {
            return Heard::Nothing;
        }
        let recently = self
            .defended
            .is_some_and(|at| now.saturating_duration_since(at) < DEFEND_INTERVAL);
        if recently {
            return Heard::Contested;
        }
        self.defended = Some(now);
        Heard::Defend(self.announcement())
    }

    fn announcement(&self) -> Arp {
        Arp {
            mac: self.mac,
            sender: self.address,
            target: self.address,
        }
    }
}

#[cfg(test)]
#[path = "conflict_tests.rs"]
mod tests;
