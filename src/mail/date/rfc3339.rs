//! Timestamps of RFC 3339, as `;EXPIRE=` of an IMAP URL has them (RFC 4467 §3).

use super::civil::days_from_civil;

/// Seconds since 1970 of a `date-time`: `2006-11-22T10:00:00Z`, with a fraction (which is dropped), `-08:00` for `Z`, in any case.
/// `None`: none, or a day, a time or a zone that there is not.
///
/// ```abnf
/// date-time = full-date "T" partial-time ("Z" / (("+" / "-") 2DIGIT ":" 2DIGIT))
/// ```
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut units = clock.split(':');
    let (hour, minute, second) = (
        number(units.next()?, 2)?,
        number(units.next()?, 2)?,
        number(units.next()?, 2)?,
    );
    let whole = parts.next().is_none()
        && units.next().is_none()
        && !fraction.is_empty()
        && fraction.bytes().all(|octet| octet.is_ascii_digit());
    // A leap second is 60.
    if !whole || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let east = match zone {
        "Z" | "z" => 0,
        _ => {
            let (sign, zone) = zone.split_at_checked(1)?;
            let (hours, minutes) = zone.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if sign == "-" { -seconds } else { seconds }
        }
    };
    let days = days_from_civil(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - east)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_3339() {
        assert_eq!(parse_rfc3339("1985-04-12T23:20:50.52Z"), Some(482_196_050));
        assert_eq!(
            parse_rfc3339("1996-12-19T16:39:57-08:00"),
            parse_rfc3339("1996-12-20T00:39:57Z")
        );
        assert_eq!(
            parse_rfc3339("1990-12-31T23:59:60Z"),
            parse_rfc3339("1990-12-31t15:59:60-08:00")
        );
        assert_eq!(
            parse_rfc3339("1937-01-01T12:00:27.87+00:20"),
            Some(-1_041_337_173)
        );
        for wrong in [
            "",
            "2006-11-22",
            "2006-11-22T10:00:00",
            "2006-11-22T10:00Z",
            "2006-13-22T10:00:00Z",
            "2006-02-30T10:00:00Z",
            "2006-11-22T24:00:00Z",
            "2006-11-22T10:00:00.Z",
            "2006-11-22T10:00:00+0100",
            "2006-11-22T10:00:00Zz",
            "06-11-22T10:00:00Z",
            "2006-11-22T10:00:00+25:00",
            "2006-11-22-01T10:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(wrong), None, "{wrong}");
        }
    }
}
