//! What a remote says, or does not say, and what becomes of the letter.

use crate::post::{HOUR, LETTER, MINUTE, Post};
use crate::remote::{Act, Manners, Rule, at, once, rules};

#[test]
fn a_letter_arrives_as_it_was_written_without_what_is_for_the_house() {
    let (post, remote) = Post::simple(Manners::default());
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    let taken = remote.wait_for(1).remove(0);
    assert!(
        taken.mail.starts_with("MAIL FROM:<ann@house.test>"),
        "{}",
        taken.mail
    );
    assert_eq!(taken.rcpt, ["RCPT TO:<bob@far.test>"]);
    let text = taken.text();
    assert!(text.starts_with("Received: from phone"), "{text}");
    assert!(text.ends_with(LETTER), "{text}");
    assert!(post.inbox().is_empty());
}

#[test]
fn recipients_of_one_destination_travel_together_and_each_has_its_own_end() {
    let (post, remote) = Post::simple(rules([
        at(
            "RCPT TO:<later@",
            Act::Say("451 4.2.1 Mailbox busy, come again"),
        ),
        at("RCPT TO:<never@", Act::Say("550 5.1.1 No such person here")),
    ]));
    let letter = post.send(&["bob@far.test", "later@far.test", "never@far.test"]);
    let words = post.waits(letter, 1);
    assert_eq!(words, ["451 4.2.1 Mailbox busy, come again"]);
    assert_eq!(remote.taken().len(), 1);
    let report = post.mail(1);
    assert!(report.contains("never@far.test"), "{report}");
    assert!(report.contains("550 5.1.1 No such person here"), "{report}");
    assert!(report.contains("Action: failed"), "{report}");
    assert!(
        report.contains("There is no mailbox never@far.test."),
        "{report}"
    );
    assert!(report.contains("Auto-Submitted: auto-replied"), "{report}");
    assert!(!report.contains("later@far.test"), "{report}");
    assert!(report.starts_with("Return-Path: <>\r\n"), "{report}");
    remote.behave(Manners::default());
    post.pass(3 * MINUTE);
    post.gone(letter);
    assert_eq!(remote.taken()[1].rcpt, ["RCPT TO:<later@far.test>"]);
}

/// At every line the same trouble: the letter waits with words that say what happened, and goes out once the remote behaves.
fn survives(lines: &[&'static str], act: &Act, expected: &str) {
    let (post, remote) = Post::simple(Manners::default());
    let mut behaved = 0;
    for line in lines {
        remote.behave(rules([at(line, act.clone())]));
        let letter = post.send(&["bob@far.test"]);
        let words = post.waits(letter, 1).remove(0);
        assert!(words.contains(expected), "{line} {act:?}: {words}");
        assert!(post.inbox().is_empty(), "{line} {act:?}");
        let before = remote.taken().len();
        remote.behave(Manners::default());
        post.pass(3 * MINUTE);
        post.gone(letter);
        behaved += 1;
        let taken = remote.taken().len() - before;
        assert_eq!(taken, 1, "{line} {act:?}");
    }
    assert_eq!(behaved, lines.len());
}

#[test]
fn a_remote_that_hangs_up_is_tried_again() {
    survives(
        &["GREETING", "MAIL", "RCPT", "DATA"],
        &Act::HangUp,
        "connection ended",
    );
}

#[test]
fn a_remote_that_refuses_for_now_is_tried_again_with_its_words_kept() {
    let act = Act::Say("451 4.3.0 Not now, please");
    survives(
        &["GREETING", "MAIL", "RCPT", "DATA", "."],
        &act,
        "451 4.3.0 Not now, please",
    );
}

#[test]
fn garbage_and_endless_replies_end_the_attempt() {
    survives(
        &["GREETING", "MAIL"],
        &Act::Garbage(b"\x00\xff what?\r\n"),
        "",
    );
    survives(&["MAIL", "."], &Act::Endless, "");
}

#[test]
fn silence_ends_when_the_time_is_over() {
    for line in ["GREETING", "MAIL", "."] {
        let (post, remote) = Post::simple(rules([at(line, Act::Silence)]));
        let letter = post.send(&["bob@far.test"]);
        post.until("the remote to be silent", || {
            remote.connections() == 1 && (line == "GREETING" || remote.heard(line))
        });
        std::thread::sleep(std::time::Duration::from_millis(200));
        post.pass(11 * MINUTE);
        let words = post.waits(letter, 1).remove(0);
        assert!(!words.is_empty(), "{line}");
        assert!(post.inbox().is_empty());
    }
}

#[test]
fn a_remote_that_answers_octet_by_octet_gets_the_letter() {
    let (post, remote) = Post::simple(Manners {
        octet_by_octet: true,
        ..Manners::default()
    });
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert_eq!(remote.taken().len(), 1);
}

#[test]
fn a_refusal_for_good_comes_back_with_the_words_of_the_line_that_refused() {
    for (line, words) in [
        ("MAIL", "550 5.7.1 We do not take mail from you"),
        ("RCPT", "550 5.1.1 Unknown"),
        ("DATA", "554 5.3.0 No"),
        (".", "554 5.6.0 We do not like your letter"),
    ] {
        let (post, remote) = Post::simple(rules([at(line, Act::SayAndHangUp(words))]));
        let letter = post.send(&["bob@far.test"]);
        post.gone(letter);
        let report = post.mail(1);
        assert!(report.contains(words), "{line}: {report}");
        assert!(
            report.contains("Final-Recipient: rfc822; bob@far.test"),
            "{report}"
        );
        assert!(report.contains("Subject: Hello"), "{report}");
        assert_eq!(remote.taken().len(), 0);
    }
}

#[test]
fn a_lost_answer_to_the_whole_letter_is_tried_again_because_nobody_can_know() {
    let (post, remote) = Post::simple(rules([once(".", Act::HangUp)]));
    let letter = post.send(&["bob@far.test"]);
    post.waits(letter, 1);
    assert_eq!(
        remote.taken().len(),
        1,
        "the remote has it, and did not say so"
    );
    post.pass(3 * MINUTE);
    post.gone(letter);
    assert_eq!(remote.taken().len(), 2);
    assert!(post.inbox().is_empty());
}

#[test]
fn a_remote_that_only_knows_helo_gets_the_letter() {
    let (post, remote) = Post::simple(Manners {
        old: true,
        ..Manners::default()
    });
    let letter = post.send(&["bob@far.test"]);
    post.gone(letter);
    assert!(remote.heard("HELO mail.house.test"));
}

#[test]
fn a_return_that_cannot_be_delivered_is_not_returned() {
    let (post, _remote) = Post::simple(rules([at("RCPT", Act::Say("550 5.1.1 Unknown"))]));
    let letter = post.send_with(&["bob@far.test"], LETTER, |letter| {
        letter.reverse_path = None;
        letter.origin = store::Origin::Return;
    });
    post.gone(letter);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(post.inbox().is_empty());
}

#[test]
fn more_recipients_than_the_remote_takes_at_once_go_in_several_transactions() {
    let mut manners = Manners::default();
    manners.announce.push("LIMITS RCPTMAX=2");
    let (post, remote) = Post::simple(manners);
    let to = [
        "a@far.test",
        "b@far.test",
        "c@far.test",
        "d@far.test",
        "e@far.test",
    ];
    let letter = post.send(&to);
    post.gone(letter);
    let taken = remote.taken();
    assert_eq!(
        taken.iter().map(|one| one.rcpt.len()).collect::<Vec<_>>(),
        [2, 2, 1]
    );
    assert_eq!(remote.connections(), 1, "one connection for all");
}

#[test]
fn the_next_letter_uses_the_same_connection_and_an_idle_one_is_closed_with_quit() {
    let (post, remote) = Post::simple(Manners::default());
    let first = post.send(&["bob@far.test"]);
    post.gone(first);
    let second = post.send(&["carl@far.test"]);
    post.gone(second);
    let taken = remote.taken();
    assert_eq!((taken[0].connection, taken[1].connection), (0, 0));
    assert_eq!(remote.connections(), 1);
    post.pass(5);
    post.until("QUIT", || remote.heard("QUIT"));
    // One that the remote has closed meanwhile is no obstacle.
    let third = post.send(&["bob@far.test"]);
    post.gone(third);
    remote.behave(rules([Rule {
        at: "MAIL",
        act: Act::SayAndHangUp("421 4.4.2 Idle too long"),
        times: 1,
    }]));
    let fourth = post.send(&["bob@far.test"]);
    post.gone(fourth);
    assert_eq!(remote.taken().len(), 4);
    assert!(post.now().0 < HOUR);
}
