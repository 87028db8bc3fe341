//! What must hold whatever comes: rates, memory, and an end of it.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::*;
use crate::read::Section;
use crate::record::{Data, kind};
use crate::table::Role;
use crate::testing::{
    LINK, Sent, World, address_of, is_response, ms, name, network, probe, query, records, response,
    stranger,
};

/// No record of box 0 is multicast within a second of its last time (250 ms if `probes`), goodbyes aside.
fn keeps_rates(log: &[Sent], gap: Duration) {
    let mut last: HashMap<(String, u16, Vec<u8>), Time> = HashMap::new();
    for sent in log {
        assert!(sent.octets.len() <= limits::PACKET_SENT);
        if sent.to != To::Group || !is_response(sent) || sent.who != 0 {
            continue;
        }
        for record in records(sent).into_iter().filter(|record| record.ttl > 0) {
            let key = (format!("{:?}", record.name), record.kind, record.data);
            if let Some(before) = last.insert(key.clone(), sent.at) {
                assert!(
                    sent.at >= before + gap,
                    "{key:?} after {:?}",
                    sent.at - before
                );
            }
        }
    }
}

/// Anything that a stranger might send.
fn anything(random: &mut Random) -> Vec<u8> {
    let mut below = |n: u64| {
        let micros = random.between((Duration::ZERO, Duration::from_micros(n - 1)));
        u64::try_from(micros.as_micros()).unwrap()
    };
    let names = [
        "pillarbox.local",
        "pillarbox-2.local",
        "Pillarbox._imaps._tcp.local",
        "_imaps._tcp.local",
        "_services._dns-sd._udp.local",
        "10.1.168.192.in-addr.arpa",
        "other.local",
    ];
    let mut pick = || names[usize::try_from(below(7)).unwrap()];
    let (one, two) = (pick(), pick());
    let kinds = [kind::A, kind::AAAA, kind::PTR, kind::SRV, kind::ANY];
    let kind = kinds[usize::try_from(below(5)).unwrap()];
    let datas = [
        Data::A([192, 168, 1, 99].into()),
        Data::A(address_of(0)),
        Data::Ptr(name("Pillarbox._imaps._tcp.local")),
        Data::Txt(vec![0]),
    ];
    let data = datas[usize::try_from(below(4)).unwrap()].clone();
    let mark = if below(2) == 0 { "!" } else { "?" };
    let ttl = u32::try_from(below(5000)).unwrap();
    let mut octets = match below(10) {
        0 => response(&[(one, data, ttl)]),
        1 => probe(two, &[data]),
        2 => query(
            0x0200,
            &[(&format!("{mark}{one}"), kind)],
            &[(two, data, ttl)],
        ),
        3 => query(0, &[], &[(two, data, ttl)]),
        _ => query(0, &[(&format!("{mark}{one}"), kind), (two, kind)], &[]),
    };
    if below(8) == 0 {
        let at = usize::try_from(below(octets.len() as u64)).unwrap();
        octets[at] = u8::try_from(below(256)).unwrap();
    }
    octets
}

#[test]
fn under_a_flood_rates_are_kept_memory_is_flat_and_there_is_an_end() {
    for seed in 0..6 {
        let mut random = Random::new(seed);
        let mut world = World::new(1);
        world.plug(0);
        world.run(ms(3_000));
        let begun = world.now;
        for _ in 0..4_000 {
            let octets = anything(&mut random);
            let port = if random.between((ms(0), ms(3))) < ms(1) {
                40_000
            } else {
                5353
            };
            let far = random.between((ms(0), ms(9))) < ms(1);
            let from = if far {
                SocketAddr::from(([8, 8, 8, 8], port))
            } else {
                stranger(port)
            };
            world.hear(from, random.between((ms(0), ms(4))) > ms(1), &octets);
            world.run(random.between((ms(0), ms(10))));
            let link = &world.boxes[0].links[&LINK];
            assert!(link.replies.len() <= limits::REPLIES && link.entries.len() < 40);
            assert!(
                world.boxes[0].wishes.is_empty()
                    && world.boxes[0].conflicts.len() <= limits::CONFLICTS
            );
        }
        keeps_rates(&world.log, limits::DEFENCE_GAP);
        let seconds = (world.now - begun).as_secs() + 1;
        let unicasts = world.log.iter().filter(|sent| sent.to != To::Group);
        assert!(unicasts.clone().count() as u64 <= (seconds + 1) * u64::from(limits::UNICASTS));
        for sent in unicasts {
            let To::Host(host) = sent.to else { continue };
            assert!(host.ip() == stranger(0).ip(), "only to the link");
        }
        world.run(ms(60_000));
        assert!(world.boxes[0].is_settled() && world.boxes[0].deadline().is_none());
    }
}

#[test]
fn without_probes_every_record_waits_a_second() {
    let mut world = World::settled();
    for _ in 0..400 {
        let asked = query(
            0,
            &[
                ("pillarbox.local", kind::ANY),
                ("_imaps._tcp.local", kind::PTR),
            ],
            &[],
        );
        world.hear(stranger(5353), true, &asked);
        world.run(ms(23));
    }
    let times = world.log.len();
    assert!((9..=40).contains(&times), "{times}");
    keeps_rates(&world.log, limits::RECORD_GAP);
}

#[test]
fn a_flood_of_plain_queries_draws_a_bounded_number_of_answers() {
    let mut world = World::settled();
    for _ in 0..1_000 {
        world.hear(
            stranger(40_000),
            true,
            &query(0, &[("pillarbox.local", kind::A)], &[]),
        );
        world.run(ms(1));
    }
    assert!(
        world.log.len() <= 2 * limits::UNICASTS as usize,
        "{}",
        world.log.len()
    );
}

#[test]
fn many_addresses_are_cut_and_fit_into_packets() {
    let mut world = World::new(1);
    let service = |kind| Service {
        kind,
        port: 993,
        text: vec!["x".repeat(255)],
    };
    let services = ["_a", "_b", "_c"].map(service).to_vec();
    world.boxes[0] = Responder::new(Identity::new("pillarbox", "Pillarbox", services), 1);
    let networks: Vec<Network> = (1..200_u16)
        .map(|n| network(format!("fd00::{n:x}").parse().unwrap()))
        .collect();
    world.boxes[0].set_link(world.now, LINK, &networks);
    world.run(ms(10_000));
    keeps_rates(&world.log, limits::RECORD_GAP);
    let link = &world.boxes[0].links[&LINK];
    let told = link
        .entries
        .iter()
        .filter(|entry| entry.role == Role::Probed);
    assert_eq!(told.count(), limits::ADDRESSES + 6);
    let responses: Vec<_> = world.log.iter().filter(|sent| is_response(sent)).collect();
    assert!(responses.len() > 3, "more than one packet each time");
    let first: Vec<_> = responses
        .iter()
        .take_while(|sent| sent.at == responses[0].at)
        .collect();
    let addresses = first
        .iter()
        .flat_map(|sent| records(sent))
        .filter(|r| r.section == Section::Answer && r.kind == kind::AAAA);
    assert_eq!(addresses.count(), limits::ADDRESSES);
}

#[test]
fn any_octets_are_taken_or_ignored() {
    let mut random = Random::new(3);
    let mut world = World::settled();
    let whole = query(
        0,
        &[("!pillarbox.local", kind::ANY)],
        &[("_imaps._tcp.local", Data::Ptr(name("a.local")), 9)],
    );
    for end in 0..whole.len() {
        world.hear(stranger(5353), true, &whole[..end]);
    }
    for _ in 0..20_000 {
        let length = random
            .between((ms(0), Duration::from_micros(80)))
            .as_micros();
        let octets: Vec<u8> = (0..length)
            .map(|_| {
                u8::try_from(
                    random
                        .between((ms(0), Duration::from_micros(255)))
                        .as_micros(),
                )
                .unwrap()
            })
            .collect();
        world.hear(stranger(5353), true, &octets);
    }
    world.run(ms(5_000));
    assert!(world.boxes[0].is_settled());
}
