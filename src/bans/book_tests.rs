use super::*;

const MINUTE: u64 = 60;

fn book() -> Book {
    Book::new(
        Duration::from_secs(10 * MINUTE),
        Duration::from_secs(7 * 24 * 60 * MINUTE),
    )
}

fn ip(number: u32) -> IpAddr {
    IpAddr::from((0xC633_0000 | number).to_be_bytes())
}

fn guest(number: u32) -> Place {
    (Network::guest(ip(number)), Doors::LogIns)
}

#[test]
fn each_time_lasts_four_times_as_long_up_to_a_week() {
    let mut book = book();
    let mut now = QueueTime(1_000_000);
    let mut lasted = Vec::new();
    for _ in 0..8 {
        let until = book.close(guest(1), Why::Guessing, now, 7).unwrap();
        lasted.push((until.0 - now.0) / MINUTE);
        assert!(
            book.close(guest(1), Why::Guessing, now, 7).is_none(),
            "it is closed already"
        );
        assert!(
            book.holds(ip(1), Doors::LogIns, QueueTime(until.0 - 1))
                .is_some()
        );
        assert!(book.holds(ip(1), Doors::LogIns, until).is_none());
        now = until;
        book.sweep(now);
    }
    assert_eq!(lasted, [10, 40, 160, 640, 2560, 10_080, 10_080, 10_080]);
    // Forgotten at last.
    book.sweep(QueueTime(now.0 + 4 * 10_080 * MINUTE));
    assert!(book.bans.is_empty() && book.prefixes.is_empty());
    let until = book.close(guest(1), Why::Guessing, now, 7).unwrap();
    assert_eq!(until.0 - now.0, 10 * MINUTE);
}

/// What an honest server carries is late then, and not lost.
#[test]
fn port_25_is_closed_for_a_day_at_most() {
    let mut book = book();
    let place = (guest(1).0, Doors::Mail);
    let mut now = QueueTime(0);
    for _ in 0..10 {
        let until = book.close(place, Why::Recipients, now, 7).unwrap();
        assert!(until.0 - now.0 <= 24 * 60 * MINUTE);
        now = until;
    }
}

#[test]
fn doors_are_closed_one_by_one_and_all_of_them_by_hand() {
    let mut book = book();
    let now = QueueTime(5);
    book.close(guest(1), Why::Guessing, now, 7);
    assert!(book.holds(ip(1), Doors::Mail, now).is_none());
    assert!(book.holds(ip(2), Doors::LogIns, now).is_none());
    assert!(book.close_by_hand((Network::around(ip(1)), Doors::All), 7));
    for doors in [Doors::Mail, Doors::LogIns] {
        let (network, ban) = book.holds(ip(2), doors, QueueTime(u64::MAX)).unwrap();
        assert_eq!(
            (network.to_string().as_str(), ban.why),
            ("198.51.0.0/24", Why::Hand)
        );
    }
    assert_eq!(book.list(now).len(), 2);
    // An address lifts every ban that keeps it out.
    assert_eq!(book.lift(Network::guest(ip(1))).len(), 2);
    assert!(book.list(now).is_empty() && book.by_hand == 0 && book.prefixes.is_empty());
}

#[test]
fn what_is_kept_comes_back() {
    let mut book = book();
    let now = QueueTime(5);
    book.close(guest(1), Why::Recipients, now, 7);
    book.close_by_hand(guest(2), 8);
    let (rows, gone) = book.unsaved();
    assert!(rows.len() == 2 && gone.is_empty() && !book.is_unsaved());
    let mut next = self::book();
    next.take_up(&rows);
    assert!(!next.is_unsaved());
    assert_eq!(next.list(now), book.list(now));
    next.lift(guest(2).0);
    let (rows, gone) = next.unsaved();
    assert_eq!((rows.len(), gone), (0, vec![guest(2)]));
    next.still_unsaved([guest(2)]);
    assert!(next.is_unsaved());
}

#[test]
fn the_book_is_bounded_and_what_the_owner_wrote_stays() {
    let mut book = book();
    for number in 0..2000 {
        assert_eq!(book.close_by_hand(guest(number), 7), number < 1000);
    }
    for number in 0..20_000_u32 {
        book.close(
            guest(100_000 + number),
            Why::Guessing,
            QueueTime(number.into()),
            7,
        );
    }
    assert_eq!(book.bans.len(), BANS_MAX);
    assert!(book.holds(ip(999), Doors::LogIns, QueueTime(0)).is_some());
    assert!(
        book.holds(ip(119_999), Doors::LogIns, QueueTime(20_000))
            .is_some(),
        "the newest"
    );
    assert_eq!(book.prefixes.values().sum::<usize>(), BANS_MAX);
}
