use super::*;
use crate::Schedule;
use crate::samples::{DAY, HOUR};

const YEAR: i64 = 365 * 24 * 3600;
const WALL: i64 = 1_800_000_000;

fn saved(at: u64, wall: Option<i64>) -> SavedClock {
    SavedClock {
        at: QueueTime(at),
        wall,
    }
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn inside_a_run_only_the_monotonic_clock_counts() {
    let t = Instant::now();
    let mut clock = Clock::resume(saved(500, Some(WALL)), Some(WALL), t);
    assert_eq!(clock.now(t), QueueTime(500));
    assert_eq!(clock.now(t + secs(61)), QueueTime(561));
    for leap in [YEAR, -YEAR, 30 * YEAR, -60 * YEAR, i64::MAX - WALL, -WALL] {
        assert_eq!(clock.trusted(WALL + leap, t + secs(61)), 0, "{leap}");
        assert_eq!(clock.now(t + secs(61)), QueueTime(561));
        assert_eq!(clock.patient_until(), QueueTime(500 + START));
    }
    assert_eq!(clock.now(t), QueueTime(500));
}

#[test]
fn the_gap_counts_once_and_only_when_both_ends_are_known() {
    let t = Instant::now();
    let run = |wall, trusted| Clock::resume(saved(500, wall), trusted, t).now(t).0;
    assert_eq!(run(Some(WALL), Some(WALL + 600)), 1100);
    assert_eq!(run(Some(WALL), Some(WALL - YEAR)), 500);
    assert_eq!(run(Some(WALL), None), 500);
    assert_eq!(run(None, Some(WALL)), 500);
    assert_eq!(run(Some(i64::MIN), Some(i64::MAX)), 500 + MAX_GAP);

    // Without a battery: the network tells the time an hour into the run.
    let mut clock = Clock::resume(saved(500, Some(WALL)), None, t);
    let later = t + secs(HOUR);
    assert_eq!(clock.now(later).0, 500 + HOUR);
    assert_eq!(clock.trusted(WALL + 2 * HOUR as i64, later), HOUR);
    assert_eq!(clock.now(later).0, 500 + 2 * HOUR);
    assert_eq!(clock.trusted(WALL + 9 * HOUR as i64, later), 0);
    assert_eq!(clock.now(later).0, 500 + 2 * HOUR);
}

#[test]
fn a_run_that_never_trusts_the_wall_clock_hands_the_gap_on() {
    let t = Instant::now();
    let blind = Clock::resume(saved(500, Some(WALL)), None, t);
    let kept = blind.saved(t + secs(100));
    assert_eq!(kept, saved(600, Some(WALL + 100)));
    // Off for 1000 s before the blind run, 2000 s behind it.
    let clock = Clock::resume(kept, Some(WALL + 1000 + 100 + 2000), t);
    assert_eq!(clock.now(t), QueueTime(600 + 3000));
    assert_eq!(
        clock.saved(t + secs(1)),
        saved(3601, Some(WALL + 1000 + 100 + 2000 + 1))
    );
    assert_eq!(
        Clock::resume(saved(5, None), None, t).saved(t),
        saved(5, None)
    );
}

#[test]
fn moments_and_times_agree_and_keep_their_order() {
    let t = Instant::now();
    let mut clock = Clock::resume(saved(500, Some(WALL)), None, t);
    for ahead in [0, 1, 120, DAY] {
        let moment = clock.instant_of(QueueTime(500 + ahead));
        assert_eq!(clock.now(moment), QueueTime(500 + ahead));
    }
    assert_eq!(clock.instant_of(QueueTime(3)), t);
    assert!(clock.instant_of(QueueTime(u64::MAX)) > t + secs(DAY));
    let (early, late) = (QueueTime(700), QueueTime(701));
    clock.trusted(WALL + 10 * YEAR, t);
    assert!(clock.instant_of(early) <= clock.instant_of(late));
    assert_eq!(clock.instant_of(early), t);
}

#[test]
fn wall_times_are_told_only_when_known() {
    let t = Instant::now();
    let mut clock = Clock::resume(saved(500, None), None, t);
    assert_eq!(clock.wall_of(QueueTime(500), t), None);
    assert_eq!(clock.of_wall(WALL + 60, t), None);
    clock.trusted(WALL, t);
    assert_eq!(clock.wall_of(QueueTime(560), t), Some(WALL + 60));
    assert_eq!(clock.wall_of(QueueTime(400), t), Some(WALL - 100));
    assert_eq!(clock.of_wall(WALL + 60, t), Some(QueueTime(560)));
    assert_eq!(clock.of_wall(WALL + 60, t + secs(10)), Some(QueueTime(560)));
    assert_eq!(clock.of_wall(WALL - 60, t), Some(QueueTime(500)));
    assert_eq!(clock.of_wall(i64::MIN, t), Some(QueueTime(500)));
}

/// Restarts, leaps of the wall clock and times without trust in any order: the queue's time never goes back, and nothing is given up
/// before the box has run for the letter's days, or has been off and running again for long enough to try.
#[test]
fn nothing_is_given_up_early_whatever_the_wall_clock_does() {
    let t = Instant::now();
    let mut random = 1_u64;
    let mut next = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let schedule = Schedule::default();
    let mut given_up = 0;
    for _ in 0..2000 {
        let mut clock = Clock::resume(saved(next(1 << 40), None), None, t);
        let mut at = t;
        let expires = schedule.expires(clock.now(t));
        // Seconds of all runs, of this one, and since the last leap of it; and what leaps there were.
        let (mut ran, mut in_run, mut since_leap) = (0, 0, 0);
        let (mut leaps, mut leap) = (0, 0);
        for _ in 0..24 {
            let before = clock.now(at);
            let leapt = match next(6) {
                0 => {
                    let kept = clock.saved(at);
                    let wall = (next(2) == 0).then(|| next(1 << 34) as i64);
                    clock = Clock::resume(kept, wall, t);
                    (at, in_run, leap) = (t, 0, 0);
                    clock.now(at).0 - kept.at.0
                }
                1 => clock.trusted(next(1 << 34) as i64, at),
                _ => {
                    let passes = next(2 * DAY);
                    at += secs(passes);
                    (ran, in_run) = (ran + passes, in_run + passes);
                    since_leap += passes;
                    0
                }
            };
            if leapt > 0 {
                (leaps, leap, since_leap) = (leaps + leapt, leapt, 0);
            }
            assert!(clock.now(at) >= before);
            assert!(leap <= MAX_GAP);
            if clock.now(at) >= expires && clock.now(at) >= clock.patient_until() {
                given_up += 1;
                assert!(ran + leaps >= 5 * DAY);
                assert!(in_run >= START, "{in_run}");
                assert!(leap == 0 || since_leap >= leap.min(GRACE), "{since_leap}");
            }
        }
    }
    assert!(given_up > 1000, "{given_up}");
}

#[test]
fn who_was_held_back_for_our_own_sake_is_not_given_up_at_once() {
    let t = Instant::now();
    let saved = SavedClock {
        at: QueueTime(500),
        wall: None,
    };
    let mut clock = Clock::resume(saved, None, t);
    assert_eq!(clock.patient_until(), QueueTime(500 + START));
    let later = t + secs(6 * 86_400);
    clock.be_patient(7200, later);
    assert_eq!(clock.patient_until(), QueueTime(clock.now(later).0 + 7200));
    clock.be_patient(6 * 86_400, later);
    assert_eq!(clock.patient_until(), QueueTime(clock.now(later).0 + GRACE));
    clock.be_patient(1, later);
    assert_eq!(
        clock.patient_until(),
        QueueTime(clock.now(later).0 + GRACE),
        "never less"
    );
}
