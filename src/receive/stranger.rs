//! A client at port 25 as the bans see it: how long it waits for its greeting, what it does wrong, and that it brought something.

use std::net::IpAddr;
use std::time::Instant;

use smtp::Reply;
use smtp::server::{Kind, Session};

use crate::bans::{Bans, Fault, Side};
use crate::net::Arrival;

/// One session's client.
pub(super) struct Stranger {
    bans: Bans,
    side: Side,
    peer: IpAddr,
    number: u64,
    /// It is greeted at this moment, and not before it has waited or talked.
    greeted_at: Option<Instant>,
    talked: bool,
}

impl Stranger {
    pub(super) fn new(bans: &Bans, arrival: &Arrival, kind: Kind, now: Instant) -> Stranger {
        let (side, peer) = (Side::of(arrival.service), arrival.peer.ip());
        let delay = (kind == Kind::World)
            .then(|| bans.greeting_delay(peer, now))
            .flatten();
        Stranger {
            bans: bans.clone(),
            side,
            peer,
            number: arrival.number,
            greeted_at: delay.and_then(|delay| now.checked_add(delay)),
            talked: false,
        }
    }

    /// It said something. Whoever talks before the greeting has shown itself: it need not wait on, nor may more of it be read.
    pub(super) fn talks(&mut self) {
        self.talked = true;
    }

    /// Until when it waits for its greeting.
    pub(super) fn waits(&mut self, now: Instant) -> Option<Instant> {
        self.greeted_at = self.greeted_at.filter(|at| now < *at && !self.talked);
        self.greeted_at
    }

    /// Until when it waits, as last found.
    pub(super) fn greeted_at(&self) -> Option<Instant> {
        self.greeted_at
    }

    /// The box goes down: it waits no longer.
    pub(super) fn greet(&mut self) {
        self.greeted_at = None;
    }

    /// Why it may not bring a message now. To be put off is all: a host that empties its queue after this box was away is no attacker.
    pub(super) fn is_too_busy(&self) -> Option<Reply> {
        if self.side != Side::Mail || self.bans.may_bring(self.peer, Instant::now()) {
            return None;
        }
        Some(Reply::new(
            451,
            (4, 7, 1),
            "Too many messages from your address in a minute; try again later",
        ))
    }

    /// A recipient of its was accepted.
    pub(super) fn is_earnest(&self) {
        self.bans.is_earnest(self.number);
    }

    /// A message of its is whole. It counts whatever becomes of it: what is refused at its end has cost as much.
    pub(super) fn brings(&self) {
        if self.side == Side::Mail {
            self.bans.brings(self.peer, Instant::now());
        }
    }

    /// It was kept.
    pub(super) fn brought(&self) {
        self.bans.is_earnest(self.number);
        if self.side == Side::Mail {
            self.bans.brought(self.peer, Instant::now());
        }
    }

    /// The session is over: what it did wrong counts, unless it is somebody of the house.
    pub(super) fn leaves(&self, session: &Session) {
        if session.account().is_some() {
            return;
        }
        let now = Instant::now();
        let (recipients, errors) = session.faults();
        let hasty = u32::from(session.haste().before_greeting);
        for (fault, times) in [
            (Fault::Recipient, recipients),
            (Fault::Error, errors),
            (Fault::Haste, hasty),
        ] {
            self.bans.fault(self.side, self.peer, fault, times, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::Service;
    use crate::net::test_support::Folder;
    use crate::settings::Limits;

    fn stranger(bans: &Bans, peer: &str, now: Instant) -> Stranger {
        let arrival = Arrival {
            number: 1,
            service: Service::Smtp,
            peer: peer.parse().unwrap(),
        };
        Stranger::new(bans, &arrival, Kind::World, now)
    }

    #[test]
    fn a_stranger_waits_for_the_greeting_unless_it_talks_or_brought_mail_before() {
        let folder = Folder::new();
        let store = store::Store::open(&folder.0, store::Options::default()).unwrap();
        let now = Instant::now();
        let bans = Bans::open(&store, &Limits::default(), now);
        let delay = Limits::default().bans.greeting_delay;
        let mut patient = stranger(&bans, "192.0.2.1:25", now);
        assert_eq!(patient.waits(now), Some(now + delay));
        assert_eq!(
            patient.waits(now + delay - Duration::from_millis(1)),
            Some(now + delay)
        );
        assert_eq!(patient.waits(now + delay), None);
        assert_eq!(patient.greeted_at(), None);
        let mut hasty = stranger(&bans, "192.0.2.1:25", now);
        assert!(hasty.waits(now).is_some());
        hasty.talks();
        assert_eq!(
            hasty.waits(now),
            None,
            "nothing more of it is read before it is greeted"
        );
        assert_eq!(stranger(&bans, "192.168.1.9:25", now).waits(now), None);
        patient.brought();
        assert_eq!(stranger(&bans, "192.0.2.77:25", now).waits(now), None);
    }

    /// Refused ones cost as much; and a host whose queue empties after this box was away is put off, and not shut out for it.
    #[test]
    fn all_messages_count_and_being_put_off_is_no_fault() {
        let folder = Folder::new();
        let store = store::Store::open(&folder.0, store::Options::default()).unwrap();
        let now = Instant::now();
        let bans = Bans::open(&store, &Limits::default(), now);
        let host = stranger(&bans, "192.0.2.1:25", now);
        for _ in 0..89 {
            assert!(host.is_too_busy().is_none());
            host.brings();
        }
        host.brings();
        host.brings();
        for _ in 0..1000 {
            assert_eq!(host.is_too_busy().unwrap().code(), 451);
        }
        assert!(bans.list(now).is_empty());
    }
}
