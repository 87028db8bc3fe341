//! Reading dates: the generous way of header fields, and the strict way of IMAP.

use super::civil::{MONTHS, days_from_civil};
use super::{DAY, DateTime};

/// Reads the `date-time` of RFC 5322 §3.3 with the obsolete forms of §4.3: comments, two-digit years, named zones,
/// missing seconds. An unknown zone is UTC (`-0000`). `None` if there is no such moment.
///
/// ```abnf
/// date-time = [ day-of-week "," ] day month year hour ":" minute [ ":" second ] zone
/// ```
pub fn parse_rfc5322(text: &[u8]) -> Option<DateTime> {
    let mut text = Text(text);
    if !text.word().is_empty() {
        text.skip(b',');
    }
    let (day, _) = text.number()?;
    text.skip(b'-');
    let month = month(text.word())?;
    text.skip(b'-');
    let year = match text.number()? {
        (year, 2) if year < 50 => year + 2000,
        (year, 2 | 3) => year + 1900,
        (year, 4) => year,
        _ => return None,
    };
    let (hour, _) = text.number()?;
    text.skip(b':').then_some(())?;
    let (minute, _) = text.number()?;
    let second = if text.skip(b':') { text.number()?.0 } else { 0 };
    if text.skip(b'.') {
        text.number()?;
    }
    moment((year, month, day), (hour, minute, second), text.zone())
}

/// Reads the `date-time` of RFC 9051 §9, without its quotes.
///
/// ```abnf
/// date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
/// date-day-fixed = (SP DIGIT) / 2DIGIT
/// ```
pub fn parse_imap_date_time(text: &[u8]) -> Option<DateTime> {
    let &[
        d1,
        d2,
        b'-',
        m1,
        m2,
        m3,
        b'-',
        y1,
        y2,
        y3,
        y4,
        b' ',
        ref time @ ..,
    ] = text
    else {
        return None;
    };
    let &[
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
        b' ',
        sign,
        z1,
        z2,
        z3,
        z4,
    ] = time
    else {
        return None;
    };
    let day = digits(&[if d1 == b' ' { b'0' } else { d1 }, d2])?;
    let clock = (digits(&[h1, h2])?, digits(&[i1, i2])?, digits(&[s1, s2])?);
    let zone = zone_minutes(sign, digits(&[z1, z2, z3, z4])?)?;
    moment(
        (digits(&[y1, y2, y3, y4])?, month(&[m1, m2, m3])?, day),
        clock,
        zone,
    )
}

/// Reads the `date-text` of RFC 9051 §9 (`1-Feb-1994`): year, month, day.
///
/// ```abnf
/// date-text = date-day "-" date-month "-" date-year
/// ```
pub fn parse_imap_date(text: &[u8]) -> Option<(i64, u8, u8)> {
    let mut parts = text.split(|&b| b == b'-');
    let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none()
        && (1..=2).contains(&day.len())
        && name.len() == 3
        && year.len() == 4;
    let (day, month, year) = (
        u8::try_from(digits(day)?).ok()?,
        month(name)?,
        i64::from(digits(year)?),
    );
    (fits && days_from_civil(year, month, day).is_some()).then_some((year, month, day))
}

fn moment(date: (u32, u8, u32), clock: (u32, u32, u32), zone_minutes: i16) -> Option<DateTime> {
    let days = days_from_civil(i64::from(date.0), date.1, u8::try_from(date.2).ok()?)?;
    let (hour, minute, second) = clock;
    // Second 60 is a leap second; in this count it is the next minute's first.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days * DAY + i64::from(hour * 3600 + minute * 60 + second);
    Some(DateTime {
        unix: local - i64::from(zone_minutes) * 60,
        zone_minutes,
    })
}

/// One to three letters beyond which nothing is looked at: some senders write the month out.
fn month(name: &[u8]) -> Option<u8> {
    let name = name.get(..3)?;
    let index = MONTHS
        .iter()
        .position(|m| m.as_bytes().eq_ignore_ascii_case(name))?;
    u8::try_from(index + 1).ok()
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0u32, |n, &b| {
        n.checked_mul(10)?.checked_add(char::from(b).to_digit(10)?)
    })
}

/// `zone = ("+" / "-") 4DIGIT`
fn zone_minutes(sign: u8, hhmm: u32) -> Option<i16> {
    let minutes = i16::try_from(hhmm / 100 * 60 + hhmm % 100).ok()?;
    match sign {
        _ if hhmm % 100 > 59 => None,
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// White space and comments, nested ones too.
    fn skip_cfws(&mut self) {
        let mut depth: usize = 0;
        while let Some((&byte, rest)) = self.0.split_first() {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' if depth > 0 => depth -= 1,
                b'\\' if depth > 0 => self.0 = rest,
                _ if depth > 0 || byte.is_ascii_whitespace() => {}
                _ => return,
            }
            self.0 = self.0.get(1..).unwrap_or(&[]);
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        self.skip_cfws();
        let end = self
            .0
            .iter()
            .position(|&b| !wanted(b))
            .unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    fn word(&mut self) -> &'a [u8] {
        self.take_while(|b| b.is_ascii_alphabetic())
    }

    /// A number and how many digits it had.
    fn number(&mut self) -> Option<(u32, usize)> {
        let text = self.take_while(|b| b.is_ascii_digit());
        (!text.is_empty())
            .then(|| digits(text))
            .flatten()
            .map(|n| (n, text.len()))
    }

    fn skip(&mut self, byte: u8) -> bool {
        self.skip_cfws();
        match self.0.split_first() {
            Some((&first, rest)) if first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// The zone; an unknown or missing one is UTC (RFC 5322 §4.3).
    fn zone(&mut self) -> i16 {
        self.skip_cfws();
        if let Some(&sign @ (b'+' | b'-')) = self.0.first() {
            self.0 = self.0.get(1..).unwrap_or(&[]);
            return match self.number() {
                Some((hhmm, 4)) => zone_minutes(sign, hhmm).unwrap_or(0),
                _ => 0,
            };
        }
        match self.word().to_ascii_uppercase().as_slice() {
            b"EDT" => -4 * 60,
            b"EST" | b"CDT" => -5 * 60,
            b"CST" | b"MDT" => -6 * 60,
            b"MST" | b"PDT" => -7 * 60,
            b"PST" => -8 * 60,
            _ => 0,
        }
    }
}
