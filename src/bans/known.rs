//! Whence people have logged in before: an attack on their name costs them nothing there.
//!
//! A network is an IPv4 /24 or an IPv6 /56, because telephones and routers get another address of it every day. What is kept of it is the day; it is written down
//! once a day at most.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use store::{AccountId, KNOWN_MAX, KnownRow};

use super::network::Network;

/// A network that nobody came back from for so many days is forgotten.
const DAYS: u32 = 180;

/// By person.
#[derive(Default)]
pub(super) struct Known {
    people: HashMap<AccountId, Person>,
    unsaved: HashSet<AccountId>,
}

#[derive(Default)]
struct Person {
    /// With the day on which somebody last logged in from there.
    networks: Vec<(Network, u32)>,
    told: Option<u32>,
}

impl Known {
    pub(super) fn take_up(&mut self, account: AccountId, row: &KnownRow) {
        if *row == KnownRow::default() {
            return;
        }
        let networks = row.networks.iter();
        let person = Person {
            networks: networks
                .map(|(network, day)| (Network::of_row(network), *day))
                .collect(),
            told: row.told,
        };
        self.people.insert(account, person);
    }

    /// The person has proved who they are; true if that is news.
    pub(super) fn seen(&mut self, account: AccountId, peer: IpAddr, day: u32) -> bool {
        let network = Network::around(peer);
        let person = self.people.entry(account).or_default();
        let place = person
            .networks
            .iter_mut()
            .find(|(known, _)| *known == network);
        match place {
            Some((_, last)) if *last == day => return false,
            Some((_, last)) => *last = day,
            None => {
                person
                    .networks
                    .retain(|(_, last)| last.saturating_add(DAYS) > day);
                if person.networks.len() >= KNOWN_MAX {
                    let oldest = person.networks.iter().map(|(_, day)| *day).min();
                    if let Some(at) = person
                        .networks
                        .iter()
                        .position(|(_, day)| Some(*day) == oldest)
                    {
                        person.networks.remove(at);
                    }
                }
                person.networks.push((network, day));
            }
        }
        self.unsaved.insert(account);
        true
    }

    /// Whether this person has logged in from around there.
    pub(super) fn knows(&self, account: AccountId, peer: IpAddr) -> bool {
        let network = Network::around(peer);
        let person = self.people.get(&account);
        person.is_some_and(|person| person.networks.iter().any(|(known, _)| *known == network))
    }

    /// Whether anybody has.
    pub(super) fn is_known(&self, peer: IpAddr) -> bool {
        let network = Network::around(peer);
        let mut people = self.people.values();
        people.any(|person| person.networks.iter().any(|(known, _)| *known == network))
    }

    /// Whether the person is to be told now: the first time on this day.
    pub(super) fn tell(&mut self, account: AccountId, day: u32) -> bool {
        let person = self.people.entry(account).or_default();
        // A day that went back, because the clock was not known, is another day.
        let first = person.told != Some(day);
        person.told = Some(day);
        if first {
            self.unsaved.insert(account);
        }
        first
    }

    /// What the store is to be told.
    pub(super) fn unsaved(&mut self) -> Vec<(AccountId, KnownRow)> {
        let unsaved = std::mem::take(&mut self.unsaved).into_iter();
        let row = |account| {
            let person = self.people.get(&account)?;
            let networks = person.networks.iter();
            let row = KnownRow {
                networks: networks
                    .map(|(network, day)| (network.row(), *day))
                    .collect(),
                told: person.told,
            };
            Some((account, row))
        };
        unsaved.filter_map(row).collect()
    }

    /// The person is gone.
    pub(super) fn forget(&mut self, account: AccountId) {
        self.people.remove(&account);
    }

    /// It could not be written: once more, later.
    pub(super) fn still_unsaved(&mut self, account: AccountId) {
        self.unsaved.insert(account);
    }

    pub(super) fn is_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_person_is_known_around_where_they_logged_in() {
        let mut known = Known::default();
        assert!(known.seen(ANN, ip("192.0.2.7"), 1));
        assert!(
            !known.seen(ANN, ip("::ffff:192.0.2.9"), 1),
            "no news on the same day"
        );
        assert!(known.seen(ANN, ip("192.0.2.9"), 2));
        assert!(known.seen(ANN, ip("2001:db8:0:1::1"), 2));
        assert!(known.knows(ANN, ip("192.0.2.200")) && known.knows(ANN, ip("2001:db8:0:ff::9")));
        assert!(!known.knows(ANN, ip("192.0.3.7")) && !known.knows(ANN, ip("2001:db8:0:100::1")));
        assert!(!known.knows(BOB, ip("192.0.2.7")) && known.is_known(ip("192.0.2.7")));
        let rows = known.unsaved();
        assert!(!known.is_unsaved());
        let mut next = Known::default();
        for (account, row) in &rows {
            next.take_up(*account, row);
        }
        assert!(next.knows(ANN, ip("192.0.2.1")) && next.knows(ANN, ip("2001:db8::1")));
        known.forget(ANN);
        assert!(!known.is_known(ip("192.0.2.7")));
    }

    #[test]
    fn where_nobody_came_back_from_is_forgotten_and_the_list_is_bounded() {
        let mut known = Known::default();
        let place = |number: u32| IpAddr::from((0x0A00_0000 | (number << 8)).to_be_bytes());
        for number in 0..1000 {
            known.seen(ANN, place(number), number / 10);
        }
        assert_eq!(known.people[&ANN].networks.len(), KNOWN_MAX);
        assert!(known.knows(ANN, place(999)) && !known.knows(ANN, place(1)));
        known.seen(ANN, place(5000), 99 + DAYS);
        assert_eq!(known.people[&ANN].networks.len(), 1);
    }

    #[test]
    fn a_person_is_told_once_a_day() {
        let mut known = Known::default();
        assert!(
            known.tell(ANN, 5) && !known.tell(ANN, 5) && known.tell(BOB, 5) && known.tell(ANN, 6)
        );
        assert_eq!(known.unsaved().len(), 2);
    }
}
