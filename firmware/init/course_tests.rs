//! Every way a start, a life and a trial can go, with a clock that is moved.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const DIED: Ended = Ended::Signal(11);
const WELL: Ended = Ended::Code(0);

struct Clock(Instant);

impl Clock {
    fn new() -> Clock {
        Clock(Instant::now())
    }

    fn after(&mut self, seconds: u64) -> Instant {
        self.0 += Duration::from_secs(seconds);
        self.0
    }
}

fn machine(trial: bool, wants_network: bool, watchdog: bool) -> Course {
    Course::new(Start {
        trial,
        wants_network,
        copy: false,
        watchdog,
    })
}

/// A box whose server has said that it lives.
fn serving(watchdog: bool, clock: &mut Clock) -> Course {
    let mut course = machine(false, false, watchdog);
    assert_eq!(course.begin(Ok(()), clock.0), Wish::Start(Role::Check));
    assert_eq!(
        course.ended(WELL, clock.after(1)),
        Wish::Start(Role::Server)
    );
    assert_eq!(course.alive(clock.after(3)), Wish::Nothing);
    course
}

#[test]
fn a_dying_server_comes_back_ever_later_and_always() {
    let mut clock = Clock::new();
    let mut course = machine(false, false, true);
    course.begin(Ok(()), clock.0);
    assert_eq!(course.ended(WELL, clock.0), Wish::Start(Role::Server));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert_eq!(course.ended(Ended::Code(1), clock.after(1)), Wish::Nothing);
        let until = course.next().unwrap();
        pauses.push((until - clock.0).as_secs());
        assert_eq!(course.tick(until - SECOND / 2), Wish::Nothing);
        assert!(course.may_feed(until));
        clock.0 = until;
        assert_eq!(course.tick(until), Wish::Start(Role::Server));
        assert_eq!(course.despairs(), pauses.len() == 7);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(course.bad_ends(), 9);
    // One that lived for a while is started soon again.
    course.alive(clock.after(1));
    for _ in 0..20 {
        assert_eq!(course.alive(clock.after(5)), Wish::Nothing);
    }
    course.ended(Ended::Code(1), clock.after(1));
    assert_eq!(course.next().unwrap() - clock.0, SECOND);
}

#[test]
fn after_a_death_the_store_is_checked_and_a_deadly_store_is_a_rescue() {
    let mut clock = Clock::new();
    let mut course = serving(true, &mut clock);
    course.ended(Ended::Signal(SIGBUS), clock.after(100));
    assert_eq!(course.tick(clock.after(1)), Wish::Start(Role::Check));
    let rescue = Wish::Start(Role::Rescue(RescueReason::Store));
    assert_eq!(course.ended(Ended::Signal(SIGBUS), clock.after(1)), rescue);
    // The rescue server itself comes back, with pauses.
    assert!(course.may_feed(clock.after(100)));
    course.ended(DIED, clock.after(1));
    assert_eq!(course.tick(clock.after(1)), rescue);
}

#[test]
fn what_check_says_decides() {
    for (how, then) in [
        (WELL, Role::Server),
        (Ended::Code(1), Role::Server),
        (Ended::Code(UNREADABLE), Role::Rescue(RescueReason::Store)),
        (Ended::Code(NEWER), Role::Rescue(RescueReason::Newer)),
        (Ended::Code(NEWER), Role::Rescue(RescueReason::Newer)),
        (Ended::Code(FULL), Role::Rescue(RescueReason::Full)),
        (DIED, Role::Rescue(RescueReason::Store)),
    ] {
        let mut clock = Clock::new();
        let mut course = machine(false, false, true);
        course.begin(Ok(()), clock.0);
        assert_eq!(course.ended(how, clock.after(1)), Wish::Start(then));
    }
}

#[test]
fn a_slow_check_is_killed_and_believed_in() {
    let mut clock = Clock::new();
    let mut course = machine(false, false, true);
    course.begin(Ok(()), clock.0);
    assert_eq!(course.tick(clock.after(59)), Wish::Nothing);
    assert_eq!(course.tick(clock.after(1)), Wish::Kill);
    assert_eq!(
        course.ended(Ended::Signal(9), clock.after(1)),
        Wish::Start(Role::Server)
    );
}

#[test]
fn no_data_is_a_rescue_without_a_check() {
    let mut course = machine(false, false, true);
    let reason = RescueReason::Corrupt;
    assert_eq!(
        course.begin(Err(reason), Instant::now()),
        Wish::Start(Role::Rescue(reason))
    );
}

#[test]
fn a_hung_server_starves_the_watchdog_or_is_killed() {
    let mut clock = Clock::new();
    let mut course = serving(true, &mut clock);
    assert!(course.may_feed(clock.after(29)));
    assert!(!course.may_feed(clock.after(1)) && course.is_hung(clock.0));
    assert_eq!(course.tick(clock.0), Wish::Nothing);
    // It was only slow.
    course.alive(clock.after(5));
    assert!(course.may_feed(clock.0));

    let mut clock = Clock::new();
    let mut course = serving(false, &mut clock);
    assert_eq!(course.tick(clock.after(30)), Wish::Kill);
    course.ended(Ended::Signal(9), clock.after(1));
    assert_eq!(course.tick(clock.after(1)), Wish::Start(Role::Check));
}

#[test]
fn a_server_that_never_lives_is_killed() {
    let mut clock = Clock::new();
    let mut course = machine(false, false, true);
    course.begin(Ok(()), clock.0);
    course.ended(WELL, clock.0);
    assert!(course.may_feed(clock.after(239)));
    assert_eq!(course.tick(clock.after(1)), Wish::Kill);
}

#[test]
fn a_child_that_no_signal_ends_starves_the_watchdog() {
    let mut clock = Clock::new();
    let mut working = machine(false, false, true);
    working.begin(Ok(()), clock.0);
    let mut opening = machine(false, false, true);
    opening.begin(Ok(()), clock.0);
    opening.ended(WELL, clock.0);
    let mut rescuing = machine(false, false, true);
    rescuing.begin(Err(RescueReason::Corrupt), clock.0);
    let mut leaving = serving(true, &mut clock);
    leaving.go_down(Down::Restart, clock.0);
    for mut course in [working, opening, rescuing, leaving] {
        let killed = course.next().unwrap();
        assert_eq!(course.tick(killed), Wish::Kill);
        assert!(course.may_feed(killed + SILENCE - SECOND), "{course:?}");
        assert!(!course.may_feed(killed + SILENCE), "{course:?}");
    }
}

#[test]
fn a_check_that_the_kernel_kills_for_memory_says_nothing_of_the_store() {
    let mut clock = Clock::new();
    let mut course = machine(false, false, true);
    course.begin(Ok(()), clock.0);
    assert_eq!(
        course.ended(Ended::Signal(SIGKILL), clock.after(1)),
        Wish::Start(Role::Server)
    );
}

/// What the check after the migration says decides, by what the one before it said.
#[test]
fn a_store_that_the_new_system_has_spoilt_is_given_up() {
    let given_up = Wish::GiveUp(Step::Migrate);
    let on = Wish::Start(Role::SelfTest);
    for (before, after, then) in [
        (WELL, WELL, &on),
        (WELL, Ended::Code(1), &given_up),
        // Nobody can update it otherwise, and what the old system found it has told.
        (Ended::Code(1), Ended::Code(1), &on),
        (Ended::Signal(SIGKILL), Ended::Code(1), &on),
        (Ended::Code(1), Ended::Code(UNREADABLE), &given_up),
        (WELL, DIED, &given_up),
        (WELL, Ended::Signal(SIGKILL), &on),
    ] {
        let mut clock = Clock::new();
        let mut course = machine(true, false, true);
        course.begin(Ok(()), clock.0);
        let migrate = Wish::Start(Role::Migrate);
        assert_eq!(course.ended(before, clock.after(1)), migrate);
        assert_eq!(course.ended(WELL, clock.after(1)), Wish::Start(Role::Check));
        let judged = course.ended(after, clock.after(1));
        assert_eq!(&judged, then, "{before:?} {after:?}");
    }
}

/// A trial up to this step, which goes well.
fn trial_until(step: Step, clock: &mut Clock) -> Course {
    let mut course = machine(true, true, true);
    assert_eq!(course.begin(Ok(()), clock.0), Wish::Start(Role::Check));
    if step == Step::Check {
        return course;
    }
    assert_eq!(
        course.ended(WELL, clock.after(1)),
        Wish::Start(Role::Migrate)
    );
    if step == Step::Migrate {
        return course;
    }
    assert_eq!(course.ended(WELL, clock.after(1)), Wish::Start(Role::Check));
    assert_eq!(
        course.ended(WELL, clock.after(1)),
        Wish::Start(Role::SelfTest)
    );
    if step == Step::SelfTest {
        return course;
    }
    assert_eq!(course.ended(WELL, clock.after(1)), Wish::Nothing);
    if step == Step::Network {
        return course;
    }
    assert_eq!(
        course.network(true, clock.after(1)),
        Wish::Start(Role::Trial)
    );
    course
}

#[test]
fn a_trial_that_goes_well_is_kept_and_then_opens_its_doors() {
    let mut clock = Clock::new();
    let mut course = trial_until(Step::Doors, &mut clock);
    assert_eq!(course.alive(clock.after(9)), Wish::Terminate);
    // Further words of a server that is leaving change nothing.
    assert_eq!(course.alive(clock.after(1)), Wish::Nothing);
    assert_eq!(course.ended(WELL, clock.after(1)), Wish::Keep);
    assert_eq!(course.tick(clock.after(1)), Wish::Nothing);
    assert_eq!(course.kept(clock.0), Wish::Start(Role::Server));
    // From here on it is a box like any other.
    assert_eq!(course.ended(DIED, clock.after(1)), Wish::Nothing);
    assert_eq!(course.tick(clock.after(1)), Wish::Start(Role::Check));
}

#[test]
fn a_trial_that_fails_anywhere_is_given_up_there() {
    for step in [Step::Check, Step::Migrate, Step::SelfTest, Step::Doors] {
        let mut clock = Clock::new();
        let mut course = trial_until(step, &mut clock);
        assert_eq!(course.ended(DIED, clock.after(1)), Wish::GiveUp(step));
        // And hung instead of dead: killed, and then the same.
        let mut course = trial_until(step, &mut clock);
        clock.0 = course.next().unwrap();
        assert_eq!(course.tick(clock.0), Wish::Kill);
        let given_up = course.ended(Ended::Signal(9), clock.after(1));
        // A slow check is no failure of the new system.
        let slow = step == Step::Check;
        assert_eq!(
            given_up,
            if slow {
                Wish::Start(Role::Migrate)
            } else {
                Wish::GiveUp(step)
            }
        );
    }
    for how in [DIED, Ended::Signal(SIGKILL), Ended::Code(1)] {
        let mut clock = Clock::new();
        let mut course = trial_until(Step::Doors, &mut clock);
        assert_eq!(course.alive(clock.after(1)), Wish::Terminate);
        assert_eq!(course.ended(how, clock.after(1)), Wish::GiveUp(Step::Doors));
    }
    let mut clock = Clock::new();
    let mut course = trial_until(Step::Network, &mut clock);
    assert_eq!(course.network(false, clock.after(60)), Wish::Nothing);
    assert_eq!(course.tick(clock.after(60)), Wish::GiveUp(Step::Network));
    let mut course = machine(true, false, true);
    assert_eq!(
        course.begin(Err(RescueReason::Absent), clock.0),
        Wish::GiveUp(Step::Check)
    );
}

#[test]
fn a_trial_needs_no_network_that_the_old_system_had_not() {
    let mut clock = Clock::new();
    let mut course = machine(true, false, true);
    course.begin(Ok(()), clock.0);
    for _ in [Role::Check, Role::Migrate, Role::Check] {
        course.ended(WELL, clock.0);
    }
    assert_eq!(course.ended(WELL, clock.after(1)), Wish::Start(Role::Trial));
}

#[test]
fn going_down_waits_for_the_child_and_not_for_ever() {
    for down in [Down::PowerOff, Down::Restart] {
        let mut clock = Clock::new();
        let mut course = serving(true, &mut clock);
        assert_eq!(course.go_down(down, clock.after(1)), Wish::Terminate);
        assert_eq!(course.go_down(Down::Restart, clock.0), Wish::Nothing);
        assert_eq!(course.tick(clock.after(14)), Wish::Nothing);
        assert_eq!(course.tick(clock.after(1)), Wish::Kill);
        assert!(course.may_feed(clock.after(29)));
        assert_eq!(course.ended(Ended::Signal(9), clock.0), Wish::Down(down));
    }
    // Between two servers there is nobody to wait for.
    let mut clock = Clock::new();
    let mut course = serving(true, &mut clock);
    course.ended(DIED, clock.after(1));
    assert_eq!(
        course.go_down(Down::PowerOff, clock.0),
        Wish::Down(Down::PowerOff)
    );
    assert_eq!(course.tick(clock.after(100)), Wish::Nothing);
}

#[test]
fn somebody_else_s_child_is_nobody_s_business() {
    let mut course = machine(false, false, true);
    assert_eq!(course.ended(DIED, Instant::now()), Wish::Nothing);
    assert_eq!(course.alive(Instant::now()), Wish::Nothing);
}

#[test]
fn a_copy_of_the_store_that_nobody_speaks_of_is_judged_before_the_store() {
    let now = Instant::now();
    let mut course = Course::new(Start {
        copy: true,
        ..Start::default()
    });
    assert_eq!(course.begin(Ok(()), now), Wish::Start(Role::PutBack));
    assert_eq!(course.ended(DIED, now), Wish::Start(Role::Check));
    // In a trial it is what the trial itself has made at an earlier start.
    let mut course = Course::new(Start {
        copy: true,
        trial: true,
        ..Start::default()
    });
    assert_eq!(course.begin(Ok(()), now), Wish::Start(Role::Check));
}

#[test]
fn a_hung_rescue_is_killed_and_never_a_reset() {
    for watchdog in [true, false] {
        let mut clock = Clock::new();
        let mut course = machine(false, false, watchdog);
        let rescue = Wish::Start(Role::Rescue(RescueReason::Corrupt));
        assert_eq!(course.begin(Err(RescueReason::Corrupt), clock.0), rescue);
        assert_eq!(course.next(), Some(clock.0 + OPENING), "keys take a minute");
        assert_eq!(course.alive(clock.after(5)), Wish::Nothing);
        assert_eq!(course.tick(clock.after(29)), Wish::Nothing);
        assert_eq!(course.tick(clock.after(1)), Wish::Kill);
        assert!(course.may_feed(clock.0));
        assert_eq!(course.ended(Ended::Signal(9), clock.0), Wish::Nothing);
        assert_eq!(course.tick(clock.after(1)), rescue);
    }
}

#[test]
fn a_rescue_that_never_says_that_it_lives_is_begun_again() {
    let mut clock = Clock::new();
    let mut course = machine(false, false, true);
    let rescue = Wish::Start(Role::Rescue(RescueReason::Corrupt));
    assert_eq!(course.begin(Err(RescueReason::Corrupt), clock.0), rescue);
    assert_eq!(course.next(), Some(clock.0 + OPENING));
    let late = clock.after(OPENING.as_secs());
    assert_eq!(course.tick(late - SECOND), Wish::Nothing);
    assert!(course.may_feed(late));
    assert_eq!(course.tick(late), Wish::Kill);
    assert_eq!(course.ended(Ended::Signal(9), late), Wish::Nothing);
    let until = course.next().unwrap();
    assert_eq!(course.tick(until), rescue);
}
