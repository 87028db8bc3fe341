//! Reports of other mail hosts (DMARC, TLS), packed or not: read whatever they are, within bounds; what was read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use msgauth::report::{
    DETAILS_MAX, Mailto, POLICIES_MAX, RATIO_MAX, RECORDS_MAX, TlsRecord, TlsReport, UNPACKED_MAX,
    gzip, read_aggregate, unpack, write_aggregate,
};

fuzz_target!(|data: &[u8]| {
    // The first octet says how the rest comes: as it is, packed here, or as the end of a packed report.
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let packed = match how % 3 {
        0 => rest.to_vec(),
        1 => gzip(rest),
        _ => [&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], rest].concat(),
    };
    let Ok(document) = unpack(&packed) else {
        return;
    };
    assert!(document.len() <= UNPACKED_MAX);
    assert!(document.len() <= (packed.len() * RATIO_MAX).max(256 << 10));
    if how % 3 == 1 {
        assert_eq!(document, rest);
    }
    if let Ok(mut report) = read_aggregate(&document) {
        assert!(report.records.len() <= RECORDS_MAX);
        // Told in an element of its own, for people.
        report.left_out = 0;
        let again = read_aggregate(write_aggregate(&report).as_bytes()).unwrap();
        assert_eq!(again, report);
    }
    if let Ok(report) = TlsReport::read(&document) {
        assert!(report.policies.len() <= POLICIES_MAX);
        assert!(report.policies.iter().all(|one| one.details.len() <= DETAILS_MAX));
        let again = TlsReport::read(report.write().as_bytes()).unwrap();
        // A date outside four digits of a year is none.
        assert_eq!(again.policies, report.policies);
    }
    let _ = TlsRecord::of(std::iter::once(rest));
    if let Ok(text) = std::str::from_utf8(rest)
        && let Some(mailto) = Mailto::parse(text)
    {
        assert!(!mailto.address.to_string().contains(['\r', '\n']));
    }
});
