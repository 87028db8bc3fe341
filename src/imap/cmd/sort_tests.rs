//! SORT: each key, ties, return options, and random mailboxes against a plain sort.

use crate::cmd::house::{Client, House};
use crate::cmd::thread::tests::{Random, fill};

fn sort(client: &mut Client, rest: &str) -> Vec<u32> {
    let said = client.say(&format!("s SORT {rest}"));
    let found = said
        .strip_prefix("* SORT")
        .and_then(|found| found.strip_suffix("\ns OK SORT completed\n"));
    found
        .unwrap_or_else(|| panic!("{rest}: {said}"))
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

fn house() -> House {
    let house = House::new();
    for (from, to, cc, subject, date) in [
        (
            "Zoe <bob@x>",
            "c@y",
            "",
            "Re: banana",
            "Mon, 7 Feb 1994 12:00:00 +0000",
        ),
        (
            "ann@x",
            "A Person <z@y>",
            "b@z",
            "apple",
            "Mon, 7 Feb 1994 12:30:00 +0200",
        ),
        (
            "=?utf-8?q?=C3=89mile?= <Carl@x>",
            "b@y",
            "a@z",
            "[list] Banana",
            "Mon, 7 Feb 1994 11:00:00 +0000",
        ),
        ("dora@x", "", "C@z", "", "Mon, 7 Feb 1994 10:00:00 -0500"),
    ] {
        let mut text = format!("From: {from}\nSubject: {subject}\nDate: {date}\n");
        if !to.is_empty() {
            text += &format!("To: {to}\n");
        }
        if !cc.is_empty() {
            text += &format!("Cc: {cc}\n");
        }
        house.deliver("INBOX", &(text + "\n" + &"x\n".repeat(subject.len())));
    }
    house
}

#[test]
fn keys() {
    let house = house();
    let mut client = house.selected("INBOX");
    for filled in [false, true] {
        if filled {
            fill(&house, |_| true);
        }
        for (keys, expected) in [
            ("(DATE)", [2, 3, 1, 4]),
            ("(REVERSE DATE)", [4, 1, 3, 2]),
            ("(ARRIVAL)", [1, 2, 3, 4]),
            ("(REVERSE ARRIVAL)", [1, 2, 3, 4]),
            ("(FROM)", [2, 1, 3, 4]),
            ("(REVERSE FROM)", [4, 3, 1, 2]),
            ("(TO)", [4, 3, 1, 2]),
            ("(CC)", [1, 3, 2, 4]),
            ("(SUBJECT)", [4, 2, 1, 3]),
            ("(REVERSE SUBJECT)", [1, 3, 2, 4]),
            ("(SUBJECT DATE)", [4, 2, 3, 1]),
            ("(SUBJECT REVERSE DATE)", [4, 2, 1, 3]),
            ("(DISPLAYFROM)", [2, 4, 3, 1]),
            ("(DISPLAYTO)", [4, 2, 3, 1]),
            ("(SIZE SIZE REVERSE SIZE)", [4, 2, 1, 3]),
        ] {
            let mut expected = expected.to_vec();
            if keys.contains("SIZE") {
                expected = sizes(&mut client);
            }
            assert_eq!(
                sort(&mut client, &format!("{keys} UTF-8 ALL")),
                expected,
                "{keys}"
            );
        }
    }
}

fn sizes(client: &mut Client) -> Vec<u32> {
    let said = client.say("f FETCH 1:* RFC822.SIZE");
    let mut sizes: Vec<(u32, u32)> = said
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split(&[' ', ')'][..]).collect();
            Some((words.get(4)?.parse().ok()?, words.get(1)?.parse().ok()?))
        })
        .collect();
    sizes.sort_unstable();
    sizes.into_iter().map(|(_, number)| number).collect()
}

#[test]
fn answers_and_refusals() {
    let house = house();
    let mut client = house.selected("INBOX");
    assert_eq!(
        sort(&mut client, "(SUBJECT) US-ASCII TEXT \"not in mailbox\""),
        []
    );
    assert_eq!(sort(&mut client, "(DATE) UTF-8 2:3"), [2, 3]);
    for (command, expected) in [
        (
            "SORT RETURN () (DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") ALL 2:3,1,4\n",
        ),
        (
            "UID SORT RETURN (MIN MAX COUNT) (DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") UID MIN 2 MAX 4 COUNT 4\n",
        ),
        (
            "SORT RETURN (ALL) (REVERSE DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") ALL 4,1,3,2\n",
        ),
        (
            "SORT RETURN (PARTIAL 2:3) (DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") PARTIAL (2:3 3,1)\n",
        ),
        (
            "SORT RETURN (PARTIAL -1:-2) (DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") PARTIAL (-1:-2 1,4)\n",
        ),
        (
            "SORT RETURN (MAX) (DATE) UTF-8 ALL",
            "* ESEARCH (TAG \"s\") MAX 4\n",
        ),
        ("SORT RETURN (SAVE) (DATE) UTF-8 2:3", ""),
        ("SORT (REVERSE DATE) UTF-8 $", "* SORT 3 2\n"),
    ] {
        let said = client.say(&format!("s {command}"));
        assert_eq!(
            said,
            format!("{expected}s OK SORT completed\n"),
            "{command}"
        );
    }
    for (command, expected) in [
        ("SORT (DATE) X-NONE ALL", "s NO [BADCHARSET"),
        ("SORT (COLOUR) UTF-8 ALL", "s BAD"),
        ("SORT () UTF-8 ALL", "s BAD"),
        ("SORT (REVERSE) UTF-8 ALL", "s BAD"),
        ("SORT (DATE) ALL", "s BAD"),
    ] {
        let said = client.say(&format!("s {command}"));
        assert!(said.starts_with(expected), "{command}: {said}");
    }
}

/// Long common beginnings, many alike, and more than are held at once.
#[test]
fn large_groups_are_parted() {
    let house = House::new();
    let mut random = Random(5);
    let mut subjects = Vec::new();
    for n in 0..5_000_usize {
        let subject = match n % 4 {
            0 => "the same subject for all of them".to_owned(),
            1 => format!("the same subject for {}", random.below(100_000)),
            2 => format!(
                "the same subject for all of them and {}",
                "x".repeat(random.below(40))
            ),
            _ => "the same".to_owned(),
        };
        house.deliver("INBOX", &format!("Subject: {subject}\n\n"));
        subjects.push(subject.to_uppercase());
    }
    let mut client = house.selected("INBOX");
    for (reverse, filled) in [(false, false), (true, false), (false, true), (true, true)] {
        if filled {
            fill(&house, |_| true);
        }
        let mut expected: Vec<u32> = (1..=5_000).collect();
        expected.sort_by(|one, other| {
            let ordering = subjects[*one as usize - 1].cmp(&subjects[*other as usize - 1]);
            if reverse {
                ordering.reverse()
            } else {
                ordering
            }
        });
        let keys = if reverse {
            "(REVERSE SUBJECT)"
        } else {
            "(SUBJECT ARRIVAL)"
        };
        assert_eq!(
            sort(&mut client, &format!("{keys} UTF-8 ALL")),
            expected,
            "{keys}"
        );
    }
}

#[test]
fn random_mailboxes_are_sorted_as_a_plain_sort_does() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    for round in 0..30 {
        let seed = seed.unwrap_or(round);
        let mut random = Random(seed);
        let house = House::new();
        let count = 1 + random.below(120);
        let word = |random: &mut Random| {
            // Many begin alike for longer than the columns keep of them.
            let start = [
                "",
                "",
                "abab",
                "aaaabbbb",
                "aaaabbbbaaaab",
                "aaaaBBBBaaaabé",
            ];
            let start = start[random.below(6)].to_owned();
            (0..random.below(12)).fold(start, |text, _| {
                text + ["a", "b", "B", "é", "É", "z"][random.below(6)]
            })
        };
        // Date, subject, from, to, length.
        let mut rows: Vec<(usize, String, String, String)> = Vec::new();
        for _ in 0..count {
            let row = (
                random.below(8),
                word(&mut random),
                word(&mut random),
                word(&mut random),
            );
            house.deliver(
                "INBOX",
                &format!(
                    "Date: Mon, 7 Feb 1994 12:00:0{} +0000\nSubject: Re: {}\nFrom: {} <x{}@y>\nTo: t{}@z\n\n",
                    row.0, row.1, row.2, row.2, row.3
                ),
            );
            rows.push(row);
        }
        fill(&house, |gid| gid.0 % 4 < seed as u64 % 5);
        let mut client = house.selected("INBOX");
        let folded = |text: &str| crate::fold::folded(text);
        for _ in 0..12 {
            let mut keys = Vec::new();
            for _ in 0..=random.below(3) {
                keys.push((random.below(5), random.below(2) == 1));
            }
            let mut expected: Vec<u32> = (1..=count as u32).collect();
            expected.sort_by(|one, other| {
                let (one, other) = (&rows[*one as usize - 1], &rows[*other as usize - 1]);
                keys.iter()
                    .fold(std::cmp::Ordering::Equal, |so_far, (key, reverse)| {
                        let ordering = match key {
                            0 => one.0.cmp(&other.0),
                            1 => folded(&one.1).cmp(&folded(&other.1)),
                            2 => folded(&one.2).cmp(&folded(&other.2)),
                            3 => folded(&one.3).cmp(&folded(&other.3)),
                            _ => display(one).cmp(&display(other)),
                        };
                        so_far.then(if *reverse {
                            ordering.reverse()
                        } else {
                            ordering
                        })
                    })
            });
            let names: Vec<String> = keys
                .iter()
                .map(|(key, reverse)| {
                    let name = ["DATE", "SUBJECT", "FROM", "TO", "DISPLAYFROM"][*key];
                    format!("{}{name}", if *reverse { "REVERSE " } else { "" })
                })
                .collect();
            let found = sort(&mut client, &format!("({}) UTF-8 ALL", names.join(" ")));
            assert_eq!(found, expected, "{names:?}, seed {seed}");
        }
    }
}

fn display(row: &(usize, String, String, String)) -> Vec<u8> {
    if row.2.is_empty() {
        crate::fold::folded("x@y")
    } else {
        crate::fold::folded(&row.2)
    }
}
