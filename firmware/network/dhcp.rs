//! The DHCP client of one interface (RFC 2131 §4.4, figure 5): a machine that is told the time, the cable and what servers say, and answers with what to send and which lease to use. No sockets, no clock.
//!
//! States by the RFC's names; CHECKING is its "client SHOULD perform a check on the suggested address" (§4.4.1 5.). Decisions of ours:
//! - When to ask again: asking.rs.
//! - The first offer is taken when it names a router and a resolver or comes from the server of before, or of before a restart; else two seconds
//!   are given to a better one: a forgotten second server gives addresses that lead nowhere.
//! - Cable back: INIT-REBOOT for the last lease, three times; then INIT, and the old address is kept (if it still is on the interface) until
//!   its time is over or another one is had.
//! - A NAK in answer to a REQUEST is heeded only from the server that was asked, where one was.
//! - RELEASE at power-off, not at a restart: the address can serve somebody else, and the router's list of devices tells the truth.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::asking::{Asking, LONGEST_WAIT, again_before};
use super::before::Before;
use super::dice::Dice;
use super::lease::Lease;
use super::packet::{Answer, Kind, Mac, Message, Reply};

/// For a better offer than one without a router or a resolver.
const OFFERS: Duration = Duration::from_secs(2);
/// REQUESTs for an offer, or for the last lease, before it begins anew.
const REQUESTS: u32 = 3;
/// After a DECLINE (RFC 2131 §3.1 5.: at least ten seconds).
const AFTER_DECLINE: Duration = Duration::from_secs(10);
/// After a NAK; doubled for each one more in a row, up to [`LONGEST_WAIT`].
const AFTER_NAK: Duration = Duration::from_secs(1);

/// What the client wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// Send to everybody.
    Broadcast(Message),
    /// Send to the server, from the address that we have.
    Unicast(Ipv4Addr, Message),
    /// Find out whether somebody has this address; answer with `free` or `taken`.
    Check(Ipv4Addr),
    /// Use this from now on, also when the address is the one already used: the rest may have changed.
    Use(Lease),
    /// Use no address any more.
    Drop,
    /// For the log.
    Note(String),
}

/// One interface's client.
#[derive(Debug)]
pub struct Client {
    mac: Mac,
    state: State,
    /// The lease in use.
    held: Option<Lease>,
    /// The lease to ask for again.
    last: Option<Lease>,
    before: Option<Before>,
    naks: u32,
    /// The exchange in which nonsense was told of already: whoever is in the house can send more of it than a card should keep.
    nonsense: Option<u32>,
    said: Vec<Said>,
}

#[derive(Debug)]
enum State {
    /// No cable.
    Off,
    /// INIT after a pause.
    Resting(Instant),
    Selecting {
        asking: Asking,
        best: Option<(Lease, Instant)>,
    },
    Requesting {
        asking: Asking,
        offer: Lease,
    },
    Rebooting {
        asking: Asking,
        lease: Lease,
    },
    Checking(Lease),
    Bound,
    Renewing(Asking),
    Rebinding(Asking),
}

impl Client {
    /// Without a cable.
    pub fn new(mac: Mac) -> Client {
        Client {
            mac,
            state: State::Off,
            held: None,
            last: None,
            before: None,
            naks: 0,
            nonsense: None,
            said: Vec::new(),
        }
    }

    /// The lease in use.
    pub fn held(&self) -> Option<&Lease> {
        self.held.as_ref()
    }

    /// What is asked for again.
    pub fn before(&mut self) -> &mut Option<Before> {
        &mut self.before
    }

    /// Whether an answer of a server is waited for: only then anybody need listen.
    pub fn listens(&self) -> bool {
        !matches!(self.state, State::Off | State::Bound | State::Resting(_))
    }

    /// What has been wanted since the last call.
    pub fn said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// The cable is in.
    pub fn plug(&mut self, now: Instant, dice: &mut Dice) {
        if !matches!(self.state, State::Off) {
            return;
        }
        self.state = match self.last.clone().filter(|last| now < last.ends()) {
            Some(lease) => State::Rebooting {
                asking: Asking::new(now, dice),
                lease,
            },
            None => selecting(now, dice),
        };
        self.turn(now, dice);
    }

    /// The cable is out. The lease stays in use until `forget` or its end.
    pub fn unplug(&mut self) {
        self.state = State::Off;
    }

    /// The address is no longer on the interface; it is asked for again.
    pub fn forget(&mut self) {
        if self.held.take().is_some() {
            self.said.push(Said::Drop);
        }
    }

    /// When to turn next.
    pub fn deadline(&self) -> Option<Instant> {
        let held = self.held.as_ref();
        let state = match &self.state {
            State::Off | State::Checking(_) => None,
            State::Resting(until) => Some(*until),
            State::Selecting {
                best: Some((_, until)),
                asking,
            } => Some(asking.next.min(*until)),
            State::Selecting { asking, .. }
            | State::Requesting { asking, .. }
            | State::Rebooting { asking, .. }
            | State::Rebinding(asking) => Some(asking.next),
            State::Renewing(asking) => held.map(|held| asking.next.min(held.began + held.rebind)),
            State::Bound => held.map(|held| held.began + held.renew),
        };
        let end = held.map(Lease::ends);
        state.into_iter().chain(end).min()
    }

    /// Does what is due.
    pub fn turn(&mut self, now: Instant, dice: &mut Dice) {
        if self.held.as_ref().is_some_and(|held| now >= held.ends()) {
            self.note("the lease is over");
            self.drop_lease();
            if matches!(
                self.state,
                State::Bound | State::Renewing(_) | State::Rebinding(_)
            ) {
                self.state = selecting(now, dice);
            }
        }
        let again = match (&mut self.state, &self.held) {
            (State::Resting(until), _) if now >= *until => Some(selecting(now, dice)),
            (State::Selecting { asking, best }, _) => {
                if let Some((offer, _)) = best.take_if(|(_, until)| now >= *until) {
                    Some(requesting(offer, asking, now))
                } else {
                    if asking.due(now, dice) {
                        let requested = self.before.map(|before| before.address);
                        let discover = asking.message(Kind::Discover, now);
                        self.said.push(Said::Broadcast(Message {
                            requested,
                            ..discover
                        }));
                    }
                    None
                }
            }
            (State::Requesting { asking, offer }, _) => match asking.due(now, dice) {
                true if asking.tries > REQUESTS => Some(selecting(now, dice)),
                true => {
                    self.said.push(Said::Broadcast(Message {
                        requested: Some(offer.address),
                        server: Some(offer.server),
                        ..asking.message(Kind::Request, now)
                    }));
                    None
                }
                false => None,
            },
            (State::Rebooting { asking, lease }, _) => match asking.due(now, dice) {
                true if asking.tries > REQUESTS => Some(selecting(now, dice)),
                true => {
                    self.said.push(Said::Broadcast(Message {
                        requested: Some(lease.address),
                        ..asking.message(Kind::Request, now)
                    }));
                    None
                }
                false => None,
            },
            (State::Bound, Some(held)) if now >= held.began + held.renew => {
                Some(State::Renewing(Asking::new(now, dice)))
            }
            (State::Renewing(asking), Some(held)) => {
                let until = held.began + held.rebind;
                if now >= until {
                    Some(State::Rebinding(Asking::new(now, dice)))
                } else {
                    if asking.due(now, dice) {
                        asking.next = again_before(now, until);
                        let from = held.address;
                        let request = asking.message(Kind::Request, now);
                        self.said
                            .push(Said::Unicast(held.server, Message { from, ..request }));
                    }
                    None
                }
            }
            (State::Rebinding(asking), Some(held)) => {
                if asking.due(now, dice) {
                    asking.next = again_before(now, held.ends());
                    let from = held.address;
                    let request = asking.message(Kind::Request, now);
                    self.said.push(Said::Broadcast(Message { from, ..request }));
                }
                None
            }
            _ => None,
        };
        if let Some(state) = again {
            self.state = state;
            // What a state has to say at its beginning is due at once; a state's turn never leads back to itself at the same time.
            self.turn(now, dice);
        }
    }

    /// A server said something.
    pub fn hear(&mut self, answer: &Answer, now: Instant, dice: &mut Dice) {
        let Some(asking) = self.asking() else { return };
        if answer.mac != self.mac || answer.xid != asking.xid {
            return;
        }
        let sent = asking.sent;
        match answer.reply {
            Reply::Offer => self.offered(answer, sent, now, dice),
            Reply::Ack => self.granted(answer, sent, now),
            Reply::Nak => self.refused(answer, now),
        }
    }

    /// Nobody else has the address that was to be checked.
    pub fn free(&mut self, now: Instant, dice: &mut Dice) {
        if let State::Checking(lease) = &self.state {
            let lease = lease.clone();
            self.bind(lease);
            self.turn(now, dice);
        }
    }

    /// Somebody has it.
    pub fn taken(&mut self, now: Instant, dice: &mut Dice) {
        if let State::Checking(lease) = &self.state {
            self.said.push(Said::Broadcast(Message {
                requested: Some(lease.address),
                server: Some(lease.server),
                ..Asking::new(now, dice).message(Kind::Decline, now)
            }));
            let note = format!("{} was given to us, but somebody has it", lease.address);
            self.note(&note);
            (self.last, self.before) = (None, None);
            self.state = State::Resting(now + AFTER_DECLINE);
        }
    }

    /// Renews the lease before its time: something that the server is told has changed. Without one there is nothing to do, whatever is sent next says it.
    pub fn renew(&mut self, now: Instant, dice: &mut Dice) {
        if matches!(self.state, State::Bound) {
            self.state = State::Renewing(Asking::new(now, dice));
            self.turn(now, dice);
        }
    }

    /// Gives the lease back (power-off).
    pub fn release(&mut self, now: Instant, dice: &mut Dice) {
        if let Some(held) = self.held.take() {
            let message = Asking::new(now, dice).message(Kind::Release, now);
            self.said.push(Said::Unicast(
                held.server,
                Message {
                    from: held.address,
                    server: Some(held.server),
                    ..message
                },
            ));
            self.said.push(Said::Drop);
        }
        self.last = None;
        self.state = State::Off;
    }

    fn asking(&self) -> Option<&Asking> {
        match &self.state {
            State::Selecting { asking, .. }
            | State::Requesting { asking, .. }
            | State::Rebooting { asking, .. }
            | State::Renewing(asking)
            | State::Rebinding(asking) => Some(asking),
            State::Off | State::Resting(_) | State::Checking(_) | State::Bound => None,
        }
    }

    fn offered(&mut self, answer: &Answer, sent: Instant, now: Instant, dice: &mut Dice) {
        let State::Selecting { asking, best } = &mut self.state else {
            return;
        };
        let Some(offer) = Lease::judge(answer, sent) else {
            self.note_nonsense("an offer");
            return;
        };
        let known = (self.before).is_some_and(|before| before.server == offer.server);
        if offer.is_whole() || known {
            self.state = requesting(offer, asking, now);
            self.turn(now, dice);
        } else if best.is_none() {
            *best = Some((offer, now + OFFERS));
        }
    }

    fn granted(&mut self, answer: &Answer, sent: Instant, now: Instant) {
        let Some(lease) = Lease::judge(answer, sent).filter(|lease| now < lease.ends()) else {
            self.note_nonsense("a grant");
            return;
        };
        match &self.state {
            State::Requesting { offer, .. }
                if (offer.address, offer.server) == (lease.address, lease.server) =>
            {
                if self
                    .held
                    .as_ref()
                    .is_some_and(|held| held.address == lease.address)
                {
                    self.bind(lease);
                } else {
                    self.said.push(Said::Check(lease.address));
                    self.state = State::Checking(lease);
                }
            }
            // What we had is not asked about once more: the point is to be back at once.
            State::Rebooting { lease: old, .. } if old.address == lease.address => self.bind(lease),
            State::Renewing(_) | State::Rebinding(_)
                if self
                    .held
                    .as_ref()
                    .is_some_and(|held| held.address == lease.address) =>
            {
                self.bind(lease);
            }
            _ => {}
        }
    }

    fn refused(&mut self, answer: &Answer, now: Instant) {
        let asked = match &self.state {
            State::Requesting { offer, .. } => Some(offer.server),
            State::Renewing(_) => self.held.as_ref().map(|held| held.server),
            State::Rebooting { .. } | State::Rebinding(_) => answer.server,
            _ => return,
        };
        if asked != answer.server {
            return;
        }
        self.note("the server refused the address");
        self.drop_lease();
        (self.last, self.before) = (None, None);
        let pause = AFTER_NAK
            .saturating_mul(1 << self.naks.min(5))
            .min(LONGEST_WAIT);
        self.naks = self.naks.saturating_add(1);
        self.state = State::Resting(now + pause);
    }

    fn bind(&mut self, lease: Lease) {
        self.naks = 0;
        self.held = Some(lease.clone());
        self.last = Some(lease.clone());
        let (address, server) = (lease.address, lease.server);
        self.before = Some(Before { address, server });
        self.said.push(Said::Use(lease));
        self.state = State::Bound;
    }

    fn drop_lease(&mut self) {
        if self.held.take().is_some() {
            self.said.push(Said::Drop);
        }
    }

    /// Once in an exchange.
    fn note_nonsense(&mut self, what: &str) {
        let exchange = self.asking().map(|asking| asking.xid);
        if self.nonsense != exchange {
            self.nonsense = exchange;
            self.note(&format!("{what} that makes no sense was left alone"));
        }
    }

    fn note(&mut self, text: &str) {
        self.said.push(Said::Note(format!("DHCP: {text}")));
    }
}

fn selecting(now: Instant, dice: &mut Dice) -> State {
    State::Selecting {
        asking: Asking::new(now, dice),
        best: None,
    }
}

/// RFC 2131 §4.4.1: the REQUEST carries the DISCOVER's id and seconds.
fn requesting(offer: Lease, asking: &Asking, now: Instant) -> State {
    let mut asking = asking.clone();
    asking.tries = 0;
    asking.next = now;
    State::Requesting { asking, offer }
}

#[cfg(test)]
#[path = "dhcp_tests.rs"]
mod tests;
