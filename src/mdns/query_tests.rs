//! Who is answered, how and when: the RFC's rules as tables.

use std::net::SocketAddr;

use super::*;
use crate::read::{Heard, Message};
use crate::record::Data;
use crate::responder::To;
use crate::testing::{World, address_of, ms, name, network, query, records, stranger};
use crate::{LinkId, testing::LINK};

const TC: u16 = 0x0200;
const HOST: &str = "pillarbox.local";
const IMAPS: &str = "_imaps._tcp.local";
const BOX: &str = "Pillarbox._imaps._tcp.local";
const KINDS: &str = "_services._dns-sd._udp.local";

fn address() -> Data {
    Data::A(address_of(0))
}

/// A box that has been quiet for so long.
fn quiet(time: u64) -> World {
    let mut world = World::settled();
    world.run(ms(time));
    world
}

fn of(records: &[Heard], section: Section) -> Vec<(String, u16)> {
    let chosen = records.iter().filter(|record| record.section == section);
    let mut all: Vec<_> = chosen
        .map(|record| (format!("{:?}", record.name), record.kind))
        .collect();
    all.sort();
    all
}

#[test]
fn questions_and_their_answers() {
    let reverse = "10.1.168.192.in-addr.arpa";
    for (question, kind, answers) in [
        (HOST, kind::A, 1),
        ("PillarBOX.LOCAL", kind::A, 1),
        (HOST, kind::ANY, 1),
        (reverse, kind::PTR, 1),
        (IMAPS, kind::PTR, 1),
        (IMAPS, kind::ANY, 1),
        (KINDS, kind::PTR, 3),
        (BOX, kind::SRV, 1),
        (BOX, kind::TXT, 1),
        (BOX, kind::ANY, 2),
        // Others may have what we have not, under a name that is everybody's.
        (IMAPS, kind::A, 0),
        ("_ipp._tcp.local", kind::PTR, 0),
        ("other.local", kind::A, 0),
        ("local", kind::ANY, 0),
        ("a.pillarbox.local", kind::A, 0),
    ] {
        let mut world = quiet(2_000);
        world.hear(stranger(5353), true, &query(0, &[(question, kind)], &[]));
        world.run(ms(1_000));
        let said: Vec<Heard> = world.log.iter().flat_map(records).collect();
        let answered = of(&said, Section::Answer).len();
        assert_eq!(answered, answers, "{question} {kind}: {said:?}");
        assert!(world.log.iter().all(|sent| sent.to == To::Group));
        let message = world
            .log
            .first()
            .map(|sent| Message::read(&sent.octets).unwrap());
        assert!(message.is_none_or(|m| m.questions_count() == 0 && m.id == 0 && m.is_response()));
    }
}

#[test]
fn what_is_not_there_is_said_not_to_be() {
    for (question, kind) in [(HOST, kind::AAAA), (HOST, kind::TXT), (BOX, kind::A)] {
        let mut world = quiet(2_000);
        world.hear(stranger(5353), true, &query(0, &[(question, kind)], &[]));
        assert_eq!(world.log.len(), 1, "at once: nobody else knows");
        let said = records(&world.log[0]);
        assert_eq!((said[0].kind, &said[0].name), (kind::NSEC, &name(question)));
    }
}

#[test]
fn what_saves_the_next_question_travels_along() {
    for (question, kind, along) in [
        (
            IMAPS,
            kind::PTR,
            vec![kind::A, kind::TXT, kind::SRV, kind::NSEC],
        ),
        (BOX, kind::SRV, vec![kind::A, kind::NSEC]),
        (BOX, kind::TXT, vec![]),
        (HOST, kind::A, vec![kind::NSEC]),
    ] {
        let mut world = quiet(2_000);
        world.hear(stranger(5353), true, &query(0, &[(question, kind)], &[]));
        world.run(ms(1_000));
        let said = records(&world.log[0]);
        let mut kinds: Vec<u16> = of(&said, Section::Additional)
            .iter()
            .map(|(_, kind)| *kind)
            .collect();
        let mut along = along;
        kinds.sort_unstable();
        along.sort_unstable();
        assert_eq!(kinds, along, "{question} {kind}");
    }
    // With both families the other one's address, and nothing is missing.
    let mut world = quiet(0);
    let both = [
        network(address_of(0).into()),
        network("fe80::1".parse().unwrap()),
    ];
    world.boxes[0].set_link(world.now, LINK, &both);
    world.run(ms(20_000));
    world.log.clear();
    world.hear(stranger(5353), true, &query(0, &[(HOST, kind::A)], &[]));
    let said = records(&world.log[0]);
    assert_eq!(
        of(&said, Section::Additional),
        [(format!("{:?}", name(HOST)), kind::AAAA)]
    );
}

#[test]
fn when_it_is_answered() {
    let ptr = (IMAPS, kind::PTR);
    for (flags, questions, from, to) in [
        (0, vec![(HOST, kind::A)], 0, 0),
        (0, vec![ptr], 20, 120),
        (0, vec![(HOST, kind::A), (BOX, kind::SRV)], 20, 120),
        (TC, vec![(HOST, kind::A)], 400, 500),
        (TC, vec![ptr], 400, 500),
    ] {
        let mut world = quiet(2_000);
        let asked = world.now;
        world.hear(stranger(5353), true, &query(flags, &questions, &[]));
        world.run(ms(1_000));
        let after = world.log[0].at - asked;
        assert!(
            (ms(from)..=ms(to)).contains(&after),
            "{questions:?}: {after:?}"
        );
    }
}

#[test]
fn what_is_known_is_not_said() {
    let ptr = || Data::Ptr(name(BOX));
    for (question, known, data, ttl, said) in [
        (IMAPS, IMAPS, ptr(), 4500, false),
        (IMAPS, IMAPS, ptr(), 2250, false),
        (IMAPS, IMAPS, ptr(), 2249, true),
        (
            IMAPS,
            IMAPS,
            Data::Ptr(name("Other._imaps._tcp.local")),
            4500,
            true,
        ),
        (
            IMAPS,
            "_IMAPS._tcp.local",
            Data::Ptr(name("PILLARBOX._imaps._tcp.local")),
            4500,
            false,
        ),
        (HOST, HOST, address(), 60, false),
        (HOST, HOST, address(), 59, true),
        (HOST, HOST, Data::A(address_of(1)), 120, true),
    ] {
        let mut world = quiet(2_000);
        let kind = if question == HOST { kind::A } else { kind::PTR };
        let asked = query(0, &[(question, kind)], &[(known, data.clone(), ttl)]);
        world.hear(stranger(5353), true, &asked);
        world.run(ms(1_000));
        assert_eq!(!world.log.is_empty(), said, "{question} {data:?} {ttl}");
    }
    // One of three kinds of services is known.
    let mut world = quiet(2_000);
    let known = [(KINDS, Data::Ptr(name(IMAPS)), 4500)];
    world.hear(
        stranger(5353),
        true,
        &query(0, &[(KINDS, kind::PTR)], &known),
    );
    world.run(ms(1_000));
    assert_eq!(of(&records(&world.log[0]), Section::Answer).len(), 2);
}

#[test]
fn of_a_unique_set_all_is_said_or_nothing() {
    let mut world = quiet(0);
    let two = [network(address_of(0).into()), network(address_of(7).into())];
    world.boxes[0].set_link(world.now, LINK, &two);
    world.run(ms(20_000));
    world.log.clear();
    let one = [(HOST, address(), 120)];
    world.hear(stranger(5353), true, &query(0, &[(HOST, kind::A)], &one));
    assert_eq!(of(&records(&world.log[0]), Section::Answer).len(), 2);
    world.run(ms(2_000));
    world.log.clear();
    let both = [(HOST, address(), 120), (HOST, Data::A(address_of(7)), 120)];
    world.hear(stranger(5353), true, &query(0, &[(HOST, kind::A)], &both));
    world.run(ms(1_000));
    assert!(world.log.is_empty());
}

#[test]
fn known_answers_may_follow_in_more_packets() {
    let ptr = || Data::Ptr(name(BOX));
    let first = query(
        TC,
        &[(IMAPS, kind::PTR)],
        &[(IMAPS, Data::Ptr(name("Other.local")), 4500)],
    );
    let more = |flags| query(flags, &[], &[(IMAPS, ptr(), 4500)]);
    // From the same asker, in time.
    let mut world = quiet(2_000);
    world.hear(stranger(5353), true, &first);
    world.run(ms(300));
    world.hear(stranger(5353), true, &more(0));
    world.run(ms(2_000));
    assert!(world.log.is_empty());
    // From another, who knows nothing of what this one knows.
    let mut world = quiet(2_000);
    world.hear(stranger(5353), true, &first);
    world.hear(SocketAddr::from(([192, 168, 1, 98], 5353)), true, &more(0));
    world.run(ms(2_000));
    assert_eq!(world.log.len(), 1);
    // Another waits for the same answer.
    let mut world = quiet(2_000);
    world.hear(stranger(5353), true, &first);
    let other = SocketAddr::from(([192, 168, 1, 98], 5353));
    world.hear(other, true, &query(TC, &[(IMAPS, kind::PTR)], &[]));
    world.hear(stranger(5353), true, &more(0));
    world.run(ms(2_000));
    assert_eq!(world.log.len(), 1);
    // Another packet with TC puts it off.
    let mut world = quiet(2_000);
    let asked = world.now;
    world.hear(stranger(5353), true, &first);
    world.run(ms(390));
    let nothing = [(IMAPS, Data::Ptr(name("Third.local")), 4500)];
    world.hear(stranger(5353), true, &query(TC, &[], &nothing));
    world.run(ms(2_000));
    assert!(
        world.log[0].at - asked >= ms(790),
        "{:?}",
        world.log[0].at - asked
    );
}

#[test]
fn a_unicast_answer_where_one_will_do_and_all_have_heard_lately() {
    let asked = query(0, &[("!pillarbox.local", kind::A)], &[]);
    // Said less than 30 seconds ago, a quarter of 120.
    let mut world = quiet(10_000);
    world.hear(stranger(5353), true, &asked);
    assert_eq!(world.log[0].to, To::Host(stranger(5353)));
    let packet = simple_dns::Packet::parse(&world.log[0].octets).unwrap();
    assert!(packet.answers[0].cache_flush && packet.answers[0].ttl == 120);
    // Longer ago.
    let mut world = quiet(40_000);
    world.hear(stranger(5353), true, &asked);
    assert_eq!(world.log[0].to, To::Group);
    // Not on our subnet: it would not believe a unicast answer (RFC 6762 §11).
    let mut world = quiet(10_000);
    world.hear(SocketAddr::from(([10, 9, 9, 9], 5353)), true, &asked);
    assert_eq!(world.log[0].to, To::Group);
}

#[test]
fn to_this_host_alone() {
    let asked = query(0, &[(HOST, kind::A)], &[]);
    let mut world = quiet(40_000);
    world.hear(stranger(5353), false, &asked);
    assert_eq!(world.log[0].to, To::Host(stranger(5353)));
    // From beyond the link.
    let mut world = quiet(2_000);
    for port in [53, 5353, 40_000] {
        world.hear(SocketAddr::from(([8, 8, 8, 8], port)), false, &asked);
    }
    world.hear(SocketAddr::from(([8, 8, 8, 8], 40_000)), true, &asked);
    world.run(ms(2_000));
    assert!(world.log.is_empty());
}

#[test]
fn plain_clients_get_what_a_dns_server_would_say() {
    let mut world = quiet(2_000);
    let mut asked = query(0x0100, &[(BOX, kind::SRV)], &[]);
    asked[..2].copy_from_slice(&[0xab, 0xcd]);
    world.hear(stranger(40_000), true, &asked);
    let sent = &world.log[0];
    assert_eq!(sent.to, To::Host(stranger(40_000)));
    let packet = simple_dns::Packet::parse(&sent.octets).unwrap();
    assert_eq!((packet.id(), packet.questions.len()), (0xabcd, 1));
    let all = packet.answers.iter().chain(&packet.additional_records);
    assert!(
        all.clone()
            .all(|record| !record.cache_flush && record.ttl <= 10)
    );
    assert_eq!(all.count(), 3);
    // A listing, too, after the usual delay; and it counts as nothing said to all.
    let mut world = quiet(2_000);
    world.hear(
        stranger(40_000),
        true,
        &query(0, &[(KINDS, kind::PTR)], &[]),
    );
    world.run(ms(200));
    assert_eq!(of(&records(&world.log[0]), Section::Answer).len(), 3);
}

#[test]
fn a_plain_answer_that_is_too_long_says_so() {
    let mut world = quiet(0);
    let many: Vec<_> = (1..17_u16)
        .map(|n| network(format!("fd00::{n:x}").parse().unwrap()))
        .chain([network(address_of(0).into())])
        .collect();
    world.boxes[0].set_link(world.now, LINK, &many);
    world.run(ms(20_000));
    world.log.clear();
    world.hear(
        stranger(40_000),
        true,
        &query(0, &[(HOST, kind::ANY), (BOX, kind::ANY)], &[]),
    );
    world.run(ms(200));
    assert!(world.log[0].octets.len() <= limits::PLAIN_ANSWER);
    assert!(Message::read(&world.log[0].octets).unwrap().is_truncated());
    // With room named by EDNS it fits.
    let mut asked = query(0, &[(HOST, kind::ANY), (BOX, kind::ANY)], &[]);
    asked[11] = 1;
    asked.extend([0, 0, 41, 5, 0, 0, 0, 0, 0, 0, 0]);
    world.run(ms(2_000));
    world.log.clear();
    world.hear(stranger(40_000), true, &asked);
    world.run(ms(200));
    assert!(!Message::read(&world.log[0].octets).unwrap().is_truncated());
}

#[test]
fn asked_again_within_a_second_it_is_said_when_the_second_is_over() {
    let mut world = quiet(2_000);
    let asked = query(0, &[(HOST, kind::A)], &[]);
    world.hear(stranger(5353), true, &asked);
    let first = world.now;
    for _ in 0..5 {
        world.run(ms(100));
        world.hear(stranger(5353), true, &asked);
    }
    world.run(ms(3_000));
    let times: Vec<_> = world.log.iter().map(|sent| sent.at - first).collect();
    assert_eq!(times, [ms(0), ms(1_000)]);
}

#[test]
fn other_classes_and_other_links_are_not_ours() {
    let mut world = quiet(2_000);
    let mut chaos = query(0, &[(HOST, kind::A)], &[]);
    let last = chaos.len() - 1;
    chaos[last] = 3;
    world.hear(stranger(5353), true, &chaos);
    assert!(world.log.is_empty());
    chaos[last] = 255;
    world.hear(stranger(5353), true, &chaos);
    assert_eq!(world.log.len(), 1, "class ANY");
    world.run(ms(2_000));
    let packet = crate::Packet {
        link: LinkId {
            interface: 9,
            ..LINK
        },
        from: stranger(5353),
        to_group: true,
        octets: &chaos,
    };
    world.boxes[0].hear(world.now, packet);
    assert_eq!(world.boxes[0].wish(), None);
}

#[test]
fn nothing_is_said_of_a_name_that_is_not_held_yet() {
    let mut world = World::new(1);
    world.plug(0);
    world.run(ms(400));
    let before = world.log.len();
    let asked = query(0, &[("!pillarbox.local", kind::A), (IMAPS, kind::PTR)], &[]);
    world.hear(stranger(5353), true, &asked);
    world.hear(stranger(40_000), true, &asked);
    world.run(ms(100));
    assert!(
        world.log[before..]
            .iter()
            .all(|sent| !crate::testing::is_response(sent))
    );
}
