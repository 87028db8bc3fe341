//! What is wrong with sending, as it is found by sending itself: it appears, and is gone when mail leaves again.

use std::net::Ipv4Addr;

use board::{Shown, Sign};
use pillarbox::health::{Fact, Part};
use store::{LetterId, Relay, RelayScope, RelayTls};

use crate::post::{HOUR, MINUTE, Post};
use crate::remote::{Act, Manners, Remote, at, rules};

fn one_fact(post: &Post) -> Option<Fact> {
    let mut facts = post.health.facts();
    assert!(facts.len() < 2, "{facts:?}");
    facts.pop()
}

fn shows(post: &Post, sign: Sign) -> bool {
    post.health.shown() == Shown::Sign(sign)
}

/// Another attempt for each letter, so much later.
fn try_again(post: &Post, letters: &[LetterId], attempt: u16, later: u64) {
    post.pass(later);
    for letter in letters {
        post.retry(*letter);
    }
    for letter in letters {
        post.waits(*letter, attempt);
    }
}

#[test]
fn a_relay_out_of_reach_for_an_hour_is_told_until_it_answers() {
    let zones = "relay.test A 127.0.0.4";
    let (mut post, _) = Post::open(zones, "", Manners::default());
    let silent = rules([at("GREETING", Act::HangUp)]);
    let smarthost = Remote::start(Ipv4Addr::new(127, 0, 0, 4), 0, silent);
    post.health.running();
    post.start();
    let relay = Relay {
        scope: RelayScope::Everything,
        host: "relay.test".to_owned(),
        port: smarthost.address.port(),
        tls: RelayTls::None,
        user: None,
        password: None,
    };
    let set = post.store.write(move |tx| tx.set_relay(&relay));
    set.wait().unwrap();
    let letter = post.send(&["bob@far.test"]);
    post.waits(letter, 1);
    try_again(&post, &[letter], 2, 50 * MINUTE);
    assert_eq!(one_fact(&post), None, "not yet an hour");
    assert!(shows(&post, Sign::Well));
    try_again(&post, &[letter], 3, 80 * MINUTE);
    match one_fact(&post) {
        Some(Fact::RelayUnreachable { relay, hours, .. }) => {
            assert_eq!((relay.as_str(), hours), ("relay.test", 2));
        }
        other => panic!("{other:?}"),
    }
    assert!(shows(&post, Sign::Attention));
    // It is told as this and not as a stuck queue too, however long it lasts.
    try_again(&post, &[letter], 4, 5 * HOUR);
    assert_eq!(one_fact(&post).unwrap().part(), Part::RelayReach);
    // Its answer need not be a kind one.
    smarthost.behave(rules([at("RCPT", Act::Say("451 4.3.0 Not now"))]));
    try_again(&post, &[letter], 5, HOUR);
    assert!(!post.health.has(Part::RelayReach));
    smarthost.behave(Manners::default());
    post.retry(letter);
    post.gone(letter);
    post.until("all to be well", || post.health.facts().is_empty());
    assert!(shows(&post, Sign::Well));
}

const TWO: &str = "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2\nother.test A 127.0.0.2";

#[test]
fn a_queue_from_which_nothing_leaves_for_two_hours_is_told_until_something_does() {
    let later = || rules([at("RCPT", Act::Say("451 4.7.1 Who are you"))]);
    let (mut post, remote) = Post::open(TWO, "", later());
    post.health.running();
    post.start();
    let one = post.send(&["bob@far.test"]);
    post.waits(one, 1);
    try_again(&post, &[one], 2, 3 * HOUR);
    assert_eq!(one_fact(&post), None, "one destination is its own affair");
    let two = post.send(&["carl@other.test"]);
    post.waits(two, 1);
    post.until("the fact", || post.health.has(Part::Queue));
    match one_fact(&post) {
        Some(Fact::QueueStuck {
            letters,
            hours,
            reason,
        }) => {
            assert_eq!((letters, hours), (2, 3));
            assert!(reason.contains("Who are you"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(shows(&post, Sign::Attention));
    remote.behave(Manners::default());
    post.retry(one);
    post.gone(one);
    post.until("the queue to be well", || !post.health.has(Part::Queue));
    assert!(shows(&post, Sign::Well));

    // And from the beginning: held letters and none at all are not stuck.
    remote.behave(later());
    let three = post.send(&["dora@far.test"]);
    post.waits(three, 1);
    try_again(&post, &[two, three], 2, 10 * MINUTE);
    assert_eq!(one_fact(&post), None, "counted from the last delivery");
    try_again(&post, &[two, three], 3, 2 * HOUR);
    post.until("the fact", || post.health.has(Part::Queue));
    let held = post.store.write(move |tx| tx.hold_letter(two, true));
    held.wait().unwrap();
    post.until("a settled queue", || post.is_settled());
    assert!(post.health.has(Part::Queue), "the other one waits");
    let dropped = post.store.write(move |tx| tx.drop_letter(three));
    dropped.wait().unwrap();
    post.until("the queue to be well", || !post.health.has(Part::Queue));
    assert!(shows(&post, Sign::Well));
}
