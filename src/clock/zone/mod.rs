//! Time zones: in which the household reads its times.
//!
//! ```text
//! table  names and rules     rule  a rule's answer for a moment
//! ```
//!
//! Every name of the time zone database is known, also old ones (browsers still say `Asia/Calcutta`). What it cannot do stands in `table`.

mod rule;
mod table;

use std::fmt;

use mail::DateTime;
use mail::date::{DAY, civil_from_days};

use rule::Rule;
use table::{ALIASES, PLACES};

/// A time zone by its name in the time zone database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    name: &'static str,
    rule: Rule,
}

/// A moment on the wall of a house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Seconds east of Greenwich at that moment.
    pub offset: i32,
}

/// The names that people choose from, `UTC` among them, in order: those of one region (what stands before the slash) stand together.
pub fn zones() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = rows(PLACES).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.into_iter()
}

impl Zone {
    /// Universal time.
    pub const UTC: Zone = Zone {
        name: "UTC",
        rule: Rule::UTC,
    };

    /// The zone of this name, `Europe/Athens`; upper and lower case are one.
    pub fn named(name: &str) -> Option<Zone> {
        let (name, rule) = rows(PLACES)
            .chain(rows(ALIASES))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Zone {
            name,
            rule: Rule::parse(rule)?,
        })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Seconds east of Greenwich at a moment, seconds since 1970.
    pub fn offset_at(&self, unix: i64) -> i32 {
        self.rule.offset_at(unix)
    }

    /// A moment as a letter writes it: the zone in minutes.
    pub fn date_time(&self, unix: i64) -> DateTime {
        DateTime {
            unix,
            zone_minutes: i16::try_from(self.offset_at(unix) / 60).unwrap_or(0),
        }
    }

    /// A moment, seconds since 1970, as the household's wall clock shows it.
    pub fn local(&self, unix: i64) -> Local {
        let offset = self.offset_at(unix);
        let local = unix.saturating_add(i64::from(offset));
        let (days, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        let small = |number: i64| u8::try_from(number).unwrap_or(0);
        Local {
            year,
            month,
            day,
            // 1970-01-01 was a Thursday.
            weekday: small((days + 4).rem_euclid(7)),
            hour: small(second / 3600),
            minute: small(second / 60 % 60),
            second: small(second % 60),
            offset,
        }
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::UTC
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Every name with its rule.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().flat_map(|line| {
        let mut words = line.split(' ');
        let rule = words.next().unwrap_or_default();
        words.map(move |name| (name, rule))
    })
}

#[cfg(test)]
#[path = "zone_tests.rs"]
mod tests;
