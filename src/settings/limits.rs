//! Every limit of the box in one value, each session's own limits included.

use std::time::Duration;

use super::sending::SendingLimits;
use crate::net::{ConnectionLimits, Times};

/// Every limit. A field's reason stands with it, here or at the session that it belongs to.
#[derive(Clone, Default, Debug)]
pub struct Limits {
    /// Open connections.
    pub connections: ConnectionLimits,
    /// How long the network waits.
    pub times: Times,
    /// Log-ins: hashing and guesses.
    pub login: LoginLimits,
    /// The world's port.
    pub smtp: smtp::Limits,
    /// The household's two ports.
    pub submission: smtp::Limits,
    /// What a person may send to other hosts.
    pub sending: SendingLimits,
    /// IMAP sessions.
    pub imap: imap::Limits,
    /// POP3 sessions.
    pub pop3: pop3::Limits,
    /// The store.
    pub store: store::Options,
}

/// What guessing passwords may cost the box and the guesser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginLimits {
    /// Passwords waiting for the one hashing thread. At 0.3 s each on the smallest board, 64 are 20 s of work; more would outlive the
    /// patience of the programs that wait.
    pub hashes_waiting: usize,
    /// Those of them that come from one address on the internet; the home's own network may fill the queue, because a household whose programs all
    /// return at once after a power cut must get in.
    pub hashes_per_address: usize,
    /// How long a right password is remembered (as a keyed hash, in memory), so that a program that returns costs no hashing.
    pub proof_time: Duration,
    /// Right and wrong passwords remembered; about 100 octets each.
    pub proofs: usize,
    /// Different wrong passwords that are answered without delay, from one address and for one person each.
    pub free_guesses: u32,
    /// The longest delay of an answer. It doubles from a quarter of a second; a person who guesses their own password waits a little, a
    /// program gets nowhere.
    pub longest_delay: Duration,
    /// Different wrong passwords after which an address on the internet is told to come back later, whatever it sends; the home's own network is only slowed down.
    pub guesses: u32,
    /// How long it takes for the count of guesses to halve.
    pub forget: Duration,
    /// Addresses and people whose guesses are counted; the least recent is forgotten first. About 100 octets each.
    pub guessers: usize,
}

impl Default for LoginLimits {
    fn default() -> Self {
        LoginLimits {
            hashes_waiting: 64,
            hashes_per_address: 4,
            proof_time: Duration::from_secs(10 * 60),
            proofs: 4096,
            free_guesses: 3,
            longest_delay: Duration::from_secs(8),
            guesses: 100,
            forget: Duration::from_secs(15 * 60),
            guessers: 4096,
        }
    }
}
