//! `date-time` of RFC 3339 §5.6, as HOLDUNTIL and FUTURERELEASE write it.

use mail::date::{DAY, civil_from_days, days_from_civil};

/// Reads `date-time`: `full-date "T" partial-time ( "Z" / ( "+" / "-" ) time-hour ":" time-minute )`, in seconds of Unix time; a fraction
/// of a second is dropped. RFC 4865 §3 wants UTC; an offset says the same and is taken.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (
        digits(date.next()?, 4)?,
        digits(date.next()?, 2)?,
        digits(date.next()?, 2)?,
    );
    let days = days_from_civil(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let clock = match clock.split_once('.') {
        Some((_, fraction))
            if fraction.is_empty() || !fraction.bytes().all(|octet| octet.is_ascii_digit()) =>
        {
            return None;
        }
        Some((clock, _)) => clock,
        None => clock,
    };
    let mut clock = clock.splitn(3, ':');
    let (hour, minute, second) = (
        digits(clock.next()?, 2)?,
        digits(clock.next()?, 2)?,
        digits(clock.next()?, 2)?,
    );
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days * DAY + hour * 3600 + minute * 60 + second;
    Some(local - offset(zone)?)
}

/// Prints a moment in UTC: `2026-11-22T06:30:00Z`.
pub(crate) fn print(unix: i64) -> String {
    let (year, month, day) = civil_from_days(unix.div_euclid(DAY));
    let second = unix.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        (_, zone) => (-1, zone),
    };
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.bytes().all(|octet| octet.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-22T06:30:00Z", Some(1_795_329_000)),
            ("2026-11-22t06:30:00.25z", Some(1_795_329_000)),
            ("2026-11-22T08:30:00+02:00", Some(1_795_329_000)),
            ("2026-11-21T20:30:00-10:00", Some(1_795_329_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800)),
            ("2023-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-00-01T00:00:00Z", None),
            ("2026-11-22T24:00:00Z", None),
            ("2026-11-22T06:30Z", None),
            ("2026-11-22T06:30:00", None),
            ("2026-11-22T06:30:00.Z", None),
            ("2026-11-22 06:30:00Z", None),
            ("2026-11-22T06:30:00+2:00", None),
            ("2026-11-22T06:30:00+0200", None),
            ("26-11-22T06:30:00Z", None),
            ("2026-11-22T+6:30:00Z", None),
            ("", None),
            ("T", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
        for unix in [0, 1_795_329_000, 253_402_300_799, -1] {
            assert_eq!(parse(&print(unix)), Some(unix));
        }
    }
}
