//! Who may dial: connections in all, those to one way out, and how many each kind of letter may take.
//!
//! Letters that failed before may not take every connection, and ordinary ones leave some to urgent ones: a queue full of hosts that swallow every dial for half a
//! minute must not delay the letter that somebody waits for. Pure; nobody waits here.

use std::collections::HashMap;

use store::Lane;

/// The way that a letter takes: what [`Seats`] counts by and the pool keeps connections for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Way {
    /// To the hosts of this destination.
    Direct(String),
    /// By a relay.
    Relay {
        /// Its name in lower case.
        host: String,
        port: u16,
        /// Who we are there: a connection that is logged in as one person carries no letter of another's.
        user: Option<String>,
    },
}

/// What is taken. Bounded by the connections in all.
#[derive(Debug)]
pub(super) struct Seats {
    all: usize,
    each: usize,
    taken: usize,
    by_way: HashMap<Way, usize>,
}

impl Seats {
    /// `all` connections in all, `each` on one way; both at least 1.
    pub(super) fn new(all: usize, each: usize) -> Seats {
        Seats {
            all: all.max(1),
            each: each.max(1),
            taken: 0,
            by_way: HashMap::new(),
        }
    }

    /// Whether anybody at all may sit down.
    pub(super) fn is_full(&self) -> bool {
        self.taken >= self.all
    }

    /// Whether a letter of this lane may take this way now. `recent`: it became due a moment ago.
    pub(super) fn has_room(&self, way: &Way, lane: &Lane, recent: bool) -> bool {
        self.taken < self.share(lane, recent)
            && self.by_way.get(way).copied().unwrap_or(0) < self.each
    }

    /// Whether a letter of this lane may go by any way.
    pub(super) fn has_any_room(&self, lane: &Lane, recent: bool) -> bool {
        self.taken < self.share(lane, recent)
    }

    /// Takes a seat.
    pub(super) fn sit(&mut self, way: &Way) {
        self.taken = self.taken.saturating_add(1);
        let way = self.by_way.entry(way.clone()).or_default();
        *way = way.saturating_add(1);
    }

    /// Gives it back.
    pub(super) fn rise(&mut self, way: &Way) {
        self.taken = self.taken.saturating_sub(1);
        if let Some(count) = self.by_way.get_mut(way) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_way.remove(way);
            }
        }
    }

    /// How many seats are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// How many connections may be in use for a letter of this lane to begin: a quarter is kept from retries and from what has waited for a seat, a tenth from
    /// what is not urgent.
    fn share(&self, lane: &Lane, recent: bool) -> usize {
        let tenth = self.all.div_ceil(10);
        let kept = match (lane.retry, lane.priority) {
            (_, 1..) => 0,
            (false, _) if recent => tenth,
            _ => tenth.saturating_add(self.all.div_ceil(4)),
        };
        // A box with one connection uses it for everything.
        self.all.saturating_sub(kept).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Lane = Lane {
        retry: false,
        priority: 0,
    };
    const RETRY: Lane = Lane {
        retry: true,
        priority: 0,
    };
    const URGENT: Lane = Lane {
        retry: false,
        priority: 3,
    };

    fn direct(name: &str) -> Way {
        Way::Direct(name.to_owned())
    }

    #[test]
    fn retries_leave_room_for_fresh_letters_and_those_for_urgent_ones() {
        let mut seats = Seats::new(20, 2);
        let mut sit_all = |lane: Lane, recent: bool| {
            let mut count = 0;
            for number in 0..30 {
                let way = direct(&format!("{number}.{recent}.{lane:?}.test"));
                if seats.has_room(&way, &lane, recent) {
                    seats.sit(&way);
                    count += 1;
                }
            }
            count
        };
        assert_eq!(sit_all(RETRY, true), 13);
        assert_eq!(sit_all(FRESH, false), 0);
        assert_eq!(sit_all(FRESH, true), 5);
        assert_eq!(sit_all(URGENT, false), 2);
        assert!(seats.is_full());
    }

    #[test]
    fn one_way_takes_its_share_and_gives_it_back() {
        let mut seats = Seats::new(20, 2);
        let by = |user: &str| Way::Relay {
            host: "relay.test".to_owned(),
            port: 587,
            user: Some(user.to_owned()),
        };
        let relay = by("ann");
        assert_ne!(relay, by("bob"));
        for _ in 0..2 {
            assert!(seats.has_room(&relay, &URGENT, true));
            seats.sit(&relay);
        }
        assert!(!seats.has_room(&relay, &URGENT, true));
        assert!(seats.has_room(&direct("a.test"), &FRESH, true));
        seats.rise(&relay);
        assert!(seats.has_room(&relay, &FRESH, true));
        seats.rise(&relay);
        assert!(seats.taken() == 0 && seats.by_way.is_empty());
    }

    #[test]
    fn a_box_with_one_connection_uses_it() {
        let seats = Seats::new(1, 1);
        assert!(seats.has_room(&direct("a.test"), &RETRY, true));
    }
}
