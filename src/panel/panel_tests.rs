//! The panel without a board: a finger in no time, a finger in its own time, lights that are files, lines that break.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::{Timer, block_on};
use board::linux::LineError;
use board::{Sign, Stage};
use futures_lite::FutureExt as _;

use super::pins::{Light, Press, Wire};
use super::*;
use crate::health::{Fact, Part};

/// A light that remembers when it changed.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(bool, Instant)>>>);

impl Light for Seen {
    fn set(&mut self, on: bool) -> Result<(), LineError> {
        lock(&self.0).push((on, Instant::now()));
        Ok(())
    }
}

/// A line that tells of edges, or not, and breaks when it is told to.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<LineState>>);

#[derive(Default)]
struct LineState {
    pressed: bool,
    edges: VecDeque<Press>,
    pipe: Option<(
        std::os::unix::net::UnixStream,
        std::os::unix::net::UnixStream,
    )>,
    mute: bool,
    broken: bool,
    reads: usize,
}

impl Line {
    fn with_edges() -> Line {
        let line = Line::default();
        let pipe = std::os::unix::net::UnixStream::pair().unwrap();
        pipe.1.set_nonblocking(true).unwrap();
        lock(&line.0).pipe = Some(pipe);
        line
    }

    fn set(&self, pressed: bool, at: u64) {
        use std::io::Write as _;
        let mut state = lock(&self.0);
        state.pressed = pressed;
        if !state.mute {
            state.edges.push_back(Press { pressed, at });
            if let Some((near, _)) = &mut state.pipe {
                near.write_all(b"x").unwrap();
            }
        }
    }

    fn reads(&self) -> usize {
        lock(&self.0).reads
    }
}

struct LineWire(Line, Option<std::os::fd::OwnedFd>);

impl LineWire {
    fn boxed(line: &Line) -> Option<Box<dyn Wire>> {
        let state = lock(&line.0);
        let far = state
            .pipe
            .as_ref()
            .map(|(_, far)| far.as_fd().try_clone_to_owned().unwrap());
        drop(state);
        Some(Box::new(LineWire(line.clone(), far)))
    }
}

impl Wire for LineWire {
    fn is_pressed(&mut self) -> Result<bool, LineError> {
        let mut state = lock(&self.0.0);
        state.reads += 1;
        if state.broken {
            return Err(std::io::Error::other("the line has gone").into());
        }
        Ok(state.pressed)
    }

    fn edges(&mut self) -> Result<(Vec<Press>, usize), LineError> {
        use std::io::Read as _;
        let mut state = lock(&self.0.0);
        if let Some((_, far)) = &mut state.pipe {
            let _ = far.read(&mut [0; 64]);
        }
        let edges: Vec<Press> = state.edges.drain(..).collect();
        let count = edges.len();
        Ok((edges, count))
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.1.as_ref().map(AsFd::as_fd)
    }
}

/// A desk with one light and this line.
fn desk(line: &Line, health: &Health) -> (Desk, Seen) {
    let seen = Seen::default();
    let mut desk = Desk::new(sim::Pin::default(), health.clone(), 0);
    desk.wire(
        Wiring {
            lights: vec![Box::new(seen.clone())],
            contact: LineWire::boxed(line),
            looks: false,
        },
        0,
    );
    (desk, seen)
}

/// Turns until `until`, whenever the desk wants it; what was made, and the times of the turns.
fn pass(desk: &mut Desk, from: u64, until: u64) -> (Vec<Gesture>, Vec<u64>) {
    let (mut gestures, mut turns) = (Vec::new(), Vec::new());
    let mut now = from;
    loop {
        let turn = desk.turn(now);
        turns.push(now);
        gestures.extend(turn.gestures);
        match turn.deadline {
            Some(deadline) if deadline <= until => {
                assert!(deadline > now, "a deadline of {deadline} at {now}");
                now = deadline;
            }
            _ => return (gestures, turns),
        }
    }
}

#[test]
fn an_edge_changes_the_light_within_the_debounce_and_a_hold_shows_its_stages() {
    let (health, line) = (Health::default(), Line::with_edges());
    health.running();
    let (mut desk, seen) = desk(&line, &health);
    pass(&mut desk, 0, 1_000);
    assert_eq!(health.shown(), Shown::Sign(Sign::Well));
    let changes = lock(&seen.0).len();
    line.set(true, 1_000);
    let turn = desk.turn(1_000);
    assert_eq!(turn.deadline, Some(1_000 + board::DEBOUNCE));
    desk.turn(1_000 + board::DEBOUNCE);
    assert_eq!(health.shown(), Shown::Sign(Sign::Pressed));
    // The light itself has changed, not only what it is to show.
    assert_eq!(lock(&seen.0).len(), changes + 1);
    assert!(!lock(&seen.0).last().unwrap().0);
    for (until, sign) in [
        (3_999, Sign::Pressed),
        (4_000, Sign::LetGoForSetup),
        (10_999, Sign::LetGoForSetup),
        (11_000, Sign::LetGoToForgetOwner),
    ] {
        let from = until - 500;
        assert_eq!(pass(&mut desk, from, until).0, []);
        assert_eq!(health.shown(), Shown::Sign(sign), "at {until}");
    }
    line.set(false, 11_100);
    assert_eq!(pass(&mut desk, 11_100, 12_000).0, [Gesture::Hold10]);
    assert_eq!(health.shown(), Shown::Sign(Sign::Well));
}

#[test]
fn a_press_that_nobody_was_in_time_for_is_not_lost() {
    let (health, line) = (Health::default(), Line::with_edges());
    let (mut desk, _) = desk(&line, &health);
    pass(&mut desk, 0, 1_000);
    for (pressed, at) in [(true, 1_000), (false, 1_100), (true, 1_250), (false, 1_350)] {
        line.set(pressed, at);
    }
    assert_eq!(pass(&mut desk, 5_000, 6_000).0, [Gesture::Double]);
}

#[test]
fn a_stuck_button_is_a_fact_until_it_moves() {
    let (health, line) = (Health::default(), Line::with_edges());
    health.running();
    let (mut desk, _) = desk(&line, &health);
    line.set(true, 0);
    assert_eq!(pass(&mut desk, 0, 29_999).0, []);
    assert!(!health.has(Part::Button));
    assert_eq!(pass(&mut desk, 30_000, 90_000).0, [Gesture::Stuck]);
    assert_eq!(health.facts(), [Fact::ButtonStuck]);
    assert_eq!(health.shown(), Shown::Sign(Sign::Attention));
    line.set(false, 90_001);
    assert_eq!(pass(&mut desk, 90_001, 91_000).0, []);
    assert_eq!(
        (health.facts(), health.shown()),
        (vec![], Shown::Sign(Sign::Well))
    );
}

#[test]
fn nothing_is_looked_at_over_and_over_unless_its_chip_tells_of_no_edges() {
    let (health, line) = (Health::default(), Line::with_edges());
    health.running();
    let (mut desk_, _) = desk(&line, &health);
    pass(&mut desk_, 0, 10);
    let before = line.reads();
    assert_eq!(
        pass(&mut desk_, 11, 3_600_000).1.len(),
        1,
        "an hour is one look"
    );
    assert!(line.reads() - before <= 3);

    // A level that changes untold, met at a look that something else caused.
    lock(&line.0).mute = true;
    line.set(true, 3_700_000);
    let (_, turns) = pass(&mut desk_, 3_700_000, 3_701_000);
    assert!(turns.len() >= 1_000 / 20, "{}", turns.len());
    line.set(false, 3_701_000);
    assert_eq!(pass(&mut desk_, 3_701_001, 3_702_000).0, [Gesture::Short]);

    // One edge that is told, and it is believed again.
    lock(&line.0).mute = false;
    line.set(true, 3_703_000);
    line.set(false, 3_703_100);
    assert_eq!(pass(&mut desk_, 3_703_101, 3_704_000).0, [Gesture::Short]);
    assert_eq!(pass(&mut desk_, 3_705_000, 3_800_000).1.len(), 1);

    // A chip without any: only levels.
    let levels = Line::default();
    let (mut desk, _) = desk(&levels, &health);
    pass(&mut desk, 0, 100);
    lock(&levels.0).pressed = true;
    assert_eq!(pass(&mut desk, 100, 300).0, []);
    lock(&levels.0).pressed = false;
    assert_eq!(pass(&mut desk, 300, 1_000).0, [Gesture::Short]);
}

#[test]
fn a_line_that_breaks_is_let_go_and_lights_go_on() {
    let (health, line) = (Health::default(), Line::with_edges());
    let (mut desk, seen) = desk(&line, &health);
    pass(&mut desk, 0, 100);
    line.set(true, 101);
    pass(&mut desk, 101, 200);
    assert_eq!(health.shown(), Shown::Sign(Sign::Pressed));
    lock(&line.0).broken = true;
    pass(&mut desk, 200, 1_000);
    assert!(!desk.contacts().has_real());
    assert_eq!(health.shown(), Shown::Sign(Sign::Starting));
    let before = lock(&seen.0).len();
    pass(&mut desk, 1_000, 10_000);
    assert!(lock(&seen.0).len() > before + 5);
}

/// A folder with a Pi's device tree and its light.
fn pi(name: &str) -> (PathBuf, Places) {
    let folder = std::env::temp_dir().join(format!("panel-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let places = Places {
        device_tree: folder.join("tree"),
        leds: folder.join("leds"),
        devices: folder.join("dev"),
    };
    std::fs::create_dir_all(places.device_tree.join("system")).unwrap();
    std::fs::create_dir_all(places.leds.join("ACT")).unwrap();
    std::fs::create_dir_all(&places.devices).unwrap();
    std::fs::write(
        places.device_tree.join("model"),
        "Raspberry Pi 3 Model B Rev 1.2\0",
    )
    .unwrap();
    std::fs::write(places.device_tree.join("system/linux,revision"), "xxxx").unwrap();
    for (file, text) in [
        ("brightness", "0"),
        ("max_brightness", "255"),
        ("trigger", "none [mmc0]"),
    ] {
        std::fs::write(places.leds.join("ACT").join(file), text).unwrap();
    }
    (folder, places)
}

#[test]
fn the_boards_own_light_plays_from_the_first_moment_to_the_last() {
    let (folder, places) = pi("own");
    let file = |name: &str| std::fs::read_to_string(places.leds.join("ACT").join(name)).unwrap();
    let health = Health::default();
    let (panel, _, _) = Panel::new(health.clone(), places.clone());
    panel.wire(&LightSettings::default(), &ButtonSettings::default());
    assert_eq!(
        (file("trigger"), file("brightness")),
        ("none".into(), "255".into())
    );
    health.ended();
    panel.end(true);
    assert_eq!(
        (file("trigger"), file("brightness")),
        ("none".into(), "0".into())
    );

    std::fs::write(places.leds.join("ACT/trigger"), "none [mmc0]").unwrap();
    let (panel, _, _) = Panel::new(Health::default(), places.clone());
    panel.wire(&LightSettings::default(), &ButtonSettings::default());
    panel.end(false);
    assert_eq!(file("trigger"), "mmc0");
    std::fs::remove_dir_all(folder).unwrap();
}

/// A panel with a light that remembers and, if it is wanted, a line; its task runs while `deeds` do.
fn played<T>(
    line: Option<&Line>,
    deeds: impl AsyncFnOnce(&Panel, &Health, &Receiver<Gesture>, &Seen) -> T,
) -> T {
    let health = Health::default();
    health.running();
    let nowhere = Places {
        device_tree: "/nowhere".into(),
        leds: "/nowhere".into(),
        devices: "/nowhere".into(),
    };
    let (panel, task, gestures) = Panel::new(health.clone(), nowhere);
    let seen = Seen::default();
    lock(&panel.inner.desk).wire(
        Wiring {
            lights: vec![Box::new(seen.clone())],
            contact: line.and_then(LineWire::boxed),
            looks: false,
        },
        now(),
    );
    let executor = Executor::new();
    let _task = executor.spawn(task.run());
    block_on(executor.run(deeds(&panel, &health, &gestures, &seen)))
}

#[test]
fn a_finger_without_a_button_takes_its_time_and_shows_its_stages() {
    let begun = Instant::now();
    played(None, async |panel, health, gestures, _| {
        let stages = async {
            let mut seen = vec![];
            loop {
                let changed = health.changed();
                if seen.last() != Some(&health.shown()) {
                    seen.push(health.shown());
                }
                if seen.len() > 3 {
                    return seen;
                }
                changed.await;
            }
        };
        let (pressed, stages) =
            futures_lite::future::zip(panel.press(Gesture::Hold3), stages).await;
        assert_eq!(pressed, Ok(()));
        let signs = [Sign::Well, Sign::Pressed, Sign::LetGoForSetup, Sign::Well];
        assert_eq!(stages, signs.map(Shown::Sign));
        assert_eq!(gestures.try_recv(), Ok(Gesture::Hold3));
        assert!(
            begun.elapsed() > Duration::from_secs(3) && begun.elapsed() < Duration::from_secs(6)
        );
        assert_eq!(panel.press(Gesture::Short).await, Ok(()));
        assert_eq!(gestures.try_recv(), Ok(Gesture::Short));
    });
}

#[test]
fn there_is_one_finger_and_it_comes_off() {
    played(None, async |panel, health, _, _| {
        let holds = panel.clone();
        let tries = async {
            Timer::after(Duration::from_millis(100)).await;
            assert_eq!(panel.press(Gesture::Short).await, Err(Busy));
        };
        // Whoever presses goes away before the finger is off.
        async { assert_eq!(holds.press(Gesture::Hold10).await, Ok(())) }
            .or(tries)
            .await;
        assert!(!panel.inner.contact.level());
        Timer::after(Duration::from_millis(100)).await;
        assert_eq!(lock(&panel.inner.desk).stage(), Stage::Up);
        assert_eq!(health.shown(), Shown::Sign(Sign::Well));
    });
}

#[test]
fn whoever_watches_hears_of_each_face() {
    played(None, async |panel, health, _, _| {
        // The first face is the one before anything was wired.
        let first = panel.face_after(1).await;
        assert_eq!(first.shown, Shown::Sign(Sign::Well));
        let news = async {
            Timer::after(Duration::from_millis(20)).await;
            health.report(Fact::ClockNotSet);
        };
        let (next, ()) = futures_lite::future::zip(panel.face_after(first.number), news).await;
        assert_eq!(next.shown, Shown::Sign(Sign::Attention));
        assert!(next.number != first.number && next.began <= now());
    });
}

/// The figure: the light changes less than 50 ms after the edge. The debounce is 30 of them.
#[test]
fn from_edge_to_light() {
    let line = Line::with_edges();
    let mut times: Vec<Duration> = Vec::new();
    played(Some(&line), async |_, _, _, seen| {
        Timer::after(Duration::from_millis(50)).await;
        for _ in 0..20 {
            let (before, edge) = (lock(&seen.0).len(), Instant::now());
            line.set(true, now());
            Timer::after(Duration::from_millis(60)).await;
            let changes = lock(&seen.0).clone();
            let change = changes
                .get(before)
                .unwrap_or_else(|| panic!("no change in 60 ms"));
            times.push(change.1 - edge);
            line.set(false, now());
            Timer::after(Duration::from_millis(600)).await;
        }
    });
    times.sort();
    println!(
        "edge to light: median {:.1} ms, slowest of {} {:.1} ms",
        times[times.len() / 2].as_secs_f64() * 1e3,
        times.len(),
        times[times.len() - 1].as_secs_f64() * 1e3,
    );
    assert!(
        times[times.len() / 2] < Duration::from_millis(50),
        "{times:?}"
    );
}
