use super::*;
use crate::danger::DangerKind;
use crate::score::Clue;
use crate::table::Counts;

fn marks(wanted: u16, unwanted: u16) -> Record {
    Record {
        marks: Counts { wanted, unwanted },
        day: 0,
    }
}

fn score(value: f64) -> Score {
    Score {
        value,
        alike: 0.0,
        marks: Counts {
            wanted: 200,
            unwanted: 200,
        },
        clues: vec![Clue {
            cell: 5,
            odds: value,
            counts: Counts::default(),
        }],
    }
}

#[test]
fn nothing_known_goes_to_the_inbox_and_says_so() {
    let decision = decide(&Evidence::default());
    assert_eq!(decision.place, Place::Inbox);
    assert_eq!(
        decision.lines(),
        [
            "not Junk: 0.0 points, and Junk begins at 5.0.",
            "  0    its words do not count yet: 0 unwanted and 0 wanted messages were marked, and it takes 10 of each",
            "  0    this sender has not written before",
        ]
    );
}

#[test]
fn words_alone_decide_at_their_limit_and_a_known_sender_saves() {
    let of = |value, correspondent| {
        decide(&Evidence {
            score: score(value),
            names: vec![(5, "\"free money\"".into())],
            correspondent,
            ..Evidence::default()
        })
    };
    assert_eq!(of(UNWANTED * 1.001, false).place, Place::Junk);
    assert_eq!(of(UNWANTED * 0.95, false).place, Place::Inbox);
    assert_eq!(of(9.0, true).place, Place::Inbox);
    assert!(of(9.0, false).lines()[1].contains("above all \"free money\""));
}

#[test]
fn what_is_nearly_the_same_as_three_unwanted_messages_goes_to_junk_and_a_known_sender_saves_it() {
    let of = |alike, correspondent| {
        decide(&Evidence {
            score: Score {
                alike,
                marks: Counts {
                    wanted: 0,
                    unwanted: 3,
                },
                ..Score::default()
            },
            correspondent,
            ..Evidence::default()
        })
    };
    assert_eq!(of(0.49, false).place, Place::Inbox);
    assert_eq!(of(0.5, false).place, Place::Junk);
    assert!(
        of(0.9, false).lines()[1].ends_with("90 of 100 pieces of it were in 3 or more of those")
    );
    assert_eq!(of(1.0, true).place, Place::Inbox);
}

#[test]
fn a_program_goes_to_junk_whoever_sends_it() {
    let dangers = [Danger {
        kind: DangerKind::Program,
        name: "run.exe".into(),
        inside: None,
    }];
    let decision = decide(&Evidence {
        score: score(-9.0),
        dangers: &dangers,
        correspondent: true,
        reply: true,
        known: true,
        records: vec![
            (About::Address, marks(60, 0)),
            (About::Domain, marks(60, 0)),
            (About::Network, marks(60, 0)),
        ],
        ..Evidence::default()
    });
    assert_eq!(decision.place, Place::Junk);
    assert!(decision.header().starts_with("junk; points="));
}

#[test]
fn marks_of_the_sender_weigh_by_what_is_proven() {
    let of = |about, record| marked(about, record).map_or(0, |m| m.0);
    assert!(of(About::Address, marks(0, 2)) >= JUNK);
    assert!(of(About::Address, marks(3, 0)) <= -JUNK);
    assert_eq!(of(About::Claimed, marks(9, 0)), 0, "anyone can write it");
    assert!(of(About::Claimed, marks(0, 9)) >= JUNK);
    assert!(
        of(About::Network, marks(0, 60)) < JUNK,
        "neighbours are strangers"
    );
    assert_eq!(of(About::Domain, marks(4, 4)), 0);
}

#[test]
fn blocklists_only_add_and_the_header_stays_one_short_line() {
    let lists = ["a.example", "b.example"];
    assert_eq!(
        decide(&Evidence {
            lists: &lists,
            ..Evidence::default()
        })
        .place,
        Place::Inbox
    );
    let hostile = decide(&Evidence {
        score: score(5.0),
        names: vec![(5, format!("a\r\nX: y; \u{202E}é{}", "z".repeat(5000)))],
        lists: &["l\r\n"; 100],
        ..Evidence::default()
    });
    let header = hostile.header();
    assert!(
        header.len() <= HEADER_MAX && header.bytes().all(|b| (b' '..=b'~').contains(&b)),
        "{header}"
    );
    assert!(
        hostile
            .lines()
            .iter()
            .all(|line| !line.contains(['\r', '\n', '\u{202E}']))
    );
    assert_eq!(
        hostile.weight(),
        hostile.facts.iter().map(|f| f.weight).sum::<i32>()
    );
}
