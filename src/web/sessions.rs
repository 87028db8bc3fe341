//! The owner's sessions: in memory only, few, and gone with the window.
//!
//! What a browser keeps is 32 random octets; here only their SHA-256 is kept, so that nothing that is read out of this process's memory table opens a session,
//! and finding a row takes the same time for every guess.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::premises::Householder;

/// The owner has a phone, a computer and a few forgotten browsers; the one unused for longest gives way.
const MOST: usize = 8;
/// Without a request for as long as this it ends: a browser left open on a table.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// And after this in any case.
const ABSOLUTE: Duration = Duration::from_secs(8 * 60 * 60);
/// Octets of the secret.
const SECRET: usize = 32;

/// All of them.
#[derive(Default)]
pub(super) struct Sessions {
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    last_number: u64,
    open: Vec<Row>,
}

struct Row {
    hash: [u8; 32],
    number: u64,
    owner: Householder,
    /// Which opening of the window it began in; `None`: while it was closed, which a setting allows.
    opening: Option<u64>,
    begun: Instant,
    used: Instant,
}

impl Sessions {
    /// A new session; the text is the cookie's value. `None`: the system gives no random numbers.
    pub(super) fn begin(
        &self,
        owner: Householder,
        opening: Option<u64>,
        now: Instant,
    ) -> Option<String> {
        let mut secret = [0; SECRET];
        SystemRandom::new().fill(&mut secret).ok()?;
        let value = URL_SAFE_NO_PAD.encode(secret);
        let mut rows = self.rows();
        rows.open.retain(|row| row.is_alive(now));
        if rows.open.len() >= MOST {
            let oldest = rows.open.iter().map(|row| row.used).min();
            rows.open.retain(|row| Some(row.used) != oldest);
        }
        rows.last_number += 1;
        let number = rows.last_number;
        rows.open.push(Row {
            hash: hash(&value)?,
            number,
            owner,
            opening,
            begun: now,
            used: now,
        });
        Some(value)
    }

    /// Whose session the cookie is, with its number, and marks it used. `opening` is the window's now; `always`: sessions outlive it.
    pub(super) fn find(
        &self,
        value: &str,
        opening: Option<u64>,
        always: bool,
        now: Instant,
    ) -> Option<(Householder, u64)> {
        let hash = hash(value)?;
        let mut rows = self.rows();
        let row = rows.open.iter_mut().find(|row| row.hash == hash)?;
        let in_time =
            row.is_alive(now) && (always || (opening.is_some() && row.opening == opening));
        if !in_time {
            rows.open.retain(|row| row.hash != hash);
            return None;
        }
        row.used = now;
        Some((row.owner, row.number))
    }

    /// Ends one.
    pub(super) fn end(&self, number: u64) {
        self.rows().open.retain(|row| row.number != number);
    }

    /// Ends all.
    pub(super) fn end_all(&self) {
        self.rows().open = Vec::new();
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn is_alive(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used) < IDLE
            && now.saturating_duration_since(self.begun) < ABSOLUTE
    }
}

/// `None`: it cannot be one of ours.
fn hash(value: &str) -> Option<[u8; 32]> {
    (value.len() == SECRET.div_ceil(3) * 4 - 1)
        .then(|| digest(&SHA256, value.as_bytes()).as_ref().try_into().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Householder = Householder {
        account: store::AccountId(1),
        password: 0,
    };

    #[test]
    fn a_session_ends_with_the_window() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let value = sessions.begin(ANN, Some(1), now).unwrap();
        assert_eq!(sessions.find(&value, Some(1), false, now), Some((ANN, 1)));
        let other = value.replace(value.get(..1).unwrap(), "-");
        assert_eq!(sessions.find(&other, Some(1), false, now), None);
        assert_eq!(sessions.find(&value, None, true, now), Some((ANN, 1)));
        assert_eq!(sessions.find(&value, Some(2), false, now), None);
        assert_eq!(
            sessions.find(&value, Some(1), false, now),
            None,
            "once refused it is gone"
        );
    }

    #[test]
    fn it_ends_when_idle_and_at_last_in_any_case() {
        let sessions = Sessions::default();
        let begun = Instant::now();
        let value = sessions.begin(ANN, None, begun).unwrap();
        let mut now = begun;
        while now < begun + ABSOLUTE - IDLE {
            now += IDLE - Duration::from_secs(1);
            assert!(sessions.find(&value, None, true, now).is_some());
        }
        assert!(
            sessions
                .find(&value, None, true, begun + ABSOLUTE)
                .is_none()
        );
        let value = sessions.begin(ANN, None, begun).unwrap();
        assert!(sessions.find(&value, None, true, begun + IDLE).is_none());
    }

    #[test]
    fn the_table_is_bounded_and_sessions_end_by_number() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let values: Vec<String> = (0..MOST + 3)
            .map(|n| {
                let at = now + Duration::from_millis(n as u64);
                sessions.begin(ANN, Some(1), at).unwrap()
            })
            .collect();
        let alive = |value: &String| sessions.find(value, Some(1), false, now).is_some();
        assert!(!alive(&values[2]) && alive(&values[3]));
        assert_eq!(sessions.rows().open.len(), MOST);
        sessions.end(MOST as u64 + 3);
        assert!(!alive(&values[MOST + 2]));
        sessions.end_all();
        assert!(sessions.rows().open.is_empty());
    }
}
