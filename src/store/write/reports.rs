//! What reports are made of, kept until they are sent or grow old.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::records::ReportKind;
use crate::schema::key;

/// Octets of one row.
pub const REPORT_OCTETS_MAX: usize = 64 << 10;
/// Rows of one kind and day: domains that wrote to a house on a day, many times over.
pub const REPORTS_A_DAY_MAX: usize = 500;
/// The same of what others report, which is kept for a month: a house hears from a handful.
pub const REPORTS_HEARD_A_DAY_MAX: usize = 60;
/// Octets of a row's name: a domain and a report's name behind it.
pub const REPORT_NAME_MAX: usize = 400;
/// Rows that one deed of [`WriteTx::sweep_reports`] deletes.
const SWEEP: usize = 500;

impl WriteTx<'_> {
    /// Writes a row over the one of the same kind, day (since 1970) and name. Error: `NotAllowed` for a name or a row that is too long, and when the day has
    /// [`REPORTS_A_DAY_MAX`] others, or [`REPORTS_HEARD_A_DAY_MAX`].
    pub fn put_report(
        &mut self,
        kind: ReportKind,
        day: u32,
        name: &str,
        octets: &[u8],
    ) -> Result<()> {
        if name.is_empty() || name.len() > REPORT_NAME_MAX || octets.len() > REPORT_OCTETS_MAX {
            return Err(Error::NotAllowed("a row of a report has 64 KiB at most"));
        }
        let row = key::report(kind, day, name);
        if self.get(&row)?.is_none() && self.look().count_reports(kind, day)? >= most(kind) {
            return Err(Error::NotAllowed("a day has its most rows of reports"));
        }
        self.put(&row, octets)
    }

    /// Forgets a row; false if there is none.
    pub fn delete_report(&mut self, kind: ReportKind, day: u32, name: &str) -> Result<bool> {
        self.delete(&key::report(kind, day, name))
    }

    /// Forgets rows of days before `before`, some hundred in one deed; true: there are more.
    pub fn sweep_reports(&mut self, kind: ReportKind, before: u32) -> Result<bool> {
        for _ in 0..SWEEP {
            match self.first_in(&key::reports(kind))? {
                Some((row, _)) if key::report_day(&row).is_some_and(|day| day < before) => {
                    self.delete(&row)?;
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

fn most(kind: ReportKind) -> usize {
    match kind {
        ReportKind::Seen | ReportKind::Tls => REPORTS_A_DAY_MAX,
        ReportKind::AboutUs | ReportKind::TlsAboutUs => REPORTS_HEARD_A_DAY_MAX,
    }
}
