//! Many letters: connections are bounded, and a queue full of hosts that do not answer delays nobody.

use std::time::{Duration, Instant};

use store::{Relay, RelayScope, RelayTls};

use crate::post::{MINUTE, Post, row};
use crate::remote::{Act, Manners, Remote, at, rules};

/// A thousand destinations whose host takes the connection and then says nothing. Their letter lies in the queue; the task is not started.
fn silent_crowd() -> (Post, Remote, Remote) {
    let zones: String = (0..1000)
        .map(|number| format!("d{number}.test A 127.0.0.5\n"))
        .chain(["far.test A 127.0.0.2\n".to_owned()])
        .collect();
    let (post, remote) = Post::open(&zones, "connections = 10\n", Manners::default());
    let silent = Remote::start(
        [127, 0, 0, 5],
        post.port,
        rules([at("GREETING", Act::Silence)]),
    );
    let to: Vec<String> = (0..1000)
        .map(|number| format!("a@d{number}.test"))
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    post.send(&to);
    (post, remote, silent)
}

#[test]
fn an_urgent_letter_leaves_at_once_and_so_does_any_after_the_first_round() {
    let (mut post, remote, silent) = silent_crowd();
    post.start();
    post.until("the connections to fill", || silent.open() >= 9);
    std::thread::sleep(Duration::from_millis(200));
    assert!(silent.most_open() <= 9, "{}", silent.most_open());
    // A lane without a seat is not walked, destination by destination, at all that happens.
    assert!(post.wall_looks() < 500, "{}", post.wall_looks());
    let begun = Instant::now();
    let urgent = post.send_with(&["bob@far.test"], crate::post::LETTER, |letter| {
        letter.priority = 5;
        letter.rows = vec![row("bob@far.test", letter.enqueued)];
    });
    post.gone(urgent);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(remote.taken().len(), 1);
    // The first ones give up after five minutes; the address then rests, and all others wait with that reason at once.
    post.pass(6 * MINUTE);
    post.until("the rest to wait", || {
        post.rows(store::LetterId(1))
            .iter()
            .all(|row| row.last.is_some())
    });
    let begun = Instant::now();
    let ordinary = post.send(&["carl@far.test"]);
    post.gone(ordinary);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn what_waits_for_a_seat_takes_none_from_a_letter_that_is_sent_now() {
    let (mut post, remote, silent) = silent_crowd();
    post.pass(2 * MINUTE);
    post.start();
    post.until("the connections to fill", || silent.open() >= 6);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(silent.most_open(), 6);
    let begun = Instant::now();
    let ordinary = post.send(&["bob@far.test"]);
    post.gone(ordinary);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(remote.taken().len(), 1);
}

#[test]
fn a_queue_that_all_goes_by_one_relay_is_not_walked_for_each_letter() {
    let (mut post, _remote) = Post::open("relay.test A 127.0.0.4", "", Manners::default());
    let smarthost = Remote::start([127, 0, 0, 4], 0, Manners::default());
    let relay = Relay {
        scope: RelayScope::Everything,
        host: "relay.test".to_owned(),
        port: smarthost.address.port(),
        tls: RelayTls::None,
        user: None,
        password: None,
    };
    let deed = post.store.write(move |tx| tx.set_relay(&relay));
    deed.wait().unwrap();
    let to: Vec<String> = (0..1000)
        .map(|number| format!("a@d{number}.test"))
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    post.send(&to);
    post.start();
    post.until("some letters to go", || smarthost.taken().len() >= 30);
    let (looks, letters) = (post.wall_looks(), smarthost.taken().len() as u64);
    assert!(looks < 50 * letters, "{looks} for {letters}");
}

#[test]
fn connections_to_one_destination_are_bounded() {
    let (post, remote) = Post::simple(Manners {
        octet_by_octet: true,
        ..Manners::default()
    });
    let letters: Vec<_> = (0..12).map(|_| post.send(&["bob@far.test"])).collect();
    for letter in letters {
        post.gone(letter);
    }
    assert_eq!(remote.taken().len(), 12);
    assert!(remote.most_open() <= 2, "{}", remote.most_open());
}
