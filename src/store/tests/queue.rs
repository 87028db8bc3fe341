//! The queue's verbs, one by one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::letters::*;
use common::*;
use store::*;

#[test]
fn a_letter_comes_back_as_it_was_put_in() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let new = NewLetter {
        smtputf8: true,
        require_tls: true,
        tls_optional: true,
        envid: Some("an id".into()),
        ret: Some(Ret::Headers),
        priority: -3,
        deliver_by: Some(DeliverBy {
            at: QueueTime(90),
            notify: true,
            trace: true,
        }),
        origin: Origin::Forward {
            alias: address("club@example.org"),
        },
        body: BodyKind::Binary,
        ..letter(vec![NewRow {
            orcpt: Some("rfc822;zoe@example.net".into()),
            notify: Notify::success().union(Notify::delay()),
            ..row("zoe@example.net", 5)
        }])
    };
    let id = enqueue(&store, new.clone());
    let tx = store.read().unwrap();
    let found = tx.letter(id).unwrap().unwrap();
    assert_eq!((found.id, found.size, found.rows_left), (id, 16, 1));
    assert_eq!(found.sender, Some(ann));
    let back = NewLetter {
        sender: found.sender,
        reverse_path: found.reverse_path,
        body: found.body,
        smtputf8: found.smtputf8,
        require_tls: found.require_tls,
        tls_optional: found.tls_optional,
        envid: found.envid,
        ret: found.ret,
        priority: found.priority,
        accepted: found.accepted,
        enqueued: found.enqueued,
        expires: found.expires,
        deliver_by: found.deliver_by,
        origin: found.origin,
        rows: new.rows.clone(),
    };
    assert_eq!(back, new);
    let rows = tx.rows(id).unwrap();
    assert_eq!(rows.len(), 1);
    let expected = Row {
        number: 1,
        recipient: address("zoe@example.net"),
        destination: "example.net".into(),
        orcpt: Some("rfc822;zoe@example.net".into()),
        notify: Notify::success().union(Notify::delay()),
        due: QueueTime(5),
        held: false,
        attempts: 0,
        warned: false,
        last: None,
    };
    assert_eq!(rows[0], expected);
    assert_eq!(body(&tx, found.gid).unwrap(), b"Subject: out\r\n\r\n");
    assert_eq!(tx.record(found.gid).unwrap().1, vec![7; 300]);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(LetterId(0x1a2b).to_string(), "1a2b");
    assert_eq!(tx.queue_letters(None, 10).unwrap()[0].id, id);
}

#[test]
fn first_attempts_go_before_retries_and_high_priority_before_low() {
    let store = Checked::new();
    for (name, priority) in [("low", -9), ("mid", 0), ("high", 9)] {
        for state in ["fresh", "tried"] {
            let to = format!("x@{name}-{state}.example");
            let new = NewLetter {
                priority,
                ..letter(vec![row(&to, 1)])
            };
            let id = enqueue(&store, new);
            if state == "tried" {
                claim(&store, &format!("{name}-{state}.example"), 1, 1).unwrap();
                settle_row(&store, id, 1, wait(1));
            }
        }
    }
    // Due later, and of the highest lane: it is not offered, and hides nobody.
    let later = NewLetter {
        priority: 9,
        ..letter(vec![row("x@later.example", 50)])
    };
    enqueue(&store, later);
    let order = [
        "high-fresh",
        "mid-fresh",
        "low-fresh",
        "high-tried",
        "mid-tried",
        "low-tried",
    ];
    let order: Vec<String> = order.iter().map(|name| format!("{name}.example")).collect();
    assert_eq!(names(&store, 1), order);
    let lanes: Vec<(bool, i8)> = offered(&store, 1)
        .iter()
        .map(|(_, lane, _)| (lane.retry, lane.priority))
        .collect();
    assert_eq!(
        lanes,
        [
            (false, 9),
            (false, 0),
            (false, -9),
            (true, 9),
            (true, 0),
            (true, -9)
        ]
    );
    assert_eq!(names(&store, 0), Vec::<String>::new());
    assert_eq!(names(&store, 50)[1], "later.example");

    let tx = store.read().unwrap();
    let take = |offer: &DueDestination<'_>| {
        if offer.destination.starts_with("mid") {
            Choice::Take
        } else {
            Choice::Skip
        }
    };
    let taken = tx.queue_next(QueueTime(1), &mut { take }).unwrap();
    assert_eq!(taken.as_deref(), Some("mid-fresh.example"));
    assert_eq!(
        tx.queue_next(QueueTime(1), &mut |_| Choice::Stop).unwrap(),
        None
    );
}

#[test]
fn a_lane_that_is_passed_over_is_not_walked() {
    let store = Checked::new();
    for number in 0..50 {
        enqueue(
            &store,
            letter(vec![row(&format!("x@d{number}.example"), 1)]),
        );
    }
    enqueue(
        &store,
        NewLetter {
            priority: -9,
            ..letter(vec![row("x@low.example", 1)])
        },
    );
    let mut asked = 0;
    let tx = store.read().unwrap();
    let taken = tx.queue_next(QueueTime(1), &mut |offer| {
        asked += 1;
        if offer.lane.priority == 0 {
            Choice::NextLane
        } else {
            Choice::Take
        }
    });
    assert_eq!(taken.unwrap().as_deref(), Some("low.example"));
    assert_eq!(asked, 2);
}

#[test]
fn what_has_waited_in_a_lane_can_be_passed_over_in_one_step() {
    let store = Checked::new();
    for (number, due) in [(1, 10), (2, 20), (3, 30), (4, 80), (5, 95)] {
        let to = format!("a@d{number}.example");
        enqueue(&store, letter(vec![row(&to, due)]));
    }
    let tx = store.read().unwrap();
    let mut asked = Vec::new();
    let taken = tx.queue_next(QueueTime(90), &mut |offer| {
        asked.push(offer.due.0);
        match offer.due.0 {
            ..60 => Choice::From(QueueTime(60)),
            // Not further on: it is only passed over.
            80 => Choice::From(QueueTime(80)),
            _ => Choice::Take,
        }
    });
    assert_eq!((taken.unwrap(), asked), (None, vec![10, 80]));
}

#[test]
fn waking_is_at_the_earliest_time_of_any_lane() {
    let store = Checked::new();
    let wake = |now| {
        let tx = store.read().unwrap();
        (
            tx.queue_wake(QueueTime(now)).unwrap().map(|at| at.0),
            tx.queue_wake_after(QueueTime(now)).unwrap().map(|at| at.0),
        )
    };
    assert_eq!(wake(0), (None, None));
    for (to, due, priority) in [
        ("a@a.example", 30, 9),
        ("b@b.example", 20, 0),
        ("c@c.example", 40, -9),
    ] {
        let new = NewLetter {
            priority,
            ..letter(vec![row(to, due)])
        };
        enqueue(&store, new);
    }
    assert_eq!(wake(0), (Some(20), Some(20)));
    assert_eq!(wake(20), (Some(20), Some(30)));
    assert_eq!(wake(25), (Some(25), Some(30)));
    assert_eq!(wake(35), (Some(35), Some(40)));
    assert_eq!(wake(40), (Some(40), None));
    assert_eq!(wake(u64::MAX), (Some(u64::MAX), None));
}

#[test]
fn rows_of_one_letter_travel_together_and_no_others() {
    let store = Checked::new();
    let mut new = to(&[
        "a@x.example",
        "b@y.example",
        "c@X.EXAMPLE",
        "d@x.example",
        "e@x.example",
    ]);
    new.rows[4].due = QueueTime(90);
    let first = enqueue(&store, new);
    let second = enqueue(&store, to(&["z@x.example"]));
    let claimed = claim(&store, "x.example", 1, 100).unwrap();
    assert_eq!(
        (claimed.letter.id, numbers(&claimed)),
        (first, vec![1, 3, 4])
    );
    assert!(
        claimed
            .rows
            .iter()
            .all(|row| row.attempts == 1 && row.due == QueueTime(101))
    );
    let next = claim(&store, "x.example", 1, 100).unwrap();
    assert_eq!((next.letter.id, numbers(&next)), (second, vec![1]));
    assert_eq!(claim(&store, "x.example", 1, 100), None);
    assert_eq!(claim(&store, "nobody.example", 1, 100), None);
    // At 101 the three that were tried and the one that was not are due, in two lanes: one claim has them all.
    let again = claim(&store, "x.example", 101, 100).unwrap();
    assert_eq!(
        (again.letter.id, numbers(&again)),
        (first, vec![1, 3, 4, 5])
    );
    let attempts: Vec<u16> = again.rows.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [2, 2, 2, 1]);
    // A first attempt that is not due yet hides no retry behind it.
    enqueue(&store, letter(vec![row("late@x.example", 900)]));
    let third = claim(&store, "x.example", 201, 100).unwrap();
    assert_eq!(numbers(&third), vec![1]);
    assert_eq!(third.letter.id, second);
}

#[test]
fn a_claim_takes_at_most_as_many_rows_as_it_may() {
    let store = Checked::new();
    let many: Vec<NewRow> = (0..250)
        .map(|n| row(&format!("p{n}@x.example"), 0))
        .collect();
    let id = enqueue(&store, letter(many));
    for expected in [100, 100, 50] {
        let claimed = claim(&store, "x.example", 5, 1000).unwrap();
        assert_eq!((claimed.letter.id, claimed.rows.len()), (id, expected));
    }
    assert_eq!(claim(&store, "x.example", 5, 1000), None);
    assert_eq!(names(&store, 5), Vec::<String>::new());
    assert_eq!(names(&store, 1005), ["x.example"]);
}

#[test]
fn next_sees_the_attempt_counted_and_is_raised_above_now() {
    let store = Checked::new();
    enqueue(&store, to(&["a@x.example"]));
    let claimed = store
        .write(|tx| {
            tx.claim("x.example", QueueTime(10), 0, &|letter, row| {
                assert_eq!(
                    (letter.rows_left, row.attempts, row.due),
                    (1, 1, QueueTime(0))
                );
                QueueTime(3)
            })
        })
        .wait()
        .unwrap()
        .unwrap();
    assert_eq!(claimed.rows[0].due, QueueTime(11));
    assert_eq!(names(&store, 10), Vec::<String>::new());
}

#[test]
fn a_claim_that_is_never_settled_is_due_at_the_written_time() {
    let mut store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@x.example"]));
    claim(&store, "x.example", 5, 120).unwrap();
    store.reopen();
    assert_eq!(names(&store, 124), Vec::<String>::new());
    let lane = Lane {
        retry: true,
        priority: 0,
    };
    assert_eq!(offered(&store, 125), [("x.example".to_owned(), lane, 125)]);
    let again = claim(&store, "x.example", 125, 120).unwrap();
    assert_eq!((again.letter.id, again.rows[1].attempts), (id, 2));
}

#[test]
fn each_settlement_does_what_it_says() {
    let store = Checked::new();
    let id = enqueue(&store, to(&["a@x.example", "b@x.example", "c@x.example"]));
    claim(&store, "x.example", 5, 500).unwrap();
    settle_row(&store, id, 1, Settlement::Gone);
    let wait = Settlement::Wait {
        due: QueueTime(50),
        last: attempt("451 4.2.1\r\nlater\u{7}"),
        warned: true,
    };
    settle_row(&store, id, 2, wait);
    let untried = Settlement::Untried {
        due: QueueTime(60),
        last: None,
    };
    settle_row(&store, id, 3, untried.clone());
    let tx = store.read().unwrap();
    let rows = tx.rows(id).unwrap();
    assert_eq!(tx.letter(id).unwrap().unwrap().rows_left, 2);
    assert_eq!(
        (
            rows[0].number,
            rows[0].attempts,
            rows[0].due.0,
            rows[0].warned
        ),
        (2, 1, 50, true)
    );
    assert_eq!(rows[0].last, Some(attempt("451 4.2.1  later ")));
    assert_eq!(
        (rows[1].number, rows[1].attempts, rows[1].due.0),
        (3, 0, 60)
    );
    assert_eq!(rows[1].last, None);
    drop(tx);
    let lanes: Vec<bool> = offered(&store, 60)
        .iter()
        .map(|(_, lane, _)| lane.retry)
        .collect();
    assert_eq!(lanes, [false, true]);
    // Words are bounded without cutting a character.
    let long = Settlement::Untried {
        due: QueueTime(60),
        last: Some(attempt(&"ü".repeat(600))),
    };
    settle_row(&store, id, 3, long);
    assert_eq!(
        store.read().unwrap().rows(id).unwrap()[1]
            .last
            .as_ref()
            .unwrap()
            .words
            .len(),
        WORDS_MAX
    );
    // What stood there stays when nothing is said.
    settle_row(&store, id, 3, untried);
    assert!(store.read().unwrap().rows(id).unwrap()[1].last.is_some());
    // A row that is not there settles as nothing.
    settle_row(&store, id, 1, Settlement::Gone);
    settle_row(&store, LetterId(99), 1, Settlement::Gone);
    assert_eq!(counts(&store), (1, 2, 0));
}

#[test]
fn a_return_is_delivered_in_the_deed_that_settles() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let id = enqueue(&store, to(&["a@x.example"]));
    claim(&store, "x.example", 1, 10).unwrap();
    for fails in [true, false] {
        let (body, size) = (stage(&store, b"Subject: returned\r\n\r\n"), 21);
        let done = store.write(move |tx| {
            tx.settle(id, 1, Settlement::Gone)?;
            tx.deliver(&Delivery {
                body,
                head: head(size),
                record: Vec::new(),
                into: vec![(inbox, Flags::default())],
                letters: Vec::new(),
            })?;
            if fails {
                return Err(Error::NoSuchMessage);
            }
            Ok(())
        });
        assert_eq!(done.wait().is_err(), fails);
        let found = (counts(&store).0, uids(&store.read().unwrap(), inbox).len());
        assert_eq!(found, if fails { (1, 0) } else { (0, 1) });
    }
}
