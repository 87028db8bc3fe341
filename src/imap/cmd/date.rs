//! INTERNALDATE as FETCH prints it, without a detour over strings: 300,000 of them a second.

/// `"17-Jul-1996 02:44:25 -0700"` (RFC 9051 §9, date-time): the local time at `unix` seconds since 1970 in a zone `zone` minutes east
/// of Greenwich. Years are kept within 0 to 9999, which is what the grammar can hold.
pub(super) fn print(unix: i64, zone: i16, out: &mut Vec<u8>) {
    /// The last second of 9999 and the first of 0.
    const LAST: i64 = 253_402_300_799;
    const FIRST: i64 = -62_167_219_200;
    let zone = i64::from(zone).clamp(-5_999, 5_999);
    let local = unix.saturating_add(zone * 60).clamp(FIRST, LAST);
    let (year, month, day) = civil(local.div_euclid(86_400));
    let second = local.rem_euclid(86_400);

    out.push(b'"');
    if day < 10 {
        out.extend_from_slice(&[b' ', digit(day)]);
    } else {
        two(day, out);
    }
    out.push(b'-');
    out.extend_from_slice(
        MONTHS
            .get(usize::try_from(month - 1).unwrap_or(0))
            .map_or(b"Jan", |name| *name),
    );
    out.push(b'-');
    two(year / 100, out);
    two(year % 100, out);
    out.push(b' ');
    two(second / 3_600, out);
    out.push(b':');
    two(second / 60 % 60, out);
    out.push(b':');
    two(second % 60, out);
    out.extend_from_slice(if zone < 0 { b" -" } else { b" +" });
    two(zone.abs() / 60, out);
    two(zone.abs() % 60, out);
    out.push(b'"');
}

/// The day (from 1970-01-01) of an INTERNALDATE as it is printed: SEARCH disregards time and zone (RFC 9051 §6.4.4).
pub(super) fn day(unix: i64, zone: i16) -> i64 {
    unix.saturating_add(i64::from(zone) * 60).div_euclid(86_400)
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

fn digit(value: i64) -> u8 {
    b'0' + u8::try_from(value.rem_euclid(10)).unwrap_or(0)
}

fn two(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[digit(value / 10), digit(value)]);
}

/// Year, month (1 to 12) and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar. The year is thought to begin on
/// the first of March, so that the leap day is its last.
fn civil(days: i64) -> (i64, i64, i64) {
    const CYCLE: i64 = 146_097; // days of 400 years
    let days = days + 719_468; // from 0000-03-01
    let cycle = days.div_euclid(CYCLE);
    let of_cycle = days.rem_euclid(CYCLE);
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(unix: i64, zone: i16) -> String {
        let mut out = Vec::new();
        print(unix, zone, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates_print_as_the_grammar_says() {
        // RFC 9051 §6.4.5's own date, and the edges.
        assert_eq!(printed(837_596_665, -420), "\"17-Jul-1996 02:44:25 -0700\"");
        assert_eq!(printed(0, 0), "\" 1-Jan-1970 00:00:00 +0000\"");
        assert_eq!(printed(951_782_400, 0), "\"29-Feb-2000 00:00:00 +0000\"");
        assert_eq!(
            printed(4_102_444_800, 330),
            "\" 1-Jan-2100 05:30:00 +0530\""
        );
        assert_eq!(printed(i64::MAX, 0), "\"31-Dec-9999 23:59:59 +0000\"");
        assert_eq!(printed(i64::MIN, 0), "\" 1-Jan-0000 00:00:00 +0000\"");
        assert_eq!(printed(0, i16::MIN).len(), 28);
    }

    #[test]
    fn every_day_has_its_name() {
        let mut expected = (1600, 1, 1);
        for days in -135_140..200_000 {
            assert_eq!(civil(days), expected, "{days}");
            let (year, month, day) = expected;
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }
}
