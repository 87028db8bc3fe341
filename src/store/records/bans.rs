//! Who is kept out of the doors, and whence people have logged in.

use serde::{Deserialize, Serialize};

use crate::records::QueueTime;

/// A network: an IPv6 address, or an IPv4 one as `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2), with nothing behind its prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct NetworkRow {
    /// The address.
    pub address: [u8; 16],
    /// Bits of it that count, 0 to 128: an IPv4 /24 is 120.
    pub prefix: u8,
}

/// A network that some doors are closed to, or were a while ago: what it did is remembered longer, so that the next time lasts longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BanRow {
    /// Who.
    pub network: NetworkRow,
    /// Which doors: the box's own number, see the program.
    pub doors: u8,
    /// What for: the box's own number, see the program.
    pub why: u8,
    /// Unix seconds, as well as they were known.
    pub since: i64,
    /// Not before this moment they open again; `None`: never by themselves.
    pub until: Option<QueueTime>,
    /// How often so far.
    pub times: u32,
}

/// Whence a person has logged in, and what they were told of guessing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct KnownRow {
    /// Networks and the day of the queue's time on which each was last seen.
    pub networks: Vec<(NetworkRow, u32)>,
    /// The day of the queue's time on which the person was last written to of guessing.
    pub told: Option<u32>,
}
