//! Rows of reports: of a known shape, and no more than may be.

use super::Findings;
use crate::error::Result;
use crate::look::Look;
use crate::records::ReportKind;
use crate::schema::key;
use crate::write::{REPORT_NAME_MAX, REPORT_OCTETS_MAX, REPORTS_A_DAY_MAX};

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let (mut of, mut count) = (None, 0);
    for row in look.prefixed(&key::REPORTS)? {
        let (at, octets) = row?;
        let kind = at.get(2).copied();
        let known = ReportKind::ALL.iter().any(|one| Some(*one as u8) == kind);
        let name = at.get(7..).and_then(|name| str::from_utf8(name).ok());
        let named = name.is_some_and(|name| (1..=REPORT_NAME_MAX).contains(&name.len()));
        if !known || !named || octets.len() > REPORT_OCTETS_MAX {
            findings.add("a row of reports is of no known shape, or too large".into());
        }
        let day = at.get(..7).map(<[u8]>::to_vec);
        if day != of {
            (of, count) = (day, 0);
        }
        count += 1;
        if count == REPORTS_A_DAY_MAX + 1 {
            findings.add("a day has more rows of reports than may be".into());
        }
    }
    Ok(())
}
