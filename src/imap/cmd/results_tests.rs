//! Answers of every form, against a plain model.

use std::num::NonZeroU32;

use super::*;
use crate::command::Page;

/// A view with gaps: message n has UID 3n.
fn view() -> Uids {
    let mut uids = Uids::default();
    (1..=40).for_each(|n| uids.push(3 * n));
    uids
}

fn found(number: u32) -> Found {
    Found {
        number,
        uid: 3 * number,
        modseq: 1_000 - u64::from(number),
        score: u8::try_from(number).unwrap(),
    }
}

/// The answer, its line end taken off, and what is kept.
fn answer(give: Option<SearchReturn>, sorted: bool, numbers: &[u32]) -> (String, Settled) {
    let uids = view();
    let mut results = Results::new(Asked {
        give,
        name: if sorted { "SORT" } else { "SEARCH" },
        uid: false,
        sorted,
        modseq: true,
        tag: "x".into(),
        mailbox: None,
    });
    let mut order = numbers.to_vec();
    if results.backward() {
        order.reverse();
    }
    let mut out = Vec::new();
    for number in order {
        results.push(&found(number), &uids, &mut out);
        if results.is_enough() {
            break;
        }
    }
    while !results.finish(&mut out, usize::MAX) {}
    let text = String::from_utf8(out).unwrap();
    (text.trim_end().to_string(), results.settle())
}

fn page(first: u32, last: u32, from_end: bool) -> Page {
    Page {
        first: NonZeroU32::new(first).unwrap(),
        last: NonZeroU32::new(last).unwrap(),
        from_end,
    }
}

fn set(numbers: &[u32]) -> String {
    let mut out = Vec::new();
    print::uid_set(numbers, &mut out);
    String::from_utf8(out).unwrap()
}

/// What the RFCs say, with everything at hand.
fn model(give: &SearchReturn, numbers: &[u32]) -> (String, Option<Vec<u32>>) {
    let modseq = |numbers: &[u32]| numbers.iter().map(|n| found(*n).modseq).max();
    let mut line = "* ESEARCH (TAG \"x\")".to_string();
    let (min, max) = (numbers.first(), numbers.last());
    let mut given = Vec::new();
    if let Some(min) = min.filter(|_| give.min) {
        line += &format!(" MIN {min}");
        given.push(*min);
    }
    if let Some(max) = max.filter(|_| give.max) {
        line += &format!(" MAX {max}");
        given.push(*max);
    }
    if give.count {
        line += &format!(" COUNT {}", numbers.len());
    }
    let mut listed = numbers.to_vec();
    if let Some(page) = give.partial {
        let count = u32::try_from(numbers.len()).unwrap();
        listed = match page.within(count) {
            None => Vec::new(),
            Some((low, high)) => numbers[low as usize - 1..high as usize].to_vec(),
        };
        let mut range = Vec::new();
        page.print(&mut range);
        let text = if listed.is_empty() {
            "NIL".into()
        } else {
            set(&listed)
        };
        line += &format!(" PARTIAL ({} {text})", String::from_utf8(range).unwrap());
    } else if give.all && !numbers.is_empty() {
        line += &format!(" ALL {}", set(numbers));
    }
    if give.relevancy && !listed.is_empty() {
        let scores: Vec<_> = listed.iter().map(u32::to_string).collect();
        line += &format!(" RELEVANCY ({})", scores.join(" "));
    }
    let every = give.all || give.count || !(give.min || give.max || give.partial.is_some());
    if give.partial.is_some() {
        given.extend(&listed);
    }
    let of = if every { numbers } else { &given };
    if let Some(modseq) = modseq(of) {
        line += &format!(" MODSEQ {modseq}");
    }
    let saved = give.save.then(|| {
        let mut uids: Vec<u32> = of.iter().map(|n| 3 * n).collect();
        uids.sort_unstable();
        uids.dedup();
        uids
    });
    if give.is_silent() {
        line.clear();
    }
    (line, saved)
}

fn uids(ranges: &Ranges) -> Vec<u32> {
    let uids = view();
    let mut all = Vec::new();
    for (low, high) in ranges {
        let mut next = uids.next(*low);
        while let Some(uid) = next.filter(|uid| uid <= high) {
            all.push(uid);
            next = uids.next(uid + 1);
        }
    }
    all
}

#[test]
fn every_combination_of_options() {
    let lists: [&[u32]; 5] = [
        &[],
        &[7],
        &[1, 2, 3, 9],
        &[2, 3, 10, 11, 12, 13, 14, 15, 21],
        &[40],
    ];
    let sorted: [&[u32]; 3] = [&[9, 3, 4, 5, 1], &[5, 4, 3], &[40, 1, 2]];
    let pages = [
        None,
        Some(page(1, 2, false)),
        Some(page(3, 2, false)),
        Some(page(8, 100, false)),
        Some(page(1, 1, true)),
        Some(page(3, 2, true)),
        Some(page(2, 100, true)),
    ];
    for bits in 0..128_u32 {
        let bit = |n: u32| bits >> n & 1 == 1;
        for partial in pages {
            if bit(0) && partial.is_some() {
                continue;
            }
            let give = SearchReturn {
                all: bit(0),
                min: bit(1),
                max: bit(2),
                count: bit(3),
                save: bit(4),
                relevancy: bit(5),
                update: bit(6).then(Vec::new),
                context: false,
                partial,
            };
            for (numbers, sorted) in lists
                .iter()
                .map(|list| (list, false))
                .chain(sorted.iter().map(|list| (list, true)))
            {
                let (line, settled) = answer(Some(give.clone()), sorted, numbers);
                let (expected, saved) = model(&give, numbers);
                assert_eq!(line, expected, "{give:?} {numbers:?}");
                assert_eq!(
                    settled.saved.as_ref().map(uids),
                    saved,
                    "{give:?} {numbers:?}"
                );
                let all: Vec<u32> = numbers.iter().map(|n| 3 * n).collect();
                let members = settled.members.map(|kept| match kept {
                    Kept::Mailbox(ranges) => uids(&ranges),
                    Kept::Sorted(order) => order,
                });
                assert_eq!(members, give.update.is_some().then_some(all), "{give:?}");
            }
        }
    }
}

#[test]
fn the_plain_answers() {
    assert_eq!(
        answer(None, false, &[2, 3, 9]).0,
        "* SEARCH 2 3 9 (MODSEQ 998)"
    );
    assert_eq!(
        answer(None, true, &[9, 2, 3]).0,
        "* SORT 9 2 3 (MODSEQ 998)"
    );
    assert_eq!(answer(None, false, &[]).0, "* SEARCH");
}

/// A list that is longer than what is held goes out while it is found; each piece is small.
#[test]
fn long_lists_stream() {
    for give in [
        None,
        Some(SearchReturn {
            all: true,
            count: true,
            ..SearchReturn::default()
        }),
    ] {
        let mut uids = Uids::default();
        (1..=60_000).for_each(|n| uids.push(n));
        let mut results = Results::new(Asked {
            give: give.clone(),
            name: "SEARCH",
            uid: true,
            sorted: false,
            modseq: false,
            tag: "x".into(),
            mailbox: None,
        });
        let mut out = Vec::new();
        let mut text = Vec::new();
        let numbers: Vec<u32> = (1..=60_000).filter(|n| n % 3 == 0).collect();
        for number in &numbers {
            let hit = Found {
                number: *number,
                uid: *number,
                modseq: 1,
                score: 1,
            };
            results.push(&hit, &uids, &mut out);
            assert!(out.len() < 70_000);
            if out.len() > 1_000 {
                text.append(&mut out);
            }
        }
        assert!(!results.is_held());
        while !results.finish(&mut out, 1_000) {
            assert!(out.len() < 1_100);
            text.append(&mut out);
        }
        text.append(&mut out);
        let expected = if give.is_some() {
            format!(
                "* ESEARCH (TAG \"x\") UID ALL {} COUNT 20000\r\n",
                set(&numbers)
            )
        } else {
            let list: Vec<_> = numbers.iter().map(u32::to_string).collect();
            format!("* SEARCH {}\r\n", list.join(" "))
        };
        assert!(String::from_utf8(text).unwrap() == expected);
    }
}

/// One run of many numbers is cut as well.
#[test]
fn the_plain_answer_is_cut_within_a_run() {
    let mut results = Results::new(Asked {
        give: None,
        name: "SEARCH",
        uid: false,
        sorted: false,
        modseq: false,
        tag: "x".into(),
        mailbox: None,
    });
    let uids = view();
    let mut out = Vec::new();
    for number in 1..=8_000 {
        let hit = Found {
            number,
            uid: number,
            modseq: 1,
            score: 1,
        };
        results.push(&hit, &uids, &mut out);
    }
    assert!(results.is_held() && out.is_empty());
    let mut text = Vec::new();
    while !results.finish(&mut out, 500) {
        assert!(out.len() < 520);
        text.append(&mut out);
    }
    text.append(&mut out);
    assert_eq!(String::from_utf8(text).unwrap().split(' ').count(), 8_002);
}
