//! The conversation from the sending end (RFC 5321).

mod capabilities;
mod limits;
mod profile;
mod step;

pub use crate::command::{BodyType, By, ByMode, Notify, Ret};
pub use capabilities::Capabilities;
pub use limits::Limits;
pub use profile::{Hello, Login, Profile, TlsUse};
pub use step::{
    ClientRecipient, Fate, Outcome, Scope, Stage, Step, Transaction, Trouble, Verdict, WORDS,
};

use sasl::ChannelBinding;
use std::time::Instant;

/// One conversation with another server.
#[derive(Debug)]
pub struct Session {
    profile: Profile,
    limits: Limits,
    capabilities: Capabilities,
    since: Instant,
}

impl Session {
    /// A session for a connection that was just made (and whose TLS is up, where TLS comes first).
    pub fn new(profile: Profile, limits: Limits, now: Instant) -> Session {
        Session {
            profile,
            limits,
            capabilities: Capabilities::default(),
            since: now,
        }
    }

    /// Takes octets from the other side: what one read of the socket gave.
    pub fn feed(&mut self, _octets: &[u8]) {}

    /// The connection ended or broke: nothing more will be fed or can be sent. What came before is still to be fed first. `why`: a short
    /// reason for people, such as "connection reset by peer"; empty for an ordinary end.
    pub fn closed(&mut self, _why: &str) {}

    /// Goes on as far as possible. Commands are appended to `out`.
    pub fn step(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Step {
        Step::Read
    }

    /// Until when the driver may wait, whatever it does (reading, writing, shaking hands): then step. While `Ready` there is none to keep.
    pub fn deadline(&self) -> Instant {
        self.since + self.limits.greeting_time
    }

    /// Answers [`Step::StartTls`]: the handshake is done. Everything that was announced before is forgotten (RFC 3207 §4.2).
    pub fn tls_started(&mut self, channel_binding: Option<ChannelBinding>, description: String) {
        self.profile.tls = TlsUse::Active {
            channel_binding,
            description,
        };
    }

    /// Answers [`Step::StartTls`]: the handshake failed, for this reason. The session ends; without TLS it takes a new connection and
    /// [`TlsUse::Never`].
    pub fn tls_failed(&mut self, _why: &str) {}

    /// Answers [`Step::Ready`]: sends this message next. At any other time its verdicts are `Later`.
    pub fn send(&mut self, _transaction: Transaction) {}

    /// Answers [`Step::Content`] with the next octets of the message, in any pieces: lines that end with CRLF.
    pub fn content(&mut self, _octets: &[u8]) {}

    /// Answers [`Step::Content`]: the message is whole.
    pub fn content_end(&mut self) {}

    /// Answers [`Step::Ready`]: says QUIT and ends. Said earlier, it waits for the next `Ready`.
    pub fn quit(&mut self) {}

    /// What the other side announced last.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Protocol and cipher, if the connection is encrypted.
    pub fn tls(&self) -> Option<&str> {
        match &self.profile.tls {
            TlsUse::Active { description, .. } => Some(description),
            _ => None,
        }
    }

    /// Transactions that are over. A connection that had some and breaks at the next one's beginning has only grown old: nothing was judged.
    pub fn transactions(&self) -> u32 {
        0
    }
}
