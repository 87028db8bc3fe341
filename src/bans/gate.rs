//! Who may begin a session, and who gives way when the house is full.
//!
//! Whoever is at home or is known from a log-in comes in as long as there is a seat. All who bring mail from elsewhere have half of the seats, and strangers at the
//! other doors a third; no neighbourhood has more than a hundred of them. Strangers come in at a pace: a house has a few of them a minute, an attack has thousands. When their part is full the one who has been there longest without
//! proving anything gives way, so that a newcomer always has some twenty seconds; one whose recipient was accepted, or from around whom mail came before, gives way last. When the pace is half used up, those
//! from around whom nothing bad came lately go first; and who comes again and again while it is used up is soon none of them, so that a newcomer gets in whatever
//! crowd stands before the door.

use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use async_io::Async;

use super::network::Network;
use super::{Bans, Fault, Side, State};
use crate::net::{Arrival, Service};

/// A count of a minute that is as high as this many times the limit is more than the limit: counts halve in a minute, and a steady pace at the limit comes to 1.44 of it.
const OVER: f64 = 1.5;
/// Whoever is trusted may come this many times as often: a whole family behind one address, after the line was down.
const TRUSTED: f64 = 4.0;
/// A neighbourhood with more faults than this is not among those that go first.
const SUSPECT: f64 = 1.0;
/// A network counts as one that brought mail, down to this much of a message.
const DELIVERED: f64 = 0.05;
/// Strangers at the doors where one logs in have one of so many parts of the seats.
const LOG_INS_PART: usize = 3;
/// All who bring mail from elsewhere have one of so many.
const MAIL_PART: usize = 2;
/// Those of one neighbourhood (an IPv4 /24, an IPv6 /56) that may give way: as many as one address may have.
const AROUND_MOST: usize = 100;

/// A stranger inside who has proved nothing yet. The lower of those that have no accepted recipient gives way first.
pub(super) struct Waiting {
    side: Side,
    around: Network,
    /// A recipient of its was accepted, or mail came from around there before.
    earnest: bool,
    socket: Weak<Async<TcpStream>>,
}

#[cfg(test)]
impl Waiting {
    pub(super) fn new(side: Side, peer: IpAddr, socket: Weak<Async<TcpStream>>) -> Waiting {
        Waiting {
            side,
            around: Network::around(peer),
            earnest: false,
            socket,
        }
    }
}

/// What becomes of a client at the door.
pub(crate) enum Verdict {
    /// It may come in, as long as this is held.
    Welcome(Pass),
    /// It is kept out. True: until the owner lifts it.
    Banned(bool),
    /// It is too much at the moment.
    Busy,
}

/// The right to a session; dropping it says that the session is over.
pub(crate) struct Pass {
    bans: Bans,
    number: u64,
    peer: IpAddr,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.bans.left(self.number, self.peer, Instant::now());
    }
}

impl Bans {
    /// A client at the door, before anything is said.
    pub(crate) fn admit(
        &self,
        arrival: &Arrival,
        socket: &Arc<Async<TcpStream>>,
        now: Instant,
    ) -> Verdict {
        let (side, peer) = (Side::of(arrival.service), arrival.peer.ip());
        let (verdict, news) = {
            let mut state = self.lock();
            let before = state.book.is_unsaved();
            let mut verdict = state.judge(side, peer, now);
            // At port 25 nobody's seat is for good but the household's: one message taken proves little.
            let trusted = matches!(verdict, Judged::Trusted);
            let may_stay = trusted && (side == Side::LogIns || state.limits.home.has(peer));
            if matches!(verdict, Judged::Trusted | Judged::Stranger) && !may_stay {
                let waiting = Waiting {
                    side,
                    around: Network::around(peer),
                    earnest: trusted,
                    socket: Arc::downgrade(socket),
                };
                if !state.seat(arrival.number, waiting) {
                    verdict = Judged::Busy;
                }
            }
            (verdict, state.book.is_unsaved() && !before)
        };
        if news {
            self.tell_news();
        }
        match verdict {
            Judged::Trusted | Judged::Stranger => Verdict::Welcome(Pass {
                bans: self.clone(),
                number: arrival.number,
                peer,
            }),
            Judged::Banned(for_ever) => Verdict::Banned(for_ever),
            Judged::Busy => Verdict::Busy,
        }
    }

    /// Whether this client is kept out of the doors for log-ins, for those that serve no session of a protocol: the pages.
    pub(crate) fn keeps_out(&self, peer: IpAddr, now: Instant) -> bool {
        self.lock().banned(Side::LogIns, peer, now).is_some()
    }

    /// The session's client has logged in. It gives way to nobody any more.
    pub(crate) fn proved(&self, number: u64) {
        self.lock().waiting.remove(&number);
    }

    /// A recipient of its was accepted, or a message: it gives way last.
    pub(crate) fn is_earnest(&self, number: u64) {
        if let Some(waiting) = self.lock().waiting.get_mut(&number) {
            waiting.earnest = true;
        }
    }

    /// What a client at a side did so many times; at last its door closes.
    pub(crate) fn fault(&self, side: Side, peer: IpAddr, fault: Fault, times: u32, now: Instant) {
        let closed = times > 0 && self.lock().fault(side, peer, fault, times, now);
        if closed {
            self.tell_news();
        }
    }

    /// How long a client at port 25 is let wait for its greeting, so that those who do not wait show themselves; `None`: not at all.
    pub(crate) fn greeting_delay(&self, peer: IpAddr, now: Instant) -> Option<Duration> {
        let state = self.lock();
        let delay = state.limits.greeting_delay;
        let stranger = !state.is_trusted_at(Side::Mail, peer, now);
        (stranger && delay > Duration::ZERO).then_some(delay)
    }

    /// Whether a client at port 25 may bring one more message now.
    pub(crate) fn may_bring(&self, peer: IpAddr, now: Instant) -> bool {
        let state = self.lock();
        let most = f64::from(state.limits.messages_a_minute) * OVER;
        state.limits.home.has(peer) || state.messages.of(&Network::guest(peer), now) < most
    }

    /// A client at port 25 has brought a whole message, whatever becomes of it.
    pub(crate) fn brings(&self, peer: IpAddr, now: Instant) {
        let mut state = self.lock();
        if !state.limits.home.has(peer) {
            state.messages.add(Network::guest(peer), 1.0, now);
        }
    }

    /// It was taken: this is no stranger any more.
    pub(crate) fn brought(&self, peer: IpAddr, now: Instant) {
        let mut state = self.lock();
        let around = Network::around(peer);
        // It says whether, not how many.
        let more = 1.0 - state.delivered.of(&around, now);
        state.delivered.add(around, more, now);
    }

    fn left(&self, number: u64, peer: IpAddr, now: Instant) {
        let mut state = self.lock();
        let closed = match state.waiting.remove(&number) {
            Some(waiting) if !waiting.earnest => {
                state.fault(waiting.side, peer, Fault::Nothing, 1, now)
            }
            _ => false,
        };
        drop(state);
        if closed {
            self.tell_news();
        }
    }
}

enum Judged {
    Trusted,
    Stranger,
    Banned(bool),
    Busy,
}

impl State {
    /// Whether a client comes in at port 25.
    #[cfg(test)]
    pub(super) fn judge_mail(&mut self, peer: IpAddr, now: Instant) -> bool {
        matches!(
            self.judge(Side::Mail, peer, now),
            Judged::Trusted | Judged::Stranger
        )
    }

    fn judge(&mut self, side: Side, peer: IpAddr, now: Instant) -> Judged {
        if let Some(for_ever) = self.banned(side, peer, now) {
            return Judged::Banned(for_ever);
        }
        if self.limits.home.has(peer) {
            return Judged::Trusted;
        }
        let trusted = self.is_trusted_at(side, peer, now);
        let most = f64::from(self.limits.connections_a_minute) * OVER;
        let most = if trusted { most * TRUSTED } else { most };
        let came = self.connections.add((Network::guest(peer), side), 1.0, now);
        if came > most {
            self.fault(side, peer, Fault::Flood, 1, now);
            return Judged::Busy;
        }
        if trusted {
            return Judged::Trusted;
        }
        let suspect = self.is_suspect(side, peer, now);
        let a_second = f64::from(self.limits.strangers_a_second);
        let pace = match side {
            Side::Mail => &mut self.mail_pace,
            Side::LogIns => &mut self.login_pace,
        };
        if (pace.fill(a_second, now) < 0.5 && suspect) || !pace.take() {
            self.fault(side, peer, Fault::Pressed, 1, now);
            return Judged::Busy;
        }
        Judged::Stranger
    }

    /// `Some(true)`: by hand. The box's own ban says nothing against a network from which somebody of the house has logged in.
    pub(super) fn banned(&self, side: Side, peer: IpAddr, now: Instant) -> Option<bool> {
        let queue = self.moment.queue(now);
        let (_, ban) = self.book.holds(peer, side.doors(), queue)?;
        let by_hand = ban.until.is_none();
        let excused =
            self.limits.home.has(peer) || (side == Side::LogIns && self.known.is_known(peer));
        (by_hand || !excused).then_some(by_hand)
    }

    fn is_trusted_at(&self, side: Side, peer: IpAddr, now: Instant) -> bool {
        self.limits.home.has(peer)
            || match side {
                Side::LogIns => self.known.is_known(peer),
                Side::Mail => self.has_delivered(peer, now),
            }
    }

    /// Whether mail that was taken came from around there.
    pub(super) fn has_delivered(&self, peer: IpAddr, now: Instant) -> bool {
        self.delivered.of(&Network::around(peer), now) >= DELIVERED
    }

    fn is_suspect(&self, side: Side, peer: IpAddr, now: Instant) -> bool {
        let around = Network::around(peer);
        self.faults.of(&(around, side), now) > SUSPECT
            || (side == Side::LogIns && self.guessed_lately(around, now))
    }

    /// False: its neighbourhood has too many seats.
    pub(super) fn seat(&mut self, number: u64, waiting: Waiting) -> bool {
        let side = waiting.side;
        let here = || self.waiting.values().filter(|other| other.side == side);
        if here()
            .filter(|other| other.around == waiting.around)
            .count()
            >= AROUND_MOST
        {
            return false;
        }
        let part = match side {
            Side::Mail => MAIL_PART,
            Side::LogIns => LOG_INS_PART,
        };
        if here().count() >= (self.seats / part).max(1) {
            let of_side = || self.waiting.iter().filter(|(_, other)| other.side == side);
            let first = of_side().find(|(_, other)| !other.earnest);
            let first = first
                .or_else(|| of_side().next())
                .map(|(number, _)| *number);
            let socket = first.and_then(|first| self.waiting.remove(&first)?.socket.upgrade());
            if let Some(socket) = socket {
                // Its session sees the end of what it reads, and ends as if the client had gone.
                socket.get_ref().shutdown(Shutdown::Both).ok();
            }
        }
        self.waiting.insert(number, waiting);
        true
    }

    fn fault(&mut self, side: Side, peer: IpAddr, fault: Fault, times: u32, now: Instant) -> bool {
        if self.limits.home.has(peer) {
            return false;
        }
        let most = f64::from(self.limits.faults);
        let amount = fault.weight() * f64::from(times);
        let (guest, around) = (Network::guest(peer), Network::around(peer));
        let by_guest = self.faults.add((guest, side), amount, now);
        let by_around = self.faults.add((around, side), amount, now);
        if by_guest >= most {
            return self.close(guest, peer, side, fault.why(), now);
        }
        let customer = peer.to_canonical().is_ipv6() && by_around >= most * 2.0;
        customer && self.close(around, peer, side, fault.why(), now)
    }
}

/// What a client that is kept out reads at a door without TLS; nothing at the others.
pub(crate) fn farewell(service: Service, for_ever: bool) -> &'static [u8] {
    match (service, for_ever) {
        (Service::Smtp | Service::Submission, false) => {
            b"421 4.7.0 Your address is banned here for a while; the owner of this host can lift it\r\n"
        }
        (Service::Smtp | Service::Submission, true) => {
            b"554 5.7.1 Your network is banned here; the owner of this host can lift it\r\n"
        }
        (Service::Imap, _) => b"* BYE Your address is banned here; the owner of this host can lift it\r\n",
        (Service::Pop3, _) => b"-ERR Your address is banned here; the owner of this host can lift it\r\n",
        (Service::Submissions | Service::Imaps | Service::Pop3s, _) => b"",
    }
}
