//! The day of the release as the one time that is written anywhere on the card (`SOURCE_DATE_EPOCH` of the tools that write times).

use crate::failure::{Failure, Result};

/// `2026-11-22`, midnight UTC, in seconds since 1970.
pub(crate) fn seconds(day: &str) -> Result<u32> {
    let wrong = || {
        Failure::new(format!(
            "'{day}' is no day; firmware/packages.toml wants released = \"2026-11-22\""
        ))
    };
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (Some(Some(year)), Some(Some(month)), Some(Some(date)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    if !(1980..=2105).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return Err(wrong());
    }
    // Years begin in March here, so that a leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date - 1;
    /// Days from the March of the year 0 to 1970.
    const TO_1970: u32 = 719_468;
    Ok((days - TO_1970) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_known() {
        assert_eq!(seconds("2000-03-01").unwrap(), 951_868_800);
        assert_eq!(seconds("2024-02-29").unwrap(), 1_709_164_800);
        assert_eq!(seconds("2026-11-22").unwrap(), 1_795_305_600);
    }

    #[test]
    fn what_is_no_day() {
        for wrong in [
            "",
            "2026",
            "22.11.2026",
            "2026-13-01",
            "2026-11-22-1",
            "1970-01-01",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
