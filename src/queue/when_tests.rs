use super::*;
use crate::samples::{DAY, HOUR, letter, row};

fn wait(attempts: u16, now: u64, seed: u32) -> u64 {
    let schedule = Schedule::default();
    let row = Row { attempts, ..row() };
    schedule.next(&letter(), &row, QueueTime(now), seed).0 - now
}

#[test]
fn the_waits_grow_to_eight_hours_and_stay() {
    let minutes = [2, 5, 10, 15, 30, 60, 120, 240, 480, 480, 480];
    for (attempts, minutes) in (0..).zip(minutes) {
        let (least, most) = (minutes * 54, minutes * 66);
        for seed in 0..200 {
            let wait = wait(attempts, 1000, seed);
            assert!((least..=most).contains(&wait), "{attempts}: {wait}");
        }
    }
    let waits: std::collections::HashSet<u64> = (0..200).map(|seed| wait(8, 1000, seed)).collect();
    assert!(waits.len() > 50, "jitter that hardly differs parts nobody");
}

#[test]
fn rows_of_a_letter_to_a_destination_stay_together_and_others_part() {
    let schedule = Schedule::default();
    let next = |letter: &Letter, row: &Row| schedule.next(letter, row, QueueTime(1000), 9).0;
    let slow = Row {
        attempts: 8,
        ..row()
    };
    let neighbour = Row {
        number: 2,
        recipient: mail::Address::parse("eve@far.example").unwrap(),
        ..slow.clone()
    };
    assert_eq!(next(&letter(), &slow), next(&letter(), &neighbour));
    let mut parted = std::collections::HashSet::new();
    for id in 1..=20 {
        let letter = Letter {
            id: store::LetterId(id),
            ..letter()
        };
        parted.insert(next(&letter, &slow));
    }
    for name in ["a.example", "b.example"] {
        let row = Row {
            destination: name.to_owned(),
            ..slow.clone()
        };
        parted.insert(next(&letter(), &row));
    }
    assert!(parted.len() > 18, "{parted:?}");
}

#[test]
fn the_last_attempt_is_at_the_end_and_not_behind_it() {
    let end = letter().expires.0;
    assert_eq!(wait(8, end - 60, 1), 60);
    assert!(wait(8, end, 1) > HOUR);
    let by = store::DeliverBy {
        at: QueueTime(1030),
        notify: true,
        trace: false,
    };
    let urgent = Letter {
        deliver_by: Some(by),
        ..letter()
    };
    let schedule = Schedule::default();
    assert_eq!(schedule.next(&urgent, &row(), QueueTime(1000), 1).0, 1030);
    assert!(schedule.next(&urgent, &row(), QueueTime(1030), 1).0 > 1060);
}

#[test]
fn settings_count_even_foolish_ones() {
    let none = Schedule {
        steps: Vec::new(),
        ..Schedule::default()
    };
    assert!(none.next(&letter(), &row(), QueueTime(0), 0).0 > HOUR);
    let zero = Schedule {
        steps: vec![Duration::ZERO],
        expire: Duration::MAX,
        ..Schedule::default()
    };
    assert_eq!(zero.next(&letter(), &row(), QueueTime(7), 0).0, 8);
    assert_eq!(zero.expires(QueueTime(7)).0, u64::MAX);
    let row = Row {
        attempts: u16::MAX,
        ..row()
    };
    let next = Schedule::default().next(&letter(), &row, QueueTime(u64::MAX), 0);
    assert_eq!(next.0, u64::MAX);
}

#[test]
fn a_letter_is_late_four_hours_after_it_could_go() {
    let schedule = Schedule::default();
    let late = |letter: &Letter, now| schedule.is_late(letter, QueueTime(now));
    assert!(!late(&letter(), 1000 + 4 * HOUR - 1));
    assert!(late(&letter(), 1000 + 4 * HOUR));
    let held_for_a_day = Letter {
        expires: QueueTime(1000 + 6 * DAY),
        ..letter()
    };
    assert!(!late(&held_for_a_day, 1000 + DAY + 3 * HOUR));
    assert!(late(&held_for_a_day, 1000 + DAY + 4 * HOUR));
}
