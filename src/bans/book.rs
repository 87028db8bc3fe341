//! Who is kept out of which doors, until when, what for, and how often before.
//!
//! A ban lasts ten minutes the first time and four times as long each further time, up to a week. A ban that is over is remembered for a while, or the second time
//! would be a first one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use store::{BANS_MAX, BanRow, QueueTime};

use super::network::Network;

/// Bans that the owner makes by hand; the rest of what the store keeps is the box's own.
const BY_HAND_MAX: usize = 1000;
/// A ban that is over is remembered at least so long, seconds.
const REMEMBERED: u64 = 24 * 60 * 60;
/// The longest that port 25 is closed by the box itself, seconds: mail servers try for two days at least (RFC 5321 §4.5.4.1: four to five), and what an honest
/// one carries is late and not lost.
const LONGEST_AT_MAIL: u64 = 24 * 60 * 60;
/// Each time lasts this many times as long as the one before.
const GROWTH: u64 = 4;

/// Which doors are closed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Doors {
    /// Those where one logs in: for reading, and for sending as a person of the house; and the pages.
    LogIns,
    /// The one where the world brings mail.
    Mail,
    /// All of them.
    All,
}

impl Doors {
    fn number(self) -> u8 {
        match self {
            Doors::LogIns => 1,
            Doors::Mail => 2,
            Doors::All => 3,
        }
    }

    fn of_number(number: u8) -> Doors {
        match number {
            1 => Doors::LogIns,
            2 => Doors::Mail,
            _ => Doors::All,
        }
    }
}

/// What a ban is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Why {
    /// Wrong passwords.
    Guessing,
    /// Names that nobody has, tried for mail.
    Recipients,
    /// Words that are none in the protocol.
    Errors,
    /// More connections or messages than anybody needs.
    Flood,
    /// The owner said so.
    Hand,
    /// Written by a newer program than this.
    Unknown(u8),
}

impl Why {
    /// In plain words.
    pub fn words(self) -> &'static str {
        match self {
            Why::Guessing => "tried many wrong passwords",
            Why::Recipients => "tried mail to many names that nobody here has",
            Why::Errors => "spoke what is no mail protocol, again and again",
            Why::Flood => "came far more often than anybody needs to",
            Why::Hand => "banned by hand",
            Why::Unknown(_) => "for a reason that a newer version of this program knows",
        }
    }

    /// For scripts.
    pub fn name(self) -> &'static str {
        match self {
            Why::Guessing => "guessing",
            Why::Recipients => "recipients",
            Why::Errors => "errors",
            Why::Flood => "flood",
            Why::Hand => "hand",
            Why::Unknown(_) => "unknown",
        }
    }

    fn number(self) -> u8 {
        match self {
            Why::Guessing => 1,
            Why::Recipients => 2,
            Why::Errors => 3,
            Why::Flood => 4,
            Why::Hand => 5,
            Why::Unknown(number) => number,
        }
    }

    fn of_number(number: u8) -> Why {
        match number {
            1 => Why::Guessing,
            2 => Why::Recipients,
            3 => Why::Errors,
            4 => Why::Flood,
            5 => Why::Hand,
            other => Why::Unknown(other),
        }
    }
}

/// One ban.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ban {
    /// What for.
    pub why: Why,
    /// Unix seconds, as well as they were known.
    pub since: i64,
    /// The queue's time at which it is over; `None`: never by itself.
    pub until: Option<QueueTime>,
    /// The how-manieth time.
    pub times: u32,
}

impl Ban {
    /// Whether it holds at this moment.
    pub fn holds(&self, now: QueueTime) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

/// A network and its doors.
pub type Place = (Network, Doors);

/// The book.
#[derive(Default)]
pub(super) struct Book {
    bans: HashMap<Place, Ban>,
    /// How many bans have prefixes of this length: each is looked up once for a client.
    prefixes: BTreeMap<u8, usize>,
    by_hand: usize,
    /// What the store does not know yet.
    unsaved: HashSet<Place>,
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Book {
    /// An empty one: how long a first ban lasts, and the longest.
    pub(super) fn new(first: Duration, longest: Duration) -> Book {
        Book {
            first,
            longest,
            ..Book::default()
        }
    }

    /// Takes up what was kept.
    pub(super) fn take_up(&mut self, rows: &[BanRow]) {
        for row in rows {
            let ban = Ban {
                why: Why::of_number(row.why),
                since: row.since,
                until: row.until,
                times: row.times,
            };
            self.put(place_of(row), ban);
        }
        self.unsaved.clear();
    }

    /// The ban that keeps this client out of these doors now.
    pub(super) fn holds(&self, ip: IpAddr, doors: Doors, now: QueueTime) -> Option<(Network, Ban)> {
        self.prefixes.keys().find_map(|prefix| {
            let network = Network::of(ip, *prefix)?;
            [doors, Doors::All].into_iter().find_map(|doors| {
                let ban = self.bans.get(&(network, doors))?;
                ban.holds(now).then_some((network, *ban))
            })
        })
    }

    /// Closes doors to a network, for longer than the last time; says until when. One that is closed stays as it is: `None`.
    pub(super) fn close(
        &mut self,
        place: Place,
        why: Why,
        now: QueueTime,
        unix: i64,
    ) -> Option<QueueTime> {
        let before = self.bans.get(&place);
        if before.is_some_and(|ban| ban.holds(now)) {
            return None;
        }
        let times = before.map_or(0, |ban| ban.times);
        if before.is_none()
            && self.bans.len() >= BANS_MAX.saturating_sub(BY_HAND_MAX) + self.by_hand
        {
            self.make_room();
        }
        let until = QueueTime(now.0.saturating_add(self.lasts(place.1, times)));
        let ban = Ban {
            why,
            since: unix,
            until: Some(until),
            times: times.saturating_add(1),
        };
        self.put(place, ban);
        Some(until)
    }

    /// Closes doors by hand; false when there are too many.
    pub(super) fn close_by_hand(&mut self, place: Place, unix: i64) -> bool {
        let is_new = self.bans.get(&place).is_none_or(|ban| ban.until.is_some());
        if is_new && self.by_hand >= BY_HAND_MAX {
            return false;
        }
        let ban = Ban {
            why: Why::Hand,
            since: unix,
            until: None,
            times: 1,
        };
        self.put(place, ban);
        true
    }

    /// Opens the doors again to everything inside `network`, and to every network that it is in; forgets that they were closed. The places.
    pub(super) fn lift(&mut self, network: Network) -> Vec<Place> {
        let lifted: Vec<Place> = self
            .bans
            .keys()
            .filter(|(other, _)| network.covers(*other) || other.covers(network))
            .copied()
            .collect();
        for place in &lifted {
            self.remove(place);
        }
        lifted
    }

    /// Forgets what is over for long.
    pub(super) fn sweep(&mut self, now: QueueTime) {
        let over: Vec<Place> = self
            .bans
            .iter()
            .filter(|(place, ban)| {
                ban.until.is_some_and(|until| {
                    let lasted = self.lasts(place.1, ban.times.saturating_sub(1));
                    until.0.saturating_add(REMEMBERED.max(lasted * GROWTH)) <= now.0
                })
            })
            .map(|(place, _)| *place)
            .collect();
        for place in &over {
            self.remove(place);
        }
    }

    /// Those that hold now.
    pub(super) fn list(&self, now: QueueTime) -> Vec<(Place, Ban)> {
        let held = self.bans.iter().filter(|(_, ban)| ban.holds(now));
        let mut list: Vec<(Place, Ban)> = held.map(|(place, ban)| (*place, *ban)).collect();
        list.sort_by_key(|(place, ban)| (ban.since, *place));
        list
    }

    /// What the store is to be told: rows to write, and places to forget.
    pub(super) fn unsaved(&mut self) -> (Vec<BanRow>, Vec<Place>) {
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for place in std::mem::take(&mut self.unsaved) {
            match self.bans.get(&place) {
                Some(ban) => rows.push(BanRow {
                    network: place.0.row(),
                    doors: place.1.number(),
                    why: ban.why.number(),
                    since: ban.since,
                    until: ban.until,
                    times: ban.times,
                }),
                None => gone.push(place),
            }
        }
        (rows, gone)
    }

    /// They could not be written: once more, later.
    pub(super) fn still_unsaved(&mut self, places: impl IntoIterator<Item = Place>) {
        self.unsaved.extend(places);
    }

    pub(super) fn is_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Seconds that a ban lasts after so many before it.
    fn lasts(&self, doors: Doors, times: u32) -> u64 {
        let growth = GROWTH.checked_pow(times).unwrap_or(u64::MAX);
        let lasts = self.first.as_secs().max(1).saturating_mul(growth);
        let longest = match doors {
            Doors::Mail => self.longest.as_secs().min(LONGEST_AT_MAIL),
            Doors::LogIns | Doors::All => self.longest.as_secs(),
        };
        lasts.min(longest.max(1))
    }

    /// Forgets the ban of the box's own that is over first.
    fn make_room(&mut self) {
        let own = self.bans.iter().filter(|(_, ban)| ban.until.is_some());
        let first = own
            .min_by_key(|(_, ban)| ban.until)
            .map(|(place, _)| *place);
        if let Some(first) = first {
            self.remove(&first);
        }
    }

    fn put(&mut self, place: Place, ban: Ban) {
        match self.bans.insert(place, ban) {
            None => *self.prefixes.entry(place.0.prefix()).or_default() += 1,
            Some(before) => self.by_hand -= usize::from(before.until.is_none()),
        }
        self.by_hand += usize::from(ban.until.is_none());
        self.unsaved.insert(place);
    }

    fn remove(&mut self, place: &Place) {
        let Some(ban) = self.bans.remove(place) else {
            return;
        };
        self.by_hand -= usize::from(ban.until.is_none());
        if let Some(count) = self.prefixes.get_mut(&place.0.prefix()) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.prefixes.remove(&place.0.prefix());
            }
        }
        self.unsaved.insert(*place);
    }
}

/// The place of a row.
pub(super) fn place_of(row: &BanRow) -> Place {
    (Network::of_row(&row.network), Doors::of_number(row.doors))
}

/// A place as the store names it.
pub(super) fn named(place: &Place) -> (store::NetworkRow, u8) {
    (place.0.row(), place.1.number())
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
