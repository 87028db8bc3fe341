//! One interface in one family: the records there, which of the names are held, what waits to be sent.
//!
//! An interface with IPv4 and IPv6 is two links, as RFC 6762 §20 has it; each tells the addresses of both families, so that what it says does not
//! exist really does not.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::identity::{Claim, Identity};
use crate::limits;
use crate::name::Name;
use crate::network::{Network, is_link_local};
use crate::random::Random;
use crate::record::Data;
use crate::responder::{Time, To};
use crate::table::{Due, Entry, Role, entries};

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Group 224.0.0.251.
    V4,
    /// Group ff02::fb.
    V6,
}

/// A link: which interface, and in which family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId {
    /// The system's number of the interface.
    pub interface: u32,
    /// The family.
    pub family: Family,
}

/// How far a name is on this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Asked for `sent` times; what comes next comes `next` (RFC 6762 §8.1).
    Probing { sent: u8, next: Time },
    /// Ours.
    Held,
}

/// Announcements still to come (RFC 6762 §8.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announcing {
    pub(crate) left: u8,
    pub(crate) at: Time,
    pub(crate) gap: Duration,
}

/// A unicast answer that waits.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) to: SocketAddr,
    pub(crate) at: Time,
    pub(crate) entries: Vec<usize>,
    /// Waits for known answers that are to come.
    pub(crate) waits: bool,
    pub(crate) plain: Option<Plain>,
}

/// What a plain DNS client gets back (RFC 6762 §6.7).
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) id: u16,
    pub(crate) questions: Vec<(Name, u16, u16)>,
    pub(crate) longest: usize,
}

/// What a link tells the responder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// To be sent.
    Send(To, Vec<u8>),
    /// Somebody else has the name that was probed for.
    Lost(Claim),
    /// Somebody else says otherwise of a name that was held: it is probed for again.
    Disputed(Claim),
}

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) networks: Vec<Network>,
    pub(crate) entries: Vec<Entry>,
    host: Stage,
    instance: Stage,
    pub(crate) announcing: Option<Announcing>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) last_probe: Option<Time>,
    /// Unicast answers in the second that began then.
    pub(crate) unicasts: (Time, u32),
    /// Whether unicast answers to our probes would reach us (RFC 6762 §15.1).
    pub(crate) hears_unicast: bool,
}

impl Link {
    pub(crate) fn new(identity: &Identity, networks: Vec<Network>, first: Time) -> Link {
        let stage = Stage::Probing {
            sent: 0,
            next: first,
        };
        Link {
            entries: entries(identity, &networks),
            networks,
            host: stage,
            instance: stage,
            announcing: None,
            replies: Vec::new(),
            last_probe: None,
            unicasts: (Time::ZERO, 0),
            hears_unicast: true,
        }
    }

    pub(crate) fn stage(&self, claim: Claim) -> Stage {
        match claim {
            Claim::Host => self.host,
            Claim::Instance => self.instance,
        }
    }

    pub(crate) fn set_stage(&mut self, claim: Claim, stage: Stage) {
        match claim {
            Claim::Host => self.host = stage,
            Claim::Instance => self.instance = stage,
        }
    }

    /// Probes for `claim` from the start, the first time at `first`. Services are the host's: a new host name is a new claim to them, too.
    pub(crate) fn probe_again(&mut self, claim: Claim, first: Time) {
        let stage = Stage::Probing {
            sent: 0,
            next: first,
        };
        if claim == Claim::Host {
            self.host = stage;
        }
        self.instance = stage;
        self.announcing = None;
        for at in 0..self.entries.len() {
            if !self.is_said(at)
                && let Some(entry) = self.entries.get_mut(at)
            {
                entry.due = None;
            }
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.host == Stage::Held && self.instance == Stage::Held && self.announcing.is_none()
    }

    pub(crate) fn holds_names(&self) -> bool {
        self.host == Stage::Held && self.instance == Stage::Held
    }

    /// Whether the record may be said: its names are held. A service names its host.
    pub(crate) fn is_said(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(|entry| {
            !entry.yielded
                && self.host == Stage::Held
                && (entry.claim == Claim::Host || self.instance == Stage::Held)
        })
    }

    /// Whether `address` is on this link (RFC 6762 §11).
    pub(crate) fn is_near(&self, address: IpAddr) -> bool {
        is_link_local(address) || self.networks.iter().any(|network| network.holds(address))
    }

    /// Says all that is said here, a few times.
    pub(crate) fn begin_announcing(&mut self, now: Time) {
        self.announcing = Some(Announcing {
            left: limits::ANNOUNCEMENTS,
            at: now,
            gap: limits::RECORD_GAP,
        });
    }

    /// Other names, services or addresses: the records are made anew, those that stay keep their history. Answers with what was said and is true no
    /// longer, and that no new record of the same set replaces (RFC 6762 §8.4).
    pub(crate) fn rebuild(&mut self, identity: &Identity, networks: &[Network]) -> Vec<Entry> {
        self.networks = networks.to_vec();
        let said: Vec<bool> = (0..self.entries.len()).map(|at| self.is_said(at)).collect();
        let old = std::mem::replace(&mut self.entries, entries(identity, networks));
        self.replies.clear();
        let mut gone = Vec::new();
        for (was, said) in old.into_iter().zip(said) {
            let stays = self
                .entries
                .iter_mut()
                .find(|entry| entry.is(&was.name, was.kind(), &was.spelled));
            if let Some(entry) = stays {
                (entry.last, entry.due) = (was.last, was.due);
                entry.yielded = was.yielded;
                continue;
            }
            let replaced = self.entries.iter().any(|entry| entry.is_set_of(&was));
            if !(replaced && was.is_unique())
                && said
                && was.last.is_some()
                && was.role != Role::Nothing
            {
                gone.push(was);
            }
        }
        gone
    }

    /// What the timers want, in order (RFC 6762 §8.1, §8.3, §6).
    pub(crate) fn handle_timer(&mut self, now: Time, news: &mut Vec<News>) {
        self.probe(now, news);
        self.announce(now, news);
        self.send_due(now, news);
    }

    /// When [`Link::handle_timer`] has something to do next.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let probes = [self.host, self.instance]
            .into_iter()
            .filter_map(|stage| match stage {
                Stage::Probing { next, .. } => Some(next),
                Stage::Held => None,
            });
        let dues = self.entries.iter().filter_map(|entry| entry.due);
        probes
            .chain(self.announcing.map(|announcing| announcing.at))
            .chain(dues.map(|due| due.at))
            .chain(self.replies.iter().map(|reply| reply.at))
            .min()
    }

    fn announce(&mut self, now: Time, news: &mut Vec<News>) {
        let Some(announcing) = self.announcing.filter(|a| a.at <= now) else {
            return;
        };
        let said: Vec<usize> = (0..self.entries.len())
            .filter(|at| {
                self.is_said(*at)
                    && self
                        .entries
                        .get(*at)
                        .is_some_and(|entry| entry.role != Role::Nothing)
            })
            .collect();
        self.multicast(now, &said, news);
        self.announcing = (announcing.left > 1).then(|| Announcing {
            left: announcing.left - 1,
            at: now + announcing.gap,
            gap: announcing.gap * 2,
        });
    }

    /// Lets an answer wait for the link; an earlier one for the same record stays earlier.
    pub(crate) fn schedule(&mut self, at: usize, due: Due) {
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        let gap = if due.defends {
            limits::DEFENCE_GAP
        } else {
            limits::RECORD_GAP
        };
        let free = entry.last.map_or(Time::ZERO, |last| last + gap);
        let due = Due {
            at: due.at.max(free),
            ..due
        };
        entry.due = Some(match entry.due {
            None => due,
            Some(old) => Due {
                at: old.at.min(due.at),
                asker: old.asker.filter(|asker| Some(*asker) == due.asker),
                waits: old.waits && due.waits,
                defends: old.defends || due.defends,
            },
        });
    }

    /// The name that this entry leads to.
    pub(crate) fn target(&self, at: usize) -> Option<&Name> {
        match &self.entries.get(at)?.data {
            Data::Ptr(name) | Data::Srv { target: name, .. } => Some(name),
            _ => None,
        }
    }
}

/// The time of a first probe: a random while from now (RFC 6762 §8.1).
pub(crate) fn first_probe(now: Time, random: &mut Random) -> Time {
    now + random.between((Duration::ZERO, limits::PROBE_GAP))
}
