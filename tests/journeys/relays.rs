//! Mail that goes by a relay.

use std::net::Ipv4Addr;

use store::{Read as _, Relay, RelayScope, RelayTls};

use crate::certificates::Authority;
use crate::post::{DAY, MINUTE, Post};
use crate::remote::{Act, Manners, Remote, at, rules};

const USER: (&str, &str) = ("ann", "open sesame");

fn relay(scope: RelayScope, port: u16, tls: RelayTls, password: Option<&str>) -> Relay {
    Relay {
        scope,
        host: "relay.test".to_owned(),
        port,
        tls,
        user: password.map(|_| USER.0.to_owned()),
        password: password.map(|password| password.to_owned().into()),
    }
}

fn set(post: &Post, relay: Relay) {
    let deed = post.store.write(move |tx| tx.set_relay(&relay));
    deed.wait().unwrap();
}

const ZONES: &str = "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2\nother.test A 127.0.0.2\nrelay.test A 127.0.0.4";

fn open(manners: Manners, authority: &Authority) -> (Post, Remote, Remote) {
    let (mut post, remote) = Post::open(ZONES, &authority.setting(), Manners::default());
    let relay = Remote::start(Ipv4Addr::new(127, 0, 0, 4), 0, manners);
    post.start();
    (post, remote, relay)
}

fn with_login(authority: &Authority, auth: &'static str) -> Manners {
    let mut manners = Manners {
        tls: Some(authority.server("relay.test")),
        login: Some(USER),
        ..Manners::default()
    };
    manners.announce.push(auth);
    manners
}

#[test]
fn each_mechanism_logs_in_over_tls() {
    let authority = Authority::new();
    for (auth, verb) in [
        ("AUTH SCRAM-SHA-256 PLAIN LOGIN", "AUTH SCRAM-SHA-256"),
        ("AUTH PLAIN LOGIN", "AUTH PLAIN"),
        ("AUTH LOGIN", "AUTH LOGIN"),
    ] {
        for implicit_tls in [false, true] {
            let manners = Manners {
                implicit_tls,
                ..with_login(&authority, auth)
            };
            let (post, remote, smarthost) = open(manners, &authority);
            let tls = if implicit_tls {
                RelayTls::Implicit
            } else {
                RelayTls::StartTls
            };
            let port = smarthost.address.port();
            set(
                &post,
                relay(RelayScope::Everything, port, tls, Some(USER.1)),
            );
            let letter = post.send(&["bob@far.test", "carl@other.test"]);
            post.gone(letter);
            let taken = smarthost.taken();
            assert_eq!(taken.len(), 2);
            assert!(
                taken
                    .iter()
                    .all(|one| one.tls && one.user.as_deref() == Some(USER.0))
            );
            assert!(smarthost.heard(verb), "{:#?}", smarthost.lines());
            assert_eq!(remote.connections(), 0);
        }
    }
}

#[test]
fn a_wrong_password_keeps_the_mail_and_tells_the_owner_once_a_day() {
    let authority = Authority::new();
    let (post, remote, smarthost) = open(with_login(&authority, "AUTH PLAIN"), &authority);
    let port = smarthost.address.port();
    let wrong = relay(
        RelayScope::Everything,
        port,
        RelayTls::StartTls,
        Some("wrong"),
    );
    set(&post, wrong);
    let letter = post.send(&["bob@far.test"]);
    let words = post.waits(letter, 1).remove(0);
    assert!(
        words.contains("535 5.7.8 Wrong user name or password"),
        "{words}"
    );
    let notice = post.mail(1);
    assert!(
        notice.contains("relay.test") && notice.contains("pillarbox relay set"),
        "{notice}"
    );
    assert!(
        !notice.contains("wrong"),
        "the password is nobody's business: {notice}"
    );
    assert!(
        notice.contains("Auto-Submitted: auto-generated"),
        "{notice}"
    );
    assert!(
        post.health
            .facts()
            .iter()
            .any(|fact| fact.sentence().contains("relay.test"))
    );
    for attempt in 2..5 {
        post.pass(20 * MINUTE);
        post.waits(letter, attempt);
    }
    assert_eq!(post.inbox().len(), 1);
    post.pass(DAY);
    post.until("the next day's letter", || {
        post.inbox()
            .iter()
            .filter(|one| one.contains("at most once a day"))
            .count()
            == 2
    });
    post.until("the attempt to end", || post.is_settled());
    let right = relay(
        RelayScope::Everything,
        port,
        RelayTls::StartTls,
        Some(USER.1),
    );
    set(&post, right);
    post.pass(9 * 60 * MINUTE);
    post.gone(letter);
    assert!(post.health.facts().is_empty());
    assert_eq!((smarthost.taken().len(), remote.connections()), (1, 0));
}

#[test]
fn no_password_goes_to_a_relay_that_cannot_prove_who_it_is() {
    let authority = Authority::new();
    let mut manners = with_login(&authority, "AUTH PLAIN");
    manners.tls = Some(crate::certificates::self_signed("relay.test"));
    let (post, _remote, smarthost) = open(manners, &authority);
    let port = smarthost.address.port();
    set(
        &post,
        relay(
            RelayScope::Everything,
            port,
            RelayTls::StartTls,
            Some(USER.1),
        ),
    );
    let letter = post.send(&["bob@far.test"]);
    let words = post.waits(letter, 1).remove(0);
    assert!(words.contains("certificate"), "{words}");
    assert!(!smarthost.heard("AUTH"));
    // Nor in the clear.
    let mut manners = with_login(&authority, "AUTH PLAIN");
    manners.tls = None;
    smarthost.behave(manners);
    post.pass(3 * MINUTE);
    post.waits(letter, 2);
    assert!(!smarthost.heard("AUTH"));
}

#[test]
fn a_relay_for_one_domain_and_the_fall_back_after_a_rejection_for_who_we_are() {
    let authority = Authority::new();
    let (post, remote, smarthost) = open(Manners::default(), &authority);
    let port = smarthost.address.port();
    let domain = RelayScope::Domain("other.test".to_owned());
    set(&post, relay(domain, port, RelayTls::None, None));
    let letter = post.send(&["bob@far.test", "carl@other.test"]);
    post.gone(letter);
    assert_eq!((remote.taken().len(), smarthost.taken().len()), (1, 1));
    set(
        &post,
        relay(RelayScope::Fallback, port, RelayTls::None, None),
    );
    remote.behave(rules([at(
        "MAIL",
        Act::Say("550 5.7.1 Blocked: your dynamic IP is on the PBL"),
    )]));
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert_eq!(smarthost.taken().len(), 2);
    let notes = post
        .store
        .read()
        .unwrap()
        .destination_notes("far.test")
        .unwrap();
    assert!(notes.is_some_and(|notes| notes.avoid_direct.is_some()));
    let before = remote.lines().len();
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert_eq!(smarthost.taken().len(), 3);
    assert!(
        remote.lines()[before..]
            .iter()
            .all(|line| !line.contains("MAIL"))
    );
    assert!(post.inbox().is_empty());
}
