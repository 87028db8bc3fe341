//! Rows of reports: written, read, bounded, forgotten.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::*;
use store::*;

fn rows(store: &Store, kind: ReportKind) -> Vec<(u32, String)> {
    let rows = store.read().unwrap().reports(kind).unwrap();
    rows.into_iter().map(|row| (row.day, row.name)).collect()
}

#[test]
fn rows_are_kept_replaced_and_forgotten() {
    let mut store = Checked::new();
    store
        .write(|tx| {
            tx.put_report(ReportKind::Seen, 2, "b.test", b"old")?;
            tx.put_report(ReportKind::Seen, 2, "b.test", b"new")?;
            tx.put_report(ReportKind::Seen, 1, "a.test", b"x")?;
            tx.put_report(ReportKind::Tls, 300, "a.test", b"x")
        })
        .wait()
        .unwrap();
    store.reopen();
    let found = store.read().unwrap().reports(ReportKind::Seen).unwrap();
    assert_eq!(found[1].octets, b"new");
    assert_eq!(
        rows(&store, ReportKind::Seen),
        [(1, "a.test".to_owned()), (2, "b.test".to_owned())]
    );
    let more = store
        .write(|tx| tx.sweep_reports(ReportKind::Seen, 2))
        .wait()
        .unwrap();
    assert!(!more);
    assert_eq!(rows(&store, ReportKind::Seen).len(), 1);
    assert_eq!(rows(&store, ReportKind::Tls).len(), 1);
    let gone = store
        .write(|tx| {
            Ok((
                tx.delete_report(ReportKind::Tls, 300, "a.test")?,
                tx.delete_report(ReportKind::Tls, 300, "a.test")?,
            ))
        })
        .wait()
        .unwrap();
    assert_eq!(gone, (true, false));
}

#[test]
fn rows_are_bounded() {
    let store = Checked::new();
    let put = |day: u32, name: String, octets: usize| {
        store
            .write(move |tx| tx.put_report(ReportKind::AboutUs, day, &name, &vec![b'x'; octets]))
            .wait()
    };
    for number in 0..REPORTS_HEARD_A_DAY_MAX {
        put(7, format!("{number}.test"), 1).unwrap();
    }
    let refused = |done| matches!(done, Err(Error::NotAllowed(_)));
    assert!(refused(put(7, "one-more.test".into(), 1)));
    put(7, "1.test".into(), 2).unwrap();
    for number in 0..REPORTS_A_DAY_MAX {
        let put = store
            .write(move |tx| tx.put_report(ReportKind::Seen, 7, &format!("{number}.test"), b"x"));
        put.wait().unwrap();
    }
    put(8, "one-more.test".into(), REPORT_OCTETS_MAX).unwrap();
    assert!(refused(put(8, "a.test".into(), REPORT_OCTETS_MAX + 1)));
    assert!(refused(put(8, String::new(), 1)));
    assert!(refused(put(8, "x".repeat(REPORT_NAME_MAX + 1), 1)));
}
