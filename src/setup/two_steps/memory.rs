//! What is remembered between two pages: who has given a password and owes a code, and whose secret is on its way into an app.
//!
//! Promises: a ticket says to nobody whether the password before it was right; it is good for a few minutes, a few tries and the address that it was given to; what is kept is
//! bounded, also for each address, so that a stranger in the house pushes out nobody else's. Nothing of it outlives the program.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom as _, SystemRandom};
use store::AccountId;
use subtle::ConstantTimeEq as _;

use crate::accounts::Enrolment;

/// From the password to the code: the time to find the phone.
const TICKET_LASTS: Duration = Duration::from_secs(5 * 60);
/// Codes that may be tried with one: then the password is asked for again.
const TRIES: u32 = 5;
/// Tickets in all, and of one address: a person with two browsers.
const TICKETS: usize = 64;
const TICKETS_EACH: usize = 4;
/// From the picture to the first code: the time to install an app.
const ENROLMENT_LASTS: Duration = Duration::from_secs(30 * 60);
/// One for each of the owner's visits.
const ENROLMENTS: usize = 8;
/// Octets of a ticket's number.
const OCTETS: usize = 16;

/// All of it; clones share it.
#[derive(Clone, Default)]
pub struct StepsMemory {
    tickets: Arc<Mutex<VecDeque<Ticket>>>,
    enrolments: Arc<Mutex<VecDeque<(u64, Instant, Enrolment)>>>,
}

struct Ticket {
    number: String,
    peer: IpAddr,
    since: Instant,
    tries: u32,
    owed: Owed,
}

/// What came before the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owed {
    /// Whose name and password they were; `None`: nobody's.
    pub found: Option<AccountId>,
    /// The name as guesses are counted by it.
    pub user: String,
}

impl StepsMemory {
    /// A ticket for the page that asks for the code: its number.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn give(&self, owed: Owed, peer: IpAddr, now: Instant) -> std::io::Result<String> {
        let mut octets = [0; OCTETS];
        SystemRandom::new()
            .fill(&mut octets)
            .map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
        let number: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let mut tickets = lock(&self.tickets);
        tickets.retain(|ticket| ticket.is_good(now));
        let of_peer = tickets.iter().filter(|ticket| ticket.peer == peer).count();
        if of_peer >= TICKETS_EACH {
            let oldest = tickets.iter().position(|ticket| ticket.peer == peer);
            oldest.and_then(|at| tickets.remove(at));
        }
        if tickets.len() >= TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(Ticket {
            number: number.clone(),
            peer,
            since: now,
            tries: 0,
            owed,
        });
        Ok(number)
    }

    /// Whether there is such a ticket.
    pub fn knows(&self, number: &str, peer: IpAddr, now: Instant) -> bool {
        position(&lock(&self.tickets), number, peer, now).is_some()
    }

    /// What came before the code that is tried now; each look is a try.
    pub fn owed(&self, number: &str, peer: IpAddr, now: Instant) -> Option<Owed> {
        let mut tickets = lock(&self.tickets);
        let at = position(&tickets, number, peer, now)?;
        let ticket = tickets.get_mut(at)?;
        ticket.tries += 1;
        let owed = ticket.owed.clone();
        if ticket.tries >= TRIES {
            tickets.remove(at);
        }
        Some(owed)
    }

    /// The ticket is used.
    pub fn spend(&self, number: &str) {
        lock(&self.tickets).retain(|ticket| ticket.number != number);
    }

    /// Puts a new secret aside for this visit of the owner's.
    pub fn enrol(&self, session: u64, enrolment: Enrolment, now: Instant) {
        let mut enrolments = lock(&self.enrolments);
        enrolments.retain(|(other, ..)| *other != session);
        if enrolments.len() >= ENROLMENTS {
            enrolments.pop_front();
        }
        enrolments.push_back((session, now, enrolment));
    }

    /// The one that was put aside.
    pub fn enrolment(&self, session: u64, now: Instant) -> Option<Enrolment> {
        let mut enrolments = lock(&self.enrolments);
        enrolments.retain(|(_, since, _)| now.saturating_duration_since(*since) < ENROLMENT_LASTS);
        let mut enrolments = enrolments.iter();
        enrolments
            .find(|(other, ..)| *other == session)
            .map(|(.., enrolment)| enrolment.clone())
    }

    /// It is in force, or not wanted.
    pub fn enrolled(&self, session: u64) {
        lock(&self.enrolments).retain(|(other, ..)| *other != session);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn position(tickets: &VecDeque<Ticket>, number: &str, peer: IpAddr, now: Instant) -> Option<usize> {
    tickets.iter().position(|ticket| {
        let same = bool::from(ticket.number.as_bytes().ct_eq(number.as_bytes()));
        same && ticket.peer == peer && ticket.is_good(now)
    })
}

impl Ticket {
    fn is_good(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < TICKET_LASTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 7));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 8));

    fn owed(number: u32) -> Owed {
        Owed {
            found: Some(AccountId(number)),
            user: "ann@house.test".to_owned(),
        }
    }

    #[test]
    fn a_ticket_is_for_one_address_a_few_tries_and_minutes() {
        let (memory, now) = (StepsMemory::default(), Instant::now());
        let ticket = memory.give(owed(1), HERE, now).unwrap();
        assert_eq!(ticket.len(), 2 * OCTETS);
        assert!(memory.knows(&ticket, HERE, now));
        for (number, peer, after) in [
            ("", HERE, 0),
            ("00", HERE, 0),
            (ticket.as_str(), THERE, 0),
            (ticket.as_str(), HERE, 300),
        ] {
            let then = now + Duration::from_secs(after);
            assert!(!memory.knows(number, peer, then) && memory.owed(number, peer, then).is_none());
        }
        for _ in 0..TRIES {
            assert_eq!(memory.owed(&ticket, HERE, now), Some(owed(1)));
        }
        assert_eq!(memory.owed(&ticket, HERE, now), None, "tries are over");
        let ticket = memory.give(owed(1), HERE, now).unwrap();
        memory.spend(&ticket);
        assert!(!memory.knows(&ticket, HERE, now));
    }

    #[test]
    fn nobody_pushes_out_anybody_elses() {
        let (memory, now) = (StepsMemory::default(), Instant::now());
        let mine = memory.give(owed(1), HERE, now).unwrap();
        for number in 0..1000 {
            memory.give(owed(number), THERE, now).unwrap();
        }
        assert!(memory.knows(&mine, HERE, now));
        for last in 0..200 {
            memory.give(owed(1), [10, 0, 0, last].into(), now).unwrap();
        }
        assert_eq!(lock(&memory.tickets).len(), TICKETS);
    }

    #[test]
    fn a_secret_waits_for_its_visit() {
        let (memory, now) = (StepsMemory::default(), Instant::now());
        memory.enrol(1, Enrolment::new().unwrap(), now);
        assert!(memory.enrolment(1, now).is_some() && memory.enrolment(2, now).is_none());
        memory.enrolled(1);
        assert!(memory.enrolment(1, now).is_none());
        memory.enrol(1, Enrolment::new().unwrap(), now);
        assert!(memory.enrolment(1, now + ENROLMENT_LASTS).is_none());
        for session in 0..20 {
            memory.enrol(session, Enrolment::new().unwrap(), now);
        }
        assert_eq!(lock(&memory.enrolments).len(), ENROLMENTS);
    }
}
