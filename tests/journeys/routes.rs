//! Where a letter goes: MX, several hosts, none, literals, DNS that fails, this box itself.

use std::net::Ipv4Addr;

use crate::post::{DAY, LETTER, MINUTE, Post, SIMPLE};
use crate::remote::{Act, Manners, Remote, at, once, rules};

#[test]
fn a_dead_first_host_is_passed_over_for_the_second() {
    let zones = "far.test MX 10 dead.far.test\nfar.test MX 20 mx.far.test\ndead.far.test A 127.0.0.9\nmx.far.test A 127.0.0.2";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert_eq!(remote.taken().len(), 1);
    let asked = post.zones.asked();
    assert!(asked.contains(&"MX far.test".to_owned()), "{asked:?}");
    assert!(
        !asked.iter().any(|one| one.starts_with("AAAA")),
        "{asked:?}"
    );
}

#[test]
fn one_host_that_the_dns_cannot_lead_to_does_not_speak_for_the_others() {
    let zones = "gone.test MX 10 gone.gone.test\ngone.test MX 20 mx.far.test\nfail.test MX 10 mx.fail.test\nfail.test MX 20 mx.far.test\nmx.fail.test SERVFAIL\nown.test MX 10 mx.own.test\nown.test MX 20 mx.far.test\nmx.own.test A 127.0.0.1\nhole.test MX 10 mx.hole.test\nhole.test MX 20 mx.far.test\nmx.hole.test A 0.0.0.0\nmx.far.test A 127.0.0.2";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    for to in ["a@gone.test", "a@fail.test", "a@own.test", "a@hole.test"] {
        let letter = post.send(&[to]);
        post.gone(letter);
        assert_eq!(post.inbox(), Vec::<String>::new(), "{to}");
    }
    assert_eq!(remote.taken().len(), 4);
}

#[test]
fn a_host_without_address_beside_one_that_may_come_back_is_no_reason_to_give_up() {
    let zones = "far.test MX 10 gone.far.test\nfar.test MX 20 mx.far.test\nmx.far.test SERVFAIL";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    let letter = post.send(&["bob@far.test"]);
    let words = post.waits(letter, 1).remove(0);
    assert!(words.contains("does not say which address"), "{words}");
    assert!(post.inbox().is_empty());
    assert_eq!(remote.connections(), 0);
}

#[test]
fn a_host_that_turns_everybody_away_is_passed_over_but_a_word_about_the_recipient_holds() {
    let zones = "far.test MX 10 a.far.test\nfar.test MX 20 mx.far.test\na.far.test A 127.0.0.3\nmx.far.test A 127.0.0.2";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    let first = Remote::start(
        Ipv4Addr::new(127, 0, 0, 3),
        post.port,
        rules([once("GREETING", Act::Say("554 5.3.2 Closed today"))]),
    );
    post.start();
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert_eq!(remote.taken().len(), 1);
    first.behave(rules([at("RCPT", Act::Say("550 5.1.1 Nobody"))]));
    // The connection to the second host must not be used again for this.
    post.pass(2 * MINUTE);
    post.until("idle connections to close", || remote.open() == 0);
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert!(post.mail(1).contains("550 5.1.1 Nobody"));
    assert_eq!(remote.taken().len(), 1);
}

#[test]
fn a_domain_without_mx_is_its_own_host_and_aliases_are_followed() {
    let zones = "bare.test A 127.0.0.2\nalias.test CNAME real.test\nreal.test MX 5 mx.real.test\nmx.real.test CNAME host.real.test\nhost.real.test A 127.0.0.2";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    for to in ["a@bare.test", "b@alias.test", "c@[127.0.0.2]"] {
        let letter = post.send(&[to]);
        post.gone(letter);
    }
    let taken = remote.taken();
    assert_eq!(taken.len(), 3);
    assert_eq!(taken[2].rcpt, ["RCPT TO:<c@[127.0.0.2]>"]);
    assert!(post.inbox().is_empty());
}

#[test]
fn what_the_dns_excludes_comes_back_at_once_with_the_reason() {
    let zones = "null.test MX 0 .\nempty.test TXT nothing\nlost.test MX 10 gone.lost.test\nloop.test MX 10 mail.house.test\nown.test A 127.0.0.1";
    let (mut post, _remote) = Post::open(zones, "", Manners::default());
    post.start();
    let cases = [
        ("a@null.test", "takes no mail"),
        ("a@nowhere.test", "no mail domain nowhere.test"),
        ("a@empty.test", "names no host"),
        ("a@lost.test", "names no host"),
        ("a@loop.test", "mail.house.test"),
        ("a@own.test", "this box itself"),
    ];
    for (count, (to, expected)) in (1..).zip(cases) {
        let letter = post.send(&[to]);
        post.gone(letter);
        let report = post.mail(count);
        assert!(
            report.replace("\r\n", " ").contains(expected),
            "{to}: {report}"
        );
    }
}

#[test]
fn dns_that_fails_is_no_reason_to_give_up() {
    let zones = "broken.test SERVFAIL\nslow.test SILENT\nhalf.test MX 10 mx.half.test\nmx.half.test SERVFAIL";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    for to in ["a@broken.test", "a@slow.test", "a@half.test"] {
        let letter = post.send(&[to]);
        let words = post.waits(letter, 1).remove(0);
        assert!(words.contains("DNS"), "{to}: {words}");
    }
    assert!(post.inbox().is_empty());
    assert_eq!(remote.connections(), 0);
}

#[test]
fn hosts_in_the_house_are_not_dialed_unless_the_settings_allow_them_and_their_letters_wait() {
    // The last word of the file counts for nothing: a key is set once. So this one has its own.
    let (mut post, remote) = Post::open(SIMPLE, "", Manners::default());
    post.allow_local(false);
    post.start();
    let letter = post.send(&["bob@far.test"]);
    let words = post.waits(letter, 1).remove(0);
    assert!(words.contains("127.0.0.2"), "{words}");
    assert!(words.contains("no address on the internet"), "{words}");
    // A name server that tells lies is mended in five days, or the letter comes back.
    post.pass(6 * DAY);
    post.gone(letter);
    let report = post.mail(1).replace("\r\n", " ");
    assert!(report.contains("no address on the internet"), "{report}");
    // What the sender wrote as an address is no matter of name servers.
    let letter = post.send(&["bob@[127.0.0.2]"]);
    post.gone(letter);
    assert!(post.mail(2).contains("no address on the internet"));
    assert_eq!(remote.connections(), 0);
}

#[test]
fn a_letter_to_a_domain_that_has_become_ours_is_delivered_here() {
    let (post, remote) = Post::simple(Manners::default());
    let letter = post.send(&["ann@house.test"]);
    post.gone(letter);
    let here = post.mail(1);
    assert!(here.ends_with(LETTER), "{here}");
    assert!(
        here.starts_with("Return-Path: <ann@house.test>\r\nReceived: "),
        "{here}"
    );
    let letter = post.send(&["nobody@house.test"]);
    post.gone(letter);
    assert!(post.mail(2).contains("nobody@house.test"));
    assert_eq!(remote.connections(), 0);
}

#[test]
fn what_is_for_an_alias_of_ours_goes_to_its_people_and_on_to_others() {
    let (post, remote) = Post::simple(Manners::default());
    post.alias("club@house.test", &["ann@house.test", "bob@far.test"]);
    let letter = post.send_with(&["club@house.test"], LETTER, |letter| {
        letter.rows[0].notify = store::Notify::success();
    });
    post.gone(letter);
    remote.wait_for(1);
    // The letter, that it lies here, and that it was passed on; the last two in any order.
    post.mail(3);
    let inbox = post.inbox();
    assert!(inbox[0].ends_with(LETTER), "{inbox:#?}");
    for action in ["Action: delivered\r\n", "Action: relayed\r\n"] {
        let told = inbox.iter().filter(|mail| mail.contains(action)).count();
        assert_eq!(told, 1, "{action} {inbox:#?}");
    }
    // Nobody is lost where an alias leads only outside.
    post.alias("out@house.test", &["bob@far.test"]);
    let letter = post.send(&["out@house.test"]);
    post.gone(letter);
    remote.wait_for(2);
}

#[test]
fn a_host_that_cannot_be_reached_is_left_alone_for_a_while_and_its_letters_say_why() {
    let zones = "dead.test A 127.0.0.9";
    let (mut post, _remote) = Post::open(zones, "", Manners::default());
    post.start();
    let letters: Vec<_> = (0..5).map(|_| post.send(&["a@dead.test"])).collect();
    for letter in &letters {
        let words = post.waits(*letter, 1).remove(0);
        assert!(words.to_lowercase().contains("refused"), "{words}");
        assert!(!words.contains("os error"), "{words}");
    }
    // It comes up, and each letter's next attempt dials.
    let late = Remote::start(Ipv4Addr::new(127, 0, 0, 9), post.port, Manners::default());
    post.pass(3 * MINUTE);
    for letter in letters {
        post.gone(letter);
    }
    assert_eq!(late.taken().len(), 5);
}

#[test]
fn an_owner_who_asks_for_an_attempt_gets_one_and_so_do_short_waits() {
    let zones = "dead.test A 127.0.0.9\nslow.test A 127.0.0.10";
    let (mut post, _remote) = Post::open(zones, "retry = [\"10 s\"]", Manners::default());
    post.start();
    let first = post.send(&["a@dead.test"]);
    let second = post.send(&["a@slow.test"]);
    post.waits(first, 1);
    post.waits(second, 1);
    let slow = Remote::start(Ipv4Addr::new(127, 0, 0, 10), post.port, Manners::default());
    post.pass(12);
    post.gone(second);
    assert_eq!(slow.taken().len(), 1);
    // The other one has failed again, and rests.
    post.waits(first, 2);
    let dead = Remote::start(Ipv4Addr::new(127, 0, 0, 9), post.port, Manners::default());
    post.retry(first);
    post.gone(first);
    assert_eq!(dead.taken().len(), 1);
}
