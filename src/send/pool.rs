//! Connections that have sent a letter and wait a few seconds for the next one on the same way.
//!
//! Only one that is as good as a new one is handed out: same way, same demand on TLS, still open. What waits too long is closed with QUIT.

use std::time::{Duration, Instant};

use super::conversation::Connection;
use super::seats::Way;

/// How long one waits: the next letter of the same deed comes at once, and hosts dislike idle guests.
const IDLE: Duration = Duration::from_secs(4);

/// What the letters of a connection ask of TLS; connections are shared among equals only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Demand {
    /// REQUIRETLS (RFC 8689).
    pub(super) require_tls: bool,
    /// `TLS-Required: No`.
    pub(super) tls_optional: bool,
}

struct Idle {
    way: Way,
    demand: Demand,
    until: Instant,
    connection: Connection,
}

/// Idle connections, the oldest first.
pub(super) struct Pool {
    idle: Vec<Idle>,
    most: usize,
}

impl Pool {
    /// Keeps at most `most`.
    pub(super) fn new(most: usize) -> Pool {
        Pool {
            idle: Vec::new(),
            most,
        }
    }

    /// A connection for this way, the freshest; it still has to be looked at ([`Connection::is_fresh`]).
    pub(super) fn take(&mut self, way: &Way, demand: Demand) -> Option<Connection> {
        let at = self
            .idle
            .iter()
            .rposition(|idle| idle.way == *way && idle.demand == demand)?;
        Some(self.idle.remove(at).connection)
    }

    /// Keeps one. Returns what has no room any more.
    pub(super) fn put(
        &mut self,
        way: Way,
        demand: Demand,
        connection: Connection,
        now: Instant,
    ) -> Option<Connection> {
        self.idle.push(Idle {
            way,
            demand,
            until: now + IDLE,
            connection,
        });
        (self.idle.len() > self.most).then(|| self.idle.remove(0).connection)
    }

    /// What has waited too long.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<Connection> {
        let keep = self.idle.iter().filter(|idle| idle.until <= now).count();
        // All wait equally long, so those at the front are the ones.
        self.idle
            .drain(..keep)
            .map(|idle| idle.connection)
            .collect()
    }

    /// All of them: the box goes down.
    pub(super) fn empty(&mut self) -> Vec<Connection> {
        self.idle.drain(..).map(|idle| idle.connection).collect()
    }

    /// When the next one has waited too long.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.idle.first().map(|idle| idle.until)
    }
}
