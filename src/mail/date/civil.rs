//! Days and the Gregorian calendar, proleptic in both directions.

/// English month names as header fields abbreviate them.
pub const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// English weekday names as header fields abbreviate them, Sunday first.
pub const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Days of 400 years, after which the calendar repeats.
const CYCLE: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Days since 1970-01-01 of a calendar day; `None` if there is no such day.
pub fn days_from_civil(year: i64, month: u8, day: u8) -> Option<i64> {
    if !(1..=12).contains(&month)
        || day == 0
        || day > days_of_month(year, month)
        || year.abs() > 1_000_000
    {
        return None;
    }
    // A year that begins in March has its leap day at its end, so that month lengths follow one rule.
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = i64::from((month + 9) % 12);
    let in_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    Some(cycle * CYCLE + year * 365 + year / 4 - year / 100 + in_year - EPOCH)
}

/// The calendar day that is `days` after 1970-01-01: year, month 1 to 12, day 1 to 31.
pub fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days.saturating_add(EPOCH);
    let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    // Take the leap days out: one each 4 years (1461 days), not each 100, but the last of the cycle.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year + i64::from(month >= 10);
    let month = (month + 2) % 12 + 1;
    (
        year,
        u8::try_from(month).unwrap_or(1),
        u8::try_from(day).unwrap_or(1),
    )
}

fn days_of_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
