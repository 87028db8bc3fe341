//! Dates of messages and mailboxes, in 64-bit seconds (RFC 5322 §3.3, RFC 9051 `date-time`).
//!
//! It promises that what it prints it also reads. It knows no clock and no time zone database: a zone is minutes.

mod civil;
mod read;
mod rfc3339;

use std::fmt::Write;

pub use civil::{MONTHS, WEEKDAYS, civil_from_days, days_from_civil};
pub use read::{parse_imap_date, parse_imap_date_time, parse_rfc5322};
pub use rfc3339::parse_rfc3339;

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// A moment and the zone in which it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub unix: i64,
    /// Minutes east of UTC.
    pub zone_minutes: i16,
}

impl DateTime {
    /// The moment, told in UTC.
    pub const fn utc(unix: i64) -> DateTime {
        DateTime {
            unix,
            zone_minutes: 0,
        }
    }

    /// The calendar day in the moment's own zone: year, month 1 to 12, day 1 to 31.
    ///
    /// `SENTON` and its kin compare this, "disregarding time and timezone" (RFC 9051 §6.4.4).
    pub fn local_date(&self) -> (i64, u8, u8) {
        civil_from_days(self.local().div_euclid(DAY))
    }

    /// `Sun, 22 Nov 2026 02:23:54 +0000` (RFC 5322 §3.3).
    pub fn rfc5322(&self) -> String {
        let days = self.local().div_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((days + 4).rem_euclid(7))
            .ok()
            .and_then(|d| WEEKDAYS.get(d));
        let mut text = format!(
            "{}, {day} {} {year:04} ",
            weekday.unwrap_or(&"Sun"),
            month_name(month)
        );
        self.push_time(&mut text);
        text
    }

    /// `22-Nov-2026 02:23:54 +0000` (RFC 9051 `date-time` without its quotes); the day is padded with a space.
    pub fn imap_internal(&self) -> String {
        let (year, month, day) = self.local_date();
        let mut text = format!("{day:2}-{}-{year:04} ", month_name(month));
        self.push_time(&mut text);
        text
    }

    fn local(&self) -> i64 {
        // Far outside any calendar the sum would overflow; such a moment prints as a far year, no more.
        self.unix.saturating_add(i64::from(self.zone_minutes) * 60)
    }

    fn push_time(&self, text: &mut String) {
        let second = self.local().rem_euclid(DAY);
        let sign = if self.zone_minutes < 0 { '-' } else { '+' };
        let zone = self.zone_minutes.unsigned_abs();
        let _infallible = write!(
            text,
            "{:02}:{:02}:{:02} {sign}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            zone / 60,
            zone % 60
        );
    }
}

fn month_name(month: u8) -> &'static str {
    MONTHS
        .get(usize::from(month.saturating_sub(1)))
        .unwrap_or(&"Jan")
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;
