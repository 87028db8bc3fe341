//! The machine: links in, packets in, time in; wishes out. One name for the box on all of its links.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::echo::Echoes;
use crate::identity::{Claim, Identity, Service};
use crate::limits;
use crate::link::{Link, LinkId, News, first_probe};
use crate::network::Network;
use crate::random::Random;
use crate::read::Message;
use crate::table::Entry;

/// Time since any moment that stays the same.
pub type Time = Duration;

/// A packet that came.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Where.
    pub link: LinkId,
    /// From whom.
    pub from: SocketAddr,
    /// Whether it was sent to the group, and not to this host alone.
    pub to_group: bool,
    /// What it says.
    pub octets: &'a [u8],
}

/// To whom a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// The link's group, port 5353.
    Group,
    /// A host on the link.
    Host(SocketAddr),
}

/// What the machine wants of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A packet, to go out with a hop limit of 255 from port 5353.
    Send {
        /// Through which link.
        link: LinkId,
        /// To whom.
        to: To,
        /// What it says.
        octets: Vec<u8>,
    },
    /// A name was taken: [`Responder::identity`] says what it is now, and its numbers are to be remembered.
    Renamed,
    /// For a minute no name could be had; told once, until there is one again. Somebody on the network answers for every name.
    Nameless,
}

/// The responder of this box.
#[derive(Clone, Debug)]
pub struct Responder {
    identity: Identity,
    links: BTreeMap<LinkId, Link>,
    random: Random,
    echoes: Echoes,
    /// Times of the last conflicts.
    conflicts: VecDeque<Time>,
    /// There were too many: every attempt waits until the names are held.
    slow: bool,
    wishes: VecDeque<Wish>,
    nameless_since: Option<Time>,
    told_nameless: bool,
    hears_unicast: bool,
}

impl Responder {
    /// Nothing is said before a link is there. `seed`: another one on every machine, so that they do not speak at once.
    #[must_use]
    pub fn new(identity: Identity, seed: u64) -> Responder {
        Responder {
            identity,
            links: BTreeMap::new(),
            random: Random::new(seed),
            echoes: Echoes::default(),
            conflicts: VecDeque::new(),
            slow: false,
            wishes: VecDeque::new(),
            nameless_since: None,
            told_nameless: false,
            hears_unicast: true,
        }
    }

    /// Whether packets to this host alone reach us, or another program on port 5353 (RFC 6762 §15.1): probes then ask for answers to the group. True if
    /// nothing was said. For links that come after.
    pub fn set_hears_unicast(&mut self, hears: bool) {
        self.hears_unicast = hears;
    }

    /// A link is there with these addresses, or has others than before. A new one is probed on; one whose last address goes is no more.
    pub fn set_link(&mut self, now: Time, id: LinkId, networks: &[Network]) {
        let mut news = Vec::new();
        match self.links.get_mut(&id) {
            None if networks.is_empty() => {}
            None => {
                let first = first_probe(now, &mut self.random).max(self.earliest(now));
                let mut link = Link::new(&self.identity, networks.to_vec(), first);
                link.hears_unicast = self.hears_unicast;
                self.links.insert(id, link);
                self.nameless_since.get_or_insert(now);
            }
            Some(_) if networks.is_empty() => {
                self.links.remove(&id);
            }
            Some(link) if link.networks != networks => {
                let gone = link.rebuild(&self.identity, networks);
                Link::say_goodbye(gone.iter(), &mut news);
                if link.holds_names() {
                    link.begin_announcing(now);
                }
            }
            Some(_) => {}
        }
        self.take(now, id, news);
    }

    /// A link is no more, or was not for a while: what was held there is probed for again when it comes back (RFC 6762 §8).
    pub fn drop_link(&mut self, id: LinkId) {
        self.links.remove(&id);
    }

    /// Offers these services instead of those before. Ones that end are taken back.
    pub fn set_services(&mut self, now: Time, services: Vec<Service>) {
        if services == self.identity.services {
            return;
        }
        self.identity.services = services;
        let first = first_probe(now, &mut self.random).max(self.earliest(now));
        let identity = self.identity.clone();
        self.each_link(now, |link, news| {
            let networks = link.networks.clone();
            let gone = link.rebuild(&identity, &networks);
            Link::say_goodbye(gone.iter(), news);
            // New services have new names to be probed for.
            link.probe_again(Claim::Instance, first);
        });
    }

    /// A packet came. Whatever it holds, it is taken or ignored.
    pub fn hear(&mut self, now: Time, packet: Packet<'_>) {
        if self.echoes.holds(packet.octets) {
            return;
        }
        let Some(message) = Message::read(packet.octets) else {
            return;
        };
        let ours: Vec<IpAddr> = self
            .links
            .values()
            .flat_map(|link| link.networks.iter().map(|network| network.address))
            .collect();
        let mut news = Vec::new();
        let Some(link) = self.links.get_mut(&packet.link) else {
            return;
        };
        if message.is_response() {
            link.response(
                now,
                &message,
                packet.from,
                packet.to_group,
                &ours,
                &mut news,
            );
        } else {
            link.query(
                now,
                &message,
                packet.from,
                packet.to_group,
                &mut self.random,
            );
        }
        link.send_due(now, &mut news);
        self.take(now, packet.link, news);
    }

    /// Does what time asks for. Calling it early or late is no harm.
    pub fn handle_timer(&mut self, now: Time) {
        self.each_link(now, |link, news| link.handle_timer(now, news));
        let all_held = self.links.values().all(Link::holds_names);
        if all_held {
            self.nameless_since = None;
            self.told_nameless = false;
            self.slow = false;
        } else {
            let since = *self.nameless_since.get_or_insert(now);
            if now >= since + limits::NAMELESS && !self.told_nameless {
                self.told_nameless = true;
                self.wishes.push_back(Wish::Nameless);
            }
        }
    }

    /// When [`Responder::handle_timer`] has something to do next.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        self.links.values().filter_map(Link::deadline).min()
    }

    /// What is wanted next. To be asked until there is nothing, after each call.
    pub fn wish(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// The box ends: what was said is taken back, and nothing more is said.
    pub fn end(&mut self, now: Time) {
        self.each_link(now, |link, news| Link::say_goodbye(link.said(), news));
        self.links.clear();
    }

    /// What the box is called now.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether every link's names are held and announced.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.links.values().all(Link::is_settled)
    }

    fn each_link(&mut self, now: Time, mut deed: impl FnMut(&mut Link, &mut Vec<News>)) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            let mut news = Vec::new();
            if let Some(link) = self.links.get_mut(&id) {
                deed(link, &mut news);
            }
            self.take(now, id, news);
        }
    }

    fn take(&mut self, now: Time, id: LinkId, news: Vec<News>) {
        for one in news {
            match one {
                News::Send(to, octets) => {
                    self.echoes.sent(&octets);
                    self.wishes.push_back(Wish::Send {
                        link: id,
                        to,
                        octets,
                    });
                }
                News::Lost(claim) => self.rename(now, claim),
                News::Disputed(claim) => {
                    let first = self.conflict(now);
                    if let Some(link) = self.links.get_mut(&id) {
                        link.probe_again(claim, first);
                    }
                }
            }
        }
    }

    /// Another name, probed for on all links. What was said on other links under the old one is taken back there, except what another host may say, too.
    fn rename(&mut self, now: Time, claim: Claim) {
        let first = self.conflict(now);
        self.identity.rename(claim);
        self.wishes.push_back(Wish::Renamed);
        let identity = self.identity.clone();
        self.each_link(now, |link, news| {
            let networks = link.networks.clone();
            let gone = link.rebuild(&identity, &networks);
            let mine = |entry: &&Entry| claim == Claim::Host && entry.claim == Claim::Host;
            Link::say_goodbye(gone.iter().filter(mine), news);
            link.probe_again(claim, first);
        });
    }

    /// Counts a conflict; answers with when the next attempt may begin.
    fn conflict(&mut self, now: Time) -> Time {
        if self.conflicts.len() >= limits::CONFLICTS {
            self.conflicts.pop_front();
        }
        self.conflicts.push_back(now);
        let first = self.conflicts.front();
        self.slow |= self.conflicts.len() >= limits::CONFLICTS
            && first.is_some_and(|first| now < *first + limits::CONFLICTS_IN);
        self.nameless_since.get_or_insert(now);
        first_probe(now, &mut self.random).max(self.earliest(now))
    }

    /// Fifteen conflicts within ten seconds: every attempt waits five (RFC 6762 §8.1).
    fn earliest(&self, now: Time) -> Time {
        if self.slow {
            now + limits::CONFLICTS_WAIT
        } else {
            now
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod rules;
#[cfg(test)]
#[path = "responder_tests.rs"]
mod tests;
