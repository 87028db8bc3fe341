use super::*;
use junk::reputation::{About, Record};
use junk::{Counts, DangerKind, MARKS_MIN, Score, UNWANTED};

fn words(times: f64) -> Score {
    let marks = Counts {
        wanted: 10 * MARKS_MIN,
        unwanted: 10 * MARKS_MIN,
    };
    Score {
        value: times * UNWANTED,
        marks,
        ..Score::default()
    }
}

fn marked(about: About, wanted: u16, unwanted: u16) -> (About, Record) {
    let marks = Counts { wanted, unwanted };
    (about, Record { marks, day: 1 })
}

fn program() -> Danger {
    Danger {
        kind: DangerKind::Program,
        name: "invoice.exe".into(),
        inside: None,
    }
}

const LISTS: [&str; 2] = ["a.test", "b.test"];

#[test]
fn where_it_goes_is_the_sum_and_only_what_is_certain_is_refused() {
    let danger = [program()];
    let plain = Evidence::default;
    let table = [
        ("nothing is known", plain(), None, Mailbox::Inbox),
        (
            "its words are unwanted",
            Evidence {
                score: words(1.1),
                ..plain()
            },
            None,
            Mailbox::Junk,
        ),
        (
            "its words are most unwanted, and alone",
            Evidence {
                score: words(3.0),
                ..plain()
            },
            None,
            Mailbox::Junk,
        ),
        (
            "and two lists agree",
            Evidence {
                score: words(3.0),
                lists: &LISTS,
                ..plain()
            },
            None,
            Mailbox::Rejects,
        ),
        (
            "and the person has written there",
            Evidence {
                score: words(3.0),
                lists: &LISTS,
                correspondent: true,
                ..plain()
            },
            None,
            Mailbox::Junk,
        ),
        (
            "lists alone",
            Evidence {
                lists: &LISTS,
                ..plain()
            },
            None,
            Mailbox::Inbox,
        ),
        (
            "a sender whom the person put away eight times, from such a network, with such words",
            Evidence {
                score: words(1.0),
                records: vec![marked(About::Address, 0, 8), marked(About::Network, 0, 8)],
                ..plain()
            },
            None,
            Mailbox::Rejects,
        ),
        (
            "a program, whatever else",
            Evidence {
                score: words(3.0),
                lists: &LISTS,
                dangers: &danger,
                ..plain()
            },
            None,
            Mailbox::Junk,
        ),
        (
            "a program from a friend",
            Evidence {
                score: words(-3.0),
                correspondent: true,
                reply: true,
                dangers: &danger,
                ..plain()
            },
            None,
            Mailbox::Junk,
        ),
        (
            "its domain asks",
            plain(),
            Some("it is not proven"),
            Mailbox::Junk,
        ),
        (
            "its domain asks, and its words are somewhat unwanted: nobody asked for a refusal",
            Evidence {
                score: words(1.5),
                ..plain()
            },
            Some("it is not proven"),
            Mailbox::Junk,
        ),
        (
            "its domain asks, although the words are wanted",
            Evidence {
                score: words(-3.0),
                correspondent: true,
                ..plain()
            },
            Some("it is not proven"),
            Mailbox::Junk,
        ),
    ];
    for (what, evidence, suspect, expected) in table {
        let found = verdict(&evidence, suspect, &[]);
        assert_eq!(found.mailbox, expected, "{what}: {found:#?}");
        let sum: i32 = found.facts.iter().map(|fact| fact.weight).sum();
        assert_eq!(found.weight, sum, "{what}");
    }
}

#[test]
fn lists_alone_never_send_it_to_junk() {
    let many: Vec<String> = (0..super::super::blocklists::ZONES_MAX)
        .map(|n| format!("l{n}.test"))
        .collect();
    let weighing: Vec<&str> = many
        .iter()
        .map(String::as_str)
        .take(super::super::blocklists::WEIGHING_MAX)
        .collect();
    let evidence = Evidence {
        lists: &weighing,
        ..Evidence::default()
    };
    let found = verdict(&evidence, None, &[]);
    assert!(found.weight > 0 && found.mailbox == Mailbox::Inbox);
}

#[test]
fn refused_is_what_everybody_refuses() {
    let of = |mailbox| Verdict {
        mailbox,
        ..unknown(None)
    };
    let places = |verdicts: &[Verdict]| verdicts.iter().map(|v| v.mailbox).collect::<Vec<_>>();
    let (inbox, junk, rejects) = (Mailbox::Inbox, Mailbox::Junk, Mailbox::Rejects);
    for (before, goes_on, refused, after) in [
        (vec![rejects, rejects], false, true, vec![rejects, rejects]),
        (vec![rejects, inbox], false, false, vec![junk, inbox]),
        (vec![junk, rejects], false, false, vec![junk, junk]),
        (vec![rejects], true, false, vec![junk]),
        (vec![inbox], false, false, vec![inbox]),
        (vec![], false, false, vec![]),
    ] {
        let mut verdicts: Vec<Verdict> = before.iter().copied().map(of).collect();
        assert_eq!(agree(&mut verdicts, goes_on), refused, "{before:?}");
        assert_eq!(places(&verdicts), after);
    }
}

#[test]
fn what_everybody_is_told_holds_nothing_personal() {
    let told = common(&[program()], &["a.test"], Some("its domain asks"), &[]);
    let words: Vec<&str> = told.facts.iter().map(|fact| fact.words.as_str()).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert!(
        words.iter().all(|words| !words.contains("marked")),
        "{words:?}"
    );
    assert!(common(&[], &[], None, &[]).facts.is_empty());
    assert_eq!(unknown(None).mailbox, Mailbox::Inbox);
    assert_eq!(unknown(Some("x")).mailbox, Mailbox::Junk);
}
