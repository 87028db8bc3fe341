//! For tests: some boxes on one link with a clock that is moved, packets that can be lost, and all of them kept.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::name::Name;
use crate::read::{Heard, Message, Section};
use crate::record::{Data, IN, TOP};
use crate::write::Writer;
use crate::{
    Family, Identity, LinkId, Network, Packet, Responder, Service, Time, To, Wish, limits,
};

pub(crate) const LINK: LinkId = LinkId {
    interface: 2,
    family: Family::V4,
};

/// A packet that went over the link.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Time,
    /// The number of the box, or `usize::MAX` of a stranger.
    pub(crate) who: usize,
    pub(crate) to: To,
    pub(crate) octets: Vec<u8>,
}

/// A record of a packet: is it a multicast response's, who, when, section, the record and its cache-flush bit are in `Heard`.
pub(crate) fn records(sent: &Sent) -> Vec<Heard> {
    Message::read(&sent.octets).unwrap().records().collect()
}

pub(crate) fn is_response(sent: &Sent) -> bool {
    Message::read(&sent.octets).unwrap().is_response()
}

/// Boxes at 192.168.1.10, .11, ... on one link.
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) boxes: Vec<Responder>,
    pub(crate) log: Vec<Sent>,
    pub(crate) events: Vec<(Time, usize, Wish)>,
    /// Loses the packet?
    pub(crate) loses: Box<dyn FnMut(&Sent) -> bool>,
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn address_of(who: usize) -> Ipv4Addr {
    Ipv4Addr::new(192, 168, 1, 10 + u8::try_from(who).unwrap())
}

pub(crate) fn network(address: IpAddr) -> Network {
    Network {
        address,
        prefix: if address.is_ipv4() { 24 } else { 64 },
    }
}

pub(crate) fn services() -> Vec<Service> {
    let service = |kind, port| Service {
        kind,
        port,
        text: Vec::new(),
    };
    vec![
        service("_imaps", 993),
        service("_submissions", 465),
        Service {
            kind: "_https",
            port: 8443,
            text: vec!["path=/".to_owned()],
        },
    ]
}

pub(crate) fn identity() -> Identity {
    Identity::new("pillarbox", "Pillarbox", services())
}

impl World {
    /// `count` boxes that are not on the link yet.
    pub(crate) fn new(count: usize) -> World {
        World {
            now: Duration::from_secs(1000),
            boxes: (0..count)
                .map(|who| Responder::new(identity(), who as u64 + 77))
                .collect(),
            log: Vec::new(),
            events: Vec::new(),
            loses: Box::new(|_| false),
        }
    }

    /// A box alone, its name held and announced.
    pub(crate) fn settled() -> World {
        let mut world = World::new(1);
        world.plug(0);
        world.run(ms(5000));
        assert!(world.boxes[0].is_settled());
        world.log.clear();
        world
    }

    pub(crate) fn plug(&mut self, who: usize) {
        let networks = [network(address_of(who).into())];
        self.boxes[who].set_link(self.now, LINK, &networks);
        self.settle_wishes();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let next = self.boxes.iter().filter_map(Responder::deadline).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            assert!(self.log.len() < 100_000, "no end of packets");
            self.now = self.now.max(next);
            for who in 0..self.boxes.len() {
                self.boxes[who].handle_timer(self.now);
            }
            self.settle_wishes();
        }
        self.now = end;
    }

    /// A stranger's packet reaches all boxes.
    pub(crate) fn hear(&mut self, from: SocketAddr, to_group: bool, octets: &[u8]) {
        for who in 0..self.boxes.len() {
            self.hear_at(who, from, to_group, octets);
        }
        self.settle_wishes();
    }

    fn hear_at(&mut self, who: usize, from: SocketAddr, to_group: bool, octets: &[u8]) {
        let packet = Packet {
            link: LINK,
            from,
            to_group,
            octets,
        };
        self.boxes[who].hear(self.now, packet);
    }

    pub(crate) fn settle_wishes(&mut self) {
        for _ in 0..1000 {
            let mut out = Vec::new();
            for who in 0..self.boxes.len() {
                while let Some(wish) = self.boxes[who].wish() {
                    match wish {
                        Wish::Send { to, octets, .. } => out.push(Sent {
                            at: self.now,
                            who,
                            to,
                            octets,
                        }),
                        other => self.events.push((self.now, who, other)),
                    }
                }
            }
            if out.is_empty() {
                return;
            }
            for sent in out {
                self.log.push(sent.clone());
                if (self.loses)(&sent) {
                    continue;
                }
                let from = SocketAddr::from((address_of(sent.who), limits::PORT));
                for who in 0..self.boxes.len() {
                    // The sender hears what went to the group, too.
                    match sent.to {
                        To::Group => self.hear_at(who, from, true, &sent.octets),
                        To::Host(host) if host.ip() == address_of(who) => {
                            self.hear_at(who, from, false, &sent.octets);
                        }
                        To::Host(_) => {}
                    }
                }
            }
        }
        panic!("answers to answers without end");
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let identities = self.boxes.iter().map(Responder::identity);
        identities
            .map(|identity| format!("{}/{}", identity.host(), identity.instance()))
            .collect()
    }
}

/// A stranger on the link.
pub(crate) fn stranger(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 168, 1, 99], port))
}

pub(crate) fn name(text: &str) -> Name {
    Name::of(text.split('.').map(str::as_bytes))
}

/// A query: questions with `?` (QM) or `!` (QU) before the name, known answers with their TTL.
pub(crate) fn query(flags: u16, questions: &[(&str, u16)], known: &[(&str, Data, u32)]) -> Vec<u8> {
    let mut writer = Writer::new(0, flags, 9000, false);
    for (text, kind) in questions {
        let (class, text) = match text.strip_prefix('!') {
            Some(text) => (IN | TOP, text),
            None => (IN, text.trim_start_matches('?')),
        };
        assert!(writer.question(&name(text), *kind, class));
    }
    for (text, data, ttl) in known {
        assert!(writer.record(Section::Answer, &name(text), data, false, *ttl));
    }
    writer.finish()
}

/// A probe for `text` that proposes `data`.
pub(crate) fn probe(text: &str, proposed: &[Data]) -> Vec<u8> {
    let mut writer = Writer::new(0, 0, 9000, false);
    let (class, text) = match text.strip_prefix('!') {
        Some(text) => (IN | TOP, text),
        None => (IN, text),
    };
    assert!(writer.question(&name(text), 255, class));
    for data in proposed {
        assert!(writer.record(Section::Authority, &name(text), data, false, 120));
    }
    writer.finish()
}

/// A response with these records.
pub(crate) fn response(records: &[(&str, Data, u32)]) -> Vec<u8> {
    let mut writer = Writer::new(0, 0x8400, 9000, false);
    for (text, data, ttl) in records {
        assert!(writer.record(Section::Answer, &name(text), data, true, *ttl));
    }
    writer.finish()
}
