//! The loop: what the machine hears, when it is woken, where its wishes go.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future as _, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::EventListener;
use futures_lite::future::yield_now;
use mdns::limits::PACKET_READ;
use mdns::{Family, LinkId, Network, Packet, Responder, Wish};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::choose::is_of_the_house;
use super::interfaces::{Changes, Interface, all};
use super::sockets::{Ear, is_ours_alone};
use super::{Announcer, Offer, full_name, remembered};
use crate::health::{Fact, Part};
use crate::log;

/// Packets that are read from one socket before the others have their turn.
const AT_A_TIME: usize = 32;
/// After so many packets in a row the rest of the box has its turn.
const TURN: Duration = Duration::from_millis(2);

/// Serves until the announcer ends.
pub(super) async fn run(announcer: &Announcer) {
    loop {
        let changed = announcer.changed();
        let (offer, ended) = {
            let state = announcer.lock();
            (state.wanted(), state.ended)
        };
        if ended {
            return;
        }
        match offer {
            None => changed.await,
            Some(offer) => match Desk::open(announcer, &offer) {
                Ok(desk) => desk.serve(&offer).await,
                Err(error) => {
                    log::warn(
                        0,
                        format_args!(
                            "mdns: the box is not announced to the local network: {error}"
                        ),
                    );
                    changed.await;
                }
            },
        }
    }
}

/// A responder with its sockets.
struct Desk<'a> {
    announcer: &'a Announcer,
    responder: Responder,
    /// Time zero of the machine.
    begun: Instant,
    changes: Changes,
    ears: BTreeMap<LinkId, Ear>,
    networks: BTreeMap<LinkId, Vec<Network>>,
    /// For what is sent to this host alone.
    host: Vec<(Family, Ear)>,
    /// Links that could not be opened, each told once.
    complained: BTreeSet<LinkId>,
}

impl<'a> Desk<'a> {
    fn open(announcer: &'a Announcer, offer: &Offer) -> std::io::Result<Desk<'a>> {
        let mut seed = [0; 8];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| std::io::Error::other("no random numbers"))?;
        let mut identity = announcer.identity(offer);
        let alone = is_ours_alone();
        identity.reverse = alone;
        let mut responder = Responder::new(identity, u64::from_ne_bytes(seed));
        responder.set_hears_unicast(alone);
        let mut host = Vec::new();
        if alone {
            for family in [Family::V4, Family::V6] {
                host.extend(Ear::for_host(family).ok().map(|ear| (family, ear)));
            }
        } else {
            log::info(
                0,
                "mdns: another program on this machine answers on port 5353; both do, each for its own names",
            );
        }
        Ok(Desk {
            announcer,
            responder,
            begun: Instant::now(),
            changes: Changes::open()?,
            ears: BTreeMap::new(),
            networks: BTreeMap::new(),
            host,
            complained: BTreeSet::new(),
        })
    }

    /// Until other names are to be announced, or nothing. What was said is taken back at the end.
    async fn serve(mut self, offer: &Offer) {
        self.look_around();
        self.tell_name();
        let mut turn = Instant::now();
        loop {
            let changed = self.announcer.changed();
            let wanted = self.announcer.lock().wanted();
            let services = wanted
                .filter(|wanted| wanted.is_named_as(offer))
                .map(|wanted| wanted.services);
            let Some(services) = services else {
                break;
            };
            self.responder.set_services(self.now(), services);
            if self.changes.heard() {
                self.look_around();
            }
            let busy = self.hear();
            self.responder.handle_timer(self.now());
            self.fulfil(offer);
            if !busy {
                self.wait(changed).await;
                turn = Instant::now();
            } else if turn.elapsed() > TURN {
                yield_now().await;
                turn = Instant::now();
            }
        }
        self.responder.end(self.now());
        self.fulfil(offer);
    }

    fn now(&self) -> mdns::Time {
        self.begun.elapsed()
    }

    /// Links come, go and have other addresses.
    fn look_around(&mut self) {
        let interfaces = all().unwrap_or_else(|error| {
            log::warn(
                0,
                format_args!("mdns: the kernel does not say which interfaces there are: {error}"),
            );
            Vec::new()
        });
        let links = links(&interfaces);
        let gone: Vec<LinkId> = self
            .ears
            .keys()
            .filter(|link| !links.contains_key(link))
            .copied()
            .collect();
        for link in gone {
            self.ears.remove(&link);
            self.responder.drop_link(link);
            log::debug(
                0,
                format_args!("mdns: no longer on interface {}", link.interface),
            );
        }
        for (link, (name, networks)) in &links {
            if let Err(error) = self.keep(*link, networks) {
                self.ears.remove(link);
                self.responder.drop_link(*link);
                if self.complained.insert(*link) {
                    log::info(
                        0,
                        format_args!("mdns: not announced on {name} ({:?}): {error}", link.family),
                    );
                }
            }
        }
        self.networks = links
            .into_iter()
            .map(|(link, (_, networks))| (link, networks))
            .collect();
    }

    fn keep(&mut self, link: LinkId, networks: &[Network]) -> std::io::Result<()> {
        match self.ears.get(&link) {
            Some(ear) => ear.steer(link, networks)?,
            None => {
                self.ears.insert(link, Ear::on_link(link, networks)?);
                self.complained.remove(&link);
            }
        }
        let now = self.now();
        self.responder.set_link(now, link, networks);
        Ok(())
    }

    /// Reads what has come, from every socket some. Whether there may be more.
    fn hear(&mut self) -> bool {
        let mut buffer = [0; PACKET_READ + 1];
        let mut more = false;
        for (link, ear) in &self.ears {
            for at in 0..AT_A_TIME {
                let Some((from, octets)) = ear.hear(&mut buffer) else {
                    break;
                };
                let packet = Packet {
                    link: *link,
                    from,
                    to_group: true,
                    octets,
                };
                self.responder.hear(self.begun.elapsed(), packet);
                more |= at + 1 == AT_A_TIME;
            }
        }
        for (family, ear) in &self.host {
            for at in 0..AT_A_TIME {
                let Some((from, octets)) = ear.hear(&mut buffer) else {
                    break;
                };
                if let Some(link) = link_of(&self.networks, *family, from) {
                    let packet = Packet {
                        link,
                        from,
                        to_group: false,
                        octets,
                    };
                    self.responder.hear(self.begun.elapsed(), packet);
                }
                more |= at + 1 == AT_A_TIME;
            }
        }
        more
    }

    /// Does what the machine wants.
    fn fulfil(&mut self, offer: &Offer) {
        while let Some(wish) = self.responder.wish() {
            match wish {
                Wish::Send { link, to, octets } => {
                    if let Some(ear) = self.ears.get(&link)
                        && let Err(error) = ear.say(link, to, &octets)
                    {
                        log::debug(0, format_args!("mdns: a packet was not sent: {error}"));
                    }
                }
                Wish::Renamed => self.renamed(offer),
                Wish::Nameless => log::warn(
                    0,
                    "mdns: for a minute no name could be had: something on the local network answers for every name",
                ),
            }
        }
    }

    fn renamed(&self, offer: &Offer) {
        let identity = self.responder.identity();
        let file = &self.announcer.inner.file;
        if let Err(error) = remembered::write(file, &offer.host, &offer.instance, identity.numbers)
        {
            log::warn(
                0,
                format_args!("mdns: cannot write {}: {error}", file.display()),
            );
        }
        log::info(
            0,
            format_args!(
                "mdns: a name was taken; the box is {} and \"{}\" on the local network",
                full_name(identity),
                identity.instance()
            ),
        );
        self.tell_name();
    }

    /// Tells everyone in the box how it is called.
    fn tell_name(&self) {
        let identity = self.responder.identity();
        let used = full_name(identity);
        let health = &self.announcer.inner.health;
        if identity.numbers.host > 1 {
            let mut wanted = identity.clone();
            wanted.numbers.host = 1;
            health.report(Fact::NameTaken {
                wanted: full_name(&wanted),
                used: used.clone(),
            });
        } else {
            health.well(Part::Name);
        }
        let news = {
            let mut state = self.announcer.lock();
            let news = state.wanted().is_some() && state.name.as_ref() != Some(&used);
            if news {
                state.name = Some(used);
            }
            news
        };
        if news {
            self.announcer.inner.changed.notify(usize::MAX);
        }
    }

    /// Until something comes, time is up, or something else is to be announced.
    async fn wait(&self, changed: EventListener) {
        let deadline = self.responder.deadline();
        let at = deadline.and_then(|deadline| self.begun.checked_add(deadline));
        let mut timer = pin!(at.map_or_else(Timer::never, Timer::at));
        let mut changed = pin!(changed);
        poll_fn(|context| {
            let mut ready = changed.as_mut().poll(context).is_ready()
                || timer.as_mut().poll(context).is_ready()
                || self.changes.poll(context).is_ready();
            for ear in self
                .ears
                .values()
                .chain(self.host.iter().map(|(_, ear)| ear))
            {
                ready |= ear.poll(context).is_ready();
            }
            if ready {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// The links of the house, with the interface's name and all of its addresses.
fn links(interfaces: &[Interface]) -> BTreeMap<LinkId, (String, Vec<Network>)> {
    let mut links = BTreeMap::new();
    for interface in interfaces.iter().filter(|one| is_of_the_house(one)) {
        for family in [Family::V4, Family::V6] {
            let has = interface
                .networks
                .iter()
                .any(|network| network.address.is_ipv4() == (family == Family::V4));
            if has {
                let link = LinkId {
                    interface: interface.index,
                    family,
                };
                links.insert(link, (interface.name.clone(), interface.networks.clone()));
            }
        }
    }
    links
}

/// The link on which a packet to this host alone came: a link-local address names it, another lies in one of its subnets.
fn link_of(
    networks: &BTreeMap<LinkId, Vec<Network>>,
    family: Family,
    from: SocketAddr,
) -> Option<LinkId> {
    let scope = match from {
        SocketAddr::V6(six) if six.ip().is_unicast_link_local() => Some(six.scope_id()),
        _ => None,
    };
    let is_near = |ip: IpAddr, near: &[Network]| near.iter().any(|network| network.holds(ip));
    let mut of_family = networks.iter().filter(|(link, _)| link.family == family);
    of_family
        .find(|(link, near)| match scope {
            Some(scope) => link.interface == scope,
            None => is_near(from.ip(), near),
        })
        .map(|(link, _)| *link)
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
