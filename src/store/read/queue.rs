//! Reading the queue: whose turn it is, when to look again, letters and rows.

use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::{Look, odd_key};
use crate::records::{Choice, DueDestination, Letter, LetterId, QueueTime, Row, SavedClock};
use crate::schema::key::{self, Turn};
use crate::schema::{LetterRecord, QueueHead, RowRecord, SendingCount, lane_of};

/// What comes behind all keys of `F4`.
const END: [u8; 2] = [key::DESTINATIONS, 0xFF];

impl<'a> Look<'a> {
    pub(crate) fn queue_next(
        self,
        now: QueueTime,
        choose: &mut dyn FnMut(&DueDestination<'_>) -> Choice,
    ) -> Result<Option<String>> {
        let mut from = vec![key::DESTINATIONS];
        loop {
            let mut next = None;
            for row in self.between(&from, &END)? {
                let (lane, due, destination) = key::destination_of(row?.0).ok_or_else(odd_key)?;
                let next_lane = || Some(vec![key::DESTINATIONS, lane.checked_add(1)?]);
                if due > now {
                    next = next_lane();
                    break;
                }
                let offer = DueDestination {
                    destination,
                    lane: lane_of(lane),
                    due,
                };
                match choose(&offer) {
                    Choice::Take => return Ok(Some(destination.to_owned())),
                    Choice::Stop => return Ok(None),
                    Choice::From(time) if time > due => {
                        next = Some(key::destination(lane, time, ""));
                        break;
                    }
                    Choice::Skip | Choice::From(_) => {}
                    Choice::NextLane => {
                        next = next_lane();
                        break;
                    }
                }
            }
            match next {
                Some(next) => from = next,
                None => return Ok(None),
            }
        }
    }

    /// The earliest time in `F4` that is `from` or later.
    pub(crate) fn earliest(self, from: QueueTime) -> Result<Option<QueueTime>> {
        let (mut lane, mut earliest): (u8, Option<QueueTime>) = (0, None);
        loop {
            let first = self
                .between(&key::destination(lane, from, ""), &END)?
                .next()
                .transpose()?;
            let Some((at, _)) = first else {
                return Ok(earliest);
            };
            let (found, due, _) = key::destination_of(at).ok_or_else(odd_key)?;
            // The next lane that has anything begins before `from`: look for its part behind it.
            if found != lane && due < from {
                lane = found;
                continue;
            }
            earliest = Some(earliest.map_or(due, |earliest| earliest.min(due)));
            let Some(next) = found.checked_add(1) else {
                return Ok(earliest);
            };
            lane = next;
        }
    }

    /// When the destination's first row of a lane is due.
    pub(crate) fn first_turn(self, destination: &str, lane: u8) -> Result<Option<QueueTime>> {
        let mut prefix = key::turns_of(destination);
        prefix.push(lane);
        let first = self.prefixed(&prefix)?.next().transpose()?;
        first
            .map(|(at, _)| Turn::of(at).map(|turn| turn.due).ok_or_else(odd_key))
            .transpose()
    }

    pub(crate) fn queue_head(self) -> Result<QueueHead> {
        self.get(&key::QUEUE)?
            .map_or(Ok(QueueHead::default()), QueueHead::read)
    }

    pub(crate) fn queue_clock(self) -> Result<SavedClock> {
        match self.get(&key::CLOCK)? {
            Some(octets) => Ok(postcard::from_bytes(octets)?),
            None => Ok(SavedClock::default()),
        }
    }

    pub(crate) fn letter_record(self, id: LetterId) -> Result<Option<LetterRecord>> {
        self.get(&key::letter(id))?
            .map(LetterRecord::read)
            .transpose()
    }

    pub(crate) fn row_record(self, id: LetterId, number: u32) -> Result<Option<RowRecord>> {
        self.get(&key::row(id, number))?
            .map(RowRecord::read)
            .transpose()
    }

    /// The letter's rows, by number.
    pub(crate) fn row_records(self, id: LetterId) -> Result<Vec<(u32, RowRecord)>> {
        let rows = self.between(&key::row(id, 0), &key::row(id, u32::MAX))?;
        rows.map(|row| {
            let (at, octets) = row?;
            let number = key::row_of(at).ok_or_else(odd_key)?;
            Ok((number, RowRecord::read(octets)?))
        })
        .collect()
    }

    pub(crate) fn letter(self, id: LetterId) -> Result<Option<Letter>> {
        self.letter_record(id)?
            .map(|record| record.letter(id))
            .transpose()
    }

    pub(crate) fn rows(self, id: LetterId) -> Result<Vec<Row>> {
        self.row_records(id)?
            .into_iter()
            .map(|(number, record)| record.row(number))
            .collect()
    }

    pub(crate) fn queue_letters(self, after: Option<LetterId>, max: usize) -> Result<Vec<Letter>> {
        let (mut letters, mut next) = (Vec::new(), after.map_or(Some(0), |id| id.0.checked_add(1)));
        while let Some(from) = next
            && letters.len() < max
        {
            let Some(letter) = self.first_letter(LetterId(from))? else {
                break;
            };
            next = letter.id.0.checked_add(1);
            letters.push(letter);
        }
        Ok(letters)
    }

    /// The first letter with this number or a higher one.
    pub(crate) fn first_letter(self, from: LetterId) -> Result<Option<Letter>> {
        let first = self
            .between(&key::letter(from), &[key::LETTERS + 1])?
            .next()
            .transpose()?;
        let Some((at, octets)) = first.filter(|(at, _)| at.first() == Some(&key::LETTERS)) else {
            return Ok(None);
        };
        let id = key::letter_of(at).ok_or_else(odd_key)?;
        if key::row_of(at).is_some() {
            return Err(Error::Damaged(format!(
                "letter {id} of the queue is gone, but not its rows"
            )));
        }
        Ok(Some(LetterRecord::read(octets)?.letter(id)?))
    }

    pub(crate) fn sending_count(self, account: AccountId) -> Result<SendingCount> {
        self.get(&key::of(key::SENDING, account))?
            .map_or(Ok(SendingCount::default()), SendingCount::read)
    }
}
