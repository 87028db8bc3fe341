//! What is remembered of uses.

use super::*;
use crate::accounts::tests::{House, SETTINGS, address};
use futures_lite::future::block_on;
use store::Doors;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn addresses_of_the_house_are_whole_and_of_the_world_networks() {
    let told = |text: &str| {
        let (network, bits) = network_of(ip(text));
        network_text(&LastUse {
            id: 0,
            created: 0,
            at: UsedAt::Imap,
            network,
            bits,
            when: 0,
        })
    };
    assert_eq!(told("192.168.1.23"), "192.168.1.23");
    assert_eq!(told("::ffff:10.0.0.9"), "10.0.0.9");
    assert_eq!(told("fe80::1234"), "fe80::1234");
    assert_eq!(told("198.51.100.77"), "198.51.100.0/24");
    assert_eq!(told("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
}

#[test]
fn the_newest_stay_and_each_password_has_its_share() {
    let house = House::new("uses", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let app = |id| Proved::App { id, created: 5 };
    let accounts = &house.accounts;
    for host in 0..200_u8 {
        accounts.note_use(ann, Proved::Own, UsedAt::Imap, [10, 0, 0, host].into());
        accounts.note_use(ann, app(1), UsedAt::Smtp, [10, 0, 1, host].into());
    }
    accounts.note_use(ann, Proved::Own, UsedAt::Imap, [10, 0, 0, 190].into());
    let uses = accounts.last_uses(ann).unwrap();
    let of = |id| uses.iter().filter(move |row| row.id == id).count();
    assert_eq!((of(0), of(1)), (OWN_MOST, APP_MOST));
    assert_eq!(network_text(&uses[0]), "10.0.0.190", "the newest is first");
    let all = 50 * APP_MOST + OWN_MOST;
    assert!(all <= store::LAST_USES_MAX, "all of them fit into the row");

    // What was written is there for the next program, and goes with its password.
    block_on(accounts.write_uses());
    let store = accounts.store();
    assert_eq!(store.read().unwrap().last_uses(ann).unwrap(), uses);
    let another = "another password".into();
    block_on(accounts.set_password(&address("ann@house.test"), &another)).unwrap();
    let left = |rows: Vec<LastUse>| rows.iter().filter(|row| row.id == 0).count();
    assert_eq!(left(accounts.last_uses(ann).unwrap()), 0);
    assert_eq!(left(store.read().unwrap().last_uses(ann).unwrap()), 0);
}

#[test]
fn a_number_given_away_anew_inherits_neither_scope_nor_use() {
    let house = House::new("anew", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let (accounts, who) = (&house.accounts, address("ann@house.test"));
    let make = |doors| block_on(accounts.add_app_password(&who, "phone", doors)).unwrap();
    let first = make(Doors::SMTP);
    let created = accounts.members().unwrap()[0].app_passwords[0].created;
    let proved = Proved::App {
        id: first.id,
        created,
    };
    accounts.note_use(ann, proved, UsedAt::Smtp, ip("10.0.0.1"));
    block_on(accounts.write_uses());
    assert_eq!(
        accounts.members().unwrap()[0].app_passwords[0].uses.len(),
        1
    );
    block_on(accounts.remove_app_password(&who, first.id)).unwrap();
    let second = make(Doors::ALL);
    assert_eq!(second.id, first.id);
    let app = accounts.members().unwrap()[0].app_passwords[0].clone();
    assert!(app.doors == Doors::ALL && app.uses.is_empty(), "{app:?}");
    let refused = block_on(accounts.add_app_password(&who, "", Doors::NONE));
    assert!(refused.is_err());
    block_on(accounts.remove(&who)).unwrap();
    assert_eq!(accounts.store().check().unwrap(), [""; 0]);
}

#[test]
fn the_first_use_is_written_soon_and_the_rest_within_the_hour() {
    let house = House::new("soon", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let uses = &house.accounts.inner.uses;
    assert_eq!(uses.waiting(), (false, false));
    house
        .accounts
        .note_use(ann, Proved::Own, UsedAt::Imap, ip("10.0.0.1"));
    assert_eq!(uses.waiting(), (true, true));
    block_on(house.accounts.write_uses());
    assert_eq!(uses.waiting(), (false, false));
    house
        .accounts
        .note_use(ann, Proved::Own, UsedAt::Pop3, ip("10.0.0.2"));
    assert_eq!(uses.waiting(), (false, true));
}
