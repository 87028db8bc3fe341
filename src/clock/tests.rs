use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::test_support::{BEGINNING, Board};
use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("pillarbox-clock-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn saved(&self) -> Option<i64> {
        saved::read(&saved::path(&self.0))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn keeping(keep: bool) -> Habits {
    Habits {
        keep,
        ..Habits::default()
    }
}

fn near(unix: i64, expected: i64) -> bool {
    (unix - expected).abs() <= 2
}

const NOW: i64 = BEGINNING / MICROS;

#[test]
fn time_starts_at_the_latest_of_what_is_known() {
    let folder = Folder::new();
    // Nothing is saved, no battery: the release.
    let board = Board::new(0);
    let clock = Clock::start(board.clone(), &folder.0, keeping(true));
    assert!(near(clock.unix(), RELEASED));
    assert!(
        near(board.system() / MICROS, RELEASED),
        "and the machine's clock too"
    );
    assert!(!clock.trusted() && !clock.vouched());
    board.pass(Duration::from_secs(7200));
    assert!(near(clock.unix(), RELEASED + 7200));
    clock.save();
    // Off and on again: what was saved.
    let board = Board::new(0);
    let clock = Clock::start(board, &folder.0, keeping(true));
    assert!(near(clock.unix(), RELEASED + 7200));
    // A battery that knows better.
    let board = Board::new(BEGINNING);
    let clock = Clock::start(board.clone(), &folder.0, keeping(true));
    assert!(near(clock.unix(), NOW));
    assert!(board.adjusted.lock().unwrap().is_empty());
    assert!(!clock.trusted(), "it may be a bad battery");
}

#[test]
fn who_may_not_set_the_clock_has_its_own() {
    let folder = Folder::new();
    let board = Board::new(0);
    board.permits.store(false, Ordering::Relaxed);
    let clock = Clock::start(board.clone(), &folder.0, keeping(true));
    assert!(near(clock.unix(), RELEASED));
    assert!(near(board.system() / MICROS, 0));
}

#[test]
fn an_ordinary_systems_clock_is_believed_unless_it_cannot_be_right() {
    let folder = Folder::new();
    let board = Board::new(BEGINNING);
    let clock = Clock::start(board.clone(), &folder.0, keeping(false));
    assert!(clock.trusted() && !clock.vouched());
    assert!(near(clock.date().unwrap(), NOW));
    assert_eq!(clock.wall(), None);
    board.disciplined.store(true, Ordering::Relaxed);
    assert!(near(clock.wall().unwrap(), NOW));
    // What was vouched for is saved, and is the least that it can be next time.
    clock.save();
    assert!(near(folder.saved().unwrap(), NOW));
    let board = Board::new(BEGINNING - 86_400 * MICROS);
    let clock = Clock::start(board.clone(), &folder.0, keeping(false));
    assert!(!clock.trusted());
    assert!(near(clock.unix(), NOW), "it does not go back");
    assert_eq!(clock.date(), None);
    assert!(board.adjusted.lock().unwrap().is_empty(), "nor is it set");
    board.set(BEGINNING + 5 * MICROS);
    assert!(clock.trusted());
}

#[test]
fn a_battery_that_is_ahead_is_not_saved_and_the_kernels_word_leads_back() {
    let folder = Folder::new();
    let year = 365 * 86_400;
    let board = Board::new(BEGINNING + 10 * year * MICROS);
    let clock = Clock::start(board.clone(), &folder.0, keeping(true));
    board.pass(Duration::from_secs(60));
    clock.save();
    assert!(near(folder.saved().unwrap(), RELEASED + 60));
    // A time that was saved wrongly, by whatever accident.
    saved::write(&saved::path(&folder.0), NOW + 10 * year).unwrap();
    let board = Board::new(BEGINNING);
    let clock = Clock::start(board.clone(), &folder.0, keeping(false));
    assert!(near(clock.unix(), NOW + 10 * year));
    assert!(!clock.trusted());
    board.disciplined.store(true, Ordering::Relaxed);
    assert!(near(clock.unix(), NOW));
    assert!(clock.trusted());
    clock.save();
    assert!(near(folder.saved().unwrap(), NOW));
}

#[test]
fn who_waits_wakes_when_the_clock_is_believed() {
    let clock = Clock::new(Board::new(0), None, keeping(true));
    let waiting = clock.clone();
    let waits = std::thread::spawn(move || async_io::block_on(waiting.until_trusted()));
    std::thread::sleep(Duration::from_millis(50));
    assert!(!waits.is_finished());
    let at = At {
        micros: BEGINNING,
        since: clock.now(),
    };
    clock.lock().agreed = Some(at);
    clock.tell();
    waits.join().unwrap();
}

#[test]
fn the_houses_zone_is_in_its_dates() {
    let clock = Clock::ordinary();
    assert_eq!(clock.date_time(0).zone_minutes, 0);
    clock.configure(Habits {
        zone: Zone::named("Europe/Athens").unwrap(),
        ..Habits::default()
    });
    assert_eq!(clock.zone().name(), "Europe/Athens");
    assert_eq!(clock.date_time(1_795_314_234).zone_minutes, 120);
}
