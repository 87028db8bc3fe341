//! Links that work once: the way of a phone's profile, with a password in it, from the owner's page to the phone.
//!
//! Promises: a link is a number that nobody guesses; it ends after ten minutes, with the window in which it was made, and with its first use; few are kept, the oldest
//! goes first. No password is kept here: it is made when the link is used. What it cannot do: tell the phone from somebody else in the house who saw the code first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mail::Address;
use ring::rand::{SecureRandom as _, SystemRandom};
use subtle::ConstantTimeEq as _;

/// How long a link lasts: the time to find the phone and to unlock it.
pub const LASTS: Duration = Duration::from_secs(600);
/// Links that are kept: a household sets up one device after another.
const MOST: usize = 8;
/// Octets of a link's number.
const OCTETS: usize = 16;

/// The links that have not been used; clones share them.
#[derive(Clone, Default)]
pub struct Once {
    links: Arc<Mutex<VecDeque<Link>>>,
}

struct Link {
    token: String,
    waiting: Waiting,
    made: Instant,
    opening: Option<u64>,
}

/// What waits behind a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Whose device it is.
    pub person: Address,
    /// What the app password will be called.
    pub label: String,
}

impl Once {
    /// A new link's number, good from `now` on and as long as `opening`, the number of the window's opening (`None`: closed, and the owner is in all the same), is the same.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn make(
        &self,
        waiting: Waiting,
        opening: Option<u64>,
        now: Instant,
    ) -> std::io::Result<String> {
        let token = number()?;
        let mut links = self.lock();
        links.retain(|link| link.is_good(opening, now));
        if links.len() >= MOST {
            links.pop_front();
        }
        links.push_back(Link {
            token: token.clone(),
            waiting,
            made: now,
            opening,
        });
        Ok(token)
    }

    /// What waits behind a link, which stays.
    pub fn look(&self, token: &str, opening: Option<u64>, now: Instant) -> Option<Waiting> {
        let links = self.lock();
        let at = position(&links, token, opening, now)?;
        links.get(at).map(|link| link.waiting.clone())
    }

    /// What waits behind a link, which ends.
    pub fn take(&self, token: &str, opening: Option<u64>, now: Instant) -> Option<Waiting> {
        let mut links = self.lock();
        let at = position(&links, token, opening, now)?;
        links.remove(at).map(|link| link.waiting)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that nobody guesses.
pub(super) fn number() -> std::io::Result<String> {
    let mut octets = [0; OCTETS];
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
    Ok(octets.iter().map(|octet| format!("{octet:02x}")).collect())
}

/// Compared in the same time whatever is guessed.
fn position(
    links: &VecDeque<Link>,
    token: &str,
    opening: Option<u64>,
    now: Instant,
) -> Option<usize> {
    links.iter().position(|link| {
        let same = bool::from(link.token.as_bytes().ct_eq(token.as_bytes()));
        same && link.is_good(opening, now)
    })
}

impl Link {
    fn is_good(&self, opening: Option<u64>, now: Instant) -> bool {
        self.opening == opening && now.saturating_duration_since(self.made) < LASTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(label: &str) -> Waiting {
        Waiting {
            person: Address::parse("ann@house.test").unwrap(),
            label: label.into(),
        }
    }

    #[test]
    fn a_link_works_once_in_its_time_and_its_window() {
        let (once, now) = (Once::default(), Instant::now());
        let token = once.make(waiting("phone"), Some(1), now).unwrap();
        assert_eq!(token.len(), 2 * OCTETS);
        for (token, opening, after) in [
            ("", Some(1), 0),
            ("00", Some(1), 0),
            (token.as_str(), Some(2), 0),
            (token.as_str(), None, 0),
            (token.as_str(), Some(1), 600),
        ] {
            assert_eq!(
                once.look(token, opening, now + Duration::from_secs(after)),
                None
            );
            assert_eq!(
                once.take(token, opening, now + Duration::from_secs(after)),
                None
            );
        }
        let later = now + Duration::from_secs(599);
        assert_eq!(once.look(&token, Some(1), later), Some(waiting("phone")));
        assert_eq!(once.take(&token, Some(1), later), Some(waiting("phone")));
        assert_eq!(once.take(&token, Some(1), later), None);
    }

    #[test]
    fn few_are_kept() {
        let (once, now) = (Once::default(), Instant::now());
        let tokens: Vec<String> = (0..=MOST)
            .map(|n| once.make(waiting(&n.to_string()), None, now).unwrap())
            .collect();
        assert_eq!(once.look(&tokens[0], None, now), None);
        assert_eq!(once.look(&tokens[1], None, now), Some(waiting("1")));
        assert_eq!(once.lock().len(), MOST);
    }
}
