//! What people do to the queue, what it refuses, and what goes with a letter.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::letters::*;
use common::*;
use store::*;

#[test]
fn the_last_row_takes_the_letter_and_its_body() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    for size in [5000, 1_200_000] {
        let before = free(&store);
        let octets = octets(size, 3);
        let new = to(&["a@x.example", "b@y.example"]);
        let done = deliver_with(&store, &octets, &[], vec![new]).unwrap();
        let gid = store
            .read()
            .unwrap()
            .letter(done.letters[0])
            .unwrap()
            .unwrap()
            .gid;
        settle_row(&store, done.letters[0], 1, Settlement::Gone);
        assert_eq!(body(&store.read().unwrap(), gid).unwrap(), octets);
        settle_row(&store, done.letters[0], 2, Settlement::Gone);
        settle(&store);
        assert!(store.read().unwrap().head(gid).is_err(), "{size}");
        assert_eq!(store.read().unwrap().letter(done.letters[0]).unwrap(), None);
        assert_eq!(counts(&store), (0, 0, 0));
        assert!(size < 10_000 || free(&store) > before, "{size}");

        // A mailbox and another letter hold it as well.
        let two = vec![to(&["a@x.example"]), to(&["b@x.example"])];
        let done = deliver_with(&store, &octets, &[(inbox, Flags::default())], two).unwrap();
        let gid = store
            .read()
            .unwrap()
            .entry(inbox, done.uids[0])
            .unwrap()
            .unwrap()
            .gid;
        settle_row(&store, done.letters[0], 1, Settlement::Gone);
        settle_row(&store, done.letters[1], 1, Settlement::Gone);
        settle(&store);
        assert_eq!(body(&store.read().unwrap(), gid).unwrap(), octets);
        let uid = done.uids[0];
        store
            .write(move |tx| tx.expunge(inbox, &[uid]))
            .wait()
            .unwrap();
        settle(&store);
        assert!(store.read().unwrap().head(gid).is_err(), "{size}");
    }
    // And the other way round: expunged while the letter still waits.
    let done = deliver_with(
        &store,
        b"x",
        &[(inbox, Flags::default())],
        vec![to(&["a@x.example"])],
    )
    .unwrap();
    let uid = done.uids[0];
    store
        .write(move |tx| tx.expunge(inbox, &[uid]))
        .wait()
        .unwrap();
    settle(&store);
    let gid = store
        .read()
        .unwrap()
        .letter(done.letters[0])
        .unwrap()
        .unwrap()
        .gid;
    assert_eq!(body(&store.read().unwrap(), gid).unwrap(), b"x");
}

#[test]
fn numbers_of_letters_and_bodies_are_never_used_again() {
    let mut store = Checked::new();
    let mut last = (LetterId(0), Gid(0));
    for round in 0..4 {
        let id = enqueue(&store, to(&["a@x.example"]));
        let gid = store.read().unwrap().letter(id).unwrap().unwrap().gid;
        assert!(id > last.0 && gid > last.1);
        last = (id, gid);
        store.write(move |tx| tx.drop_letter(id)).wait().unwrap();
        if round % 2 == 1 {
            store.reopen();
        }
    }
}

#[test]
fn a_held_letter_waits_until_it_is_released() {
    let store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@y.example"]));
    let hold = |hold: bool| store.write(move |tx| tx.hold_letter(id, hold)).wait();
    let claimed = claim(&store, "y.example", 1, 10).unwrap();
    for _ in 0..2 {
        hold(true).unwrap();
        assert_eq!(counts(&store), (1, 2, 2));
    }
    assert_eq!(names(&store, 1_000), Vec::<String>::new());
    assert_eq!(
        store.read().unwrap().queue_wake(QueueTime(0)).unwrap(),
        None
    );
    assert_eq!(claim(&store, "x.example", 1_000, 10), None);
    let retried = store
        .write(move |tx| tx.retry_letter(id, QueueTime(0)))
        .wait();
    assert_eq!(retried.unwrap(), 0);
    // The attempt that was under way ends, and the row stays held.
    settle_row(&store, id, claimed.rows[0].number, wait(77));
    assert_eq!(names(&store, 1_000), Vec::<String>::new());
    hold(false).unwrap();
    assert_eq!(counts(&store), (1, 2, 0));
    assert_eq!(names(&store, 1_000), ["x.example", "y.example"]);
    hold(true).unwrap();
    store.write(move |tx| tx.drop_letter(id)).wait().unwrap();
    assert_eq!(counts(&store), (0, 0, 0));
    assert!(matches!(hold(true), Err(Error::NoSuchLetter)));
}

#[test]
fn retrying_makes_rows_due_but_not_those_being_tried() {
    let mut store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@y.example", "c@z.example"]));
    for destination in ["x.example", "y.example"] {
        let claimed = claim(&store, destination, 1, 1000).unwrap();
        if destination == "x.example" {
            settle_row(&store, id, claimed.rows[0].number, wait(900));
        }
    }
    let retry = |store: &Store, now| {
        store
            .write(move |tx| tx.retry_letter(id, QueueTime(now)))
            .wait()
            .unwrap()
    };
    assert_eq!(retry(&store, 5), 1);
    assert_eq!(names(&store, 5), ["z.example", "x.example"]);
    assert_eq!(retry(&store, 5), 0);
    // Whoever tried it is gone with the last run.
    store.reopen();
    assert_eq!(retry(&store, 6), 1);
    assert_eq!(names(&store, 6), ["z.example", "x.example", "y.example"]);
    let none = store.write(|tx| tx.retry_letter(LetterId(99), QueueTime(0)));
    assert!(matches!(none.wait(), Err(Error::NoSuchLetter)));
}

#[test]
fn retrying_all_goes_on_in_bounded_deeds() {
    let store = Checked::new();
    for n in 0..7 {
        let rows = (0..200)
            .map(|k| row(&format!("p{k}@d{n}.example"), 50))
            .collect();
        enqueue(&store, letter(rows));
    }
    let (mut after, mut rows, mut deeds) = (None, 0, 0);
    loop {
        let done = store
            .write(move |tx| tx.retry_all(QueueTime(9), after))
            .wait()
            .unwrap();
        (rows, deeds) = (rows + done.rows, deeds + 1);
        match done.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((rows, deeds), (1400, 3));
    assert_eq!(names(&store, 9).len(), 7);
}

#[test]
fn a_letter_dropped_while_it_is_tried_settles_as_nothing() {
    let store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@x.example"]));
    claim(&store, "x.example", 1, 10).unwrap();
    store.write(move |tx| tx.drop_letter(id)).wait().unwrap();
    for settlement in [Settlement::Gone, wait(5)] {
        settle_row(&store, id, 1, settlement);
    }
    assert_eq!(counts(&store), (0, 0, 0));
    assert_eq!(names(&store, 1_000), Vec::<String>::new());
    let none = store.write(move |tx| tx.drop_letter(id));
    assert!(matches!(none.wait(), Err(Error::NoSuchLetter)));
}

#[test]
fn letters_are_listed_in_pieces() {
    let store = Checked::new();
    let ids: Vec<LetterId> = (0..5)
        .map(|_| enqueue(&store, to(&["a@x.example", "b@y.example"])))
        .collect();
    let dropped = ids[2];
    store
        .write(move |tx| tx.drop_letter(dropped))
        .wait()
        .unwrap();
    let tx = store.read().unwrap();
    let list = |after, max| -> Vec<LetterId> {
        tx.queue_letters(after, max)
            .unwrap()
            .iter()
            .map(|letter| letter.id)
            .collect()
    };
    assert_eq!(list(None, 2), ids[..2]);
    assert_eq!(list(Some(ids[1]), 9), ids[3..]);
    assert_eq!(list(Some(LetterId(u64::MAX)), 9), []);
}

#[test]
fn a_full_queue_takes_no_more_and_letters_cost_no_quota() {
    let options = Options {
        queue_rows: 3,
        default_quota: Some(100),
        ..Options::default()
    };
    let store = Checked::with(options);
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let id = enqueue(&store, to(&["a@x.example", "b@x.example"]));
    let more = || {
        deliver_with(
            &store,
            b"x",
            &[(inbox, Flags::default())],
            vec![to(&["c@x.example"]), to(&["d@x.example"])],
        )
    };
    assert!(matches!(more(), Err(Error::QueueFull { rows: 3 })));
    assert_eq!(uids(&store.read().unwrap(), inbox), [] as [Uid; 0]);
    settle_row(&store, id, 1, Settlement::Gone);
    more().unwrap();
    store.write(move |tx| tx.drop_letter(id)).wait().unwrap();
    deliver_with(&store, &[b'x'; 5000], &[], vec![to(&["c@x.example"])]).unwrap();
    assert_eq!(store.read().unwrap().usage(ann).unwrap().octets, 1);
    assert_eq!(store.facts().unwrap().queue.rows, 3);
}

#[test]
fn letters_that_cannot_be_are_refused() {
    let store = Checked::new();
    let one = || to(&["a@x.example"]);
    let with = |change: &dyn Fn(&mut NewLetter)| {
        let mut letter = one();
        change(&mut letter);
        letter
    };
    let many = (0..=LETTER_ROWS_MAX)
        .map(|n| row(&format!("p{n}@x.example"), 0))
        .collect();
    for odd in [
        letter(Vec::new()),
        letter(many),
        with(&|letter| letter.priority = 10),
        with(&|letter| letter.priority = -10),
        with(&|letter| letter.envid = Some("x".repeat(TEXT_MAX + 1))),
        with(&|letter| letter.rows[0].orcpt = Some("x".repeat(TEXT_MAX + 1))),
        with(&|letter| letter.rows[0].destination = String::new()),
        with(&|letter| letter.rows[0].destination = "X.example".into()),
        with(&|letter| letter.rows[0].destination = "x.example\0".into()),
        with(&|letter| letter.rows[0].destination = "x".repeat(DESTINATION_MAX + 1)),
    ] {
        let refused = deliver_with(&store, b"x", &[], vec![one(), odd]);
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
    }
    assert!(matches!(
        deliver_with(&store, b"x", &[], Vec::new()),
        Err(Error::NotAllowed(_))
    ));
    assert_eq!(counts(&store), (0, 0, 0));
}

#[test]
fn the_clock_is_kept_and_commits_that_touch_the_queue_say_so() {
    let mut store = Checked::new();
    assert_eq!(
        store.read().unwrap().queue_clock().unwrap(),
        SavedClock::default()
    );
    let clock = SavedClock {
        at: QueueTime(77),
        wall: Some(-5),
    };
    store
        .write(move |tx| tx.save_queue_clock(clock))
        .wait()
        .unwrap();
    store.reopen();
    assert_eq!(store.read().unwrap().queue_clock().unwrap(), clock);

    use event_listener::{Event, Listener};
    use std::time::Duration;
    let event = store.queue_event();
    let heard = |deed: &dyn Fn()| {
        let listener = Event::listen(&event);
        deed();
        listener.wait_timeout(Duration::from_millis(200)).is_some()
    };
    assert!(heard(&|| _ = enqueue(&store, to(&["a@x.example"]))));
    assert!(heard(&|| drop(claim(&store, "x.example", 1, 5))));
    assert!(heard(&|| settle_row(&store, LetterId(1), 1, wait(9))));
    assert!(!heard(&|| drop(claim(&store, "x.example", 1, 5))));
    assert!(!heard(&|| _ = person(&store, "bob@example.org")));
    let undone = || {
        let done = store.write(|tx| {
            tx.drop_letter(LetterId(1))?;
            Err::<(), _>(Error::NoSuchMessage)
        });
        assert!(done.wait().is_err());
    };
    assert!(!heard(&undone));
    assert_eq!(counts(&store), (1, 1, 0));
}

#[test]
fn a_claim_is_extended_while_the_attempt_lasts() {
    let store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@x.example", "c@y.example"]));
    claim(&store, "x.example", 1, 100).unwrap();
    settle_row(&store, id, 2, wait(50));
    let extend = |id| {
        store
            .write(move |tx| tx.extend_claim(id, &[1, 2, 3, 9], QueueTime(500)))
            .wait()
            .unwrap();
    };
    extend(id);
    extend(LetterId(99));
    let rows = store.read().unwrap().rows(id).unwrap();
    let found: Vec<(u64, u16)> = rows.iter().map(|row| (row.due.0, row.attempts)).collect();
    assert_eq!(found, [(500, 1), (50, 1), (0, 0)]);
    let retried = store.write(move |tx| tx.retry_letter(id, QueueTime(5)));
    assert_eq!(retried.wait().unwrap(), 1);
    settle_row(&store, id, 1, wait(60));
    extend(id);
    assert_eq!(
        store.read().unwrap().rows(id).unwrap()[0].due,
        QueueTime(60)
    );
}

#[test]
fn what_is_under_way_is_not_claimed_again_however_far_the_time_leaps() {
    let mut store = Checked::new();
    let first = enqueue(
        &store,
        to(&["a@x.example", "b@x.example", "c@x.example", "d@x.example"]),
    );
    let claim_beside = |store: &Store, now: u64, busy: &'static [(LetterId, u32)]| {
        let tried = move |id, number| busy.contains(&(id, number));
        let next = move |_: &Letter, _: &Row| QueueTime(now + 900);
        let deed =
            store.write(move |tx| tx.claim_unless("x.example", QueueTime(now), 100, &next, &tried));
        deed.wait().unwrap()
    };
    const ALL: &[(LetterId, u32)] = &[
        (LetterId(1), 1),
        (LetterId(1), 2),
        (LetterId(1), 3),
        (LetterId(1), 4),
    ];
    // Nobody claimed these in this run: whoever says that they are under way is wrong.
    let claimed = claim_beside(&store, 1, ALL).unwrap();
    assert_eq!(
        (claimed.letter.id, numbers(&claimed)),
        (first, vec![1, 2, 3, 4])
    );
    settle_row(&store, first, 4, wait(5000));
    let second = enqueue(&store, to(&["z@x.example"]));
    // The time leaps by a day, and of the first letter only what was settled is free.
    assert_eq!(names(&store, 90_000), ["x.example", "x.example"]);
    let claimed = claim_beside(&store, 90_000, ALL).unwrap();
    assert_eq!((claimed.letter.id, numbers(&claimed)), (second, vec![1]));
    let claimed = claim_beside(&store, 90_000, ALL).unwrap();
    assert_eq!((claimed.letter.id, numbers(&claimed)), (first, vec![4]));
    assert_eq!(claim_beside(&store, 90_000, ALL), None);
    assert_eq!(
        names(&store, 90_899),
        Vec::<String>::new(),
        "offered no more"
    );
    let rows = store.read().unwrap().rows(first).unwrap();
    let attempts: Vec<u16> = rows.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [1, 1, 1, 2]);
    // Whoever tried the second one is gone.
    let claimed = claim_beside(&store, 90_900, &ALL[..1]).unwrap();
    assert_eq!(numbers(&claimed), [2, 3, 4]);
    // And after a restart nobody tries anything.
    store.reopen();
    let claimed = claim_beside(&store, 99_000, ALL).unwrap();
    assert_eq!(claimed.letter.id, second);
    let claimed = claim_beside(&store, 99_000, ALL).unwrap();
    assert_eq!((claimed.letter.id, numbers(&claimed).len()), (first, 4));
}
