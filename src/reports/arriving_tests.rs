use mail::Parser;
use msgauth::dmarc::Policy;
use msgauth::report::{PolicyKind, PolicyPart, Published, Record, gzip};

use super::*;

fn letter(media: &str, disposition: &str, octets: &[u8]) -> Result<Heard, String> {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(octets);
    let message = format!(
        "From: noreply@reporter.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n\
         Content-Type: {media}\r\nContent-Transfer-Encoding: base64\r\n{disposition}\r\n{encoded}\r\n--b--\r\n"
    );
    found(message.as_bytes())
}

fn found(message: &[u8]) -> Result<Heard, String> {
    let mut parser = Parser::new();
    parser.feed(message);
    let mut read = mail::source::slice(message);
    find(
        &parser.finish(),
        &mut |at, room| Ok(read(at, room).unwrap()),
    )
}

pub(in crate::reports) fn aggregate(rows: u32) -> Aggregate {
    let record = |number: u32| Record {
        source: std::net::IpAddr::from(number.to_be_bytes()),
        count: u64::from(number),
        disposition: Policy::Reject,
        dkim: number.is_multiple_of(2),
        spf: false,
        reasons: Vec::new(),
        header_from: "house.test".into(),
        envelope_from: String::new(),
        signatures: Vec::new(),
        senders: Vec::new(),
    };
    Aggregate {
        organization: "reporter.test".into(),
        id: "1".into(),
        policy: Published {
            domain: "house.test".into(),
            ..Published::default()
        },
        records: (1..=rows).map(record).collect(),
        ..Aggregate::default()
    }
}

#[test]
fn a_report_is_found_whatever_it_is_called() {
    let report = aggregate(2);
    let xml = write_aggregate(&report);
    let packed = gzip(xml.as_bytes());
    let heard = Ok(Heard::Mail(report));
    for media in [
        "application/gzip; name=a.xml.gz",
        "application/x-gzip",
        "application/octet-stream",
        "application/zip",
    ] {
        assert_eq!(letter(media, "", &packed), heard, "{media}");
    }
    assert_eq!(letter("text/xml", "", xml.as_bytes()), heard);
    let attached = "Content-Disposition: attachment; filename=a.xml\r\n";
    assert_eq!(letter("text/plain", attached, xml.as_bytes()), heard);
    // The whole letter is the report, as some send it.
    let message = format!(
        "From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: application/xml\r\n\r\n{xml}"
    );
    assert_eq!(found(message.as_bytes()), heard);
    let tls = TlsReport {
        organization: "x".into(),
        policies: vec![PolicyPart {
            kind: PolicyKind::Sts,
            domain: "house.test".into(),
            ..PolicyPart::default()
        }],
        ..TlsReport::default()
    };
    let packed = gzip(tls.write().as_bytes());
    assert_eq!(
        letter("application/tlsrpt+gzip", "", &packed),
        Ok(Heard::Tls(tls))
    );
}

#[test]
fn what_is_none_says_why() {
    let why = |octets: &[u8]| letter("application/gzip", "", octets).unwrap_err();
    assert_eq!(why(b"hello"), "it is no DMARC aggregate report");
    assert_eq!(why(b"\x1f\x8b\x08"), "it cannot be unpacked");
    assert_eq!(
        why(&gzip(&vec![b' '; 8 << 20])),
        "it unpacks to more than a report may have"
    );
    assert_eq!(
        found(b"From: a@b.test\r\n\r\nHello\r\n").unwrap_err(),
        "there is no report in it"
    );
    assert_eq!(
        why(&vec![b'<'; 4 << 20]),
        "its report is larger than reports are"
    );
}

#[test]
fn what_is_kept_is_small_and_keeps_what_failed() {
    let large = aggregate(1_000);
    let total: u64 = large.records.iter().map(|record| record.count).sum();
    let octets = Heard::Mail(large).write("reporter.test");
    assert!(octets.len() <= KEPT_MAX, "{}", octets.len());
    let (from, heard) = Heard::read(ReportKind::AboutUs, &octets).unwrap();
    let Heard::Mail(report) = heard else {
        panic!("a report of mail");
    };
    assert_eq!(from, "reporter.test");
    assert!(report.records.len() > 10);
    assert!(report.records.iter().all(|record| !record.passed()));
    let kept: u64 = report.records.iter().map(|record| record.count).sum();
    assert_eq!(kept + report.left_out, total);
}

#[test]
fn of_many_parts_only_the_first_are_looked_into() {
    let xml = write_aggregate(&aggregate(1));
    let letter = |none: usize, media: &str| {
        let none = format!("--b\r\nContent-Type: {media}\r\n\r\nnothing\r\n").repeat(none);
        let message = format!(
            "From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{none}--b\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--b--\r\n"
        );
        found(message.as_bytes()).is_ok()
    };
    assert!(letter(1, "application/pdf"));
    assert!(!letter(2, "application/pdf"));
    // Pictures are not even looked at.
    assert!(letter(9, "image/png"));
}

#[test]
fn numbers_without_end_are_cut_down_with_the_rest() {
    let mut report = aggregate(500);
    for record in &mut report.records {
        record.count = u64::MAX;
    }
    let octets = Heard::Mail(report).write("liar.test");
    assert!(Heard::read(ReportKind::AboutUs, &octets).is_some());
}
