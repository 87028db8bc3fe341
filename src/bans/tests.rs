//! What strangers may do, on a clock that stands until it is moved.

use std::net::IpAddr;
use std::sync::Weak;

use super::gate::Waiting;
use super::guesses::Turn;
use super::*;
use crate::settings::Limits;

const ANN: Whom = Whom::Person(AccountId(1));
const BOB: Whom = Whom::Person(AccountId(2));
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn bans(change: impl FnOnce(&mut Limits)) -> (Bans, Instant) {
    let mut limits = Limits::default();
    change(&mut limits);
    let now = Instant::now();
    let state = State::new(&limits.bans, &limits.login, limits.connections.total, now);
    let inner = Inner {
        state: Mutex::new(state),
        news: Event::new(),
    };
    let bans = Bans {
        inner: Arc::new(inner),
    };
    (bans, now)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The `number`th address of the world, each in a neighbourhood of its own.
fn far(number: u32) -> IpAddr {
    IpAddr::from((0x2D00_0000 | (number << 8)).to_be_bytes())
}

/// A wrong password from outside the house, as the accounts count it.
fn wrong(bans: &Bans, peer: IpAddr, whom: Whom, now: Instant) {
    bans.guess(peer, whom, now);
    bans.failed(peer, whom, now);
}

#[test]
fn delays_double_from_the_fourth_guess_and_fade() {
    let (bans, now) = bans(|_| {});
    let peer = ip("192.0.2.1");
    let mut delays = Vec::new();
    for _ in 0..10 {
        delays.push(bans.delay(peer, ANN, now).unwrap().as_millis());
        wrong(&bans, peer, ANN, now);
    }
    assert_eq!(delays, [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 8000]);
    // The address is slow for another name, and the name is slow from another address; that IPv4 hides in IPv6 changes nothing.
    assert!(bans.delay(ip("::ffff:192.0.2.1"), BOB, now).unwrap() > Duration::ZERO);
    assert!(bans.delay(far(1), ANN, now).unwrap() > Duration::ZERO);
    assert_eq!(bans.delay(far(1), BOB, now), Some(Duration::ZERO));
    assert_eq!(bans.delay(peer, ANN, now + HOUR), Some(Duration::ZERO));
}

#[test]
fn nobody_is_locked_out_by_ten_thousand_strangers() {
    let (bans, now) = bans(|_| {});
    let known = ip("203.0.113.20");
    bans.right(known, AccountId(1), now);
    for number in 0..10_000 {
        wrong(&bans, far(number), ANN, now);
    }
    // From where she has logged in before, at once, also from another address of the same network; at home too.
    for peer in [known, ip("203.0.113.99"), ip("192.168.1.7"), ip("fd00::7")] {
        assert_eq!(bans.delay(peer, ANN, now), Some(Duration::ZERO), "{peer}");
        assert_eq!(bans.turn(peer, ANN, now), Turn::Known);
    }
    // From a new place after the longest delay, before those from whom guesses came.
    let fresh = ip("198.51.100.1");
    assert_eq!(bans.delay(fresh, ANN, now), Some(Duration::from_secs(8)));
    assert_eq!(bans.turn(fresh, ANN, now), Turn::Fresh);
    for _ in 0..2 {
        wrong(&bans, far(1), BOB, now);
    }
    assert_eq!(bans.turn(far(1), BOB, now), Turn::Suspect);
    // What is known of Ann is nothing for Bob.
    wrong(&bans, known, BOB, now);
    assert_eq!(bans.turn(ip("203.0.113.99"), BOB, now), Turn::Fresh);
}

#[test]
fn a_telephone_with_an_old_password_slows_down_only_itself() {
    let (bans, now) = bans(|_| {});
    let (phone, tablet) = (ip("192.168.1.20"), ip("192.168.1.21"));
    for _ in 0..25 {
        wrong(&bans, phone, ANN, now);
    }
    assert_eq!(bans.delay(phone, ANN, now), Some(Duration::from_secs(8)));
    assert_eq!(
        bans.delay(phone, BOB, now),
        Some(Duration::ZERO),
        "one behind the same address"
    );
    assert_eq!(bans.delay(tablet, ANN, now), Some(Duration::ZERO));
    // Who tries many names at home is slowed down for all of them, and never banned.
    for name in 0..200 {
        wrong(&bans, phone, Whom::Name(name), now);
    }
    assert_eq!(bans.delay(phone, BOB, now), Some(Duration::from_secs(8)));
    assert!(bans.list(now).is_empty());
}

#[test]
fn an_address_that_guesses_on_is_banned_from_logging_in_and_not_from_bringing_mail() {
    let (bans, now) = bans(|_| {});
    let peer = ip("192.0.2.1");
    for guess in 0..100 {
        assert!(bans.delay(peer, ANN, now).is_some());
        wrong(&bans, peer, Whom::Name(guess), now);
    }
    assert_eq!(bans.delay(peer, ANN, now), None);
    assert!(bans.keeps_out(peer, now) && !bans.keeps_out(ip("192.0.2.2"), now));
    let state = bans.lock();
    assert_eq!(state.banned(Side::LogIns, peer, now), Some(false));
    assert_eq!(state.banned(Side::Mail, peer, now), None);
    drop(state);
    let [(place, ban, left)] = bans.list(now)[..] else {
        panic!("one ban")
    };
    assert_eq!(
        (place.0.to_string().as_str(), ban.why, left),
        ("192.0.2.1", Why::Guessing, Some(600))
    );
    assert!(bans.delay(peer, ANN, now + 600 * SECOND).is_some());
    // Lifted, it begins anew.
    bans.lift(place.0);
    assert!(!bans.keeps_out(peer, now));
    wrong(&bans, peer, ANN, now);
    assert!(bans.list(now).is_empty());
}

#[test]
fn a_network_that_somebody_has_logged_in_from_is_not_banned_by_the_box() {
    let (bans, now) = bans(|_| {});
    let (home_line, stranger) = (ip("203.0.113.20"), ip("192.0.2.1"));
    bans.right(home_line, AccountId(1), now);
    for guess in 0..300 {
        wrong(&bans, home_line, Whom::Name(guess), now);
        wrong(&bans, stranger, Whom::Name(guess), now);
    }
    assert_eq!(
        bans.delay(home_line, ANN, now),
        Some(Duration::from_secs(8))
    );
    assert!(!bans.keeps_out(home_line, now) && bans.keeps_out(stranger, now));
    // A ban from before somebody was known there holds no longer; the owner's own word does.
    bans.right(stranger, AccountId(2), now);
    assert!(!bans.keeps_out(stranger, now));
    assert!(bans.add(Network::guest(home_line), now));
    assert!(bans.keeps_out(home_line, now));
}

#[test]
fn ipv6_counts_by_64_and_a_customer_by_56() {
    let (bans, now) = bans(|_| {});
    for host in 1..=5 {
        wrong(
            &bans,
            ip(&format!("2001:db8:0:1::{host}")),
            Whom::Name(host),
            now,
        );
    }
    assert!(bans.delay(ip("2001:db8:0:1::ffff"), ANN, now).unwrap() > Duration::ZERO);
    assert_eq!(
        bans.delay(ip("2001:db8:0:2::1"), ANN, now),
        Some(Duration::ZERO)
    );
    // Two hundred guesses from as many /64 of one /56: all of it is shut out, and nothing beside it.
    for network in 0..200 {
        wrong(
            &bans,
            ip(&format!("2001:db8:1:{network:x}::1")),
            Whom::Name(network),
            now,
        );
    }
    assert_eq!(bans.list(now)[0].0.0.to_string(), "2001:db8:1::/56");
    assert!(bans.keeps_out(ip("2001:db8:1:ff::1"), now));
    assert!(!bans.keeps_out(ip("2001:db8:1:100::1"), now));
    // An IPv4 /24 is slowed down and not shut out.
    for host in 0..250 {
        wrong(&bans, ip(&format!("192.0.2.{host}")), Whom::Name(host), now);
    }
    assert_eq!(
        bans.delay(ip("192.0.2.255"), ANN, now),
        Some(Duration::from_secs(8))
    );
    assert!(!bans.keeps_out(ip("192.0.2.255"), now));
}

#[test]
fn all_tables_are_bounded() {
    let (bans, now) = bans(|limits| limits.login.guessers = 1000);
    for number in 0..50_000 {
        wrong(&bans, far(number), Whom::Name(number.into()), now);
        bans.fault(Side::Mail, far(number), Fault::Recipient, 1, now);
        bans.lock().judge_mail(far(number), now);
        bans.brings(far(number), now);
        bans.brought(far(number), now);
    }
    let state = bans.lock();
    assert!(state.guesses.len() <= 1000 && state.faults.len() <= 1000);
    assert!(state.connections.len() <= 1000 && state.messages.len() <= 1000);
    assert!(state.delivered.len() <= DELIVERED_MOST);
}

#[test]
fn faults_at_port_25_close_it_and_nothing_else() {
    let (bans, now) = bans(|_| {});
    let peer = ip("192.0.2.1");
    for _ in 0..10 {
        bans.fault(Side::Mail, peer, Fault::Recipient, 10, now);
    }
    let state = bans.lock();
    assert_eq!(state.banned(Side::Mail, peer, now), Some(false));
    assert_eq!(state.banned(Side::LogIns, peer, now), None);
    drop(state);
    assert_eq!(bans.list(now)[0].1.why, Why::Recipients);
    // At home nothing closes.
    bans.fault(Side::Mail, ip("192.168.1.9"), Fault::Recipient, 1000, now);
    assert_eq!(bans.list(now).len(), 1);
    // A mailing list with a few dead addresses an hour is not noticed.
    for hour in 0..48 {
        bans.fault(
            Side::Mail,
            ip("198.51.100.1"),
            Fault::Recipient,
            20,
            now + hour * HOUR,
        );
    }
    assert!(
        !bans
            .list(now)
            .iter()
            .any(|(place, ..)| place.0.contains(ip("198.51.100.1")))
    );
}

#[test]
fn an_address_comes_so_often_a_minute_and_a_trusted_one_more_often() {
    let (bans, now) = bans(|limits| limits.bans.connections_a_minute = 10);
    let came = |peer, now| {
        (0..100)
            .filter(|_| bans.lock().judge_mail(peer, now))
            .count()
    };
    assert_eq!(came(ip("192.0.2.1"), now), 15);
    assert_eq!(came(ip("192.168.1.1"), now), 100);
    let later = now + 10 * SECOND;
    bans.brought(ip("198.51.100.1"), later);
    assert_eq!(came(ip("198.51.100.2"), later), 60);
    // Messages are put off in the same way.
    let (bans, now) = self::bans(|limits| limits.bans.messages_a_minute = 2);
    let peer = ip("198.51.100.1");
    let mut taken = 0;
    while taken < 100 && bans.may_bring(peer, now) {
        bans.brings(peer, now);
        taken += 1;
    }
    assert_eq!(taken, 3);
    assert!(bans.may_bring(ip("198.51.100.2"), now) && bans.may_bring(peer, now + 60 * SECOND));
}

#[test]
fn strangers_come_at_a_pace_and_suspects_behind_the_others() {
    let (bans, now) = bans(|limits| limits.bans.strangers_a_second = 10);
    let come = |first: u32, now| {
        let mut state = bans.lock();
        (first..first + 100)
            .filter(|number| state.judge_mail(far(*number), now))
            .count()
    };
    assert_eq!(come(0, now), 40, "a burst");
    assert_eq!(come(100, now + SECOND), 10);
    for number in 0..1000 {
        bans.fault(Side::Mail, far(number), Fault::Recipient, 5, now);
    }
    let later = now + 4 * SECOND;
    assert_eq!(come(200, later), 11, "suspects leave half of it to others");
    assert_eq!(come(5000, later), 19);
    // Who brought mail before does not wait in this line.
    bans.brought(far(7000), later);
    assert!(bans.lock().judge_mail(far(7000), later));
}

#[test]
fn a_newcomer_gets_in_past_a_crowd_that_comes_again_and_again() {
    let (bans, now) = bans(|limits| limits.bans.strangers_a_second = 10);
    let come = |round: u32| {
        let later = now + 5 * SECOND * round;
        for number in 0..1000 {
            // Another one comes first each time.
            let peer = far((number + 100 * round) % 1000);
            if bans.lock().judge_mail(peer, later) {
                bans.fault(Side::Mail, peer, Fault::Recipient, 2, later);
            }
        }
        later
    };
    let first = come(0);
    assert!(!bans.lock().judge_mail(ip("203.0.113.1"), first));
    for round in 1..5 {
        come(round);
    }
    let later = come(5);
    assert!(bans.lock().judge_mail(ip("198.51.100.1"), later));
}

#[test]
fn the_oldest_that_has_proved_nothing_gives_way() {
    let (bans, _) = bans(|limits| limits.connections.total = 6);
    let seat = |number, side| {
        let waiting = Waiting::new(side, far(number), Weak::new());
        assert!(bans.lock().seat(number.into(), waiting));
    };
    for number in 1..=3 {
        seat(number, Side::Mail);
    }
    for number in 11..=12 {
        seat(number, Side::LogIns);
    }
    bans.is_earnest(1);
    bans.proved(11);
    let waiting = || bans.lock().waiting.keys().copied().collect::<Vec<_>>();
    assert_eq!(
        waiting(),
        [1, 2, 3, 12],
        "who has logged in gives way to nobody"
    );
    seat(4, Side::Mail);
    assert_eq!(
        waiting(),
        [1, 3, 4, 12],
        "the oldest, but for one whose recipient was accepted"
    );
    for number in [3, 4] {
        bans.is_earnest(number);
    }
    seat(5, Side::Mail);
    assert_eq!(waiting(), [3, 4, 5, 12]);
}

/// One rented machine with an IPv6 /56 that brought one message has not the whole house.
#[test]
fn a_neighbourhood_has_a_hundred_seats_and_port_25_half_of_them() {
    let (bans, now) = bans(|_| {});
    let rented = |number: u64| ip(&format!("2001:db8:0:{:x}::1", number % 256));
    bans.brought(rented(1), now);
    let seat = |number, peer| {
        let waiting = Waiting::new(Side::Mail, peer, Weak::new());
        bans.lock().seat(number, waiting)
    };
    let seated = (0..5000)
        .filter(|number| seat(*number, rented(*number)))
        .count();
    assert_eq!(seated, 100);
    for number in 0..5000 {
        assert!(seat(10_000 + number, far(u32::try_from(number).unwrap())));
    }
    let here = bans.lock().waiting.len();
    assert_eq!(here, Limits::default().connections.total / 2);
}

/// Names that nobody has come through honest servers, too: a provider's relay, the house's second mail host.
#[test]
fn who_brings_mail_is_not_shut_out_for_what_it_carries() {
    let (bans, now) = bans(|_| {});
    let (relay, harvester) = (ip("198.51.100.1"), ip("192.0.2.1"));
    bans.brought(relay, now);
    for peer in [relay, harvester] {
        bans.fault(Side::Mail, peer, Fault::Recipient, 1000, now);
        bans.fault(Side::Mail, peer, Fault::Flood, 1000, now);
    }
    let state = bans.lock();
    assert_eq!(state.banned(Side::Mail, relay, now), None);
    assert_eq!(state.banned(Side::Mail, harvester, now), Some(false));
}

#[test]
fn a_person_under_guessing_is_told_once_a_day() {
    let (bans, now) = bans(|_| {});
    for number in 0..19 {
        wrong(&bans, far(number), ANN, now);
    }
    assert!(bans.due(now).is_empty() && bans.under_guessing(now).is_empty());
    wrong(&bans, far(19), ANN, now);
    let told = bans.due(now);
    assert_eq!((told[0].0, told[0].1.wrong), (AccountId(1), 20));
    assert!(told[0].1.from.len() == 5 && told[0].1.more);
    assert_eq!(bans.under_guessing(now), [AccountId(1)]);
    for number in 0..500 {
        wrong(&bans, far(number), ANN, now);
        wrong(&bans, far(number), Whom::Name(7), now);
    }
    assert!(bans.due(now + HOUR).is_empty(), "once");
    let told = bans.due(now + 24 * HOUR);
    assert_eq!(
        (told.len(), told[0].1.wrong),
        (1, 500),
        "it went on: once more on the next day"
    );
}

#[test]
fn only_strangers_wait_for_their_greeting() {
    let (bans, now) = bans(|_| {});
    assert_eq!(bans.greeting_delay(ip("192.0.2.1"), now), Some(2 * SECOND));
    assert_eq!(bans.greeting_delay(ip("192.168.1.1"), now), None);
    bans.brought(ip("192.0.2.9"), now);
    assert_eq!(
        bans.greeting_delay(ip("192.0.2.1"), now),
        None,
        "its neighbour brought mail"
    );
    assert_eq!(
        bans.greeting_delay(ip("192.0.2.1"), now + 24 * 100 * HOUR),
        None
    );
    assert_eq!(
        bans.greeting_delay(ip("192.0.2.1"), now + 24 * 200 * HOUR),
        Some(2 * SECOND)
    );
}

#[test]
fn other_limits_forget_no_ban() {
    let (bans, now) = bans(|_| {});
    bans.add("192.0.2.0/24".parse().unwrap(), now);
    let mut limits = Limits::default();
    limits.bans.greeting_delay = Duration::ZERO;
    limits.bans.home = Home::new(Some(Vec::new()));
    bans.under(&limits, now);
    assert!(bans.keeps_out(ip("192.0.2.1"), now));
    assert_eq!(bans.greeting_delay(ip("192.168.1.1"), now), None);
    assert!(!bans.is_home(ip("192.168.1.1")));
}
