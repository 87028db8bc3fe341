//! No two signs are confusable: a distance between rhythms, and the least of it.

use std::vec::Vec;

use super::*;
use crate::Rhythm;

/// Flashes in a round beyond which people say "many".
const COUNTED: usize = 3;
/// The least distance: somewhere a flash or a pause is twice as long as its like. People order tempi a fifth apart side by side, from memory
/// and at a glance not those that are nearer than this.
const LEAST: f64 = 1.0;
/// A glance, in milliseconds.
const GLANCE: u64 = 4_000;

/// How far apart two rhythms are: the greatest difference between lengths in the same place, in powers of two, in the alignment that
/// makes it smallest (nobody knows where a round begins). Steady, dark, and other numbers of flashes are another kind of thing.
fn distance(a: &Beats, b: &Beats) -> f64 {
    let kind = |beats: &Beats| match (beats.is_steady(), beats.round() > 0) {
        (true, lit) => usize::from(lit) * 1000 + 1000,
        (false, _) => beats.len().min(COUNTED + 1),
    };
    if kind(a) != kind(b) {
        return f64::INFINITY;
    }
    if a.is_steady() {
        return 0.0;
    }
    let octaves = |x: u32, y: u32| (f64::from(x.max(1)) / f64::from(y.max(1))).log2().abs();
    let turns = 0..b.len();
    let turned = turns.map(|turn| {
        let other = b.iter().cycle().skip(turn);
        a.iter()
            .zip(other)
            .map(|(x, y)| octaves(x.0, y.0).max(octaves(x.1, y.1)))
            .fold(0.0, f64::max)
    });
    turned.fold(f64::INFINITY, f64::min)
}

fn all() -> Vec<(&'static str, Beats)> {
    let signs = PATTERNS
        .iter()
        .map(|pattern| (pattern.name, pattern.beats()));
    let rhythm = ("a fingerprint", Rhythm::of(&[0x2d; 32]).beats());
    signs.chain([rhythm]).collect()
}

#[test]
fn no_two_signs_are_confusable() {
    let all = all();
    for (at, (name, beats)) in all.iter().enumerate() {
        for (other, others) in all.iter().skip(at + 1) {
            let far = distance(beats, others);
            assert!(far >= LEAST, "{name} and {other} are {far:.2} apart");
            let back = distance(others, beats);
            assert!(
                far == back || (far - back).abs() < 1e-9,
                "{name} and {other}"
            );
        }
    }
}

#[test]
fn the_distance_sees_what_people_see() {
    let beats = |list: &[Beat]| Beats::new(list);
    let same = [
        (beats(&[(500, 500)]), beats(&[(600, 450)])),
        (beats(&[(1000, 0)]), beats(&[(50, 0)])),
        // Where a round begins is nothing that one sees.
        (
            beats(&[(900, 300), (200, 600)]),
            beats(&[(200, 600), (900, 300)]),
        ),
        // Four and five flashes are many.
        (beats(&[(100, 100); 4]), beats(&[(100, 100); 5])),
    ];
    for (a, b) in same {
        assert!(distance(&a, &b) < LEAST, "{a:?} {b:?}");
    }
    let apart = [
        (beats(&[(1000, 0)]), beats(&[])),
        (beats(&[(500, 500)]), beats(&[(250, 250)])),
        (beats(&[(500, 500)]), beats(&[(500, 500), (500, 1500)])),
    ];
    for (a, b) in apart {
        assert!(distance(&a, &b) >= LEAST, "{a:?} {b:?}");
    }
}

#[test]
fn a_glance_shows_a_whole_round() {
    for pattern in &PATTERNS {
        assert!(pattern.beats().round() <= GLANCE, "{}", pattern.name);
    }
}

#[test]
fn groups_of_flashes_are_kept_apart() {
    for (name, beats) in all().iter().filter(|(_, beats)| beats.len() > 1) {
        let lengths = |beat: &Beat| (beat.0, beat.1);
        let (_, pause) = beats.last().map(lengths).unwrap();
        let gap = beats.iter().rev().skip(1).map(|beat| beat.1).max().unwrap();
        // Long and short in turn need no pause: the lengths tell where a round begins.
        let longs_differ = beats.len() == 2 && beats[0].0 >= 4 * beats[1].0;
        assert!(longs_differ || pause >= 3 * gap, "{name}");
    }
}

#[test]
fn what_lasts_does_not_flicker() {
    for pattern in PATTERNS.iter().filter(|p| !p.sign.is_of_a_finger()) {
        let beats = pattern.beats();
        if beats.is_steady() {
            continue;
        }
        // The most flashes that begin in any second.
        let starts: Vec<u64> = (0..4000)
            .filter(|at| beats.at(*at).0 && !beats.at(*at + beats.round() - 1).0)
            .collect();
        let most = starts.iter().map(|from| {
            starts
                .iter()
                .filter(|at| (*from..from + 1000).contains(at))
                .count()
        });
        assert!(most.max().unwrap() <= 3, "{}", pattern.name);
    }
}

#[test]
fn every_sign_has_its_own_row_and_words() {
    for (at, pattern) in PATTERNS.iter().enumerate() {
        assert_eq!(pattern.sign.pattern(), pattern);
        assert!(pattern.meaning.contains(": "), "{}", pattern.name);
        let others = &PATTERNS[at + 1..];
        assert!(
            others
                .iter()
                .all(|o| o.name != pattern.name && o.meaning != pattern.meaning)
        );
    }
}
