//! The gaps between messages, and how far a client's knowledge reaches.

use crate::cmd::house::House;
use crate::command::{Command, OpenCommand};
use crate::view::View;

use super::*;

/// UIDs 1 to 30, those that three does not divide gone: the mailbox of RFC 7162 §3.2.5.2, smaller.
fn thirds(house: &House) -> View {
    house.fill("INBOX", 30);
    let inbox = house.mailbox("INBOX");
    let gone: Vec<Uid> = (1..=30).filter(|uid| uid % 3 != 0).collect();
    house
        .store
        .write(move |tx| tx.expunge(inbox, &gone))
        .wait()
        .unwrap();
    View::new(&house.store, house.account, inbox, true).unwrap()
}

#[test]
fn holes_lie_between_messages() {
    let house = House::new();
    let view = thirds(&house);
    assert_eq!(holes(&view, (1, 9)), [(1, 2), (4, 5), (7, 8)]);
    assert_eq!(holes(&view, (3, 3)), []);
    assert_eq!(holes(&view, (4, 4)), [(4, 4)]);
    assert_eq!(holes(&view, (5, 6)), [(5, 5)]);
    assert_eq!(holes(&view, (28, 40)), [(28, 29), (31, 40)]);
    assert_eq!(holes(&view, (31, 40)), [(31, 40)]);
    assert_eq!(holes(&view, (u32::MAX, u32::MAX)), [(u32::MAX, u32::MAX)]);
}

#[test]
fn pairs_match_until_the_first_that_does_not() {
    let house = House::new();
    let view = thirds(&house);
    let set =
        |text: &str| match crate::parse::command(format!("a FETCH {text} UID").as_bytes(), false) {
            Some((_, Ok(Command::Open(OpenCommand::Fetch(fetch))))) => fetch.set,
            other => panic!("{other:?}"),
        };
    for (numbers, uids, known) in [
        ("1,3,5", "3,9,15", 15),
        ("1,3,5", "3,9,16", 9),
        ("1:3", "3,6,9", 9),
        ("2", "5", 0),
        ("10", "30", 30),
        ("11", "33", 0),
        ("1:4294967295", "1:4294967295", 0),
    ] {
        assert_eq!(
            matched(&view, &set(numbers), &set(uids)),
            known,
            "{numbers} {uids}"
        );
    }
}
