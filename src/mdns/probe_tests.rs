//! Tie-breaks (RFC 6762 §8.2): the RFC's example, sets, and what is not one.

use super::*;
use crate::record::Data;
use crate::testing::{World, address_of, ms, probe, stranger};

/// Whether a box at 192.168.1.10 that hears this probe 300 ms after its start gives way (and then gets the name, as nobody defends it).
fn gives_way(name: &str, theirs: &[Data]) -> bool {
    let mut world = World::new(1);
    world.plug(0);
    world.run(ms(300));
    let before = world.log.len();
    world.hear(stranger(5353), true, &probe(name, theirs));
    let heard = world.now;
    world.run(ms(10_000));
    assert_eq!(world.names(), ["pillarbox/Pillarbox"], "nobody defends it");
    let next = world.log[before..]
        .iter()
        .find(|sent| {
            let message = Message::read(&sent.octets).unwrap();
            !message.is_response()
                && message
                    .questions()
                    .any(|q| q.name == crate::testing::name(name))
        })
        .map(|sent| sent.at - heard);
    next.is_some_and(|after| after >= ms(1_000))
}

#[test]
fn the_later_data_wins() {
    let a = |last| Data::A([192, 168, 1, last].into());
    for (theirs, lost) in [
        (vec![a(9)], false),
        (vec![a(11)], true),
        (vec![a(200)], true),                    // octets are unsigned
        (vec![a(10)], false),                    // the same: no conflict
        (vec![a(10), a(11)], true),              // more of them
        (vec![a(9), a(200)], false),             // the first difference decides
        (vec![Data::Txt(vec![0])], true),        // a greater type
        (vec![Data::Txt(vec![0]), a(9)], false), // sorted before they are compared
        (vec![], false),                         // a question only
    ] {
        assert_eq!(gives_way("pillarbox.local", &theirs), lost, "{theirs:?}");
    }
}

#[test]
fn services_are_compared_by_text_then_host_and_port() {
    let srv = |port, target: &str| Data::Srv {
        port,
        target: crate::testing::name(target),
    };
    let name = "Pillarbox._imaps._tcp.local";
    let text = Data::Txt(vec![0]);
    assert!(gives_way(
        name,
        &[text.clone(), srv(994, "pillarbox.local")]
    ));
    assert!(!gives_way(
        name,
        &[text.clone(), srv(992, "pillarbox.local")]
    ));
    assert!(!gives_way(
        name,
        &[text.clone(), srv(993, "pillarbox.local")]
    ));
    // A name's octets begin with the length of its label.
    assert!(!gives_way(name, &[text.clone(), srv(993, "zebra.local")]));
    assert!(gives_way(name, &[text, srv(993, "zillarbox.local")]));
}

#[test]
fn of_two_that_probe_at_once_the_winner_is_who_has_the_later_address() {
    let mut world = World::new(2);
    world.plug(0);
    world.plug(1);
    world.run(ms(20_000));
    assert!(address_of(1) > address_of(0));
    assert_eq!(world.boxes[1].identity().host(), "pillarbox");
    assert_eq!(world.boxes[0].identity().host(), "pillarbox-2");
}
