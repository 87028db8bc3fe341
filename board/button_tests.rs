//! Edges and times as a table, and what holds for any finger: gestures, stages, deadlines.

use std::vec;
use std::vec::Vec;

use super::*;
use crate::sim::Pin;
use crate::{DEBOUNCE, finger};

/// Times of edges (down first), and what they mean.
const TABLE: &[(&[u64], &[Gesture])] = &[
    (&[100, 200], &[Gesture::Short]),
    (&[100, 200, 300, 400], &[Gesture::Double]),
    (&[100, 200, 600, 700], &[Gesture::Double]),
    (&[100, 200, 601, 700], &[Gesture::Short, Gesture::Short]),
    (&[100, 200, 900, 1000], &[Gesture::Short, Gesture::Short]),
    (
        &[100, 200, 300, 400, 500, 600],
        &[Gesture::Double, Gesture::Short],
    ),
    (
        &[100, 200, 300, 400, 500, 600, 700, 800],
        &[Gesture::Double, Gesture::Double],
    ),
    (&[100, 110, 115, 200, 203, 205], &[Gesture::Short]),
    (&[100, 110], &[]),
    // A bounce as the double's time runs out is no second press, and a second press that has just begun is one.
    (&[100, 200, 595, 620], &[Gesture::Short]),
    (&[100, 200, 595, 640], &[Gesture::Double]),
    (&[100, 3099], &[Gesture::Short]),
    (&[100, 3100], &[Gesture::Hold3]),
    (&[100, 10_099], &[Gesture::Hold3]),
    (&[100, 10_100], &[Gesture::Hold10]),
    (&[100, 30_099], &[Gesture::Hold10]),
    (&[100, 30_100], &[Gesture::Stuck]),
    (&[100, 40_000], &[Gesture::Stuck]),
    (
        &[100, 40_000, 41_000, 41_100],
        &[Gesture::Stuck, Gesture::Short],
    ),
    // A short press and then a long one: the hold is what counts.
    (&[100, 200, 300, 4_000], &[Gesture::Hold3]),
];

#[test]
fn edges_become_gestures() {
    for (edges, expected) in TABLE {
        assert_eq!(played(edges, &[]), *expected, "{edges:?}");
    }
}

#[test]
fn each_gesture_of_a_finger_is_made() {
    for gesture in [
        Gesture::Short,
        Gesture::Double,
        Gesture::Hold3,
        Gesture::Hold10,
        Gesture::Stuck,
    ] {
        let mut at = 1_000;
        let edges: Vec<u64> = finger(gesture)
            .iter()
            .map(|(_, length)| {
                at += u64::from(*length);
                at - u64::from(*length)
            })
            .collect();
        assert_eq!(played(&edges, &[]), [gesture]);
    }
}

#[test]
fn stages_follow_the_time() {
    let mut button = Button::new(Pin::default());
    button.pin().set(true);
    let table = [
        (0, Stage::Up, Some(30)),
        (29, Stage::Up, Some(30)),
        (30, Stage::Pressed, Some(3_000)),
        (2_999, Stage::Pressed, Some(3_000)),
        (3_000, Stage::Held3, Some(10_000)),
        (10_000, Stage::Held10, Some(30_000)),
    ];
    for (now, stage, deadline) in table {
        assert_eq!(button.sample(now), Ok(None));
        assert_eq!(
            (button.stage(now), button.deadline()),
            (stage, deadline),
            "at {now}"
        );
    }
    assert_eq!(button.sample(30_000), Ok(Some(Gesture::Stuck)));
    assert_eq!(
        (button.stage(30_000), button.deadline()),
        (Stage::Stuck, None)
    );
    button.pin().set(false);
    assert_eq!(button.sample(50_000), Ok(None));
    assert_eq!(button.stage(50_000), Stage::Stuck);
    assert_eq!(button.sample(50_030), Ok(None));
    assert_eq!(button.stage(50_030), Stage::Up);
}

#[test]
fn a_finger_that_seems_off_gets_no_further() {
    let mut button = Button::new(Pin::default());
    assert_eq!(button.edge(true, 0), None);
    assert_eq!(button.edge(true, 30), None);
    assert_eq!(button.edge(false, 2_990), None);
    assert_eq!(button.stage(3_010), Stage::Pressed);
    // It was a bounce, and the finger never left.
    assert_eq!(button.edge(true, 3_012), None);
    assert_eq!(button.stage(3_012), Stage::Held3);
}

#[test]
fn bounces_alone_are_nothing() {
    let mut random = Random(7);
    for round in 0..2_000 {
        let mut edges = Vec::new();
        let mut at = 1_000;
        for _ in 0..random.below(8) {
            edges.extend([at, at + random.below(DEBOUNCE)]);
            at += DEBOUNCE + random.below(900);
        }
        assert_eq!(played(&edges, &[]), [], "round {round}: {edges:?}");
    }
}

#[test]
fn bounces_around_edges_change_nothing() {
    let mut random = Random(8);
    for round in 0..2_000 {
        let clean = presses(&mut random);
        let mut bouncing = Vec::new();
        for edge in &clean {
            // The contact touches and leaves a few times before it stays, all within less than half of the debounce.
            let mut bounces: Vec<u64> =
                (0..2 * random.below(4)).map(|_| random.below(14)).collect();
            bounces.sort_unstable();
            bouncing.extend(bounces.iter().map(|before| edge - 14 + before));
            bouncing.push(*edge);
        }
        assert_eq!(
            played(&bouncing, &[]),
            played(&clean, &[]),
            "round {round}: {clean:?}"
        );
    }
}

#[test]
fn at_most_one_gesture_a_press_and_more_looks_change_nothing() {
    let mut random = Random(9);
    for round in 0..3_000 {
        let edges = edges(&mut random);
        let gestures = played(&edges, &[]);
        assert!(
            gestures.len() <= edges.len() / 2,
            "round {round}: {edges:?} made {gestures:?}"
        );
        let last = edges.last().copied().unwrap_or(0);
        let looks: Vec<u64> = (0..random.below(200))
            .map(|_| random.below(last + 2_000))
            .collect();
        assert_eq!(
            played(&edges, &looks),
            gestures,
            "round {round}: {edges:?} with {looks:?}"
        );
        assert_eq!(
            told_late(&edges),
            gestures,
            "round {round}: {edges:?} told late"
        );
    }
}

#[test]
fn the_stage_is_the_gesture_of_letting_go() {
    let mut random = Random(10);
    for round in 0..1_000 {
        let mut button = Button::new(Pin::default());
        let release = 40 + random.below(32_000);
        let mut seen = vec![button.edge(true, 0)];
        let mut now = 0;
        while let Some(deadline) = button.deadline().filter(|deadline| *deadline <= release) {
            assert!(deadline > now, "round {round}");
            now = deadline;
            seen.push(button.edge(true, now));
        }
        let stage = button.stage(release);
        seen.push(button.edge(false, release));
        seen.push(button.edge(false, release + DEBOUNCE));
        seen.push(button.edge(false, release + 1_000));
        let gestures: Vec<Gesture> = seen.into_iter().flatten().collect();
        let expected = match stage {
            Stage::Up => panic!("round {round}: a press of {release} ms is not shown"),
            Stage::Pressed => Gesture::Short,
            Stage::Held3 => Gesture::Hold3,
            Stage::Held10 => Gesture::Hold10,
            Stage::Stuck => Gesture::Stuck,
        };
        assert_eq!(gestures, [expected], "round {round}: released at {release}");
    }
}

/// The gestures of a finger that makes these edges, looked at when it moves, when the button wants it, and at `looks` besides.
fn played(edges: &[u64], looks: &[u64]) -> Vec<Gesture> {
    let mut button = Button::new(Pin::default());
    let mut gestures = Vec::new();
    let mut looks = looks.to_vec();
    looks.sort_unstable();
    let (mut edges, mut looks) = (
        edges.iter().copied().peekable(),
        looks.into_iter().peekable(),
    );
    let mut now = 0;
    loop {
        let next = [
            edges.peek().copied(),
            looks.peek().copied(),
            button.deadline(),
        ];
        let Some(next) = next.into_iter().flatten().min() else {
            return gestures;
        };
        now = next.max(now);
        while edges.next_if(|edge| *edge <= now).is_some() {
            let level = button.pin().level();
            button.pin().set(!level);
        }
        while looks.next_if(|look| *look <= now).is_some() {}
        // A deadline is ahead, or it is taken: a few looks at the same moment leave none behind.
        for _ in 0..3 {
            gestures.extend(button.sample(now).unwrap());
        }
        assert!(
            button.deadline().is_none_or(|deadline| deadline > now),
            "behind at {now}"
        );
        assert!(
            button.stage(now) != Stage::Stuck
                || button.deadline().is_none()
                || !button.pin().level()
        );
    }
}

/// The same edges, each with its time, told all at once when everything is over.
fn told_late(edges: &[u64]) -> Vec<Gesture> {
    let mut button = Button::new(Pin::default());
    let mut gestures = Vec::new();
    let mut level = false;
    for edge in edges {
        level = !level;
        for _ in 0..3 {
            gestures.extend(button.edge(level, *edge));
        }
    }
    let end = edges.last().copied().unwrap_or(0) + 100_000;
    for _ in 0..3 {
        gestures.extend(button.edge(level, end));
    }
    gestures
}

/// Any edges, most of them near the limits that matter; the finger is off in the end.
fn edges(random: &mut Random) -> Vec<u64> {
    let mut at = 1_000;
    let count = 2 * random.below(7);
    (0..count)
        .map(|_| {
            let around = [10, 30, 100, 400, 3_000, 10_000, 30_000];
            let middle = around[random.below(around.len() as u64) as usize];
            at += 1 + middle - middle / 4 + random.below(middle / 2 + 4);
            at
        })
        .collect()
}

/// Presses that are far from every limit.
fn presses(random: &mut Random) -> Vec<u64> {
    let mut at = 1_000;
    let mut edges = Vec::new();
    for _ in 0..random.below(5) {
        let down = [120, 4_000, 12_000][random.below(3) as usize] + random.below(300);
        edges.extend([at, at + down]);
        at += down + [150, 900][random.below(2) as usize];
    }
    edges
}

/// A small generator (xorshift64*), so that a failing round comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound.max(1)
    }
}
