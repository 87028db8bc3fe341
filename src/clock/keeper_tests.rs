use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use house::time_server::{Manner, TimeServer};

use super::super::test_support::{BEGINNING, Board};
use super::super::{Adjustment, Habits, Machine as _, RELEASED};
use super::*;
use crate::resolver::ResolverSettings;

/// What does not come after this long does not come.
const SOON: Duration = Duration::from_secs(10);

/// A board, its clock, and the servers that it is told of.
struct World {
    board: Arc<Board>,
    clock: Clock,
    health: Health,
    servers: Vec<TimeServer>,
    end: Option<(async_channel::Sender<()>, JoinHandle<()>)>,
}

impl World {
    /// `system`: what the machine's clock shows, microseconds.
    fn new(system: i64, keep: bool, manners: &[Manner]) -> World {
        let board = Board::new(system);
        let mut servers: Vec<TimeServer> = Vec::new();
        for (at, manner) in (2..).zip(manners) {
            let port = servers.first().map_or(0, |first| first.address.port());
            servers.push(board.server(at, port, manner.clone()));
        }
        let habits = Habits {
            keep,
            servers: servers
                .iter()
                .map(|server| server.address.ip().to_string())
                .collect(),
            ..Habits::default()
        };
        let clock = Clock::new(board.clone(), None, habits);
        if keep {
            clock.begin_at_the_floor();
        }
        World {
            board,
            clock,
            health: Health::default(),
            servers,
            end: None,
        }
    }

    fn start(&mut self) {
        let port = self
            .servers
            .first()
            .map_or(9, |server| server.address.port());
        let keeper = Keeper {
            resolver: Resolver::new(ResolverSettings {
                servers: vec![([127, 0, 0, 1], 9).into()],
                timeout: Duration::from_millis(50),
                whole: Duration::from_millis(100),
                ..ResolverSettings::default()
            }),
            health: self.health.clone(),
            port,
            patience: Duration::from_millis(250),
        };
        let (end, ended) = async_channel::bounded(1);
        let clock = self.clock.clone();
        let thread = std::thread::spawn(move || {
            let ended = async {
                let _ = ended.recv().await;
            };
            async_io::block_on(clock.keep(keeper).or(ended));
        });
        self.end = Some((end, thread));
    }

    fn running(system: i64, keep: bool, manners: &[Manner]) -> World {
        let mut world = World::new(system, keep, manners);
        world.start();
        world
    }

    fn until(&self, what: &str, done: impl Fn(&World) -> bool) {
        let end = Instant::now() + SOON;
        while !done(self) {
            assert!(Instant::now() < end, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn asked(&self) -> usize {
        self.servers.iter().map(TimeServer::asked).sum()
    }

    fn rounds(&self) -> u32 {
        self.clock.lock().rounds.failed
    }

    /// Microseconds that the box's time is ahead of the right one.
    fn off(&self) -> i64 {
        self.clock.micros() - self.board.right()
    }

    fn is_right(&self) -> bool {
        self.off().abs() < MICROS / 10
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.end.take() {
            let _ = end.send_blocking(());
            thread.join().unwrap();
        }
    }
}

const HONEST: Manner = Manner::Tells(0);
const YEAR: i64 = 365 * 86_400;

#[test]
fn a_board_without_a_battery_learns_the_time_and_sets_its_clock() {
    let mut world = World::new(0, true, &[HONEST, HONEST, HONEST]);
    assert!(!world.clock.trusted());
    assert!(world.clock.unix() < RELEASED + 10);
    world.start();
    world.until("the time", |world| world.clock.trusted());
    assert!(world.clock.vouched());
    assert!(world.is_right(), "{}", world.off());
    let shown = world.board.system() - world.board.right();
    assert!(shown.abs() < MICROS / 10, "{shown}");
    assert!(world.health.facts().is_empty());
    // An hour later they are asked again, once each, and what is left is slewed.
    assert_eq!(world.asked(), 3);
    world.board.pass(AGAIN + AGAIN / 8);
    world.until("another round", |world| world.asked() == 6);
    world.until("a small correction", |world| {
        let adjusted = world.board.adjusted.lock().unwrap();
        matches!(adjusted.as_slice(), [Adjustment::Step(_), Adjustment::Step(_), Adjustment::Slew(off)] if off.abs() < MICROS / 10)
    });
}

#[test]
fn one_liar_among_three_does_not_win() {
    for liar in [Manner::Tells(10 * YEAR), Manner::Tells(-3600)] {
        let world = World::running(0, true, &[HONEST, liar, HONEST]);
        world.until("the time", |world| world.clock.trusted());
        assert!(world.is_right(), "{}", world.off());
    }
}

#[test]
fn those_who_do_not_agree_are_not_believed_and_the_light_tells() {
    let world = World::running(0, true, &[HONEST, Manner::Tells(60), Manner::Tells(7200)]);
    world.until("the first round", |world| world.rounds() == 1);
    world.until("the light", |world| {
        world.health.facts() == [Fact::ClockNotSet]
    });
    assert!(!world.clock.trusted());
    // They come to their senses; the next round is not before its time.
    world.servers[1].behave(HONEST);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(world.asked(), 3);
    world.board.pass(FIRST * 2);
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right());
    world.until("the light", |world| world.health.facts().is_empty());
}

#[test]
fn who_is_silent_late_or_astray_does_not_keep_two_others_from_agreeing() {
    let late = Manner::Late(Duration::from_secs(1));
    let world = World::running(
        0,
        true,
        &[Manner::Silent, HONEST, late, Manner::Astray, HONEST],
    );
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right());
}

#[test]
fn without_answers_the_rounds_become_rare() {
    let world = World::running(0, true, &[Manner::Silent, Manner::Silent]);
    let mut waited = Duration::ZERO;
    for round in 1..=9 {
        world.until("a round", |world| world.rounds() == round);
        assert_eq!(world.asked(), 2 * round as usize);
        let next = world.clock.lock().rounds.next.unwrap();
        let wait = next.saturating_duration_since(world.clock.now());
        assert!(wait <= LAST + LAST / 16, "{wait:?}");
        assert!(
            wait + Duration::from_secs(2) > waited.min(LAST),
            "{wait:?} after {waited:?}"
        );
        waited = wait;
        world.board.pass(wait);
    }
    assert!(waited > LAST - Duration::from_secs(2), "{waited:?}");
    assert!(!world.clock.trusted());
}

#[test]
fn a_kiss_of_death_is_obeyed() {
    let kisses = [
        Manner::Kiss(*b"RATE"),
        Manner::Kiss(*b"DENY"),
        Manner::Silent,
    ];
    let world = World::running(0, true, &kisses);
    for round in 1..4 {
        world.until("a round", |world| world.rounds() == round);
        world.board.pass(LAST * 2);
    }
    world.until("a round", |world| world.rounds() == 4);
    assert_eq!(world.servers[0].asked(), 1);
    assert_eq!(world.servers[1].asked(), 1);
    assert_eq!(world.servers[2].asked(), 4);
    world.servers[0].behave(HONEST);
    world.servers[2].behave(HONEST);
    world.board.pass(REST);
    world.until("the time", |world| world.clock.trusted());
    assert_eq!(world.servers[1].asked(), 1);
}

#[test]
fn one_alone_is_believed_after_a_while_if_it_leads_forward() {
    let world = World::running(0, true, &[HONEST, Manner::Silent, Manner::Silent]);
    for round in 1..ROUNDS_ALONE {
        world.until("a round", |world| world.rounds() == round);
        assert!(!world.clock.trusted());
        world.board.pass(LAST * 2);
    }
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right());
    // It does not lead back.
    let mut ahead = World::new(BEGINNING, true, &[HONEST, Manner::Silent]);
    ahead.clock.lock().floor.micros = BEGINNING + YEAR * MICROS;
    ahead.start();
    for round in 1..6 {
        ahead.until("a round", |ahead| ahead.rounds() == round);
        ahead.board.pass(LAST * 2);
    }
    assert!(!ahead.clock.trusted());
}

#[test]
fn the_only_one_that_the_owner_named_is_believed_at_once() {
    let world = World::running(0, true, &[HONEST]);
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right());
}

#[test]
fn a_clock_that_is_years_ahead_goes_back_when_several_agree() {
    let mut world = World::new(BEGINNING + 10 * YEAR * MICROS, true, &[HONEST, HONEST]);
    assert_eq!((world.off() + MICROS / 2) / MICROS, 10 * YEAR);
    world.clock.lock().floor.micros = BEGINNING + 11 * YEAR * MICROS;
    assert_eq!((world.off() + MICROS / 2) / MICROS, 11 * YEAR);
    world.start();
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right(), "{}", world.off());
    let adjusted = world.board.adjusted.lock().unwrap().clone();
    assert!(
        matches!(adjusted.as_slice(), [Adjustment::Step(_)]),
        "{adjusted:?}"
    );
}

#[test]
fn a_clock_that_is_seconds_ahead_is_slewed() {
    let world = World::running(BEGINNING + 3 * MICROS, true, &[HONEST, HONEST]);
    world.until("the time", |world| world.clock.trusted());
    let adjusted = world.board.adjusted.lock().unwrap().clone();
    assert!(
        matches!(adjusted.as_slice(), [Adjustment::Slew(off)] if *off < -2 * MICROS),
        "{adjusted:?}"
    );
}

#[test]
fn who_may_not_set_the_machines_clock_goes_by_its_own() {
    for keep in [true, false] {
        let mut world = World::new(0, keep, &[HONEST, HONEST]);
        world.board.permits.store(false, Ordering::Relaxed);
        world.start();
        world.until("the time", |world| world.clock.trusted());
        assert!(world.is_right(), "{}", world.off());
        assert!(world.board.system() < YEAR * MICROS * 57);
        assert!(world.board.adjusted.lock().unwrap().len() <= 1);
        world.board.pass(Duration::from_secs(100_000));
        assert!(world.is_right(), "{}", world.off());
    }
}

#[test]
fn a_system_whose_kernel_keeps_the_clock_asks_nobody() {
    let mut world = World::new(BEGINNING, false, &[HONEST, HONEST]);
    world.board.disciplined.store(true, Ordering::Relaxed);
    world.start();
    world.board.pass(AGAIN);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(world.asked(), 0);
    assert!(world.health.facts().is_empty());
}

#[test]
fn an_ordinary_system_asks_only_whom_it_was_told_to_ask_or_when_its_clock_cannot_be_right() {
    let world = World::new(BEGINNING, false, &[]);
    assert!(!world.clock.asks());
    world.board.set(0);
    assert!(world.clock.asks());
    world.board.set(BEGINNING);
    world.clock.dhcp_servers(&["127.0.0.1".parse().unwrap()]);
    assert!(world.clock.asks());
}

#[test]
fn the_networks_servers_are_asked_at_once() {
    let mut world = World::new(0, true, &[Manner::Silent, Manner::Silent]);
    let port = world.servers[0].address.port();
    let router = world.board.server(7, port, HONEST);
    let other = world.board.server(8, port, HONEST);
    world.start();
    world.until("a round", |world| world.rounds() == 1);
    let dhcp = [router.address.ip(), other.address.ip()];
    world.clock.dhcp_servers(&dhcp);
    world.until("the time", |world| world.clock.trusted());
    assert!(world.is_right());
    // The same again is no news.
    world.clock.dhcp_servers(&dhcp);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(router.asked(), 1);
}

#[test]
fn somebody_sets_an_ordinary_systems_clock_and_who_waits_hears_of_it() {
    let mut world = World::new(0, false, &[Manner::Silent]);
    world.start();
    world.until("a round", |world| world.rounds() == 1);
    let waiting = world.clock.clone();
    let waits = std::thread::spawn(move || async_io::block_on(waiting.until_trusted()));
    std::thread::sleep(Duration::from_millis(50));
    assert!(!waits.is_finished());
    world.board.set(BEGINNING);
    waits.join().unwrap();
    world.until("the light", |world| world.health.facts().is_empty());
}
