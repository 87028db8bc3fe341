//! What a person has said of their messages, as it waits to be learned and as it was learned.

use crate::error::{Error, Result};

/// Octets of a reputation row's name.
pub const REPUTATION_KEY: usize = 9;
/// Names of reputation rows that one message counts under, at most.
pub const REPUTATION_KEYS_MAX: usize = 8;

/// What a person said of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Said {
    /// Nothing any more: what was said before is taken back.
    Nothing,
    /// It is wanted.
    Wanted,
    /// It is junk.
    Unwanted,
}

/// What was said of a message and is yet to be learned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// What.
    pub said: Said,
    /// Said by a deed that means it (a move, a keyword); else concluded from another one (an answer).
    pub meant: bool,
    /// When, in days since 1970.
    pub day: u32,
}

/// As what a message is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learned {
    /// Wanted or unwanted.
    pub said: Said,
    /// See [`Due::meant`].
    pub meant: bool,
    /// See [`Due::day`].
    pub day: u32,
    /// Version of the table that its words are counted in; one that is no more has forgotten them.
    pub version: u32,
    /// Reputation rows that it is counted in.
    pub keys: Vec<[u8; REPUTATION_KEY]>,
}

/// How much is kept of what a person has taught.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TaughtCounts {
    /// Messages of which it is known as what they were learned.
    pub learned: u32,
    /// Reputation rows.
    pub reputations: u32,
}

impl Said {
    fn octet(self) -> u8 {
        match self {
            Said::Nothing => 0,
            Said::Wanted => 1,
            Said::Unwanted => 2,
        }
    }

    fn read(octet: u8) -> Result<Said> {
        match octet {
            0 => Ok(Said::Nothing),
            1 => Ok(Said::Wanted),
            2 => Ok(Said::Unwanted),
            _ => Err(odd("what a person said")),
        }
    }
}

impl Due {
    pub(crate) fn write(&self) -> [u8; 6] {
        let [a, b, c, d] = self.day.to_be_bytes();
        [self.said.octet(), self.meant.into(), a, b, c, d]
    }

    pub(crate) fn read(octets: &[u8]) -> Result<Due> {
        let &[said, meant @ (0 | 1), a, b, c, d] = octets else {
            return Err(odd("a message that is to be learned"));
        };
        Ok(Due {
            said: Said::read(said)?,
            meant: meant == 1,
            day: u32::from_be_bytes([a, b, c, d]),
        })
    }
}

impl Learned {
    pub(crate) fn write(&self) -> Vec<u8> {
        let due = Due {
            said: self.said,
            meant: self.meant,
            day: self.day,
        };
        let keys = self.keys.iter().take(REPUTATION_KEYS_MAX);
        let mut octets = due.write().to_vec();
        octets.extend_from_slice(&self.version.to_be_bytes());
        octets.extend(keys.flatten());
        octets
    }

    pub(crate) fn read(octets: &[u8]) -> Result<Learned> {
        let odd = || odd("a message that was learned");
        let (due, rest) = octets.split_at_checked(6).ok_or_else(odd)?;
        let (version, keys) = rest.split_first_chunk().ok_or_else(odd)?;
        let (keys, []) = keys.as_chunks() else {
            return Err(odd());
        };
        let due = Due::read(due)?;
        if due.said == Said::Nothing || keys.len() > REPUTATION_KEYS_MAX {
            return Err(odd());
        }
        Ok(Learned {
            said: due.said,
            meant: due.meant,
            day: due.day,
            version: u32::from_be_bytes(*version),
            keys: keys.to_vec(),
        })
    }
}

impl TaughtCounts {
    pub(crate) fn write(&self) -> [u8; 8] {
        let ([a, b, c, d], [e, f, g, h]) =
            (self.learned.to_be_bytes(), self.reputations.to_be_bytes());
        [a, b, c, d, e, f, g, h]
    }

    pub(crate) fn read(octets: &[u8]) -> Result<TaughtCounts> {
        let &[a, b, c, d, e, f, g, h] = octets else {
            return Err(odd("a count of what was learned"));
        };
        Ok(TaughtCounts {
            learned: u32::from_be_bytes([a, b, c, d]),
            reputations: u32::from_be_bytes([e, f, g, h]),
        })
    }
}

fn odd(what: &str) -> Error {
    Error::Damaged(format!("the record of {what} is of no known shape"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_written() {
        for said in [Said::Nothing, Said::Wanted, Said::Unwanted] {
            let due = Due {
                said,
                meant: said == Said::Wanted,
                day: 0x0102_0304,
            };
            assert_eq!(Due::read(&due.write()).unwrap(), due);
        }
        let learned = Learned {
            said: Said::Unwanted,
            meant: true,
            day: 7,
            version: u32::MAX,
            keys: vec![[1; 9], [2; 9]],
        };
        assert_eq!(Learned::read(&learned.write()).unwrap(), learned);
        let counts = TaughtCounts {
            learned: 1,
            reputations: u32::MAX,
        };
        assert_eq!(TaughtCounts::read(&counts.write()).unwrap(), counts);
        let mut long = learned.write();
        long.push(0);
        for damaged in [&long[..], b"", b"123456789", &[0; 10]] {
            assert!(Learned::read(damaged).is_err(), "{damaged:?}");
        }
        assert!(Due::read(&[3, 0, 0, 0, 0, 0]).is_err());
    }
}
