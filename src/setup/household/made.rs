//! What a POST has made and the next page shows, once: a password, or what a device is given. The POST answers with a redirect, so that a reload makes nothing.
//!
//! Promises: only the visit in which it was made sees it, once, within two minutes; few are kept, the oldest goes first; passwords are wiped from memory when they
//! go. What it cannot do: show it again to somebody who reloads the page; they take back what was made, and make another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::devices::Device;
use super::once::number;

/// From the redirect to the page: a browser goes on at once, also over a bad radio.
const LASTS: Duration = Duration::from_secs(120);
/// What waits at one time: one owner with a few tabs.
const MOST: usize = 8;

/// What was made. Debug would show a password, so there is none.
pub enum Made {
    /// A password of somebody.
    Password {
        /// Whose.
        address: String,
        /// The password.
        password: Zeroizing<String>,
    },
    /// What a device signs in with.
    Device {
        /// Whose it is.
        address: String,
        /// Which.
        device: Device,
        /// What it is given.
        kept: Kept,
    },
}

/// What a device is given.
pub enum Kept {
    /// The address of a link that works once.
    Link(String),
    /// An app password, and the text of Thunderbird's code where it can be made.
    Password(Zeroizing<String>, Option<Zeroizing<String>>),
}

/// What has been made and not been seen; clones share it.
#[derive(Clone, Default)]
pub struct Shelf {
    waiting: Arc<Mutex<VecDeque<Waiting>>>,
}

struct Waiting {
    number: String,
    session: u64,
    since: Instant,
    made: Made,
}

impl Shelf {
    /// Puts it aside for the next page of this session; answers its number.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn put(&self, made: Made, session: u64, now: Instant) -> std::io::Result<String> {
        let number = number()?;
        let mut waiting = self.lock();
        waiting.retain(|one| one.is_good(now));
        if waiting.len() >= MOST {
            waiting.pop_front();
        }
        waiting.push_back(Waiting {
            number: number.clone(),
            session,
            since: now,
            made,
        });
        Ok(number)
    }

    /// Whether it waits for this session.
    pub fn has(&self, number: &str, session: u64, now: Instant) -> bool {
        position(&self.lock(), number, session, now).is_some()
    }

    /// What was put aside under this number, which is over.
    pub fn take(&self, number: &str, session: u64, now: Instant) -> Option<Made> {
        let mut waiting = self.lock();
        let at = position(&waiting, number, session, now)?;
        waiting.remove(at).map(|one| one.made)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn position(
    waiting: &VecDeque<Waiting>,
    number: &str,
    session: u64,
    now: Instant,
) -> Option<usize> {
    waiting
        .iter()
        .position(|one| one.number == number && one.session == session && one.is_good(now))
}

impl Waiting {
    fn is_good(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < LASTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Made {
        Made::Password {
            address: "ann@house.test".to_owned(),
            password: Zeroizing::new(text.to_owned()),
        }
    }

    fn taken(shelf: &Shelf, number: &str, session: u64, now: Instant) -> Option<String> {
        match shelf.take(number, session, now)? {
            Made::Password { password, .. } => Some(password.to_string()),
            Made::Device { .. } => None,
        }
    }

    #[test]
    fn it_is_seen_once_by_whoever_made_it() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let number = shelf.put(password("secret"), 3, now).unwrap();
        assert_eq!(taken(&shelf, &number, 4, now), None, "another visit");
        assert_eq!(taken(&shelf, "", 3, now), None);
        assert_eq!(taken(&shelf, &number, 3, now + LASTS), None, "too late");
        assert!(shelf.has(&number, 3, now) && !shelf.has(&number, 4, now));
        assert_eq!(taken(&shelf, &number, 3, now).as_deref(), Some("secret"));
        assert_eq!(taken(&shelf, &number, 3, now), None, "twice");
    }

    #[test]
    fn few_are_kept() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let numbers: Vec<String> = (0..=MOST)
            .map(|n| shelf.put(password(&n.to_string()), 1, now).unwrap())
            .collect();
        assert_eq!(taken(&shelf, &numbers[0], 1, now), None);
        assert_eq!(taken(&shelf, &numbers[1], 1, now).as_deref(), Some("1"));
        shelf.put(password("late"), 1, now + LASTS).unwrap();
        assert_eq!(shelf.lock().len(), 1, "what is over goes");
    }
}
