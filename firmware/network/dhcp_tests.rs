//! The client and a server in one test, with a clock that is moved by hand.

use super::*;
use crate::network::lease::LEASE_MAX;

const MAC: Mac = [2, 0, 0, 0, 0, 7];

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

struct House {
    client: Client,
    dice: Dice,
    begun: Instant,
    now: Instant,
    /// Everything that was said, with its second.
    log: Vec<(u64, Said)>,
}

impl House {
    fn new() -> House {
        let begun = Instant::now();
        let (client, dice) = (Client::new(MAC), Dice::new(3));
        House {
            client,
            dice,
            begun,
            now: begun,
            log: vec![],
        }
    }

    fn plugged() -> House {
        let mut house = House::new();
        house.client.plug(house.now, &mut house.dice);
        house.note();
        house
    }

    fn bound() -> House {
        let mut house = House::plugged();
        house.answer(Reply::Offer, |_| {});
        house.answer(Reply::Ack, |_| {});
        house.client.free(house.now, &mut house.dice);
        house.note();
        assert!(house.client.held().is_some());
        house.log.clear();
        house
    }

    fn note(&mut self) {
        let at = (self.now - self.begun).as_secs();
        self.log
            .extend(self.client.said().into_iter().map(|said| (at, said)));
    }

    /// Moves the clock from deadline to deadline.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut turns = 0;
        while let Some(due) = self.client.deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.client.turn(self.now, &mut self.dice);
            self.note();
            turns += 1;
            assert!(turns < 10_000, "it spins: {:?}", self.client);
        }
        self.now = until;
    }

    fn answer(&mut self, reply: Reply, change: impl FnOnce(&mut Answer)) {
        let mut answer = crate::network::lease::tests::answer(reply, "192.168.1.9");
        answer.xid = self.client.asking().map_or(0, |asking| asking.xid);
        change(&mut answer);
        self.client.hear(&answer, self.now, &mut self.dice);
        self.note();
    }

    fn sent(&self) -> Vec<(u64, Kind, bool)> {
        let message = |(at, said): &(u64, Said)| match said {
            Said::Broadcast(message) => Some((*at, message.kind, false)),
            Said::Unicast(_, message) => Some((*at, message.kind, true)),
            _ => None,
        };
        self.log.iter().filter_map(message).collect()
    }

    fn last(&self) -> &Said {
        &self.log.last().unwrap().1
    }
}

#[test]
fn from_a_cable_to_an_address() {
    let mut house = House::plugged();
    let Said::Broadcast(discover) = house.last().clone() else {
        panic!("{:?}", house.log)
    };
    assert_eq!(
        (discover.kind, discover.secs, discover.requested),
        (Kind::Discover, 0, None)
    );
    house.pass(s(2));
    house.answer(Reply::Offer, |_| {});
    let Said::Broadcast(request) = house.last().clone() else {
        panic!("{:?}", house.log)
    };
    assert_eq!(
        (request.kind, request.xid, request.secs),
        (Kind::Request, discover.xid, 2)
    );
    assert_eq!(
        (request.requested, request.server),
        (Some(ip("192.168.1.9")), Some(ip("192.168.1.1")))
    );
    assert_eq!(request.from, Ipv4Addr::UNSPECIFIED);
    house.answer(Reply::Ack, |_| {});
    assert_eq!(house.last(), &Said::Check(ip("192.168.1.9")));
    assert!(house.client.held().is_none());
    house.client.free(house.now, &mut house.dice);
    house.note();
    assert!(matches!(house.last(), Said::Use(lease) if lease.address == ip("192.168.1.9")));
    assert!(!house.client.listens());
    assert_eq!(house.client.deadline(), Some(house.begun + s(2) + s(1800)));
}

#[test]
fn nobody_answers() {
    let mut house = House::plugged();
    house.pass(s(600));
    let times: Vec<u64> = house.sent().iter().map(|(at, ..)| *at).collect();
    let waits: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, expected) in waits.iter().zip([4, 8, 16, 32, 32, 32]) {
        assert!(wait.abs_diff(expected) <= 2, "{waits:?}");
    }
    assert!(waits[4..].iter().all(|wait| (30..=34).contains(wait)));
    assert!(
        house
            .sent()
            .iter()
            .all(|(_, kind, _)| *kind == Kind::Discover)
    );
    let Said::Broadcast(last) = house.last() else {
        panic!()
    };
    assert_eq!(u64::from(last.secs), *times.last().unwrap());
}

#[test]
fn what_is_not_for_us_is_not_heard() {
    let mut house = House::plugged();
    let before = house.log.len();
    house.answer(Reply::Offer, |answer| answer.xid ^= 1);
    house.answer(Reply::Offer, |answer| answer.mac = [9; 6]);
    house.answer(Reply::Ack, |_| {});
    house.answer(Reply::Nak, |_| {});
    let said: Vec<_> = house.log[before..]
        .iter()
        .map(|(_, said)| said)
        .filter(|said| !matches!(said, Said::Note(_)))
        .collect();
    assert!(said.is_empty(), "{said:?}");
    house.answer(Reply::Offer, |answer| answer.lease = Some(0));
    assert!(matches!(house.last(), Said::Note(_)));
    house.answer(Reply::Offer, |_| {});
    house.answer(Reply::Ack, |answer| answer.address = ip("192.168.1.77"));
    house.answer(Reply::Ack, |answer| answer.server = Some(ip("192.168.1.2")));
    house.answer(Reply::Nak, |answer| answer.server = Some(ip("192.168.1.2")));
    assert!(
        matches!(house.client.state, State::Requesting { .. }),
        "{:?}",
        house.client
    );
    house.answer(Reply::Nak, |_| {});
    assert!(matches!(house.client.state, State::Resting(_)));
}

#[test]
fn an_offer_without_a_router_waits_for_a_better_one() {
    let poor = |answer: &mut Answer| {
        answer.server = Some(ip("192.168.1.66"));
        answer.routers.clear();
    };
    let mut house = House::plugged();
    house.answer(Reply::Offer, poor);
    assert_eq!(house.sent().len(), 1);
    house.pass(s(1));
    house.answer(Reply::Offer, |_| {});
    assert!(matches!(house.last(), Said::Broadcast(m) if m.server == Some(ip("192.168.1.1"))));
    let mut house = House::plugged();
    house.answer(Reply::Offer, poor);
    house.pass(s(2));
    assert!(
        matches!(house.last(), Said::Broadcast(m) if m.server == Some(ip("192.168.1.66"))),
        "there was none"
    );
    let mut house = House::new();
    *house.client.before() = Some(Before {
        address: ip("192.168.1.9"),
        server: ip("192.168.1.66"),
    });
    house.client.plug(house.now, &mut house.dice);
    house.note();
    assert!(matches!(house.last(), Said::Broadcast(m) if m.requested == Some(ip("192.168.1.9"))));
    house.answer(Reply::Offer, poor);
    assert!(
        matches!(house.last(), Said::Broadcast(m) if m.server == Some(ip("192.168.1.66"))),
        "it was the one before the restart"
    );
    house.answer(Reply::Nak, poor);
    assert_eq!(*house.client.before(), None);
}

#[test]
fn an_offer_that_is_not_kept_ends_in_a_new_search() {
    let mut house = House::plugged();
    house.answer(Reply::Offer, |_| {});
    house.log.clear();
    house.pass(s(60));
    let kinds: Vec<Kind> = house.sent().iter().map(|(_, kind, _)| *kind).collect();
    assert_eq!(kinds[..3], [Kind::Request, Kind::Request, Kind::Discover]);
}

#[test]
fn renewed_with_its_server_then_with_anybody_then_over() {
    let mut house = House::bound();
    house.pass(s(3601));
    let sent = house.sent();
    let unicast: Vec<u64> = sent
        .iter()
        .filter(|(.., unicast)| *unicast)
        .map(|(at, ..)| *at)
        .collect();
    let broadcast: Vec<u64> = sent
        .iter()
        .filter(|(_, kind, unicast)| *kind == Kind::Request && !unicast)
        .map(|(at, ..)| *at)
        .collect();
    // Half of what is left, not less than a minute.
    assert_eq!(unicast, [1800, 2475, 2812, 2981, 3065, 3125], "T1 to T2");
    assert_eq!(broadcast, [3150, 3375, 3487, 3547], "T2 to the end");
    assert!(
        house
            .log
            .iter()
            .any(|(at, said)| (*at, said) == (3600, &Said::Drop))
    );
    assert!(matches!(sent.last(), Some((3600, Kind::Discover, false))));
    assert!(house.client.held().is_none());
}

#[test]
fn a_renewal_says_its_address_and_no_server() {
    let mut house = House::bound();
    house.pass(s(1800));
    let Said::Unicast(server, request) = house.last().clone() else {
        panic!()
    };
    assert_eq!(server, ip("192.168.1.1"));
    // RFC 2131 §4.3.2: ciaddr, neither option 50 nor 54.
    assert_eq!(
        (request.from, request.requested, request.server),
        (ip("192.168.1.9"), None, None)
    );
    house.answer(Reply::Ack, |answer| answer.dns = vec![ip("9.9.9.9")]);
    assert!(matches!(house.last(), Said::Use(lease) if lease.dns == [ip("9.9.9.9")]));
    assert_eq!(house.client.deadline(), Some(house.begun + s(3600)));
    // For ever: an answer each half time.
    for _ in 0..100 {
        house.pass(s(1800));
        house.answer(Reply::Ack, |answer| answer.lease = Some(3600));
    }
    assert!(house.log.iter().all(|(_, said)| *said != Said::Drop));
}

#[test]
fn a_lease_can_be_renewed_before_its_time() {
    let mut house = House::bound();
    house.pass(s(10));
    house.client.renew(house.now, &mut house.dice);
    house.note();
    assert_eq!(house.sent(), [(10, Kind::Request, true)]);
    house.answer(Reply::Ack, |_| {});
    assert_eq!(house.client.deadline(), Some(house.now + s(1800)));
    let mut asking = House::plugged();
    asking.log.clear();
    asking.client.renew(asking.now, &mut asking.dice);
    asking.note();
    assert!(asking.log.is_empty());
}

#[test]
fn another_address_in_a_renewal_is_not_taken() {
    let mut house = House::bound();
    house.pass(s(1800));
    house.answer(Reply::Ack, |answer| answer.address = ip("192.168.1.10"));
    assert!(matches!(house.client.state, State::Renewing(_)));
}

#[test]
fn a_nak_ends_the_lease_and_naks_in_a_row_slow_it_down() {
    let mut house = House::bound();
    house.pass(s(1800));
    house.answer(Reply::Nak, |answer| answer.server = Some(ip("192.168.1.2")));
    assert!(house.client.held().is_some(), "a stranger's");
    let begun = house.now;
    house.answer(Reply::Nak, |_| {});
    assert!(house.log.iter().any(|(_, said)| *said == Said::Drop));
    let mut discovers = 0;
    while house.now < begun + s(300) {
        house.pass(s(1));
        if matches!(house.client.state, State::Selecting { .. }) {
            discovers += 1;
            house.answer(Reply::Offer, |_| {});
            house.answer(Reply::Nak, |_| {});
        }
    }
    // 1, 2, 4, 8, 16, 32, 32 ... seconds.
    assert!((10..=14).contains(&discovers), "{discovers}");
}

#[test]
fn a_conflict_is_declined_and_ten_seconds_pass() {
    let mut house = House::plugged();
    house.answer(Reply::Offer, |_| {});
    house.answer(Reply::Ack, |_| {});
    let xid = house.log.iter().find_map(|(_, said)| match said {
        Said::Broadcast(m) => Some(m.xid),
        _ => None,
    });
    house.client.taken(house.now, &mut house.dice);
    house.note();
    let decline = house
        .log
        .iter()
        .rev()
        .find_map(|(_, said)| match said {
            Said::Broadcast(m) => Some(m.clone()),
            _ => None,
        })
        .unwrap();
    assert_eq!(
        (decline.kind, decline.requested, decline.server),
        (
            Kind::Decline,
            Some(ip("192.168.1.9")),
            Some(ip("192.168.1.1"))
        )
    );
    assert_ne!(Some(decline.xid), xid);
    house.log.clear();
    house.pass(s(9));
    assert!(house.sent().is_empty());
    house.pass(s(2));
    assert!(
        matches!(house.sent()[..], [(10, Kind::Discover, false)]),
        "{:?}",
        house.sent()
    );
}

#[test]
fn the_cable_comes_back_and_the_same_address_is_asked_for() {
    let mut house = House::bound();
    house.client.unplug();
    house.pass(s(30));
    assert!(house.sent().is_empty());
    house.client.plug(house.now, &mut house.dice);
    house.note();
    let Said::Broadcast(request) = house.last().clone() else {
        panic!()
    };
    // RFC 2131 §4.3.2, INIT-REBOOT: option 50, no ciaddr, no server.
    assert_eq!(
        (
            request.kind,
            request.requested,
            request.server,
            request.from
        ),
        (
            Kind::Request,
            Some(ip("192.168.1.9")),
            None,
            Ipv4Addr::UNSPECIFIED
        )
    );
    house.answer(Reply::Ack, |_| {});
    assert!(matches!(house.last(), Said::Use(_)), "at once");
}

#[test]
fn another_network_says_no_or_nothing_at_all() {
    let mut house = House::bound();
    house.client.unplug();
    house.client.plug(house.now, &mut house.dice);
    house.answer(Reply::Nak, |answer| answer.server = Some(ip("10.0.0.1")));
    assert!(house.client.held().is_none());
    house.log.clear();
    house.pass(s(2));
    assert!(matches!(house.sent()[..], [(1, Kind::Discover, false)]));
    let mut house = House::bound();
    house.client.unplug();
    house.client.plug(house.now, &mut house.dice);
    house.note();
    house.pass(s(40));
    let kinds: Vec<Kind> = house.sent().iter().map(|(_, kind, _)| *kind).collect();
    assert_eq!(
        kinds[..4],
        [Kind::Request, Kind::Request, Kind::Request, Kind::Discover]
    );
    assert!(
        house.client.held().is_some(),
        "the address is kept until its end"
    );
    assert!(matches!(house.last(), Said::Broadcast(m) if m.requested == Some(ip("192.168.1.9"))));
    house.pass(s(3600));
    assert!(house.client.held().is_none());
}

#[test]
fn an_old_lease_is_not_asked_for_again() {
    let mut house = House::bound();
    house.client.unplug();
    house.pass(s(3700));
    assert!(house.client.held().is_none(), "it ends without a cable too");
    house.log.clear();
    house.client.plug(house.now, &mut house.dice);
    house.note();
    assert!(matches!(house.sent()[..], [(_, Kind::Discover, false)]));
}

#[test]
fn a_release_names_the_server_and_is_the_end() {
    let mut house = House::bound();
    house.client.release(house.now, &mut house.dice);
    house.note();
    assert_eq!(house.last(), &Said::Drop, "it is not used any more");
    let Said::Unicast(server, release) = house.log[0].1.clone() else {
        panic!()
    };
    assert_eq!(
        (server, release.kind, release.from),
        (ip("192.168.1.1"), Kind::Release, ip("192.168.1.9"))
    );
    assert_eq!(release.server, Some(server));
    house.log.clear();
    house.pass(s(10_000));
    assert!(house.log.is_empty());
    let mut never = House::plugged();
    never.log.clear();
    never.client.release(never.now, &mut never.dice);
    never.note();
    assert!(never.log.is_empty(), "nothing to give back");
}

#[test]
fn any_lease_time_is_renewed_in_time_and_never_hammered() {
    for seconds in [10, 11, 30, 61, 86_400, u32::MAX] {
        let mut house = House::plugged();
        house.answer(Reply::Offer, |answer| answer.lease = Some(seconds));
        house.answer(Reply::Ack, |answer| answer.lease = Some(seconds));
        house.client.free(house.now, &mut house.dice);
        house.note();
        house.log.clear();
        house.pass(s(seconds.into()).min(LEASE_MAX));
        let requests = house
            .sent()
            .iter()
            .filter(|(_, kind, _)| *kind == Kind::Request)
            .count();
        assert!((2..60).contains(&requests), "{seconds}: {requests}");
    }
}

/// A stranger in the house answers with nonsense as fast as he can; the log may lie on the card.
#[test]
fn nonsense_is_told_of_once_in_an_exchange() {
    let mut house = House::plugged();
    let is_note = |(_, said): &&(u64, Said)| matches!(said, Said::Note(_));
    let notes = |house: &House| house.log.iter().filter(is_note).count();
    for _ in 0..100 {
        house.answer(Reply::Offer, |answer| answer.address = Ipv4Addr::BROADCAST);
    }
    assert_eq!(notes(&house), 1, "{:?}", house.log);
    house.answer(Reply::Offer, |_| {});
    for _ in 0..100 {
        house.answer(Reply::Ack, |answer| answer.address = Ipv4Addr::BROADCAST);
    }
    assert!(notes(&house) <= 2, "{:?}", house.log);
    house.client.unplug();
    house.client.plug(house.now, &mut house.dice);
    house.answer(Reply::Offer, |answer| answer.address = Ipv4Addr::BROADCAST);
    assert!(notes(&house) >= 2, "another exchange, another line");
}
