//! Tokens in forms: that a POST comes from a page that this box gave to this visitor (CSRF), and not twice from a stranger.
//!
//! A token is a time, a nonce and an HMAC over them and over whom it was given to: the owner's session, or, before sign-in, the window's opening and the client's address. So
//! nothing is kept for tokens that were given out, only for those that strangers have used. That list is bounded too: when it is full, its oldest goes and with it every
//! token as old or older. The key lives as long as the process.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

/// A form may lie open as long as this: the window's longest, or a long evening for the owner.
const STRANGERS_LIFE: Duration = Duration::from_secs(60 * 60);
const OWNERS_LIFE: Duration = Duration::from_secs(8 * 60 * 60);
/// Tokens of strangers that were used. A person fills in a form a few times in a quarter of an hour.
const MOST_USED: usize = 128;
const TIME: usize = 8;
const NONCE: usize = 8;
const TAG: usize = 16;

/// Whom a token is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// Good for one POST.
    Stranger {
        /// The window's opening; `None` while it is closed.
        opening: Option<u64>,
        /// The socket's other end.
        peer: IpAddr,
    },
    /// Good as long as the session.
    Owner {
        /// The session's number.
        session: u64,
    },
}

/// Why a token is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// Not one of ours, or not this visitor's: also what a page from before a restart, a sign-in or another opening of the window sends.
    Forged,
    /// It was used before.
    Replayed,
    /// The form lay too long.
    Late,
}

/// Makes and judges them.
pub(super) struct Tokens {
    key: hmac::Key,
    begun: Instant,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// Time and nonce, oldest first.
    list: Vec<[u8; TIME + NONCE]>,
    /// Tokens made at or before this many milliseconds are late.
    floor: Option<u64>,
}

impl Tokens {
    /// With a key of its own.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(super) fn new(now: Instant) -> std::io::Result<Tokens> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
        Ok(Tokens {
            key,
            begun: now,
            used: Mutex::default(),
        })
    }

    /// A new one; empty, and so refused later, if the system gives no random numbers.
    pub(super) fn give(&self, scope: Scope, now: Instant) -> String {
        let mut octets = [0; TIME + NONCE];
        let (time, nonce) = octets.split_at_mut(TIME);
        time.copy_from_slice(&self.millis(now).to_be_bytes());
        if SystemRandom::new().fill(nonce).is_err() {
            return String::new();
        }
        let mut token = octets.to_vec();
        token.extend_from_slice(&self.tag(&octets, scope));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Takes one back from a form. A stranger's is used up by it.
    pub(super) fn take(&self, token: &str, scope: Scope, now: Instant) -> Result<(), Refused> {
        if token.len() > 64 {
            return Err(Refused::Forged);
        }
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| Refused::Forged)?;
        let (octets, tag) = token
            .split_first_chunk::<{ TIME + NONCE }>()
            .ok_or(Refused::Forged)?;
        let expected = self.tag(octets, scope);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_slice(), tag)) {
            return Err(Refused::Forged);
        }
        let made = octets
            .first_chunk()
            .map_or(0, |time| u64::from_be_bytes(*time));
        let age = self.millis(now).saturating_sub(made);
        let life = match scope {
            Scope::Stranger { .. } => STRANGERS_LIFE,
            Scope::Owner { .. } => OWNERS_LIFE,
        };
        if u128::from(age) >= life.as_millis() {
            return Err(Refused::Late);
        }
        match scope {
            Scope::Stranger { .. } => self.use_up(*octets, made),
            Scope::Owner { .. } => Ok(()),
        }
    }

    /// Forgets what was used, and with it every token that strangers were given until now.
    pub(super) fn forget(&self, now: Instant) {
        let floor = Some(self.millis(now));
        *self.used() = Used {
            list: Vec::new(),
            floor,
        };
    }

    fn use_up(&self, octets: [u8; TIME + NONCE], made: u64) -> Result<(), Refused> {
        let mut used = self.used();
        if used.floor.is_some_and(|floor| made <= floor) {
            return Err(Refused::Late);
        }
        match used.list.binary_search(&octets) {
            Ok(_) => Err(Refused::Replayed),
            Err(at) => {
                used.list.insert(at, octets);
                if used.list.len() > MOST_USED {
                    let oldest = used.list.remove(0);
                    used.floor = oldest.first_chunk().map(|time| u64::from_be_bytes(*time));
                }
                Ok(())
            }
        }
    }

    fn tag(&self, octets: &[u8; TIME + NONCE], scope: Scope) -> Vec<u8> {
        let scope = match scope {
            Scope::Stranger { opening, peer } => format!("stranger {opening:?} {peer}"),
            Scope::Owner { session } => format!("owner {session}"),
        };
        let mut signing = hmac::Context::with_key(&self.key);
        signing.update(octets);
        signing.update(scope.as_bytes());
        let tag = signing.sign();
        tag.as_ref().iter().copied().take(TAG).collect()
    }

    fn millis(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.begun).as_millis();
        u64::try_from(since).unwrap_or(u64::MAX)
    }

    fn used(&self) -> std::sync::MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
