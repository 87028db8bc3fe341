//! The rule of a time zone as POSIX writes it (IEEE 1003.1, "TZ"; with the wider hours of RFC 9636 §3.3.1): `EET-2EEST,M3.5.0/3,M10.5.0/4`.
//!
//! ```abnf
//! rule   = name offset [ name [ offset ] "," date [ "/" time ] "," date [ "/" time ] ]
//! name   = 3*ALPHA / "<" 3*( ALPHA / DIGIT / "+" / "-" ) ">"
//! offset = [ "+" / "-" ] hours [ ":" minutes [ ":" seconds ] ]      ; west of Greenwich is positive
//! time   = offset                                                  ; -167 to 167 hours
//! date   = "M" month "." week "." weekday / "J" 1-365 / 0-365
//! ```
//!
//! Pure: reading is total, and any moment has an answer.

use mail::date::{DAY, civil_from_days};

/// When summer time begins and ends without a time of its own: 02:00.
const TWO_O_CLOCK: i32 = 2 * 3600;

/// One zone's rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    /// Seconds east of Greenwich.
    standard: i32,
    summer: Option<Summer>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Summer {
    /// Seconds east of Greenwich.
    offset: i32,
    begins: Change,
    ends: Change,
}

/// A moment of each year, in the time that is in force until then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Change {
    date: Date,
    /// Seconds after the beginning of that day.
    time: i32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Date {
    /// The `week`th of these weekdays (0 is Sunday) in the month, the fifth being the last one.
    Weekday { month: u8, week: u8, day: u8 },
    /// The day of the year from 1, the 29th of February not counted.
    Julian(u16),
    /// The day of the year from 0.
    Ordinal(u16),
}

impl Rule {
    pub(super) const UTC: Rule = Rule {
        standard: 0,
        summer: None,
    };

    /// Reads a rule, all of it.
    pub(super) fn parse(text: &str) -> Option<Rule> {
        let mut rest = Rest(text);
        rest.name()?;
        let standard = -rest.time()?;
        if rest.0.is_empty() {
            return Some(Rule {
                standard,
                summer: None,
            });
        }
        rest.name()?;
        let offset = if rest.take(',') {
            standard + 3600
        } else {
            let offset = -rest.time()?;
            rest.take(',').then_some(offset)?
        };
        let begins = rest.change()?;
        rest.take(',').then_some(())?;
        let ends = rest.change()?;
        rest.0.is_empty().then_some(Rule {
            standard,
            summer: Some(Summer {
                offset,
                begins,
                ends,
            }),
        })
    }

    /// Seconds east of Greenwich at a moment.
    pub(super) fn offset_at(&self, unix: i64) -> i32 {
        let Some(summer) = &self.summer else {
            return self.standard;
        };
        let local = unix.saturating_add(i64::from(self.standard));
        let (year, ..) = civil_from_days(local.div_euclid(DAY));
        // The last change before the moment says it. Where summer's end and its next beginning are one moment it is always summer.
        let changes = (year - 1..=year + 1).flat_map(|year| {
            [
                (summer.begins.in_year(year, self.standard), true),
                (summer.ends.in_year(year, summer.offset), false),
            ]
        });
        match changes.filter(|(at, _)| *at <= unix).max() {
            Some((_, true)) => summer.offset,
            _ => self.standard,
        }
    }
}

impl Change {
    /// The moment, unix seconds, where `offset` is in force until then.
    fn in_year(self, year: i64, offset: i32) -> i64 {
        let new_year = first_of(year, 1);
        let day = match self.date {
            Date::Ordinal(day) => new_year + i64::from(day),
            Date::Julian(day) => {
                let is_leap = first_of(year + 1, 1) - new_year > 365;
                new_year + i64::from(day) - 1 + i64::from(is_leap && day > 59)
            }
            Date::Weekday { month, week, day } => {
                let first = first_of(year, month);
                // 1970-01-01 was a Thursday.
                let weekday = (first + 4).rem_euclid(7);
                let day =
                    first + (i64::from(day) - weekday).rem_euclid(7) + 7 * (i64::from(week) - 1);
                let next = match month {
                    12 => first_of(year + 1, 1),
                    month => first_of(year, month + 1),
                };
                if day < next { day } else { day - 7 }
            }
        };
        day.saturating_mul(DAY)
            .saturating_add(i64::from(self.time) - i64::from(offset))
    }
}

/// The first day of a month, in days since 1970-01-01. In years of no calendar there is no summer time to be right about.
fn first_of(year: i64, month: u8) -> i64 {
    mail::date::days_from_civil(year, month, 1).unwrap_or(0)
}

/// What is still to be read.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn take(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Passes over as many characters as fit; how many those were.
    fn pass(&mut self, fits: impl Fn(char) -> bool) -> usize {
        let rest = self.0.trim_start_matches(fits);
        let length = self.0.len() - rest.len();
        self.0 = rest;
        length
    }

    fn name(&mut self) -> Option<()> {
        if self.take('<') {
            let length = self.pass(|c| c.is_ascii_alphanumeric() || c == '+' || c == '-');
            return (length >= 3 && self.take('>')).then_some(());
        }
        (self.pass(|c| c.is_ascii_alphabetic()) >= 3).then_some(())
    }

    fn number(&mut self, most: u16) -> Option<u16> {
        let all = self.0;
        let length = self.pass(|c| c.is_ascii_digit());
        let digits = all.get(..length).filter(|digits| digits.len() <= 3)?;
        digits.parse().ok().filter(|number| *number <= most)
    }

    fn small(&mut self, least: u8, most: u8) -> Option<u8> {
        let number = u8::try_from(self.number(u16::from(most))?).ok()?;
        (number >= least).then_some(number)
    }

    /// Seconds.
    fn time(&mut self) -> Option<i32> {
        let sign = if self.take('-') {
            -1
        } else {
            self.take('+');
            1
        };
        let mut seconds = i32::from(self.number(167)?) * 3600;
        for unit in [60, 1] {
            if !self.take(':') {
                break;
            }
            seconds += i32::from(self.number(59)?) * unit;
        }
        Some(sign * seconds)
    }

    fn change(&mut self) -> Option<Change> {
        let date = if self.take('M') {
            let month = self.small(1, 12)?;
            self.take('.').then_some(())?;
            let week = self.small(1, 5)?;
            self.take('.').then_some(())?;
            let day = self.small(0, 6)?;
            Date::Weekday { month, week, day }
        } else if self.take('J') {
            Date::Julian(self.number(365).filter(|day| *day > 0)?)
        } else {
            Date::Ordinal(self.number(365)?)
        };
        let time = if self.take('/') {
            self.time()?
        } else {
            TWO_O_CLOCK
        };
        Some(Change { date, time })
    }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
