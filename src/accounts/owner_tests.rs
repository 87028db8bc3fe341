//! Whose the box is, through everything that can happen to it.

use super::*;
use crate::accounts::tests::{HOME, House, SETTINGS, WORLD, address};
use crate::accounts::{Recipient, Verified};
use futures_lite::future::block_on;
use std::net::IpAddr;

fn claim(house: &House, who: &str, password: &str) -> Result<AccountId, Refusal> {
    block_on(
        house
            .accounts
            .claim("Ann Smith", &address(who), &Secret::from(password)),
    )
}

fn signs_in(house: &House, who: &str, password: &str, peer: IpAddr) -> bool {
    let judged = block_on(
        house
            .accounts
            .sign_in(&address(who), &Secret::from(password), peer),
    );
    matches!(judged, Verified::Password(Some(_)))
}

fn owner(house: &House) -> Owner {
    house.accounts.owner().unwrap()
}

fn sound(house: &House) {
    assert_eq!(house.accounts.store().check().unwrap(), [""; 0]);
}

#[test]
fn a_box_is_claimed_forgotten_and_claimed_again_with_its_mail() {
    let house = House::new("claims", SETTINGS);
    assert_eq!(owner(&house), Owner::Never);
    assert!(block_on(house.accounts.forget_owner()).unwrap().is_none());
    let ann = claim(&house, "ann@house.test", "first password").unwrap();
    assert_eq!(owner(&house), Owner::Person(ann, address("ann@house.test")));
    assert_eq!(house.accounts.members().unwrap()[0].name, "Ann Smith");
    let again = claim(&house, "bob@house.test", "another one");
    assert_eq!(
        again.unwrap_err().kind,
        RefusalKind::NotAllowed,
        "it has an owner"
    );
    let bob = house.add("bob@house.test", "bob's password");
    let app = block_on(house.accounts.add_app_password(
        &address("ann@house.test"),
        "phone",
        store::Doors::ALL,
    ))
    .unwrap();
    assert!(signs_in(&house, "ann@house.test", "first password", HOME));

    let forgotten = block_on(house.accounts.forget_owner()).unwrap();
    assert_eq!(forgotten, Some(address("ann@house.test")));
    assert_eq!(owner(&house), Owner::Forgotten(address("ann@house.test")));
    // Once more is no harm.
    assert!(block_on(house.accounts.forget_owner()).unwrap().is_none());
    assert!(!signs_in(&house, "ann@house.test", "first password", HOME));
    assert_eq!(house.log_in("ann@house.test", "first password", HOME), None);
    assert_eq!(
        house.log_in("ann@house.test", &app.password, HOME),
        Some(ann)
    );
    assert_eq!(
        house.log_in("bob@house.test", "bob's password", HOME),
        Some(bob)
    );
    assert!(matches!(house.recipient("ann@house.test"), Recipient::House(who) if who == [ann]));
    assert!(
        matches!(house.recipient("postmaster@house.test"), Recipient::House(who) if who == [ann])
    );
    sound(&house);

    // Nobody gets another's mail, whatever was pressed.
    let taken = claim(&house, "bob@house.test", "another one");
    assert_eq!(taken.unwrap_err().kind, RefusalKind::Exists);
    let foreign = claim(&house, "ann@elsewhere.test", "another one");
    assert_eq!(foreign.unwrap_err().kind, RefusalKind::NotAllowed);
    assert_eq!(house.log_in("bob@house.test", "another one", HOME), None);

    assert_eq!(
        claim(&house, "ANN@house.test", "second password").unwrap(),
        ann
    );
    assert_eq!(
        house.log_in("ann@house.test", "second password", HOME),
        Some(ann)
    );
    assert_eq!(
        house.log_in("ann@house.test", &app.password, HOME),
        Some(ann)
    );
    assert!(signs_in(&house, "ann@house.test", "second password", HOME));
    assert!(!signs_in(&house, "ann@house.test", "first password", HOME));
    sound(&house);
}

#[test]
fn another_address_makes_another_owner_and_leaves_the_old_ones_mail_alone() {
    let house = House::new("successor", SETTINGS);
    let ann = claim(&house, "ann@house.test", "first password").unwrap();
    block_on(house.accounts.forget_owner()).unwrap();
    let eve = claim(&house, "eve@house.test", "eve's password").unwrap();
    assert_ne!(ann, eve);
    assert_eq!(owner(&house), Owner::Person(eve, address("eve@house.test")));
    assert_eq!(house.log_in("ann@house.test", "eve's password", HOME), None);
    assert!(matches!(house.recipient("abuse@house.test"), Recipient::House(who) if who == [eve]));
    // Who owned it once is a person like others: without an owner's rights.
    block_on(
        house
            .accounts
            .set_password(&address("ann@house.test"), &Secret::from("anew for ann")),
    )
    .unwrap();
    assert!(!signs_in(&house, "ann@house.test", "anew for ann", HOME));
    block_on(house.accounts.set_owner(&address("ann@house.test"))).unwrap();
    assert!(signs_in(&house, "ann@house.test", "anew for ann", HOME));
    assert!(!signs_in(&house, "eve@house.test", "eve's password", HOME));
    block_on(house.accounts.remove(&address("ann@house.test"))).unwrap();
    assert_eq!(owner(&house), Owner::Person(eve, address("eve@house.test")));
    block_on(house.accounts.forget_owner()).unwrap();
    block_on(house.accounts.remove(&address("eve@house.test"))).unwrap();
    assert_eq!(owner(&house), Owner::Never);
    sound(&house);
}

#[test]
fn a_box_with_people_and_no_word_is_the_first_ones() {
    let house = House::new("before", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    house.add("bob@house.test", "bob's password");
    assert_eq!(owner(&house), Owner::Person(ann, address("ann@house.test")));
    assert!(claim(&house, "eve@house.test", "eve's password").is_err());
    assert!(signs_in(&house, "ann@house.test", "ann's password", HOME));
    assert!(!signs_in(&house, "bob@house.test", "bob's password", HOME));
    block_on(house.accounts.forget_owner()).unwrap();
    block_on(house.accounts.remove(&address("ann@house.test"))).unwrap();
    assert_eq!(owner(&house), Owner::Never, "not bob's: nobody stood there");
}

#[test]
fn an_app_password_opens_no_page_even_if_it_was_judged_a_moment_ago() {
    let house = House::new("pages", SETTINGS);
    let ann = claim(&house, "ann@house.test", "ann's password").unwrap();
    let app = block_on(house.accounts.add_app_password(
        &address("ann@house.test"),
        "phone",
        store::Doors::ALL,
    ))
    .unwrap();
    assert_eq!(
        house.log_in("ann@house.test", &app.password, HOME),
        Some(ann)
    );
    assert!(!signs_in(&house, "ann@house.test", &app.password, HOME));
    assert_eq!(
        house.log_in("ann@house.test", &app.password, HOME),
        Some(ann)
    );
    // Guesses at the page are counted with all others.
    for guess in 0..120 {
        let judged = block_on(house.accounts.sign_in(
            &address(&format!("x{guess}@house.test")),
            &Secret::from("wrong"),
            WORLD,
        ));
        if matches!(judged, Verified::TryLater) {
            return;
        }
        assert!(guess < 110, "nobody says stop");
        if guess == 3 {
            return; // The delays of the next ones are the guesses' own test.
        }
    }
}

#[test]
fn open_sessions_of_the_own_password_end_and_those_of_a_phone_go_on() {
    let house = House::new("sessions", SETTINGS);
    let ann = claim(&house, "ann@house.test", "ann's password").unwrap();
    let mut person = house.accounts.seen();
    let mut phone = house.accounts.seen().by_program();
    block_on(house.accounts.forget_owner()).unwrap();
    assert!(house.accounts.outdated(ann, &mut person));
    assert!(!house.accounts.outdated(ann, &mut phone));
}

#[test]
fn no_alias_promises_mail_at_a_domain_that_was_given_up() {
    let house = House::new(
        "given-up",
        "domains = [\"new.test\"]\nhostname = \"old.test\"\n",
    );
    let ann = claim(&house, "ann@old.test", "ann's password").unwrap();
    assert_eq!(
        block_on(house.accounts.readdress("old.test", "new.test")).unwrap(),
        1
    );
    assert!(house.accounts.aliases().unwrap().is_empty());
    assert!(matches!(house.recipient("ann@new.test"), Recipient::House(found) if found == [ann]));
    sound(&house);
}

#[test]
fn people_move_to_another_domain_and_are_still_reached_at_the_old_one() {
    let settings = "domains = [\"new.test\", \"house.test\"]\n";
    let house = House::new("moves", settings);
    let ann = claim(&house, "ann@house.test", "ann's password").unwrap();
    let bob = house.add("bob@house.test", "bob's password");
    block_on(
        house
            .accounts
            .set_alias("info@house.test", &[address("ann@house.test")]),
    )
    .unwrap();
    // One that leads to somebody else stands in the way of all.
    block_on(
        house
            .accounts
            .set_alias("bob@new.test", &[address("ann@house.test")]),
    )
    .unwrap();
    let refused = block_on(house.accounts.readdress("house.test", "new.test")).unwrap_err();
    assert!(refused.text.contains("bob@new.test"), "{refused}");
    assert_eq!(
        owner(&house),
        Owner::Person(ann, address("ann@house.test")),
        "nobody was moved"
    );
    block_on(house.accounts.remove_alias("bob@new.test")).unwrap();
    assert!(block_on(house.accounts.readdress("house.test", "other.test")).is_err());
    assert_eq!(
        block_on(house.accounts.readdress("HOUSE.test", "new.test")).unwrap(),
        2
    );
    for (to, who) in [
        ("ann@new.test", ann),
        ("ann@house.test", ann),
        ("bob@new.test", bob),
        ("bob@house.test", bob),
        ("info@house.test", ann),
    ] {
        assert!(
            matches!(house.recipient(to), Recipient::House(found) if found == [who]),
            "{to}"
        );
    }
    assert_eq!(
        house.log_in("ann@new.test", "ann's password", HOME),
        Some(ann)
    );
    assert!(
        house
            .accounts
            .may_send_as(ann, &address("ann@house.test"))
            .unwrap()
    );
    sound(&house);
    // There and back: an alias that is only their own makes room.
    assert_eq!(
        block_on(house.accounts.readdress("new.test", "house.test")).unwrap(),
        2
    );
    assert_eq!(owner(&house), Owner::Person(ann, address("ann@house.test")));
    assert_eq!(
        house.log_in("bob@house.test", "bob's password", HOME),
        Some(bob)
    );
    assert!(
        block_on(
            house
                .accounts
                .set_address(&address("bob@house.test"), &address("ann@house.test"))
        )
        .is_err()
    );
    block_on(
        house
            .accounts
            .set_address(&address("bob@house.test"), &address("robert@house.test")),
    )
    .unwrap();
    assert!(matches!(house.recipient("bob@house.test"), Recipient::House(found) if found == [bob]));
    sound(&house);
}

#[test]
fn a_name_is_plain_text() {
    let house = House::new("names", SETTINGS);
    claim(&house, "ann@house.test", "ann's password").unwrap();
    let name = |name: &str| block_on(house.accounts.set_name(&address("ann@house.test"), name));
    assert!(name("a\r\nBcc: x").is_err() && name(&"x".repeat(201)).is_err());
    name("  Άννα  ").unwrap();
    assert_eq!(house.accounts.members().unwrap()[0].name, "Άννα");
    name("").unwrap();
    assert_eq!(house.accounts.members().unwrap()[0].name, "");
    sound(&house);
}
