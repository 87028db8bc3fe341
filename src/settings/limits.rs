//! Every limit of the box in one value, each session's own limits included.

use std::time::Duration;

use super::sending::SendingLimits;
use crate::bans::Home;
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
    /// Strangers who mean no good.
    pub bans: BanLimits,
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
    /// Different wrong passwords of late after which an address on the internet is banned from logging in; the home's own network, and those from which people
    /// of the house have logged in, are only slowed down.
    pub guesses: u32,
    /// How long it takes for the count of guesses to halve.
    pub forget: Duration,
    /// Rows of each table in which strangers are counted; an address that does something takes up to four in the largest. About 60 octets each, and only
    /// when somebody attacks. A table has two halves, and what is done again before one half has filled is remembered: ten thousand addresses at once, with the
    /// networks around them. A half of 28,672 rows is as much as a hash table of 32,768 places takes.
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
            guessers: 57_344,
        }
    }
}

/// What strangers may do before the door closes to them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BanLimits {
    /// The household's own networks, which are never banned by the box, nor throttled.
    pub home: Home,
    /// Faults of late (a name that nobody has, a command that is none) after which an address is banned. They halve in [`LoginLimits::forget`].
    pub faults: u32,
    /// How long the first ban lasts; each further one lasts four times as long.
    pub first: Duration,
    /// The longest ban.
    pub longest: Duration,
    /// Connections of one address in a minute, at port 25 and at all other ports each. A program that reads mail opens five at once, and again
    /// when its line was down.
    pub connections_a_minute: u32,
    /// Messages of one address in a minute; further ones are put off. The largest senders use many addresses for a household's mail.
    pub messages_a_minute: u32,
    /// Strangers let in a second, at port 25 and at all other ports each; four times as many at once. A household has a few a minute; each handshake of TLS
    /// costs the smallest board some milliseconds.
    pub strangers_a_second: u32,
    /// How long a client that never brought mail waits for its greeting at port 25. Programs that throw junk at many hosts do not wait; RFC 5321
    /// §4.5.3.2.1 has mail servers wait five minutes. Postfix's postscreen waits 6 seconds, and 2 when it is busy; 2 is where most of the hasty have talked, and a log-in
    /// code from a new sender is hardly late.
    pub greeting_delay: Duration,
}

impl Default for BanLimits {
    fn default() -> Self {
        BanLimits {
            home: Home::default(),
            faults: 100,
            first: Duration::from_secs(10 * 60),
            longest: Duration::from_secs(7 * 24 * 60 * 60),
            connections_a_minute: 120,
            messages_a_minute: 60,
            strangers_a_second: 30,
            greeting_delay: Duration::from_secs(2),
        }
    }
}
