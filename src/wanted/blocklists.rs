//! DNS blocklists (RFC 5782): whether the client's address is on one of the lists that the owner has named.
//!
//! Promises: an answer only ever adds to a message's weight; only 127.0.0.2 to 127.0.0.254 is a listing, so that 127.255.255.x, with which a list refuses to
//! answer (users.md F24: behind a public resolver it does that to everybody), never is one and switches the list off for [`OFF_TIME`]; so does a list that lists 127.0.0.1,
//! which means everybody (RFC 5782 §5). A public resolver is not asked at all: it would tell a stranger who writes to the house, and the lists refuse it. All lists are
//! asked at once, and nobody waits longer than [`TIME`].
//!
//! What it cannot do: it cannot see what the house's router passes the questions on to; then the list refuses, and the status says so.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_io::Timer;
use dns::{Answer, Data, Failure, Kind};
use futures_lite::FutureExt as _;

use crate::resolver::Resolver;

/// Lists that can be named: each is two questions to the DNS for a message.
pub(crate) const ZONES_MAX: usize = 8;
/// Lists of one message that weigh: together they stay below what sends it to Junk (users.md F24).
pub(crate) const WEIGHING_MAX: usize = 2;
/// How long the answers are waited for; what has not come by then says nothing.
const TIME: Duration = Duration::from_secs(5);
/// How long a list is left alone that refuses to answer or lists everybody: its operator counts the questions that it refuses.
const OFF_TIME: Duration = Duration::from_secs(4 * 3600);

/// Resolvers that answer for the whole world.
const PUBLIC: [IpAddr; 19] = [
    v4(8, 8, 8, 8),
    v4(8, 8, 4, 4),
    v4(1, 1, 1, 1),
    v4(1, 0, 0, 1),
    v4(1, 1, 1, 2),
    v4(1, 1, 1, 3),
    v4(9, 9, 9, 9),
    v4(9, 9, 9, 10),
    v4(149, 112, 112, 112),
    v4(208, 67, 222, 222),
    v4(208, 67, 220, 220),
    v4(94, 140, 14, 14),
    v4(77, 88, 8, 8),
    v4(4, 2, 2, 1),
    v6([0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888]),
    v6([0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8844]),
    v6([0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111]),
    v6([0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1001]),
    v6([0x2620, 0xfe, 0, 0, 0, 0, 0, 0xfe]),
];

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
}

/// The lists; clones share what is known of them.
#[derive(Clone, Default)]
pub(crate) struct Blocklists {
    zones: Arc<[String]>,
    off: Arc<Mutex<HashMap<String, Off>>>,
}

/// A list that is left alone.
struct Off {
    until: Instant,
    why: String,
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Listed,
    NotListed,
    /// It does not answer us, or says so of everybody: why.
    Refuses(&'static str),
}

impl Blocklists {
    /// These lists, by their zones; the first [`ZONES_MAX`].
    pub(crate) fn new(zones: &[String]) -> Blocklists {
        Blocklists {
            zones: zones.iter().take(ZONES_MAX).cloned().collect(),
            off: Arc::default(),
        }
    }

    /// The lists that list `peer`. Asks nothing about an address that no host of the internet has.
    pub(crate) async fn listing(&self, peer: IpAddr, resolver: &Resolver) -> Vec<String> {
        if self.zones.is_empty() || self.is_public(resolver) {
            return Vec::new();
        }
        let ask = |name: String| async move { resolver.lookup(&name, Kind::A).await };
        self.ask(peer, Instant::now(), ask, Timer::after(TIME))
            .await
    }

    /// Lines about each list, for `status`. `asks`: it is found out who sends what strangers bring.
    pub(crate) fn lines(&self, asks: bool, resolver: &Resolver) -> Vec<String> {
        if !self.zones.is_empty() && !asks {
            return vec![
                "blocklists are not asked: [verify] strangers is false, so that every client is taken for another host's"
                    .to_owned(),
            ];
        }
        if !self.zones.is_empty() && self.is_public(resolver) {
            return vec![format!(
                "blocklists are not asked: the resolver ({}) is a public one, which they refuse; name one of the house's in [dns] servers",
                resolver.asked()
            )];
        }
        let (off, now) = (self.off(), Instant::now());
        let line = |zone: &String| match off.get(zone).filter(|off| off.until > now) {
            Some(off) => format!("blocklist {zone} is left alone for some hours: {}", off.why),
            None => format!("blocklist {zone} is asked"),
        };
        self.zones.iter().map(line).collect()
    }

    fn is_public(&self, resolver: &Resolver) -> bool {
        resolver
            .addresses()
            .iter()
            .any(|address| PUBLIC.contains(&address.to_canonical()))
    }

    /// `ask` looks an A record up; `over` ends the waiting.
    async fn ask<F, A>(&self, peer: IpAddr, now: Instant, ask: F, over: impl Future) -> Vec<String>
    where
        F: Fn(String) -> A,
        A: Future<Output = Result<Answer, Failure>> + Send,
    {
        let Some(reversed) = reversed(peer) else {
            return Vec::new();
        };
        let open: Vec<&String> = {
            let off = self.off();
            let on = |zone: &&String| off.get(*zone).is_none_or(|off| off.until <= now);
            self.zones.iter().filter(on).collect()
        };
        let mut asked: Vec<(&String, Asked<'_>)> = open
            .into_iter()
            .map(|zone| {
                let it = ask(format!("{reversed}.{zone}"));
                let everybody = ask(format!("1.0.0.127.{zone}"));
                let both = futures_lite::future::zip(it, everybody);
                (zone, Box::pin(both) as Asked<'_>)
            })
            .collect();
        let mut listing = Vec::new();
        let all = poll_fn(|context| {
            asked.retain_mut(|(zone, answers)| match answers.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready((it, everybody)) => {
                    match judge(&it, &everybody) {
                        Said::Listed => listing.push((*zone).clone()),
                        Said::NotListed => {}
                        Said::Refuses(why) => self.leave_alone(zone, why, now),
                    }
                    false
                }
            });
            match asked.is_empty() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        let over = async {
            over.await;
        };
        all.or(over).await;
        listing.sort_unstable();
        listing
    }

    fn leave_alone(&self, zone: &str, why: &str, now: Instant) {
        crate::log::info(
            0,
            format_args!("the blocklist {zone} is left alone for some hours: {why}"),
        );
        let off = Off {
            until: now + OFF_TIME,
            why: why.to_owned(),
        };
        self.off().insert(zone.to_owned(), off);
    }

    fn off(&self) -> MutexGuard<'_, HashMap<String, Off>> {
        self.off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Asked<'a> =
    Pin<Box<dyn Future<Output = (Result<Answer, Failure>, Result<Answer, Failure>)> + Send + 'a>>;

/// Octets or nibbles from the last to the first (RFC 5782 §2.1, §2.4). `None`: nobody's address on the internet; 127.0.0.2 is everybody's to test with (§5).
fn reversed(peer: IpAddr) -> Option<String> {
    let peer = peer.to_canonical();
    let anybodys = match peer {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => false,
        IpAddr::V4(v4) if v4.is_loopback() => v4 == Ipv4Addr::new(127, 0, 0, 2),
        IpAddr::V4(v4) => !(v4.is_private() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    };
    let name = dns::reverse_name(peer);
    let bare = name
        .strip_suffix(".in-addr.arpa")
        .or_else(|| name.strip_suffix(".ip6.arpa"));
    bare.filter(|_| anybodys).map(str::to_owned)
}

/// What a list says of an address, and of 127.0.0.1.
fn judge(it: &Result<Answer, Failure>, everybody: &Result<Answer, Failure>) -> Said {
    match codes(it) {
        Codes::Refuses => Said::Refuses("it refuses to answer this resolver (127.255.255.x)"),
        Codes::Nothing => Said::NotListed,
        Codes::Lists => match codes(everybody) {
            Codes::Nothing => Said::Listed,
            Codes::Refuses => Said::Refuses("it refuses to answer this resolver (127.255.255.x)"),
            Codes::Lists => Said::Refuses("it lists everybody, even 127.0.0.1"),
        },
    }
}

enum Codes {
    Lists,
    Nothing,
    Refuses,
}

fn codes(answer: &Result<Answer, Failure>) -> Codes {
    let records = answer.iter().flat_map(|answer| &answer.data);
    let mut found = Codes::Nothing;
    for record in records {
        let Data::A(code) = record else {
            continue;
        };
        match code.octets() {
            [127, 255, 255, _] => return Codes::Refuses,
            [127, 0, 0, 2..=254] => found = Codes::Lists,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_io::block_on;
    use std::future::{pending, ready};

    const NONE: Failure = Failure::NoSuchName { validated: false };

    fn a(code: [u8; 4]) -> Result<Answer, Failure> {
        Ok(Answer {
            data: vec![Data::A(code.into())],
            name: String::new(),
            validated: false,
        })
    }

    fn lists(zones: &[&str]) -> Blocklists {
        Blocklists::new(
            &zones
                .iter()
                .map(|zone| (*zone).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    fn asked(lists: &Blocklists, peer: &str, known: &[(&str, [u8; 4])]) -> Vec<String> {
        let ask = |name: String| {
            let found = known.iter().find(|(at, _)| *at == name);
            ready(found.map_or(Err(NONE), |(_, code)| a(*code)))
        };
        let peer = peer.parse().unwrap();
        block_on(lists.ask(peer, Instant::now(), ask, pending::<()>()))
    }

    #[test]
    fn names_are_octets_and_nibbles_from_the_last() {
        for (peer, name) in [
            ("192.0.2.99", Some("99.2.0.192")),
            ("::ffff:192.0.2.99", Some("99.2.0.192")),
            (
                "2001:db8:1:2:3:4:567:89ab",
                Some("b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"),
            ),
            ("127.0.0.2", Some("2.0.0.127")),
            ("127.0.0.1", None),
            ("127.0.0.3", None),
            ("192.168.1.7", None),
            ("10.0.0.1", None),
            ("::1", None),
            ("fd00::1", None),
            ("fe80::1", None),
        ] {
            assert_eq!(reversed(peer.parse().unwrap()).as_deref(), name, "{peer}");
        }
    }

    #[test]
    fn only_codes_of_listings_are_listings() {
        for (code, listed) in [
            ([127, 0, 0, 2], true),
            ([127, 0, 0, 11], true),
            ([127, 0, 0, 254], true),
            ([127, 0, 0, 1], false),
            ([127, 0, 0, 255], false),
            ([127, 0, 1, 2], false),
            ([127, 255, 255, 252], false),
            ([127, 255, 255, 254], false),
            ([127, 255, 255, 255], false),
            // A provider that answers every unknown name with its own host.
            ([203, 0, 113, 80], false),
            ([0, 0, 0, 0], false),
        ] {
            let found = asked(
                &lists(&["l.test"]),
                "192.0.2.9",
                &[("9.2.0.192.l.test", code)],
            );
            assert_eq!(!found.is_empty(), listed, "{code:?}");
        }
    }

    #[test]
    fn a_list_that_refuses_or_lists_everybody_is_left_alone_and_the_others_go_on() {
        let all = lists(&["mad.test", "no.test", "yes.test"]);
        let known = [
            ("9.2.0.192.mad.test", [127, 0, 0, 2]),
            ("1.0.0.127.mad.test", [127, 0, 0, 2]),
            ("9.2.0.192.no.test", [127, 255, 255, 254]),
            ("9.2.0.192.yes.test", [127, 0, 0, 2]),
        ];
        assert_eq!(asked(&all, "192.0.2.9", &known), ["yes.test"]);
        // Even if they were sane now: they are not asked.
        let sane = known.map(|(name, code)| match name.starts_with('1') {
            true => ("nobody.test", code),
            false => (name, [127, 0, 0, 2]),
        });
        assert_eq!(asked(&all, "192.0.2.9", &sane), ["yes.test"]);
        let later = Instant::now() + OFF_TIME;
        let ask = |_: String| ready(Err(NONE));
        block_on(all.ask(v4(192, 0, 2, 9), later, ask, pending::<()>()));
        assert!(all.off().values().all(|off| off.until <= later + OFF_TIME));
    }

    #[test]
    fn who_does_not_answer_in_time_says_nothing() {
        let two = lists(&["slow.test", "yes.test"]);
        let ask = |name: String| -> Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>> {
            match name.as_str() {
                "9.2.0.192.slow.test" => Box::pin(pending()),
                "9.2.0.192.yes.test" => Box::pin(ready(a([127, 0, 0, 2]))),
                _ => Box::pin(ready(Err(NONE))),
            }
        };
        let found = block_on(two.ask(v4(192, 0, 2, 9), Instant::now(), ask, ready(())));
        assert_eq!(found, ["yes.test"]);
        let none = lists(&[]);
        assert!(asked(&none, "192.0.2.9", &[]).is_empty());
    }

    #[test]
    fn the_status_says_what_is_not_asked() {
        use crate::resolver::ResolverSettings;
        let resolver = |server: &str| {
            Resolver::new(ResolverSettings {
                servers: vec![server.parse().unwrap()],
                ..ResolverSettings::default()
            })
        };
        let two = lists(&["no.test", "yes.test"]);
        let home = resolver("192.168.1.1:53");
        asked(
            &two,
            "192.0.2.9",
            &[("9.2.0.192.no.test", [127, 255, 255, 254])],
        );
        let said = two.lines(true, &home);
        assert!(
            said[0].starts_with("blocklist no.test is left alone for some hours: it refuses"),
            "{said:?}"
        );
        assert_eq!(said[1], "blocklist yes.test is asked");
        for (asks, server, why) in [
            (false, "192.168.1.1:53", "strangers is false"),
            (true, "8.8.8.8:53", "public one"),
        ] {
            let said = two.lines(asks, &resolver(server));
            assert!(said.len() == 1 && said[0].contains(why), "{said:?}");
        }
        let public = resolver("[::ffff:1.1.1.1]:53");
        assert!(two.is_public(&public) && !two.is_public(&home));
        assert!(block_on(two.listing(v4(192, 0, 2, 9), &public)).is_empty());
        assert!(lists(&[]).lines(true, &public).is_empty());
    }
}
