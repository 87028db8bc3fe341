//! The tally in the store: written now and then in one deed, read at the start, so that a restart costs a quarter of an hour's counts at most.

use msgauth::report::{Aggregate, TlsReport, read_aggregate, write_aggregate};
use serde_json::{Value, json};
use store::{REPORT_OCTETS_MAX, Read as _, ReportKind, Store};

use super::Tally;
use super::tally::{Seen, Toward};

impl Tally {
    /// Takes up what was counted before the box was started. To be called once, before anything is counted; a row that cannot be read is passed over.
    ///
    /// # Errors
    /// The store's.
    pub fn resume(&self, store: &Store) -> store::Result<()> {
        let read = store.read()?;
        let seen = read.reports(ReportKind::Seen)?;
        let tls = read.reports(ReportKind::Tls)?;
        drop(read);
        let mut days = self.days();
        for row in seen {
            if let Some(seen) = Seen::read(&row.octets) {
                days.seen.insert((row.day, row.name), seen);
            }
        }
        for row in tls {
            if let Some(toward) = Toward::read(&row.octets) {
                days.tls.insert((row.day, row.name), toward);
            }
        }
        Ok(())
    }

    /// Writes what was counted since the last time; no deed if that is nothing.
    ///
    /// # Errors
    /// The store's; then it is written the next time.
    pub async fn keep(&self, store: &Store) -> store::Result<()> {
        let mut rows = Vec::new();
        {
            let mut days = self.days();
            for ((day, domain), seen) in days.seen.iter_mut().filter(|(_, seen)| seen.fresh) {
                seen.fresh = false;
                rows.push((ReportKind::Seen, *day, domain.clone(), seen.write()));
            }
            for ((day, domain), tls) in days.tls.iter_mut().filter(|(_, tls)| tls.fresh) {
                tls.fresh = false;
                rows.push((ReportKind::Tls, *day, domain.clone(), tls.write()));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = rows
            .iter()
            .map(|row| (row.0, row.1, row.2.clone()))
            .collect();
        let deed = move |tx: &mut store::WriteTx<'_>| {
            for (kind, day, domain, octets) in rows {
                if octets.len() > REPORT_OCTETS_MAX {
                    continue;
                }
                match tx.put_report(kind, day, &domain, &octets) {
                    // The day is full: what there is was bounded knowingly.
                    Ok(()) | Err(store::Error::NotAllowed(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let kept = store.write(deed).await;
        if kept.is_err() {
            let mut days = self.days();
            for (kind, day, domain) in names {
                let at = (day, domain);
                match kind {
                    ReportKind::Seen => {
                        if let Some(seen) = days.seen.get_mut(&at) {
                            seen.fresh = true;
                        }
                    }
                    _ => {
                        if let Some(tls) = days.tls.get_mut(&at) {
                            tls.fresh = true;
                        }
                    }
                }
            }
        }
        kept
    }
}

impl Seen {
    /// The report as it will be, with what only the box knows around it.
    pub(super) fn write(&self) -> Vec<u8> {
        let report = Aggregate {
            organization: "this".to_owned(),
            policy: self.policy.clone(),
            records: self.records.clone(),
            ..Aggregate::default()
        };
        let row = json!({
            "wanted": self.wanted,
            "left_out": self.left_out,
            "xml": write_aggregate(&report),
        });
        row.to_string().into_bytes()
    }

    pub(super) fn read(octets: &[u8]) -> Option<Seen> {
        let row: Value = serde_json::from_slice(octets).ok()?;
        let report = read_aggregate(row.get("xml")?.as_str()?.as_bytes()).ok()?;
        let wanted = row.get("wanted")?.as_array()?.iter();
        Some(Seen {
            policy: report.policy,
            wanted: wanted
                .filter_map(|uri| uri.as_str().map(str::to_owned))
                .collect(),
            records: report.records,
            left_out: row.get("left_out")?.as_u64()?,
            fresh: false,
        })
    }
}

impl Toward {
    pub(super) fn write(&self) -> Vec<u8> {
        let report = TlsReport {
            organization: "this".to_owned(),
            policies: self.policies.clone(),
            ..TlsReport::default()
        };
        report.write().into_bytes()
    }

    pub(super) fn read(octets: &[u8]) -> Option<Toward> {
        let report = TlsReport::read(octets).ok()?;
        Some(Toward {
            policies: report.policies,
            fresh: false,
        })
    }
}
