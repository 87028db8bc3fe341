//! A household in a store of its own.

use super::*;
use crate::reason::Reason;
use futures_lite::future::{block_on, zip};
use sasl::{Question, Secret};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use store::Credentials;

pub(super) const WORLD: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(super) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) struct House {
    pub(super) accounts: Accounts,
    folder: PathBuf,
}

impl House {
    pub(super) fn new(name: &str, settings: &str) -> House {
        let folder =
            std::env::temp_dir().join(format!("pillarbox-accounts-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let settings = Settings::parse(settings, &folder.join("pillarbox.toml")).unwrap();
        let store = Store::open(&folder, store::Options::default()).unwrap();
        House {
            accounts: Accounts::new(store, &settings).unwrap(),
            folder,
        }
    }

    pub(super) fn add(&self, who: &str, password: &str) -> AccountId {
        block_on(self.accounts.add(&address(who), &Secret::from(password))).unwrap()
    }

    pub(super) fn log_in(&self, user: &str, password: &str, peer: IpAddr) -> Option<AccountId> {
        match block_on(self.accounts.verify(&question(user, password), peer)) {
            Verified::Password(found) => found,
            other => panic!("{other:?}"),
        }
    }

    fn delay(&self, user: &str, peer: IpAddr) -> Option<Duration> {
        let bans = self.accounts.bans();
        bans.delay(peer, self.accounts.whom(user), Instant::now())
    }

    pub(super) fn recipient(&self, to: &str) -> Recipient {
        self.accounts.recipient(&address(to)).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn question(user: &str, password: &str) -> Question {
    Question::Password {
        authzid: String::new(),
        user: user.to_owned(),
        password: Secret::from(password),
    }
}

pub(super) const SETTINGS: &str =
    "hostname = \"mail.house.test\"\ndomains = [\"house.test\", \"other.test\"]";

#[test]
fn people_log_in_with_their_passwords_only() {
    let house = House::new("login", SETTINGS);
    let ann = house.add("Ann@house.test", "ann's password");
    let bob = house.add("bob@house.test", "bob's password");
    assert_eq!(
        house.log_in("ann@house.test", "ann's password", HOME),
        Some(ann)
    );
    assert_eq!(
        house.log_in("ANN@House.Test", "ann's password", HOME),
        Some(ann)
    );
    assert_eq!(
        house.log_in("ann", "ann's password", HOME),
        Some(ann),
        "a bare name"
    );
    assert_eq!(house.log_in("bob@house.test", "ann's password", HOME), None);
    assert_eq!(house.log_in("eve@house.test", "ann's password", HOME), None);
    assert_eq!(house.log_in("not an address@", "x", HOME), None);
    let acting = |authzid: &str| {
        let question = Question::Password {
            authzid: authzid.to_owned(),
            user: "bob@house.test".to_owned(),
            password: Secret::from("bob's password"),
        };
        block_on(house.accounts.verify(&question, HOME))
    };
    assert!(matches!(acting("bob"), Verified::Password(Some(who)) if who == bob));
    assert!(matches!(acting("ann@house.test"), Verified::Password(None)));
}

#[test]
fn a_changed_password_holds_at_once() {
    let house = House::new("change", SETTINGS);
    let ann = house.add("ann@house.test", "first password");
    assert_eq!(
        house.log_in("ann@house.test", "second password", HOME),
        None
    );
    assert_eq!(
        house.log_in("ann@house.test", "first password", HOME),
        Some(ann)
    );
    block_on(
        house
            .accounts
            .set_password(&address("ann@house.test"), &Secret::from("second password")),
    )
    .unwrap();
    assert_eq!(house.log_in("ann@house.test", "first password", HOME), None);
    assert_eq!(
        house.log_in("ann@house.test", "second password", HOME),
        Some(ann)
    );
    block_on(house.accounts.remove(&address("ann@house.test"))).unwrap();
    assert_eq!(
        house.log_in("ann@house.test", "second password", HOME),
        None
    );
}

#[test]
fn a_returning_password_is_quick_and_many_at_once_are_hashed_once() {
    let house = House::new("proof", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let question = question("ann@house.test", "ann's password");
    let one = house.accounts.verify(&question, WORLD);
    let two = house.accounts.verify(&question, WORLD);
    let (one, two) = block_on(zip(one, two));
    assert!(
        matches!((one, two), (Verified::Password(Some(a)), Verified::Password(Some(b))) if a == ann && b == ann)
    );
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(
            house.log_in("ann@house.test", "ann's password", WORLD),
            Some(ann)
        );
    }
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn guesses_are_slowed_and_repeats_and_the_owner_are_not() {
    let house = House::new("guess", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    assert_eq!(
        house.log_in("ann@house.test", "ann's password", HOME),
        Some(ann)
    );
    for _ in 0..20 {
        assert_eq!(house.log_in("ann@house.test", "old password", WORLD), None);
    }
    assert_eq!(
        house.delay("ann@house.test", WORLD),
        Some(Duration::ZERO),
        "one wrong password, however often, is one guess"
    );
    for guess in 0..5 {
        assert_eq!(
            house.log_in("ann@house.test", &format!("guess {guess}"), WORLD),
            None
        );
    }
    let delay = house.delay("ann@house.test", WORLD);
    assert!(delay.unwrap() >= Duration::from_millis(500), "{delay:?}");
    let begun = Instant::now();
    assert_eq!(
        house.log_in("ann@house.test", "ann's password", WORLD),
        Some(ann)
    );
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "who is known does not wait"
    );
}

#[test]
fn scram_keys_open_with_the_password_and_unknown_names_get_decoys() {
    let house = House::new("scram", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let ask = |user: &str| {
        let question = Question::ScramKeys {
            authzid: String::new(),
            user: user.to_owned(),
        };
        block_on(house.accounts.verify(&question, WORLD))
    };
    let Verified::Scram(Some((found, keys))) = ask("ann@house.test") else {
        panic!()
    };
    assert_eq!(found, ann);
    assert!(keys == sasl::ScramKeys::derive("ann's password", &keys.salt, keys.iterations));
    assert!(matches!(ask("eve@house.test"), Verified::Scram(None)));
    assert!(house.accounts.decoy_keys("eve") == house.accounts.decoy_keys("eve"));
}

/// What a guesser begins counts at once, or a thousand exchanges could be begun before the first is over.
#[test]
fn scram_exchanges_count_until_they_have_succeeded() {
    let house = House::new("unproved", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let memory = &house.accounts.inner.memory;
    let whom = house.accounts.whom("ann@house.test");
    for _ in 0..50 {
        memory.begin_unseen(WORLD, whom, Instant::now());
        house.accounts.scram_succeeded("ann@house.test", WORLD);
    }
    assert_eq!(house.delay("ann@house.test", WORLD), Some(Duration::ZERO));
    for _ in 0..110 {
        memory.begin_unseen(WORLD, whom, Instant::now());
    }
    assert!(house.delay("ann@house.test", WORLD).unwrap() > Duration::from_secs(1));
    // A ban needs one that has failed: a household that returns all at once is none.
    house.accounts.scram_failed("ann@house.test", WORLD);
    let question = Question::ScramKeys {
        authzid: String::new(),
        user: "ann@house.test".to_owned(),
    };
    let asked = block_on(house.accounts.verify(&question, WORLD));
    assert!(matches!(asked, Verified::TryLater));
    // At home it counts when it has failed.
    memory.begin_unseen(HOME, whom, Instant::now());
    assert_eq!(house.delay("ann@house.test", HOME), Some(Duration::ZERO));
    // Where she is known what was done elsewhere is nothing to her.
    let elsewhere = "203.0.113.5".parse().unwrap();
    assert!(house.delay("ann@house.test", elsewhere).unwrap() > Duration::ZERO);
    house.accounts.logged_in_from(ann, elsewhere);
    assert_eq!(
        house.delay("ann@house.test", elsewhere),
        Some(Duration::ZERO)
    );
}

/// Work is counted and not time: one hash for every name and password that is not right, whoever has the name.
#[test]
fn a_wrong_password_costs_the_same_work_for_whatever_name() {
    let house = House::new("work", SETTINGS);
    house.add("ann@house.test", "ann's password");
    house.add("bob@house.test", "bob's password");
    let bob = address("bob@house.test");
    let app = block_on(
        house
            .accounts
            .add_app_password(&bob, "phone", store::Doors::ALL),
    )
    .unwrap();
    let store = house.accounts.store().clone();
    let none = house.add("eve@house.test", "eve's password");
    let gone = store.write(move |tx| tx.set_credentials(none, &Credentials::default()));
    gone.wait().unwrap();
    house.accounts.inner.memory.changed();
    let hashes = || house.accounts.inner.hasher.done();
    for (number, user) in [
        "ann@house.test",
        "ann",
        "bob@house.test",
        "eve@house.test",
        "nobody@house.test",
        "nobody",
        "ann@elsewhere.test",
        "@@",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        for (at, password) in [format!("guess {number}"), String::new(), "x".repeat(900)]
            .iter()
            .enumerate()
        {
            let peer = IpAddr::from([198, 51, number as u8, at as u8]);
            let before = hashes();
            assert_eq!(house.log_in(user, password, peer), None);
            assert_eq!(hashes() - before, 1, "{user:?} {password:?}");
        }
        // And before the setup page.
        if let Ok(user) = Address::parse(user) {
            let peer = IpAddr::from([198, 51, number as u8, 99]);
            let before = hashes();
            let guess = Secret::from("sign-in guess");
            let found = block_on(house.accounts.sign_in(&user, &guess, peer));
            assert!(matches!(found, Verified::Password(None)));
            assert_eq!(hashes() - before, 1, "{user}");
        }
    }
    // An app password is long enough to need no slow hash: that it is right may be quick.
    let before = hashes();
    let peer = IpAddr::from([198, 51, 100, 1]);
    assert!(
        house
            .log_in("bob@house.test", &app.password, peer)
            .is_some()
    );
    assert_eq!(hashes(), before);
}

#[test]
fn app_passwords_let_in_until_they_are_taken_back() {
    let house = House::new("app", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let who = address("ann@house.test");
    let made = block_on(
        house
            .accounts
            .add_app_password(&who, "phone", store::Doors::ALL),
    )
    .unwrap();
    assert_eq!(
        house.log_in("ann@house.test", &made.password, HOME),
        Some(ann)
    );
    let bare = made.password.replace('-', "");
    assert_eq!(house.log_in("ann@house.test", &bare, HOME), Some(ann));
    let [app] = &house.accounts.members().unwrap()[0].app_passwords[..] else {
        panic!("one app password");
    };
    assert_eq!((app.id, app.label.as_str()), (made.id, "phone"));
    assert!(app.doors == store::Doors::ALL && app.uses.is_empty());
    block_on(house.accounts.remove_app_password(&who, made.id)).unwrap();
    assert_eq!(house.log_in("ann@house.test", &made.password, HOME), None);
    let again = block_on(house.accounts.remove_app_password(&who, made.id)).unwrap_err();
    assert_eq!(again.kind, RefusalKind::NotFound);
    assert_eq!(
        house.log_in("ann@house.test", "ann's password", HOME),
        Some(ann)
    );
}

#[test]
fn mail_finds_its_people() {
    let house = House::new("recipient", SETTINGS);
    let ann = house.add("ann@house.test", "ann's password");
    let bob = house.add("bob@house.test", "bob's password");
    let alias = |name: &str, to: &[&str]| {
        let to: Vec<Address> = to.iter().map(|to| address(to)).collect();
        block_on(house.accounts.set_alias(name, &to))
    };
    alias(
        "family@house.test",
        &["ann@house.test", "bob@house.test", "ANN@house.test"],
    )
    .unwrap();
    alias("ann@other.test", &["ann@house.test"]).unwrap();
    let to = |people: &[AccountId]| Recipient::House(people.to_vec());
    for (address, expected) in [
        ("ann@house.test", to(&[ann])),
        ("ANN@HOUSE.TEST", to(&[ann])),
        ("ann+shop@house.test", to(&[ann])),
        ("ann+a+b@house.test", to(&[ann])),
        ("family@house.test", to(&[ann, bob])),
        ("family+x@house.test", to(&[ann, bob])),
        ("ann@other.test", to(&[ann])),
        ("postmaster@house.test", to(&[ann])),
        ("Abuse@other.test", to(&[ann])),
        ("postmaster@mail.house.test", to(&[ann])),
        ("eve@house.test", Recipient::Unknown),
        ("bob@other.test", Recipient::Unknown),
        ("ann@elsewhere.test", Recipient::Remote),
        ("ann@[127.0.0.1]", Recipient::Remote),
    ] {
        assert_eq!(house.recipient(address), expected, "{address}");
    }
    let away = ["X@far.test", "bob@house.test", "x@FAR.test", "y@near.test"];
    alias("away@house.test", &away).unwrap();
    assert_eq!(
        house.recipient("Away+tag@house.test"),
        Recipient::Forward(crate::accounts::Forward {
            alias: address("away@house.test"),
            people: vec![bob],
            outside: vec![address("X@far.test"), address("y@near.test")],
        })
    );
    block_on(house.accounts.remove_alias("away@house.test")).unwrap();
    alias("@other.test", &["bob@house.test"]).unwrap();
    alias("postmaster@other.test", &["bob@house.test"]).unwrap();
    assert_eq!(house.recipient("anything@other.test"), to(&[bob]));
    assert_eq!(house.recipient("postmaster@other.test"), to(&[bob]));
    assert_eq!(house.recipient("abuse@other.test"), to(&[ann]));
    assert_eq!(house.recipient("eve@house.test"), Recipient::Unknown);
    let listed = house.accounts.aliases().unwrap();
    assert_eq!(listed.len(), 4, "{listed:?}");
    block_on(house.accounts.remove_alias("@other.test")).unwrap();
    assert_eq!(house.recipient("anything@other.test"), Recipient::Unknown);

    let may = |who, address_text: &str| {
        house
            .accounts
            .may_send_as(who, &address(address_text))
            .unwrap()
    };
    assert!(
        may(ann, "Ann@house.test") && may(ann, "ann+x@house.test") && may(bob, "family@house.test")
    );
    assert!(!may(bob, "ann@house.test") && !may(ann, "ann@elsewhere.test"));
}

#[test]
fn wishes_that_cannot_be_met_say_why() {
    let house = House::new("refuse", SETTINGS);
    house.add("ann@house.test", "ann's password");
    let add = |who: &str, password: &str| {
        block_on(house.accounts.add(&address(who), &Secret::from(password))).unwrap_err()
    };
    assert_eq!(add("ANN@house.test", "xxxxxxxx").kind, RefusalKind::Exists);
    assert_eq!(add("bob@house.test", "").kind, RefusalKind::NotAllowed);
    let tagged = add("ann+x@house.test", "xxxxxxxx");
    assert_eq!(tagged.kind, RefusalKind::NotAllowed);
    assert!(tagged.text.contains("ann@house.test instead"), "{tagged}");
    let dashed = add("-ann@house.test", "xxxxxxxx");
    assert!(dashed.text.contains("at its beginning"), "{dashed}");
    let anywhere = House::new("literal", "hostname = \"box.local\"");
    let (bob, password) = (address("bob@[192.0.2.1]"), Secret::from("xxxxxxxx"));
    let literal = block_on(anywhere.accounts.add(&bob, &password)).unwrap_err();
    assert!(literal.text.contains("a domain name"), "{literal}");
    let foreign = add("bob@elsewhere.test", "xxxxxxxx");
    assert!(foreign.text.contains("`domains`"), "{foreign}");
    let alias = |name: &str, to: &str| {
        block_on(house.accounts.set_alias(name, &[address(to)])).unwrap_err()
    };
    assert_eq!(
        alias("x@house.test", "bob@house.test").kind,
        RefusalKind::NotFound
    );
    assert!(
        alias("x@house.test", "x@localhost")
            .text
            .contains("no domain that mail could be sent to")
    );
    let itself = alias("x@house.test", "X@house.test");
    assert!(
        matches!(itself.reason.as_deref(), Some(Reason::AliasItself { .. })),
        "{itself}"
    );
    assert_eq!(
        alias("ann@house.test", "ann@house.test").kind,
        RefusalKind::Exists
    );
    assert_eq!(
        alias("nothing", "ann@house.test").kind,
        RefusalKind::NotAllowed
    );
    assert_eq!(
        alias("@elsewhere.test", "ann@house.test").kind,
        RefusalKind::NotAllowed
    );
    let gone = block_on(house.accounts.remove(&address("bob@house.test"))).unwrap_err();
    assert_eq!(gone.kind, RefusalKind::NotFound);
}

#[test]
fn without_domains_the_people_bring_them() {
    let house = House::new("domains", "hostname = \"box.local\"");
    assert_eq!(house.recipient("ann@house.test"), Recipient::Remote);
    let ann = house.add("ann@house.test", "ann's password");
    assert_eq!(
        house.recipient("ann@house.test"),
        Recipient::House(vec![ann])
    );
    assert_eq!(house.recipient("eve@box.local"), Recipient::Unknown);
    house.add("bob@House.test", "bob's password");
    let domains = house.accounts.own_domains().unwrap();
    assert_eq!(domains, ["box.local", "house.test"]);
    let set = House::new("domains-set", SETTINGS);
    let domains = set.accounts.own_domains().unwrap();
    assert_eq!(domains, ["house.test", "other.test", "mail.house.test"]);
}
