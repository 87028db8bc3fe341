use super::*;

/// A message of `count` cells that nobody else has in the same order.
fn tokens(seed: u64, count: u32) -> Tokens {
    Tokens::from_cells(
        (0..count)
            .map(|n| {
                crate::section::cell_of(
                    "",
                    n % 2 == 0,
                    crate::hash::hash(seed, 9, &n.to_le_bytes()),
                )
            })
            .collect(),
    )
}

fn seen(table: &Memory, tokens: &Tokens) -> Vec<Counts> {
    counts(table, tokens).unwrap()
}

#[test]
fn what_is_learned_is_counted_before_and_after_it_is_folded() {
    let mut table = Memory::default();
    let (one, other) = (tokens(1, 500), tokens(2, 500));
    for round in 1..=u16::try_from(2 * NOTES_MAX).unwrap() {
        learn(&mut table, &one, Kind::Unwanted).unwrap();
        let expected = Counts {
            wanted: 0,
            unwanted: round,
        };
        assert!(seen(&table, &one).iter().all(|c| *c == expected), "{round}");
    }
    assert_eq!(table.head().unwrap().notes, 0);
    let strange = seen(&table, &other)
        .iter()
        .filter(|c| c.unwanted > 0)
        .count();
    assert!(strange < 10, "{strange} collisions");
    // A card writes 64 notes and each chunk once for 64 marks.
    assert!(
        table.written() < 2 * (64 * 1_500 + 500 * 4_080),
        "{}",
        table.written()
    );
}

#[test]
fn learning_and_unlearning_leaves_the_table_as_it_was() {
    let mut table = Memory::default();
    for n in 0..100 {
        let kind = if n % 3 == 0 {
            Kind::Wanted
        } else {
            Kind::Unwanted
        };
        learn(&mut table, &tokens(n, 300), kind).unwrap();
    }
    // Each at another distance from the next folding.
    for extra in 0..130 {
        let before = table.clone();
        let message = tokens(1000 + extra, 400);
        let kind = if extra % 2 == 0 {
            Kind::Wanted
        } else {
            Kind::Unwanted
        };
        learn(&mut table, &message, kind).unwrap();
        unlearn(&mut table, &message, kind).unwrap();
        assert_eq!(table.head().unwrap().marks, before.head().unwrap().marks);
        for n in [0, 7, 99, 1000 + extra, 5000] {
            assert_eq!(
                seen(&table, &tokens(n, 400)),
                seen(&before, &tokens(n, 400))
            );
        }
    }
    // And when all is taken back, nothing is left when it has been folded.
    for n in 0..100 {
        let kind = if n % 3 == 0 {
            Kind::Wanted
        } else {
            Kind::Unwanted
        };
        unlearn(&mut table, &tokens(n, 300), kind).unwrap();
    }
    while table.head().unwrap().notes > 0 {
        let nothing = Tokens::default();
        learn(&mut table, &nothing, Kind::Wanted).unwrap();
        if table.head().unwrap().notes > 0 {
            unlearn(&mut table, &nothing, Kind::Wanted).unwrap();
        }
    }
    assert!(table.chunks().is_empty());
}

#[test]
fn a_kind_with_many_marks_ages_and_the_other_does_not() {
    let mut table = Memory::default();
    let (old, other) = (tokens(1, 40), tokens(2, 40));
    learn(&mut table, &other, Kind::Wanted).unwrap();
    while table.head().unwrap().marks.unwanted < AGE_AT {
        learn(&mut table, &old, Kind::Unwanted).unwrap();
    }
    for _ in 0..NOTES_MAX {
        learn(&mut table, &old, Kind::Unwanted).unwrap();
    }
    let head = table.head().unwrap();
    assert!(
        head.marks.unwanted < AGE_AT / 2 + 64 && head.marks.wanted == 1,
        "{head:?}"
    );
    assert!(
        seen(&table, &old)
            .iter()
            .all(|c| c.unwanted <= head.marks.unwanted + 1 && c.unwanted > AGE_AT / 2 - 2)
    );
    assert!(seen(&table, &other).iter().all(|c| c.wanted == 1));
}

#[test]
fn taking_back_what_was_never_learned_stops_at_nothing() {
    let mut table = Memory::default();
    for _ in 0..2 * NOTES_MAX {
        unlearn(&mut table, &tokens(1, 50), Kind::Wanted).unwrap();
    }
    assert_eq!(table.head().unwrap().marks, Counts::default());
    assert!(table.chunks().is_empty());
}

#[test]
fn notes_and_heads_come_back_and_damaged_ones_hurt_nobody() {
    let cells = [0, 1, 127, 128, 300, 20_000, CELLS - 1];
    for (kind, back) in [(Kind::Wanted, false), (Kind::Unwanted, true)] {
        let octets = note::encode(note::Sign { kind, back }, &cells);
        let (sign, read) = note::decode(&octets).unwrap();
        assert_eq!((sign.kind, sign.back), (kind, back));
        assert_eq!(read.collect::<Vec<_>>(), cells);
    }
    for damaged in [
        &[][..],
        &[9],
        &[0, 0xFF],
        &[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[1, 0x80, 0x80, 0x80, 0x7F],
    ] {
        let mut found = [Counts::default(); 1];
        note::add(damaged, &[5], &mut found);
        assert_eq!(found, [Counts::default()]);
    }
    let head = Head {
        marks: Counts {
            wanted: 1,
            unwanted: 2,
        },
        notes: 3,
        version: 4,
    };
    assert_eq!(Head::decode(&head.encode()), Some(head));
    assert_eq!(Head::decode(b"short"), None);
}
