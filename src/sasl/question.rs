//! The server machine's contact with the world: what it may want next, and how a log-in ends.

use crate::Secret;
use std::fmt;

/// What a [`crate::Server`] wants after a step.
#[derive(Debug)]
pub enum Progress {
    /// Send these octets (in base64) and give the client's answer to [`crate::Server::step`]. LOGIN's challenges are exactly `Username:` and
    /// `Password:`; an empty one asks for the client's first message.
    Challenge(Vec<u8>),
    /// Look this up and answer with [`crate::Server::password_verified`] or [`crate::Server::scram_keys`].
    Ask(Question),
    /// The client proved who it is. Nothing is left to send but the protocol's own "OK".
    Done(Success),
    /// The log-in failed; the machine is of no further use.
    Failed(Reason),
}

/// What only the keeper of the accounts can say. It also judges whether `user` may act as `authzid`; an empty `authzid`
/// means "as myself" (RFC 4422 §3.4.1).
#[derive(Debug)]
pub enum Question {
    /// Is this `user`'s password? Answer: [`crate::Server::password_verified`].
    Password {
        /// The authorization identity, or empty.
        authzid: String,
        /// Whose password it is said to be, prepared with SASLprep; never empty.
        user: String,
        /// The password as the client sent it: any octets but NUL, at most 1024, never empty.
        password: Secret,
    },
    /// Which SCRAM keys belong to `user`? Answer: [`crate::Server::scram_keys`].
    ScramKeys {
        /// The authorization identity, or empty.
        authzid: String,
        /// Whose keys are wanted, prepared with SASLprep; never empty.
        user: String,
    },
}

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    /// The authentication identity: whose password was proved.
    pub user: String,
    /// The authorization identity that the client asked for, or empty.
    pub authzid: String,
}

/// Why a log-in failed: which reply the protocol gives, not what an attacker should learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A message that is not in the mechanism's grammar.
    Malformed,
    /// A message longer than [`crate::MAX_MESSAGE`], or a name or password longer than its own limit.
    TooLong,
    /// Wrong name, password or proof; which one is not said.
    Credentials,
    /// The client bound the log-in to another channel, or was made to believe that the server cannot bind (RFC 5802 §6): someone may sit
    /// between the two.
    ChannelBinding,
    /// A step or an answer that the machine was not waiting for: a fault of the driver, never of the peer.
    OutOfTurn,
}

/// Why somebody who has proved who they are is refused all the same: for the session to say in its protocol's words once the proof is there. No guess is counted
/// for it, and nobody hears of it who has not shown the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The person signs in with two steps, which no mail program can ask for: their own password opens the setup page only.
    OwnPassword,
    /// The app password was made for other services than this one.
    OtherDoor,
}

impl Barred {
    /// What to tell the person: one sentence without a final stop.
    pub fn text(self) -> &'static str {
        match self {
            Barred::OwnPassword => {
                "An app password is required: two-step sign-in is on; make one on the setup page"
            }
            Barred::OtherDoor => {
                "This app password is not for this service; the setup page makes another"
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Malformed => {
                "the authentication message is not in the form that the mechanism asks for"
            }
            Reason::TooLong => "the authentication message is too long",
            Reason::Credentials => "the name or the password is wrong",
            Reason::ChannelBinding => "the channel binding does not match this TLS connection",
            Reason::OutOfTurn => "the authentication exchange is out of step",
        })
    }
}

impl std::error::Error for Reason {}
