use super::*;
use crate::samples::{DAY, HOUR, at, last, letter, row, said};
use store::DeliverBy;

fn judged(finding: Finding, at: &At<'_>) -> Decision {
    judge(&letter(), &row(), finding, at, &Schedule::default())
}

fn waits(decision: &Decision) -> (u64, bool, bool) {
    match decision {
        Decision::Wait {
            due, warn, tried, ..
        } => (due.0, *warn, *tried),
        other => panic!("{other:?}"),
    }
}

fn returned(decision: Decision) -> (Reason, String, Tell) {
    match decision {
        Decision::Return {
            reason,
            status,
            tell,
            ..
        } => (reason, status.to_string(), tell),
        other => panic!("{other:?}"),
    }
}

const SENDER: Tell = Tell::Sender(AccountId(7));

#[test]
fn a_refusal_is_final_and_told_to_the_sender() {
    let no = said(Stage::Rcpt, "550 5.1.1 No such user");
    assert_eq!(
        judged(no, &at(1001)),
        Decision::Return {
            reason: Reason::Refused,
            status: EnhancedStatus::new(5, 1, 1),
            tell: SENDER,
            last: last("550 5.1.1 No such user"),
        }
    );
    for (stage, words, status) in [
        (Stage::Rcpt, "550 go away", "5.1.1"),
        (Stage::Mail, "552 too large", "5.3.4"),
        (Stage::End, "554 no", "5.0.0"),
        (Stage::Greeting, "554 5.7.1 no", "5.7.1"),
        // The code says never, whatever the status says.
        (Stage::Rcpt, "550 4.2.1 closed", "5.2.1"),
    ] {
        let (reason, found, _) = returned(judged(said(stage, words), &at(1001)));
        assert_eq!(
            (reason, found.as_str()),
            (Reason::Refused, status),
            "{words}"
        );
    }
    for (cause, status) in [
        (Cause::NoSuchDomain, "5.1.2"),
        (Cause::NullMx, "5.1.10"),
        (Cause::NoHost, "5.4.4"),
        (Cause::Loop, "5.4.6"),
        (Cause::Lacks(crate::Extension::RequireTls), "5.7.30"),
        (Cause::Lacks(crate::Extension::SmtpUtf8), "5.6.7"),
    ] {
        let (_, found, _) = returned(judged(Finding::of(cause, "why"), &at(1001)));
        assert_eq!(found, status);
    }
}

#[test]
fn what_may_pass_waits_for_the_next_attempt_that_was_claimed() {
    for finding in [
        said(Stage::Rcpt, "450 4.7.1 greylisted"),
        said(Stage::Greeting, "421 busy"),
        said(Stage::Data, "the connection was closed"),
        Finding::of(Cause::Dns, "SERVFAIL"),
        Finding::of(Cause::Refused, "refused"),
        Finding::of(Cause::TimedOut, "silence"),
        Finding::of(Cause::Tls, "no TLS"),
        Finding::of(Cause::Unreadable, "the disk fails"),
        Finding::of_one_host(Cause::Dns, "SERVFAIL"),
    ] {
        let words = finding.words.clone();
        assert_eq!(
            judged(finding, &at(1010)),
            Decision::Wait {
                due: QueueTime(1120),
                warn: false,
                tried: true,
                last: last(&words),
            }
        );
    }
    // An attempt that took longer than the wait is not followed by the next at once.
    let (due, ..) = waits(&judged(Finding::of(Cause::TimedOut, "x"), &at(2000)));
    assert!((2108..=2132).contains(&due), "{due}");
}

#[test]
fn what_this_house_can_mend_returns_nothing() {
    let relay = At {
        by_relay: true,
        ..at(1010)
    };
    for finding in [
        said(Stage::Login, "535 5.7.8 wrong password"),
        said(Stage::Mail, "530 5.7.0 log in first"),
        said(Stage::Greeting, "554 5.7.1 you are not our customer"),
    ] {
        waits(&judged(finding, &relay));
    }
    // A relay that is none for us: its customer's number, password or contract is not as it was.
    for words in [
        "554 5.7.1 <bob@far.example>: Relay access denied",
        "550 relaying denied",
    ] {
        waits(&judged(said(Stage::Rcpt, words), &relay));
        returned(judged(said(Stage::Rcpt, words), &at(1010)));
    }
    // What a relay says of the recipient holds.
    returned(judged(said(Stage::Rcpt, "550 5.1.1 nobody"), &relay));
    // 530 of an MX is its last word.
    returned(judged(said(Stage::Mail, "530 5.7.0 log in"), &at(1010)));
    waits(&judged(said(Stage::StartTls, "501 5.5.4 no"), &at(1010)));
}

#[test]
fn a_row_that_nobody_heard_of_is_not_counted() {
    let (due, _, tried) = waits(&judged(Finding::of(Cause::NoNetwork, "x"), &at(5000)));
    assert!(!tried && (5108..=5132).contains(&due), "{due}");
    let (due, _, tried) = waits(&judged(Finding::of(Cause::Own, "x"), &at(5000)));
    assert_eq!((due, tried), (5000, false));
}

#[test]
fn one_recipient_too_many_goes_in_the_next_transaction() {
    let others = At {
        others_accepted: true,
        ..at(1010)
    };
    for words in [
        "452 4.5.3 Too many recipients",
        "552 Too many recipients",
        "552 no more",
    ] {
        let (due, _, tried) = waits(&judged(said(Stage::Rcpt, words), &others));
        assert_eq!((due, tried), (1010, false), "{words}");
        // To a host that takes not one, it is an attempt like any other.
        let (due, _, tried) = waits(&judged(said(Stage::Rcpt, words), &at(1010)));
        assert_eq!((due, tried), (1120, true), "{words}");
    }
    let full = said(Stage::Rcpt, "552 5.2.2 mailbox full");
    assert_eq!(returned(judged(full, &others)).1, "5.2.2");
    let full = said(Stage::Rcpt, "452 4.2.2 mailbox full");
    assert!(waits(&judged(full, &others)).2);
    let unjudged = Finding {
        again_now: true,
        ..said(Stage::Rcpt, "the rest goes next")
    };
    assert_eq!(waits(&judged(unjudged, &at(1010))), (1010, false, false));
}

#[test]
fn the_sender_is_warned_once_after_four_hours() {
    let later = || said(Stage::Rcpt, "451 4.3.0 later");
    let warned = |row: Row, letter: Letter, now| {
        waits(&judge(
            &letter,
            &row,
            later(),
            &at(now),
            &Schedule::default(),
        ))
        .1
    };
    assert!(!warned(row(), letter(), 1000 + 4 * HOUR - 1));
    assert!(warned(row(), letter(), 1000 + 4 * HOUR));
    let told = Row {
        warned: true,
        ..row()
    };
    assert!(!warned(told, letter(), DAY));
    let silent = Row {
        notify: Notify::failure(),
        ..row()
    };
    assert!(!warned(silent, letter(), DAY));
}

#[test]
fn it_is_given_up_after_five_days_and_not_before_the_box_could_try() {
    let end = letter().expires.0;
    let later = || said(Stage::Rcpt, "451 4.3.0 later");
    waits(&judged(later(), &at(end - 1)));
    assert_eq!(
        returned(judged(later(), &at(end))),
        (Reason::Expired, "5.4.7".to_owned(), SENDER)
    );
    let patient = At {
        patient_until: QueueTime(end + DAY),
        ..at(end + HOUR)
    };
    let (due, ..) = waits(&judged(later(), &patient));
    assert!(due > end + HOUR);
    // It may still be delivered, however late.
    assert!(matches!(
        judged(said(Stage::End, "250 ok"), &at(end + DAY)),
        Decision::Delivered { .. }
    ));
}

#[test]
fn success_is_reported_when_wanted_and_nobody_else_will() {
    let ok = || said(Stage::End, "250 2.0.0 ok");
    let wanted = Row {
        notify: Notify::success(),
        ..row()
    };
    let judged = |row: &Row, finding| match judge(
        &letter(),
        row,
        finding,
        &at(1001),
        &Schedule::default(),
    ) {
        Decision::Delivered {
            report_success,
            relayed,
        } => (report_success, relayed),
        other => panic!("{other:?}"),
    };
    assert_eq!(judged(&row(), ok()), (false, false));
    assert_eq!(judged(&wanted, ok()), (true, false));
    let passed_on = Finding {
        relayed_dsn: true,
        ..ok()
    };
    assert_eq!(judged(&wanted, passed_on), (false, true));
}

#[test]
fn nobody_outside_hears_and_no_return_is_returned() {
    let no = || said(Stage::Rcpt, "550 5.1.1 nobody");
    let told = |letter: &Letter, notify| {
        let row = Row { notify, ..row() };
        returned(judge(letter, &row, no(), &at(1001), &Schedule::default())).2
    };
    let all = Notify::default();
    assert_eq!(told(&letter(), all), SENDER);
    assert_eq!(told(&letter(), Notify::never()), Tell::Nobody);
    assert_eq!(told(&letter(), Notify::delay()), Tell::Nobody);
    let null = Letter {
        reverse_path: None,
        ..letter()
    };
    assert_eq!(told(&null, all), Tell::Nobody);
    let a_return = Letter {
        origin: Origin::Return,
        ..letter()
    };
    assert_eq!(told(&a_return, all), Tell::Nobody);
    let forward = Letter {
        sender: None,
        reverse_path: Some(mail::Address::parse("x@far.example").unwrap()),
        origin: Origin::Forward {
            alias: mail::Address::parse("club@house.example").unwrap(),
        },
        ..letter()
    };
    assert_eq!(told(&forward, all), Tell::Household);
    let late = judge(
        &forward,
        &row(),
        said(Stage::Rcpt, "451 later"),
        &at(DAY),
        &Schedule::default(),
    );
    assert!(!waits(&late).1);
    let success = Row {
        notify: Notify::success(),
        ..row()
    };
    assert_eq!(tell_of(&forward, &success, Notify::success()), Tell::Nobody);
}

#[test]
fn a_time_to_deliver_by() {
    let with = |notify, trace| Letter {
        deliver_by: Some(DeliverBy {
            at: QueueTime(1100),
            notify,
            trace,
        }),
        ..letter()
    };
    let judged = |letter: &Letter, words, now| {
        let schedule = Schedule::default();
        judge(
            letter,
            &row(),
            said(Stage::Rcpt, words),
            &at(now),
            &schedule,
        )
    };
    let (strict, lax) = (with(false, false), with(true, false));
    waits(&judged(&strict, "451 later", 1099));
    let (reason, status, _) = returned(judged(&strict, "451 later", 1100));
    assert_eq!((reason, status.as_str()), (Reason::TooLate, "5.4.7"));
    assert!(judge_unsent(&strict, &row(), &at(1099)).is_none());
    assert_eq!(
        returned(judge_unsent(&strict, &row(), &at(1100)).unwrap()).0,
        Reason::TooLate
    );
    assert!(judge_unsent(&lax, &row(), &at(DAY)).is_none());
    assert!(!waits(&judged(&lax, "451 later", 1099)).1);
    assert!(waits(&judged(&lax, "451 later", 1100)).1);

    let delivered = |letter: &Letter, at: At<'_>, notify| {
        let row = Row { notify, ..row() };
        let schedule = Schedule::default();
        let decision = judge(letter, &row, said(Stage::End, "250 ok"), &at, &schedule);
        matches!(
            decision,
            Decision::Delivered {
                report_success: true,
                ..
            }
        )
    };
    // In time, to a host that knows nothing of it: the sender hears that the trace ends here.
    assert!(delivered(&lax, at(1099), Notify::default()));
    assert!(!delivered(&lax, at(1099), Notify::never()));
    assert!(!delivered(&lax, at(1100), Notify::default()));
    let passed = At {
        by_passed: true,
        ..at(1099)
    };
    assert!(!delivered(&lax, passed, Notify::default()));
    assert!(delivered(&with(true, true), passed, Notify::default()));
}

#[test]
fn a_rejection_of_the_line_goes_by_the_relay_if_there_is_one() {
    let fallback = At {
        has_fallback: true,
        ..at(1010)
    };
    for words in [
        "550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Spamhaus PBL",
        "554 5.7.1 not from a dynamic IP",
        "550 5.7.26 unauthenticated",
        "550 5.7.1 rejected by policy",
    ] {
        let decision = judged(said(Stage::Rcpt, words), &fallback);
        assert_eq!(decision, Decision::Relay { last: last(words) }, "{words}");
        returned(judged(said(Stage::Rcpt, words), &at(1010)));
        let by_relay = At {
            by_relay: true,
            ..fallback
        };
        returned(judged(said(Stage::Rcpt, words), &by_relay));
    }
    returned(judged(said(Stage::Rcpt, "550 5.1.1 nobody"), &fallback));
    returned(judged(
        said(Stage::Rcpt, "550 5.7.2 members only"),
        &fallback,
    ));
    let grey = || said(Stage::Rcpt, "450 4.7.1 try again later");
    waits(&judged(grey(), &fallback));
    let often = Row {
        attempts: 5,
        ..row()
    };
    let decision = judge(&letter(), &often, grey(), &fallback, &Schedule::default());
    assert!(matches!(decision, Decision::Relay { .. }));
}

#[test]
fn a_lost_answer_waits_and_says_that_it_may_come_twice() {
    let lost = Finding {
        answer_lost: true,
        ..said(Stage::End, "no answer came to the end of the message")
    };
    waits(&judged(lost.clone(), &at(1010)));
    let told = crate::explain(&lost, &row().recipient, "mx.far.example");
    assert_eq!(told.kind, Kind::AnswerLost);
    assert!(told.advice.contains("twice"));
}
