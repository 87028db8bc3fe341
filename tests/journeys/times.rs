//! When a letter is tried again, when its sender is warned, when it comes back.

use std::time::Duration;

use crate::post::{DAY, HOUR, LETTER, MINUTE, Post, SIMPLE};
use crate::remote::{Act, at, once, rules};

#[test]
fn a_letter_is_tried_again_and_again_its_sender_warned_once_and_after_five_days_it_comes_back() {
    let (post, remote) = Post::simple(rules([at("RCPT", Act::Say("451 4.2.0 Later"))]));
    let letter = post.send(&["bob@far.test"]);
    let begun = post.now().0;
    let mut waits = Vec::new();
    let mut attempts = 1;
    let mut warned = 0;
    loop {
        post.until("the next attempt", || {
            let rows = post.rows(letter);
            rows.is_empty() || rows[0].attempts >= attempts && post.is_settled()
        });
        if post.rows(letter).is_empty() {
            break;
        }
        let rows = post.rows(letter);
        let wait = rows[0].due.0 - post.now().0;
        waits.push(wait / MINUTE);
        let age = post.now().0 - begun;
        let inbox = post.inbox();
        if age >= 4 * HOUR + 10 {
            assert!(rows[0].warned, "after {} minutes", age / MINUTE);
            warned = 1;
        }
        assert_eq!(inbox.len(), warned, "after {} minutes", age / MINUTE);
        post.pass(wait + 1);
        attempts += 1;
        assert!(attempts < 40, "{waits:?}");
    }
    let age = post.now().0 - begun;
    assert!((5 * DAY..5 * DAY + HOUR).contains(&age), "{age}");
    // 2, 5, 10, 15, 30 min, 1, 2, 4, 8 h, each a tenth more or less.
    for (wait, step) in waits.iter().zip([2, 5, 10, 15, 30, 60, 120, 240, 480]) {
        let near = (step * 85 / 100)..=(step * 115 / 100 + 1);
        assert!(near.contains(wait), "{wait} for {step} in {waits:?}");
    }
    let inbox = post.inbox();
    assert!(inbox[0].contains("Action: delayed"), "{}", inbox[0]);
    assert!(inbox[0].contains("Will-Retry-Until:"), "{}", inbox[0]);
    let report = post.mail(2);
    assert!(report.contains("Action: failed"), "{report}");
    assert!(report.contains("Status: 5.4.7"), "{report}");
    assert!(report.contains("451 4.2.0 Later"), "{report}");
    assert!(remote.lines().len() > 12);
}

#[test]
fn a_held_letter_waits_until_it_is_released() {
    let (post, remote) = Post::simple(crate::remote::Manners::default());
    let later = store::QueueTime(post.now().0 + HOUR);
    let letter = post.send_with(&["bob@far.test"], LETTER, |letter| {
        letter.rows[0].due = later
    });
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(remote.connections(), 0);
    let held = post.store.write(move |tx| tx.hold_letter(letter, true));
    held.wait().unwrap();
    post.pass(2 * HOUR);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(remote.connections(), 0);
    let held = post.store.write(move |tx| tx.hold_letter(letter, false));
    held.wait().unwrap();
    post.gone(letter);
    assert_eq!(remote.taken().len(), 1);
}

#[test]
fn what_waits_for_its_answer_when_the_box_learns_the_time_is_not_sent_a_second_time() {
    let (mut post, remote) = Post::open(SIMPLE, "", rules([once(".", Act::Silence)]));
    post.boot_without_wall(3 * DAY);
    let slow = post.send(&["bob@far.test"]);
    post.start();
    post.until("the final dot", || remote.heard("."));
    let before = post.now();
    post.trust_wall();
    // Something new comes, on the other connection: whoever sends it has room for what is due.
    let new = post.send(&["carol@far.test"]);
    post.gone(new);
    assert!(post.now().0 >= before.0 + 3 * DAY, "the time has leapt");
    let more = post.send(&["dora@far.test"]);
    post.gone(more);
    std::thread::sleep(Duration::from_millis(300));
    let rcpt: Vec<_> = remote
        .taken()
        .into_iter()
        .flat_map(|one| one.rcpt)
        .collect();
    assert_eq!(rcpt.len(), 3, "each once: {rcpt:?}");
    let row = post.rows(slow).remove(0);
    assert_eq!(row.attempts, 1);
    assert!(row.due.0 >= post.now().0 + 10 * MINUTE, "it is held again");
    // Whoever tried it is gone: it is free.
    post.crash();
    post.start();
    post.pass(16 * MINUTE);
    post.gone(slow);
    assert_eq!(remote.taken().len(), 4);
}
