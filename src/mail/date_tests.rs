//! Dates of the RFCs, of careless senders, and of every day of some centuries.

use super::*;

#[test]
fn header_dates_are_read() {
    let rows = [
        // RFC 5322 appendix A
        ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706, -360),
        ("Tue, 1 Jul 2003 10:52:37 +0200", 1_057_049_557, 120),
        ("Thu, 13 Feb 1969 23:32:54 -0330", -27_723_426, -210),
        ("21 Nov 97 09:55:06 GMT", 880_106_106, 0),
        (
            "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
            880_127_706,
            -360,
        ),
        (
            "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n   -0330 (Newfoundland Time)",
            -27_723_480,
            -210,
        ),
        // obsolete zones, leap day, leap second, small years
        ("Tue, 29 Feb 2000 12:00:00 EST", 951_843_600, -300),
        ("Sat, 31 Dec 2016 23:59:60 UT", 1_483_228_800, 0),
        ("1 Jan 49 00:00:00 Z", 2_493_072_000, 0),
        ("1 Jan 50 00:00:00 Z", -631_152_000, 0),
        ("1 Jan 100 00:00:00 +0000", 946_684_800, 0),
        // after 2038
        ("Sun, 7 Feb 2106 06:28:16 +0000", 4_294_967_296, 0),
        // careless
        ("sun 22 november 2026 02:23:54 XYZ", 1_795_314_234, 0),
        ("Sun, 22-Nov-2026 02:23:54", 1_795_314_234, 0),
        (
            "Sun, 22 Nov 2026 02:23:54.123 +0000 (UTC)",
            1_795_314_234,
            0,
        ),
        ("22 Nov 2026 2:23 +01", 1_795_314_180, 0),
    ];
    for (text, unix, zone_minutes) in rows {
        assert_eq!(
            parse_rfc5322(text.as_bytes()),
            Some(DateTime { unix, zone_minutes }),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "Sun,",
        "yesterday",
        "31 Feb 2026 00:00:00 +0000",
        "0 Jan 2026 00:00 +0000",
        "1 Jan 2026 24:00:00 +0000",
        "1 Jan 2026 00:60:00 +0000",
        "1 Jan 2026",
        "1 Ja 2026 00:00",
        "99999999999 Jan 2026 00:00",
        "1 Jan 99999 00:00:00 +0000",
        "(((((",
        "1 Jan 2026 00:00:(",
    ] {
        assert_eq!(parse_rfc5322(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn dates_are_printed() {
    let date = DateTime {
        unix: 1_795_314_234,
        zone_minutes: 0,
    };
    assert_eq!(date.rfc5322(), "Sun, 22 Nov 2026 02:23:54 +0000");
    assert_eq!(date.imap_internal(), "22-Nov-2026 02:23:54 +0000");
    let date = DateTime {
        unix: -27_723_426,
        zone_minutes: -210,
    };
    assert_eq!(date.rfc5322(), "Thu, 13 Feb 1969 23:32:54 -0330");
    let date = DateTime {
        unix: 1_057_049_557,
        zone_minutes: 120,
    };
    assert_eq!(date.imap_internal(), " 1-Jul-2003 10:52:37 +0200");
    assert_eq!(date.local_date(), (2003, 7, 1));
    // No value of the fields makes printing panic.
    for unix in [i64::MIN, i64::MAX] {
        for zone_minutes in [i16::MIN, 0, i16::MAX] {
            let date = DateTime { unix, zone_minutes };
            assert!(!date.rfc5322().is_empty() && !date.imap_internal().is_empty());
        }
    }
}

#[test]
fn imap_dates_are_read_strictly() {
    let date = DateTime {
        unix: 837_596_665,
        zone_minutes: -420,
    };
    assert_eq!(
        parse_imap_date_time(b"17-Jul-1996 02:44:25 -0700"),
        Some(date)
    );
    assert_eq!(
        parse_imap_date_time(b" 1-jul-2003 10:52:37 +0200").map(|d| d.unix),
        Some(1_057_049_557)
    );
    for text in [
        "",
        "1-Jul-2003 10:52:37 +0200",
        "17-Jul-1996 02:44:25 -070",
        "17-Jul-1996 02:44:25 -0760",
        "17-Jul-1996 02:44:25 00700",
        "17-Xxx-1996 02:44:25 -0700",
        "31-Jun-1996 02:44:25 -0700",
        "17-Jul-1996 02:44:25 -0700 ",
        "+7-Jul-1996 02:44:25 -0700",
    ] {
        assert_eq!(parse_imap_date_time(text.as_bytes()), None, "{text}");
    }
    assert_eq!(parse_imap_date(b"1-Feb-1994"), Some((1994, 2, 1)));
    assert_eq!(parse_imap_date(b"29-FEB-2000"), Some((2000, 2, 29)));
    for text in [
        "1-Feb-94",
        "1-Feb",
        "30-Feb-2000",
        "-1-Feb-1994",
        "1-Feb-1994-",
        "001-Feb-1994",
    ] {
        assert_eq!(parse_imap_date(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn every_day_of_nine_centuries_goes_there_and_back() {
    let mut last = civil_from_days(-200_001);
    for days in -200_000..130_000 {
        let (year, month, day) = civil_from_days(days);
        assert_eq!(days_from_civil(year, month, day), Some(days));
        assert!((year, month, day) > last);
        last = (year, month, day);
    }
    assert_eq!(civil_from_days(0), (1970, 1, 1));
    assert_eq!(civil_from_days(11_016), (2000, 2, 29));
    assert_eq!(days_from_civil(1900, 2, 29), None);
}

#[test]
fn printed_dates_are_read_back() {
    for unix in [
        -1,
        0,
        951_782_399,
        951_782_400,
        1_795_314_234,
        4_294_967_296,
        253_402_214_399,
    ] {
        for zone_minutes in [-720, -210, 0, 60, 845] {
            let date = DateTime { unix, zone_minutes };
            assert_eq!(parse_rfc5322(date.rfc5322().as_bytes()), Some(date));
            assert_eq!(
                parse_imap_date_time(date.imap_internal().as_bytes()),
                Some(date)
            );
        }
    }
}
