//! One lookup as a machine: which server is asked what next, over what, for how long. No socket, no clock.
//!
//! The driver calls [`Lookup::next`], sends what it says, and tells what happened: [`Lookup::heard`] for each message that comes, [`Lookup::silent`]
//! when patience is over, [`Lookup::failed`] when the socket broke. Servers are asked in their order, in [`ROUNDS`] rounds with doubled patience;
//! one that says SERVFAIL, refuses or talks nonsense is not asked again about that name.
//!
//! What a server does not master is found out and given back as [`Manners`]: EDNS (FORMERR), the case of letters. The case is given up only on
//! what was seen over TCP, where nobody but the server answers, or when it has no TCP.

use std::net::SocketAddr;
use std::time::Duration;

use crate::judge::{Judgement, MAX_CHAIN, Reply, Rest, judge};
use crate::kind::{Answer, Failure, Kind};
use crate::name::Name;
use crate::query::{Entropy, Query, Style, Transport};

/// The most messages sent for one lookup, further questions for aliases included.
pub const MAX_ASKS: u32 = 30;
/// Strays heard at one question before it is asked over TCP: somebody is guessing (RFC 5452 §9.3).
pub const MAX_STRAYS: u32 = 8;
/// How often the whole list of servers is gone through; in the last round without EDNS, which some paths swallow.
const ROUNDS: u32 = 3;

/// What a server is known to master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// It understands EDNS.
    pub edns: bool,
    /// It repeats the question letter by letter.
    pub case: bool,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            edns: true,
            case: true,
        }
    }
}

/// A resolver to ask.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its AD bit is believed.
    pub trusted: bool,
    /// What is known of it.
    pub manners: Manners,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For each server in the first round; doubled in each further one.
    pub first: Duration,
    /// In all, for waiting that was in vain.
    pub whole: Duration,
}

impl Default for Patience {
    /// Five seconds (resolv.conf's custom) and half a minute: mail waits in a queue, and the next attempt is better than a longer wait.
    fn default() -> Patience {
        Patience {
            first: Duration::from_secs(5),
            whole: Duration::from_secs(30),
        }
    }
}

/// What the driver is to do.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this and wait.
    Ask(Ask),
    /// It is over.
    Done(Found),
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct Ask {
    /// To whom; over UDP from a new random port, connected, so that nobody else's datagrams arrive.
    pub server: SocketAddr,
    /// Over what.
    pub transport: Transport,
    /// The message, without TCP's length.
    pub octets: Vec<u8>,
    /// From the sending (over TCP: from the dialing) on; strays do not make it longer.
    pub patience: Duration,
}

/// The end of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What came out.
    pub result: Result<Answer, Failure>,
    /// Seconds for which it may be kept; none for what is no statement about the name.
    pub ttl: Option<u32>,
}

/// Whether to go on waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// That was nothing: wait for more on the same socket.
    Waiting,
    /// Call [`Lookup::next`].
    Next,
}

/// A lookup under way.
#[derive(Debug)]
pub struct Lookup {
    asked: Name,
    kind: Kind,
    patience: Patience,
    servers: Vec<Candidate>,
    /// The name that is asked for now: `asked` or where its aliases led.
    name: Name,
    aliases: Vec<Name>,
    ttl: u32,
    validated: bool,
    /// Which server, in which round.
    turn: usize,
    round: u32,
    again: Option<Again>,
    asks: u32,
    strays: u32,
    waited: Duration,
    pending: Option<(Query, Duration)>,
    done: Option<Found>,
}

/// Why the same server is asked once more.
#[derive(Clone, Copy, Debug)]
struct Again {
    transport: Transport,
    mixed_case: bool,
}

#[derive(Debug)]
struct Candidate {
    server: Server,
    /// It changed the case of the question over UDP.
    other_case: bool,
    /// EDNS was given up in this lookup.
    plain: bool,
    /// It is not asked again about this name; why.
    out: Option<String>,
}

impl Lookup {
    /// A lookup of `kind` at `name`.
    ///
    /// # Errors
    /// [`Failure::BadName`]; [`Failure::Refused`] if there is no server.
    pub fn new(
        name: &str,
        kind: Kind,
        servers: &[Server],
        patience: Patience,
    ) -> Result<Lookup, Failure> {
        let name = Name::parse(name).ok_or(Failure::BadName)?;
        if servers.is_empty() {
            return Err(Failure::Refused(
                "no DNS server is known; name one in the settings".to_owned(),
            ));
        }
        let candidate = |server: &Server| Candidate {
            server: *server,
            other_case: false,
            plain: false,
            out: None,
        };
        Ok(Lookup {
            asked: name.clone(),
            kind,
            patience,
            servers: servers.iter().map(candidate).collect(),
            name,
            aliases: Vec::new(),
            ttl: u32::MAX,
            validated: true,
            turn: 0,
            round: 0,
            again: None,
            asks: 0,
            strays: 0,
            waited: Duration::ZERO,
            pending: None,
            done: None,
        })
    }

    /// What to do next; `entropy` must be new each time.
    pub fn next(&mut self, entropy: &Entropy) -> Step {
        loop {
            if let Some(found) = &self.done {
                return Step::Done(found.clone());
            }
            match self.ask(entropy) {
                Some(ask) => return Step::Ask(ask),
                None => self.give_up(),
            }
        }
    }

    /// Takes a message that came from the server asked.
    pub fn heard(&mut self, octets: &[u8]) -> Heard {
        let Some((query, _)) = &self.pending else {
            return Heard::Next;
        };
        let transport = query.transport;
        let over_udp = transport == Transport::Udp;
        match judge(query, octets) {
            Judgement::Stray(words) => {
                self.strays += 1;
                if over_udp && self.strays <= MAX_STRAYS {
                    return Heard::Waiting;
                }
                if over_udp {
                    self.over_tcp()
                } else {
                    self.out(words)
                }
            }
            Judgement::OtherCase => {
                if let Some(candidate) = self.servers.get_mut(self.turn) {
                    candidate.other_case = true;
                }
                self.over_tcp();
            }
            Judgement::Truncated if over_udp => self.over_tcp(),
            Judgement::Truncated => self.out("cut its answer short over TCP too"),
            Judgement::Unversed(words) => self.unversed(words, transport),
            Judgement::Unwilling(words) => self.out(&format!("said {words}")),
            Judgement::Nonsense(words) => self.out(&format!("sent {words}")),
            Judgement::Reply(reply) => self.reply(reply, transport),
        }
        Heard::Next
    }

    /// Nothing (or nothing but strays) came in time.
    pub fn silent(&mut self) {
        let Some((query, patience)) = self.pending.take() else {
            return;
        };
        self.waited = self.waited.saturating_add(patience);
        if !self.second_thoughts(query.transport) {
            self.advance();
        }
    }

    /// The socket could not be opened, connected, written or read.
    pub fn failed(&mut self, why: &str) {
        let Some((query, _)) = self.pending.take() else {
            return;
        };
        if !self.second_thoughts(query.transport) {
            self.out(&format!("could not be reached ({why})"));
        }
    }

    /// What was learned about the servers, for the next lookup.
    pub fn manners(&self) -> impl Iterator<Item = (SocketAddr, Manners)> {
        self.servers
            .iter()
            .map(|candidate| (candidate.server.address, candidate.server.manners))
    }

    fn ask(&mut self, entropy: &Entropy) -> Option<Ask> {
        if self.asks >= MAX_ASKS || self.waited >= self.patience.whole {
            return None;
        }
        let again = self.again.take();
        if again.is_none() {
            self.find_turn()?;
        }
        let server = self.servers.get(self.turn)?.server;
        let style = Style {
            transport: again.map_or(Transport::Udp, |again| again.transport),
            mixed_case: again.map_or(server.manners.case, |again| again.mixed_case),
            edns: server.manners.edns && self.round + 1 < ROUNDS,
            dnssec: server.trusted,
        };
        let query = Query::styled(&self.name, self.kind, style, entropy)?;
        let patience = self
            .patience
            .first
            .saturating_mul(1 << self.round.min(ROUNDS));
        let patience = patience.min(self.patience.whole.saturating_sub(self.waited));
        let ask = Ask {
            server: server.address,
            transport: style.transport,
            octets: query.octets().to_vec(),
            patience,
        };
        self.asks += 1;
        self.strays = 0;
        self.pending = Some((query, patience));
        Some(ask)
    }

    /// Puts `turn` on the next server that may be asked, itself included.
    fn find_turn(&mut self) -> Option<()> {
        while self.round < ROUNDS && self.servers.iter().any(|candidate| candidate.out.is_none()) {
            match self.servers.get(self.turn) {
                Some(candidate) if candidate.out.is_none() => return Some(()),
                Some(_) => self.turn += 1,
                None => (self.turn, self.round) = (0, self.round + 1),
            }
        }
        None
    }

    fn advance(&mut self) {
        (self.pending, self.again) = (None, None);
        self.turn += 1;
    }

    fn out(&mut self, words: &str) {
        if let Some(candidate) = self.servers.get_mut(self.turn) {
            candidate.out = Some(words.to_owned());
        }
        self.advance();
    }

    fn once_more(&mut self, again: Again) {
        (self.pending, self.again) = (None, Some(again));
    }

    fn over_tcp(&mut self) {
        let mixed_case = self
            .servers
            .get(self.turn)
            .is_some_and(|candidate| candidate.server.manners.case);
        self.once_more(Again {
            transport: Transport::Tcp,
            mixed_case,
        });
    }

    /// Once more without EDNS; if that is no better, EDNS was not the reason.
    fn unversed(&mut self, words: &str, transport: Transport) {
        let last = self.round + 1 >= ROUNDS;
        if let Some(candidate) = self.servers.get_mut(self.turn) {
            if candidate.server.manners.edns && !last {
                candidate.server.manners.edns = false;
                candidate.plain = true;
                let mixed_case = candidate.server.manners.case;
                return self.once_more(Again {
                    transport,
                    mixed_case,
                });
            }
            candidate.server.manners.edns |= candidate.plain;
        }
        self.out(&format!("said {words}"));
    }

    /// A server that changes the case over UDP and has no TCP: without it, for this once.
    fn second_thoughts(&mut self, transport: Transport) -> bool {
        let changed = self
            .servers
            .get_mut(self.turn)
            .is_some_and(|candidate| std::mem::take(&mut candidate.other_case));
        let again = changed && transport == Transport::Tcp;
        if again {
            self.once_more(Again {
                transport: Transport::Udp,
                mixed_case: false,
            });
        }
        again
    }

    fn reply(&mut self, reply: Reply, transport: Transport) {
        self.pending = None;
        let Some(candidate) = self.servers.get_mut(self.turn) else {
            return self.give_up();
        };
        if transport == Transport::Tcp && candidate.other_case && !reply.case_kept {
            candidate.server.manners.case = false;
        }
        candidate.other_case = false;
        let validated = self.validated && reply.authentic && candidate.server.trusted;
        let loops = self
            .aliases
            .iter()
            .any(|alias| *alias == reply.name || reply.aliases.contains(alias));
        if loops || self.aliases.len() + reply.aliases.len() > MAX_CHAIN {
            return self.out("sent a loop of aliases or too many in a row");
        }
        let ttl = self.ttl.min(reply.ttl);
        let result = match reply.rest {
            Rest::Data(data) => Ok(Answer {
                data,
                name: reply.name.to_string(),
                validated,
            }),
            Rest::NoData => Err(Failure::NoData { validated }),
            Rest::NoSuchName => Err(Failure::NoSuchName { validated }),
            Rest::Alias => {
                (self.ttl, self.validated, self.name) = (ttl, validated, reply.name);
                self.aliases.extend(reply.aliases);
                // A new name: whoever failed at the old one may know it. This server goes first.
                self.servers
                    .iter_mut()
                    .for_each(|candidate| candidate.out = None);
                self.round = 0;
                return;
            }
        };
        self.done = Some(Found {
            result,
            ttl: Some(ttl),
        });
    }

    fn give_up(&mut self) {
        let words: Vec<String> = self
            .servers
            .iter()
            .map(|candidate| {
                let words = candidate.out.as_deref().unwrap_or("did not answer");
                format!("{} {words}", candidate.server.address.ip())
            })
            .collect();
        let silent = self.servers.iter().all(|candidate| candidate.out.is_none());
        let failure = if silent {
            Failure::TimedOut
        } else {
            Failure::Refused(format!(
                "no DNS server could say the {} records of {}: {}",
                self.kind,
                self.asked,
                words.join(", ")
            ))
        };
        self.done = Some(Found {
            result: Err(failure),
            ttl: None,
        });
    }
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
