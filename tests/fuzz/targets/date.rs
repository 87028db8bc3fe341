//! Dates: what is read and printed is read again as the same instant.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::date::{parse_imap_date_time, parse_rfc5322};

fuzz_target!(|input: &[u8]| {
    if let Some(date) = parse_rfc5322(input) {
        assert_eq!(
            parse_rfc5322(date.rfc5322().as_bytes()).map(|d| d.unix),
            Some(date.unix)
        );
    }
    if let Some(date) = parse_imap_date_time(input) {
        assert_eq!(
            parse_imap_date_time(date.imap_internal().as_bytes()).map(|d| d.unix),
            Some(date.unix)
        );
    }
});
