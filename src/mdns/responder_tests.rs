//! Starting, meeting others, going: one or more boxes on a link in virtual time.

use std::net::SocketAddr;

use super::*;
use crate::read::Section;
use crate::record::{Data, kind};
use crate::table::Role;
use crate::testing::{
    LINK, World, address_of, identity, is_response, ms, name, network, probe, records, response,
    services, stranger,
};

#[test]
fn three_probes_then_announcements() {
    let mut world = World::new(1);
    let begun = world.now;
    world.plug(0);
    world.run(ms(20_000));
    let times: Vec<Duration> = world.log.iter().map(|sent| sent.at - begun).collect();
    let first = times[0];
    assert!(first <= ms(250));
    let after: Vec<u128> = times.iter().map(|t| (*t - first).as_millis()).collect();
    assert_eq!(after, [0, 250, 500, 750, 1750, 3750]);
    for sent in &world.log[..3] {
        let message = Message::read(&sent.octets).unwrap();
        assert!(!message.is_response());
        let questions: Vec<_> = message.questions().collect();
        assert_eq!(questions.len(), 4, "the host and three services");
        assert!(questions.iter().all(|q| q.kind == kind::ANY && q.unicast));
        let proposed = message.of(Section::Authority).count();
        assert_eq!(proposed, 7, "an address, SRV and TXT of each service");
    }
    for sent in &world.log[3..] {
        let said = records(sent);
        let of = |kind: u16| said.iter().filter(|r| r.kind == kind).count();
        assert_eq!((of(kind::A), of(kind::SRV), of(kind::TXT)), (1, 3, 3));
        assert_eq!(
            of(kind::PTR),
            1 + 3 + 3,
            "reverse, services, kinds of services"
        );
        // Who asks for the other family is told that there is none.
        assert_eq!(of(kind::NSEC), 1);
        // Only what is unique flushes caches.
        let packet = simple_dns::Packet::parse(&sent.octets).unwrap();
        for record in packet.answers {
            let shared = record.name.to_string().starts_with('_');
            assert_eq!(record.cache_flush, !shared, "{record:?}");
        }
    }
    assert!(world.boxes[0].is_settled() && world.boxes[0].deadline().is_none());
}

#[test]
fn a_name_that_is_held_is_defended_and_the_newcomer_takes_another() {
    let mut world = World::new(2);
    world.plug(0);
    world.run(ms(10_000));
    world.plug(1);
    world.run(ms(30_000));
    assert_eq!(
        world.names(),
        ["pillarbox/Pillarbox", "pillarbox-2/Pillarbox (2)"]
    );
    let renamed = world
        .events
        .iter()
        .filter(|(_, who, wish)| *who == 1 && *wish == Wish::Renamed);
    assert_eq!(renamed.count(), 2);
    assert!(world.boxes.iter().all(Responder::is_settled));
}

#[test]
fn five_boxes_switched_on_at_once_get_five_names() {
    let mut world = World::new(5);
    for who in 0..5 {
        world.plug(who);
    }
    world.run(ms(60_000));
    let mut names = world.names();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 5, "{:?}", world.names());
    assert!(world.boxes.iter().all(Responder::is_settled));
    let hosts: Vec<String> = world.boxes.iter().map(|b| b.identity().host()).collect();
    assert!(hosts.contains(&"pillarbox".to_owned()) && hosts.contains(&"pillarbox-5".to_owned()));
}

#[test]
fn names_are_found_on_a_bad_network_and_conflicts_are_mended_later() {
    for seed in 0..40 {
        let mut world = World::new(3);
        let mut random = Random::new(seed);
        let until = world.now + ms(8_000);
        // Half of everything is lost in the first eight seconds: some will hold the same name.
        world.loses =
            Box::new(move |sent| sent.at < until && random.between((ms(0), ms(1))) < ms(1) / 2);
        for who in 0..3 {
            world.plug(who);
        }
        world.run(ms(8_000));
        // Then somebody asks for every name, and they hear one another.
        for number in 1..6 {
            let host = if number == 1 {
                "pillarbox.local".into()
            } else {
                format!("pillarbox-{number}.local")
            };
            let asked = crate::testing::query(
                0,
                &[(&host, kind::A), ("_imaps._tcp.local", kind::PTR)],
                &[],
            );
            world.hear(stranger(5353), true, &asked);
            world.run(ms(20_000));
        }
        let mut hosts: Vec<String> = world.boxes.iter().map(|b| b.identity().host()).collect();
        hosts.sort();
        hosts.dedup();
        assert_eq!(hosts.len(), 3, "seed {seed}: {:?}", world.names());
        assert!(world.boxes.iter().all(Responder::is_settled));
    }
}

#[test]
fn a_conflict_before_the_first_probe_is_old_news() {
    let mut world = World::new(1);
    world.plug(0);
    let theirs = response(&[("pillarbox.local", Data::A([192, 168, 1, 99].into()), 120)]);
    world.hear(stranger(5353), true, &theirs);
    world.run(ms(5_000));
    assert_eq!(world.names(), ["pillarbox/Pillarbox"]);
    // And the same while it is probed for is not.
    let mut world = World::new(1);
    world.plug(0);
    world.run(ms(300));
    world.hear(stranger(5353), true, &theirs);
    world.run(ms(5_000));
    assert_eq!(world.names(), ["pillarbox-2/Pillarbox"]);
}

#[test]
fn any_record_under_the_name_is_a_conflict_while_probing_the_same_data_is_none() {
    for (data, conflict) in [
        (Data::Txt(vec![0]), true),
        (Data::A(address_of(0)), false),
        (Data::A(address_of(1)), true),
    ] {
        let mut world = World::new(1);
        world.plug(0);
        world.run(ms(300));
        let theirs = response(&[("PILLARBOX.local", data.clone(), 120)]);
        world.hear(stranger(5353), true, &theirs);
        world.run(ms(5_000));
        assert_eq!(
            world.boxes[0].identity().host() != "pillarbox",
            conflict,
            "{data:?}"
        );
    }
}

#[test]
fn responses_that_are_not_to_be_believed_change_nothing() {
    let theirs = response(&[("pillarbox.local", Data::A([192, 168, 1, 99].into()), 120)]);
    let far = SocketAddr::from(([8, 8, 8, 8], 5353));
    for (from, to_group, believed) in [
        (stranger(5353), true, true),
        (stranger(5353), false, true),
        (stranger(5354), true, false),
        (far, false, false),
        (far, true, true), // the group's packets come from the link, whatever they say (RFC 6762 §11)
    ] {
        let mut world = World::new(1);
        world.plug(0);
        world.run(ms(300));
        world.hear(from, to_group, &theirs);
        world.run(ms(5_000));
        assert_eq!(
            world.boxes[0].identity().host() != "pillarbox",
            believed,
            "{from} {to_group}"
        );
    }
    // Unicast when nothing was asked lately.
    let mut world = World::settled();
    world.hear(stranger(5353), false, &theirs);
    world.run(ms(5_000));
    assert!(world.log.is_empty());
}

#[test]
fn a_dispute_over_a_held_name_is_settled_by_probing() {
    let theirs = |ttl| response(&[("pillarbox.local", Data::A([192, 168, 1, 99].into()), ttl)]);
    let mut world = World::settled();
    world.hear(stranger(5353), true, &theirs(0));
    assert!(world.boxes[0].is_settled(), "a goodbye is no claim");
    // Nobody defends it: it stays ours.
    world.hear(stranger(5353), true, &theirs(120));
    assert!(!world.boxes[0].is_settled());
    world.run(ms(10_000));
    assert_eq!(world.names(), ["pillarbox/Pillarbox"]);
    assert!(!is_response(&world.log[0]), "probed for again");
    // Somebody does.
    world.hear(stranger(5353), true, &theirs(120));
    world.run(ms(400));
    world.hear(stranger(5353), true, &theirs(120));
    world.run(ms(10_000));
    assert_eq!(world.names(), ["pillarbox-2/Pillarbox"]);
}

#[test]
fn a_record_of_another_type_under_a_held_name_is_no_dispute() {
    let mut world = World::settled();
    let txt = response(&[("pillarbox.local", Data::Txt(vec![0]), 120)]);
    world.hear(stranger(5353), true, &txt);
    assert!(world.boxes[0].is_settled());
}

#[test]
fn our_own_addresses_elsewhere_are_no_conflict() {
    let mut world = World::settled();
    let other = LinkId {
        interface: 3,
        ..LINK
    };
    world.boxes[0].set_link(world.now, other, &[network("10.0.0.9".parse().unwrap())]);
    world.run(ms(10_000));
    world.log.clear();
    let reflected = response(&[("pillarbox.local", Data::A([10, 0, 0, 9].into()), 120)]);
    world.hear(stranger(5353), true, &reflected);
    world.run(ms(5_000));
    assert!(world.log.is_empty() && world.boxes[0].is_settled());
}

#[test]
fn a_reverse_name_that_another_claims_is_left_to_it() {
    let mut world = World::settled();
    let theirs = response(&[(
        "10.1.168.192.in-addr.arpa",
        Data::Ptr(name("other.local")),
        120,
    )]);
    world.hear(stranger(5353), true, &theirs);
    let ask = crate::testing::query(0, &[("10.1.168.192.in-addr.arpa", kind::PTR)], &[]);
    world.run(ms(2_000));
    world.hear(stranger(5353), true, &ask);
    world.run(ms(2_000));
    assert!(world.log.is_empty() && world.boxes[0].is_settled());
}

#[test]
fn fifteen_conflicts_in_ten_seconds_slow_it_down_and_after_a_minute_it_says_so() {
    let mut world = World::new(1);
    world.plug(0);
    let mut times = Vec::new();
    let end = world.now + ms(120_000);
    while world.now < end {
        world.run(ms(10));
        let host = format!("{}.local", world.boxes[0].identity().host());
        // Somebody answers for every name, at once.
        if world
            .log
            .last()
            .is_some_and(|last| last.at + ms(10) > world.now)
        {
            times.push(world.now);
            let theirs = response(&[(&host, Data::A([192, 168, 1, 99].into()), 120)]);
            world.hear(stranger(5353), true, &theirs);
        }
    }
    for window in times.windows(17) {
        assert!(window[16] - window[0] >= ms(5_000), "{window:?}");
    }
    assert!(times.len() < 60, "{}", times.len());
    let nameless = world
        .events
        .iter()
        .filter(|(_, _, wish)| *wish == Wish::Nameless);
    assert_eq!(nameless.count(), 1);
    // The tormentor goes: all is well.
    world.run(ms(20_000));
    assert!(world.boxes[0].is_settled());
}

#[test]
fn new_addresses_are_announced_without_probes_old_ones_flushed() {
    let mut world = World::settled();
    let both = [
        network(address_of(0).into()),
        network("fe80::1".parse().unwrap()),
    ];
    world.boxes[0].set_link(world.now, LINK, &both);
    world.run(ms(10_000));
    assert_eq!(world.log.len(), 3);
    assert!(world.log.iter().all(is_response));
    assert!(records(&world.log[0]).iter().any(|r| r.kind == kind::AAAA));
    world.log.clear();
    // The reverse name of an address that goes is taken back.
    world.boxes[0].set_link(world.now, LINK, &both[..1]);
    world.run(ms(10_000));
    let gone: Vec<_> = world
        .log
        .iter()
        .flat_map(records)
        .filter(|r| r.ttl == 0)
        .collect();
    assert!(
        gone.iter()
            .any(|r| r.kind == kind::PTR && format!("{:?}", r.name).ends_with("ip6.arpa."))
    );
    assert!(gone.iter().any(|r| r.kind == kind::AAAA));
    assert!(!gone.iter().any(|r| r.kind == kind::A));
}

#[test]
fn services_come_and_go() {
    let mut world = World::settled();
    let mut fewer = services();
    fewer.remove(2);
    world.boxes[0].set_services(world.now, fewer.clone());
    world.boxes[0].set_services(world.now, fewer);
    world.run(ms(10_000));
    let gone: Vec<_> = world
        .log
        .iter()
        .flat_map(records)
        .filter(|r| r.ttl == 0)
        .collect();
    let of = |kind: u16| gone.iter().filter(|r| r.kind == kind).count();
    assert_eq!(
        (of(kind::PTR), of(kind::SRV), of(kind::TXT)),
        (2, 1, 1),
        "{gone:?}"
    );
    assert!(world.boxes[0].is_settled());
}

#[test]
fn at_the_end_all_is_taken_back() {
    let mut world = World::settled();
    let said = world.boxes[0].links[&LINK]
        .entries
        .iter()
        .filter(|e| e.role != Role::Nothing)
        .count();
    world.boxes[0].end(world.now);
    world.settle_wishes();
    let gone: Vec<_> = world.log.iter().flat_map(records).collect();
    assert!(gone.iter().all(|record| record.ttl == 0));
    assert_eq!(gone.len(), said);
    assert!(world.boxes[0].deadline().is_none());
    // A box that was never heard has nothing to take back.
    let mut quiet = World::new(1);
    quiet.plug(0);
    quiet.boxes[0].end(quiet.now);
    quiet.settle_wishes();
    assert!(quiet.log.is_empty());
}

#[test]
fn a_remembered_name_is_tried_first() {
    let mut world = World::new(1);
    let mut known = identity();
    known.numbers.host = 3;
    world.boxes[0] = Responder::new(known, 1);
    world.plug(0);
    world.run(ms(5_000));
    assert_eq!(world.names(), ["pillarbox-3/Pillarbox"]);
}

#[test]
fn a_held_name_is_defended_at_once_by_unicast_or_within_250_ms_by_multicast() {
    let mut world = World::settled();
    let theirs = [Data::A([192, 168, 1, 99].into())];
    world.hear(stranger(5353), true, &probe("!pillarbox.local", &theirs));
    assert_eq!(world.log.len(), 1);
    assert_eq!(world.log[0].to, To::Host(stranger(5353)));
    world.log.clear();
    for _ in 0..3 {
        world.hear(stranger(5353), true, &probe("pillarbox.local", &theirs));
        world.run(ms(250));
    }
    assert_eq!(
        world.log.len(),
        3,
        "one for every probe, though less than a second apart"
    );
    assert!(world.log.iter().all(|sent| sent.to == To::Group));
}
