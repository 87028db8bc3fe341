//! Who is told what, and when.

use crate::cmd::house::House;

#[test]
fn a_delivery_is_told_to_who_waits() {
    let house = House::new();
    house.fill("INBOX", 2);
    let mut waiting = house.selected("INBOX");
    assert_eq!(waiting.say("i IDLE"), "+ idling\n");
    assert_eq!(waiting.wake(), "", "nothing has happened");
    house.fill("INBOX", 1);
    assert_eq!(
        waiting.wake(),
        "* 3 EXISTS\n* 3 RECENT\n",
        "all three came since it selected or right before"
    );
    assert_eq!(waiting.wake(), "");
    assert_eq!(waiting.say("DONE"), "i OK IDLE completed\n");
    assert_eq!(waiting.say("n NOOP"), "n OK NOOP completed\n");
}

#[test]
fn flags_of_others_are_told_and_ones_own_are_not_told_twice() {
    let house = House::new();
    house.fill("INBOX", 3);
    let (mut one, mut other) = (house.selected("INBOX"), house.selected("INBOX"));
    assert_eq!(
        one.say("s STORE 2 +FLAGS (\\Seen $Work)"),
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work \\*)] Flags that are kept\n* 2 FETCH (FLAGS (\\Seen $Work \\Recent))\ns OK STORE completed\n"
    );
    assert_eq!(one.say("n NOOP"), "n OK NOOP completed\n");
    assert_eq!(
        other.say("n NOOP"),
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work \\*)] Flags that are kept\n* 2 FETCH (UID 2 FLAGS (\\Seen $Work))\nn OK NOOP completed\n"
    );
    assert_eq!(other.say("n NOOP"), "n OK NOOP completed\n");

    // A change that this client has not heard of is told although it says .SILENT; its own is not.
    one.say("s STORE 1 +FLAGS (\\Flagged)");
    assert_eq!(
        other.say("s STORE 1,3 +FLAGS.SILENT (\\Seen)"),
        "* 1 FETCH (FLAGS (\\Flagged \\Seen))\ns OK STORE completed\n"
    );
    assert_eq!(other.say("n NOOP"), "n OK NOOP completed\n");
    assert_eq!(
        one.say("n NOOP"),
        "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Recent))\n* 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))\nn OK NOOP completed\n"
    );
}

#[test]
fn expunge_waits_until_numbers_may_change_and_what_is_gone_stays_readable() {
    let house = House::new();
    house.fill("INBOX", 5);
    let (mut one, mut other) = (house.selected("INBOX"), house.selected("INBOX"));
    one.say("s STORE 2,4 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(
        one.say("e EXPUNGE"),
        "* 2 EXPUNGE\n* 3 EXPUNGE\ne OK EXPUNGE completed\n"
    );
    house.fill("INBOX", 1);
    // By number: the numbers stay, the message can be read (A39), and only then the new one is told.
    let said = other.say("f FETCH 4:5 (UID BODY.PEEK[TEXT])");
    assert_eq!(
        said,
        "* 4 FETCH (UID 4 BODY[TEXT] {12}\nThis is 4.\n)\n* 5 FETCH (UID 5 BODY[TEXT] {12}\nThis is 5.\n)\n* 6 EXISTS\n* 1 RECENT\nf OK FETCH completed\n"
    );
    assert_eq!(
        other.say("s STORE 2 +FLAGS (\\Seen)"),
        "s NO [EXPUNGEISSUED] Some of these messages are no more\n"
    );
    assert_eq!(
        other.say("c COPY 2 Trash"),
        "* 2 EXPUNGE\n* 3 EXPUNGE\nc NO [EXPUNGEISSUED] Some of these messages are no more: look at the mailbox again\n"
    );
    assert_eq!(other.say("n UID FETCH 1:* FLAGS").lines().count(), 5);
}

#[test]
fn a_mailbox_that_was_deleted_is_empty() {
    let house = House::new();
    let mut one = house.client();
    one.say("c CREATE Old");
    house.fill("Old", 2);
    let mut other = house.selected("Old");
    assert_eq!(one.say("d DELETE Old"), "d OK DELETE completed\n");
    assert_eq!(
        other.say("n NOOP"),
        "* 1 EXPUNGE\n* 1 EXPUNGE\nn OK NOOP completed\n"
    );
    assert_eq!(other.say("n NOOP"), "n OK NOOP completed\n");
    assert_eq!(other.say("f UID FETCH 1:* FLAGS"), "f OK FETCH completed\n");
    assert_eq!(
        other.say("s UID SEARCH ALL"),
        "* SEARCH\ns OK SEARCH completed\n"
    );
    assert_eq!(other.say("e EXPUNGE"), "e OK EXPUNGE completed\n");
    assert_eq!(other.say("x CLOSE"), "x OK CLOSE completed\n");
}

/// More than fits in a piece: every change is told once, and the telling pauses.
#[test]
fn news_come_in_pieces() {
    let mut house = House::new();
    house.limits.piece = 2_000;
    house.fill("INBOX", 300);
    let (mut one, mut other) = (house.selected("INBOX"), house.selected("INBOX"));
    one.say("s STORE 1:* +FLAGS.SILENT (\\Deleted)");
    let said = other.say("n NOOP");
    let told: Vec<_> = said
        .lines()
        .filter(|line| line.contains("FETCH (UID"))
        .collect();
    assert_eq!(told.len(), 300);
    assert_eq!(
        told.last(),
        Some(&"* 300 FETCH (UID 300 FLAGS (\\Deleted))")
    );
    assert!(
        other.pieces.len() > 3 && other.pieces.iter().all(|piece| *piece < 2_200),
        "{:?}",
        other.pieces
    );
    assert_eq!(other.say("n NOOP"), "n OK NOOP completed\n");
    let said = one.say("e EXPUNGE");
    assert_eq!(said.matches("* 1 EXPUNGE\n").count(), 300);
    assert_eq!(other.say("n NOOP").matches("* 1 EXPUNGE\n").count(), 300);
}

/// Two messages come in one change and one of them changes together with an old one: as many changes as messages, and yet the old one
/// must not be overlooked.
#[test]
fn a_change_does_not_hide_behind_arrivals() {
    let house = House::new();
    house.fill("INBOX", 3);
    let (mut one, mut other) = (house.selected("INBOX"), house.selected("INBOX"));
    one.say("c COPY 1:2 INBOX");
    one.say("s STORE 1,5 +FLAGS.SILENT (\\Flagged)");
    assert_eq!(
        other.say("n NOOP"),
        "* 5 EXISTS\n* 0 RECENT\n* 1 FETCH (UID 1 FLAGS (\\Flagged))\nn OK NOOP completed\n"
    );
}
