//! One exchange with DHCP servers: the id that its messages bear, and when each is sent again (RFC 2131 §4.1, §4.4.5).
//!
//! 4, 8, 16, 32 seconds, each a second more or less, and then 32 for ever (the RFC's ceiling is 64): after a power cut the box is up
//! minutes before the router, and the house waits for the mail box then.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::packet::{Kind, Message};

/// First wait for an answer (RFC 2131 §4.1).
const FIRST_WAIT: Duration = Duration::from_secs(4);
/// Longest wait for an answer.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(32);
/// Waits differ by up to this.
const JITTER: Duration = Duration::from_secs(1);
/// Renewals are repeated after half of the time that is left, but not sooner than this (RFC 2131 §4.4.5).
const RENEW_AGAIN: Duration = Duration::from_secs(60);

/// An exchange: its id, since when, how often it was sent, when it is sent again.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) xid: u32,
    began: Instant,
    pub(super) sent: Instant,
    pub(super) tries: u32,
    pub(super) next: Instant,
}

impl Asking {
    /// One that is due at once.
    pub(super) fn new(now: Instant, dice: &mut Dice) -> Asking {
        Asking {
            xid: dice.xid(),
            began: now,
            sent: now,
            tries: 0,
            next: now,
        }
    }

    /// Whether it is to be sent (again); if so, sets when next.
    pub(super) fn due(&mut self, now: Instant, dice: &mut Dice) -> bool {
        if now < self.next {
            return false;
        }
        let wait = FIRST_WAIT
            .saturating_mul(1 << self.tries.min(3))
            .min(LONGEST_WAIT);
        self.next = now + dice.between(wait.saturating_sub(JITTER), wait + JITTER);
        self.tries = self.tries.saturating_add(1);
        self.sent = now;
        true
    }

    /// A message of it, as far as all of them are alike.
    pub(super) fn message(&self, kind: Kind, now: Instant) -> Message {
        let secs = now.saturating_duration_since(self.began).as_secs();
        Message {
            kind,
            xid: self.xid,
            secs: u16::try_from(secs).unwrap_or(u16::MAX),
            from: Ipv4Addr::UNSPECIFIED,
            requested: None,
            server: None,
        }
    }
}

/// When a renewal is repeated that is of no use after `until`.
pub(super) fn again_before(now: Instant, until: Instant) -> Instant {
    let left = until.saturating_duration_since(now);
    now + (left / 2).max(RENEW_AGAIN).min(left)
}
