//! Keys of the queue: letters and rows, rows by destination, destinations by whose turn it is.

use crate::records::{LetterId, QueueTime, RelayScope};

/// Letters, and behind each its rows.
pub(crate) const LETTERS: u8 = 0xF2;
/// Rows by destination.
pub(crate) const TURNS: u8 = 0xF3;
/// Destinations by their first row of each lane.
pub(crate) const DESTINATIONS: u8 = 0xF4;

pub(crate) fn letter(id: LetterId) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = id.0.to_be_bytes();
    [LETTERS, a, b, c, d, e, f, g, h]
}

pub(crate) fn row(id: LetterId, number: u32) -> [u8; 13] {
    let ([t, a, b, c, d, e, f, g, h], [i, j, k, l]) = (letter(id), number.to_be_bytes());
    [t, a, b, c, d, e, f, g, h, i, j, k, l]
}

/// The letter of a key of `F2`.
pub(crate) fn letter_of(key: &[u8]) -> Option<LetterId> {
    key.get(1..9)?
        .first_chunk()
        .map(|id| LetterId(u64::from_be_bytes(*id)))
}

/// The row's number of a key of `F2`; `None` for the letter itself.
pub(crate) fn row_of(key: &[u8]) -> Option<u32> {
    key.get(9..)?
        .first_chunk()
        .map(|number| u32::from_be_bytes(*number))
}

/// A row's place among those of its destination. Orders as the keys do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Turn {
    pub(crate) lane: u8,
    pub(crate) due: QueueTime,
    pub(crate) letter: LetterId,
    pub(crate) number: u32,
}

/// Octets of a [`Turn`] at the end of a key.
const TURN: usize = 1 + 8 + 8 + 4;

impl Turn {
    /// Read from the end of a key of `F3`.
    pub(crate) fn of(key: &[u8]) -> Option<Turn> {
        let &[lane, ref rest @ ..] = key.last_chunk::<TURN>()?;
        let (due, rest) = rest.split_first_chunk()?;
        let (letter, rest) = rest.split_first_chunk()?;
        Some(Turn {
            lane,
            due: QueueTime(u64::from_be_bytes(*due)),
            letter: LetterId(u64::from_be_bytes(*letter)),
            number: u32::from_be_bytes(*rest.first_chunk()?),
        })
    }
}

/// What begins all rows of a destination in `F3`.
pub(crate) fn turns_of(destination: &str) -> Vec<u8> {
    [&[TURNS], destination.as_bytes(), &[0]].concat()
}

pub(crate) fn turn(destination: &str, turn: &Turn) -> Vec<u8> {
    let mut key = turns_of(destination);
    key.reserve_exact(TURN);
    key.push(turn.lane);
    key.extend_from_slice(&turn.due.0.to_be_bytes());
    key.extend_from_slice(&turn.letter.0.to_be_bytes());
    key.extend_from_slice(&turn.number.to_be_bytes());
    key
}

/// Destination and turn of a key of `F3`.
pub(crate) fn turn_of(key: &[u8]) -> Option<(&str, Turn)> {
    let name = key
        .get(1..key.len().checked_sub(TURN)?)?
        .strip_suffix(&[0])?;
    Some((std::str::from_utf8(name).ok()?, Turn::of(key)?))
}

/// A destination's row of one lane in `F4`.
pub(crate) fn destination(lane: u8, due: QueueTime, destination: &str) -> Vec<u8> {
    let mut key = vec![DESTINATIONS, lane];
    key.extend_from_slice(&due.0.to_be_bytes());
    key.extend_from_slice(destination.as_bytes());
    key
}

/// Lane, time and destination of a key of `F4`.
pub(crate) fn destination_of(key: &[u8]) -> Option<(u8, QueueTime, &str)> {
    let (&[_, lane], rest) = key.split_first_chunk()?;
    let (due, name) = rest.split_first_chunk()?;
    let due = QueueTime(u64::from_be_bytes(*due));
    Some((lane, due, std::str::from_utf8(name).ok()?))
}

pub(crate) fn relay(scope: &RelayScope) -> Vec<u8> {
    let (kind, name) = match scope {
        RelayScope::Everything => (0, ""),
        RelayScope::Domain(domain) => (1, domain.as_str()),
        RelayScope::Fallback => (2, ""),
    };
    [&super::RELAYS[..], &[kind], name.as_bytes()].concat()
}
