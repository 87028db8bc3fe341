//! Mailboxes of others: who sees them, under which names, and who may do what with them (RFC 4314).

use super::*;
use crate::cmd::house::House;

fn people(addresses: &[&str]) -> (House, People) {
    let house = House::new();
    for address in addresses {
        house.add(address);
    }
    let people = People::read(&house.store.read().unwrap()).unwrap();
    (house, people)
}

#[test]
fn people_go_by_the_name_they_log_in_with() {
    let (_house, people) = people(&["Bob@house.test", "ann@other.test", "a/b@house.test"]);
    let level = |n| people.level(AccountId(n)).to_owned();
    assert_eq!(
        [level(1), level(2), level(3), level(4)],
        ["ann", "bob", "ann@other.test", "person 4"]
    );
    for (name, who) in [
        ("ann", Some(1)),
        ("ANN", Some(1)),
        ("ann@house.test", Some(1)),
        ("Ann@Other.TEST", Some(3)),
        ("bob@house.test", Some(2)),
        ("person 4", Some(4)),
        ("a/b@house.test", Some(4)),
        ("bob@other.test", None),
        ("carol", None),
        ("", None),
    ] {
        assert_eq!(people.find(name), who.map(AccountId), "{name}");
    }
    assert_eq!(people.shown(AccountId(2), "INBOX"), "Other Users/bob/INBOX");
}

#[test]
fn a_name_is_own_or_of_another_person() {
    let house = House::new();
    let bob = house.add("bob@house.test");
    let tx = house.store.read().unwrap();
    let spot = |name: &str| {
        locate(&tx, bob, name)
            .unwrap()
            .map(|spot| (spot.owner.0, spot.name, spot.shown))
    };
    let is = |owner, name: &str, shown: &str| Some((owner, name.to_owned(), shown.to_owned()));
    assert_eq!(spot("Work/2026"), is(2, "Work/2026", "Work/2026"));
    assert_eq!(
        spot("Other Users/ANN@house.test/inbox"),
        is(1, "INBOX", "Other Users/ann/INBOX")
    );
    assert_eq!(
        spot("Other Users/ann/Inbox/x"),
        is(1, "INBOX/x", "Other Users/ann/INBOX/x")
    );
    for none in [
        "Other Users",
        "Other Users/ann",
        "Other Users/carol/INBOX",
        "Other Users/bob/INBOX",
    ] {
        assert_eq!(spot(none), None, "{none}");
    }
    assert_eq!(spot("Other Usersx"), is(2, "Other Usersx", "Other Usersx"));
}
