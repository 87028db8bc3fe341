//! Reading what reports are made of.

use crate::error::Result;
use crate::look::{Look, odd_key};
use crate::records::{ReportKind, ReportRow};
use crate::schema::key;

impl Look<'_> {
    pub(crate) fn reports(self, kind: ReportKind) -> Result<Vec<ReportRow>> {
        let rows = self.prefixed(&key::reports(kind))?.map(|row| {
            let (at, octets) = row?;
            let name = at.get(7..).and_then(|name| str::from_utf8(name).ok());
            let (day, name) = key::report_day(at).zip(name).ok_or_else(odd_key)?;
            Ok(ReportRow {
                day,
                name: name.to_owned(),
                octets: octets.to_vec(),
            })
        });
        rows.collect()
    }

    pub(crate) fn count_reports(self, kind: ReportKind, day: u32) -> Result<usize> {
        let mut count = 0;
        for row in self.prefixed(&key::reports_of(kind, day))? {
            row?;
            count += 1;
        }
        Ok(count)
    }
}
