//! What others say of our records: duplicates are not said again, too short a life is corrected. Conflicts stand in `responder_tests`.

use crate::record::{Data, kind};
use crate::testing::{World, ms, name, query, records, response, stranger};

const IMAPS: &str = "_imaps._tcp.local";

fn ptr(ttl: u32) -> Vec<u8> {
    response(&[(IMAPS, Data::Ptr(name("pillarbox._imaps._tcp.local")), ttl)])
}

#[test]
fn what_another_said_meanwhile_is_not_said_again() {
    for (ttl, said) in [(4500, false), (9000, false), (4499, true)] {
        let mut world = World::settled();
        world.run(ms(2_000));
        world.hear(stranger(5353), true, &query(0, &[(IMAPS, kind::PTR)], &[]));
        world.run(ms(10));
        world.hear(stranger(5353), true, &ptr(ttl));
        world.run(ms(1_000));
        assert_eq!(!world.log.is_empty(), said, "{ttl}");
    }
}

#[test]
fn a_record_that_would_be_forgotten_too_soon_is_said() {
    for (ttl, said) in [(0, true), (2249, true), (2250, false), (4500, false)] {
        let mut world = World::settled();
        world.run(ms(2_000));
        world.hear(stranger(5353), true, &ptr(ttl));
        world.run(ms(1_000));
        assert_eq!(!world.log.is_empty(), said, "{ttl}");
        if let Some(sent) = world.log.first() {
            assert_eq!(
                (records(sent)[0].kind, records(sent)[0].ttl),
                (kind::PTR, 4500)
            );
        }
    }
}

#[test]
fn other_hosts_services_are_none_of_ours() {
    let mut world = World::settled();
    let others = response(&[
        (IMAPS, Data::Ptr(name("Other._imaps._tcp.local")), 4500),
        ("other.local", Data::A([192, 168, 1, 99].into()), 120),
    ]);
    world.hear(stranger(5353), true, &others);
    world.run(ms(2_000));
    assert!(world.log.is_empty() && world.boxes[0].is_settled());
}
