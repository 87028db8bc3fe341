use super::*;
use crate::table::{Kind, Memory, TableMut, learn, unlearn};

/// Cells of all sections: what one message in thousands shares with no other number.
fn cells(from: u32) -> Tokens {
    Tokens::from_cells((0..1000).map(|n| from + 1000 * n).collect())
}

fn of(table: &Memory, tokens: &Tokens) -> Score {
    score(table, tokens).unwrap()
}

#[test]
fn what_was_marked_is_known_and_what_was_not_is_doubt() {
    let mut table = Memory::default();
    let (good, bad, new) = (cells(1), cells(2), cells(3));
    for marks in 0..MARKS_MIN {
        let early = of(&table, &bad);
        assert!(early.value == 0.0, "{marks}");
        learn(&mut table, &good, Kind::Wanted).unwrap();
        learn(&mut table, &bad, Kind::Unwanted).unwrap();
    }
    assert!(of(&table, &bad).unwanted() && of(&table, &bad).value > 3.0);
    assert!(of(&table, &good).value < -3.0 && of(&table, &new).value == 0.0);
    assert!(!of(&table, &new).unwanted() && of(&table, &new).clues.is_empty());
    // Both kinds' words in one message balance.
    let both = Tokens::from_cells([good.cells(), bad.cells()].concat());
    assert!(of(&table, &both).value.abs() < 1e-9);
    assert_eq!(of(&table, &both).clues.len(), CLUES_MAX);
}

#[test]
fn three_known_words_are_no_certainty() {
    let mut table = Memory::default();
    let few = Tokens::from_cells(vec![7, 8, 9]);
    for _ in 0..2 * MARKS_MIN {
        learn(&mut table, &cells(1), Kind::Wanted).unwrap();
        learn(&mut table, &few, Kind::Unwanted).unwrap();
    }
    let few = of(&table, &few);
    assert!(few.value > 0.0 && !few.unwanted(), "{few:?}");
}

#[test]
fn a_fourth_of_one_kind_is_unwanted_after_three_marks_and_nothing_else_is() {
    let mut table = Memory::default();
    // Each has a third of its own.
    let kind =
        |n: u32| Tokens::from_cells([cells(1).cells(), &cells(10 + n).cells()[..500]].concat());
    for n in 0..3 {
        assert!(!of(&table, &kind(n)).unwanted(), "{n}");
        learn(&mut table, &kind(n), Kind::Unwanted).unwrap();
    }
    let fourth = of(&table, &kind(3));
    assert!(fourth.unwanted() && !fourth.clues.is_empty(), "{fourth:?}");
    assert!(!of(&table, &cells(20)).unwanted());
    let quotes = Tokens::from_cells([&cells(1).cells()[..300], cells(30).cells()].concat());
    assert!(!of(&table, &quotes).unwanted(), "a third of it is alike");
    // One wanted message of the kind is enough to keep it, and taking the mark back to lose it.
    learn(&mut table, &kind(4), Kind::Wanted).unwrap();
    assert!(!of(&table, &kind(3)).unwanted());
    unlearn(&mut table, &kind(4), Kind::Wanted).unwrap();
    assert!(of(&table, &kind(3)).unwanted());
}

#[test]
fn a_mark_never_speaks_against_itself() {
    // Numbers of marks as they come, and as they do not.
    for (wanted, unwanted) in [(10, 10), (10, 3000), (3000, 10), (200, 40), (11, 400)] {
        for (met_wanted, met_unwanted) in [(0, 0), (1, 0), (0, 1), (3, 2), (10, 10), (1, 9)] {
            let mut table = Memory::default();
            let message = cells(1);
            for _ in 0..met_wanted {
                learn(&mut table, &message, Kind::Wanted).unwrap();
            }
            for _ in 0..met_unwanted {
                learn(&mut table, &message, Kind::Unwanted).unwrap();
            }
            let mut head = table.head().unwrap();
            head.marks = Counts { wanted, unwanted };
            table.put_head(head).unwrap();
            let before = of(&table, &message).value;
            learn(&mut table, &message, Kind::Unwanted).unwrap();
            let bad = of(&table, &message).value;
            assert!(
                bad >= before,
                "{wanted} {unwanted} {met_wanted} {met_unwanted}: {before} {bad}"
            );
            unlearn(&mut table, &message, Kind::Unwanted).unwrap();
            assert_eq!(of(&table, &message).value, before);
            learn(&mut table, &message, Kind::Wanted).unwrap();
            let good = of(&table, &message).value;
            assert!(
                good <= before,
                "{wanted} {unwanted} {met_wanted} {met_unwanted}: {before} {good}"
            );
        }
    }
}
