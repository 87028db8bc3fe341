//! Headers through the filter, whole and octet by octet.

use super::*;

fn filtered(household: bool, message: &str, piece: usize) -> String {
    let now = DateTime {
        unix: 1_795_314_234,
        zone_minutes: 0,
    };
    let mut filter = HeaderFilter::new(household, "box.example", [0; 16], now);
    let mut out = Vec::new();
    for octets in message.as_bytes().chunks(piece) {
        filter.feed(octets, &mut |octets| out.extend_from_slice(octets));
    }
    filter.finish(&mut |octets| out.extend_from_slice(octets));
    String::from_utf8(out).unwrap()
}

fn check(household: bool, message: &str, expected: &str) {
    for piece in [1, 2, 3, 7, 100_000] {
        let got = filtered(household, message, piece);
        let got = got
            .replace("Date: Sun, 22 Nov 2026 02:23:54 +0000\r\n", "DATE\r\n")
            .replace(
                &format!(
                    "Message-ID: {}\r\n",
                    mail::msgid::generate("box.example", [0; 16])
                ),
                "ID\r\n",
            );
        assert_eq!(got, expected, "in pieces of {piece}");
    }
}

#[test]
fn the_worlds_mail_loses_only_its_return_path() {
    check(
        false,
        "return-path: <x@y>\r\nBcc: b\r\nReturn-Path : <z>\r\n folded\r\nSubject: s\r\n more\r\n\r\nReturn-Path: in the text\r\n",
        "Bcc: b\r\nSubject: s\r\n more\r\n\r\nReturn-Path: in the text\r\n",
    );
    check(false, "A: b\r\n\r\n", "A: b\r\n\r\n");
    check(false, "A: b", "A: b");
    check(false, "", "");
}

#[test]
fn the_households_mail_loses_bcc_and_gains_what_is_missing() {
    check(
        true,
        "BCC: a@b,\r\n\tc@d\r\nbcc : e\r\nTo: f\r\n\r\nBcc: text\r\n",
        "To: f\r\nDATE\r\nID\r\n\r\nBcc: text\r\n",
    );
    check(
        true,
        "date: x\r\nMESSAGE-ID: y\r\n\r\nz",
        "date: x\r\nMESSAGE-ID: y\r\n\r\nz",
    );
    check(
        true,
        "Date: x\r\n\r\nDate: z",
        "Date: x\r\nID\r\n\r\nDate: z",
    );
    check(true, "To: x", "To: x\r\nDATE\r\nID\r\n");
    check(true, "To: x\r\n", "To: x\r\nDATE\r\nID\r\n");
    check(true, "Bcc: x", "DATE\r\nID\r\n");
    check(true, "", "DATE\r\nID\r\n");
}

#[test]
fn a_message_without_a_header_gets_the_line_that_ends_one() {
    check(
        false,
        "Hello you\r\nBcc: me\r\n",
        "\r\nHello you\r\nBcc: me\r\n",
    );
    check(false, " indented: yes\r\n", "\r\n indented: yes\r\n");
    check(true, "Hello\r\n", "DATE\r\nID\r\n\r\nHello\r\n");
    check(
        false,
        "From x@y Mon\r\nTo: z\r\n\r\nhi\r\n",
        "To: z\r\n\r\nhi\r\n",
    );
    let long = format!("{}: x\r\n", "n".repeat(300));
    check(false, &long, &format!("\r\n{long}"));
    check(false, "\r\nbody: x\r\n", "\r\nbody: x\r\n");
}

#[test]
fn junk_between_fields_stays() {
    check(
        false,
        "A: b\r\njunk\r\n more\r\nC: d\r\n\r\n",
        "A: b\r\njunk\r\n more\r\nC: d\r\n\r\n",
    );
}

#[test]
fn tls_required_is_read_in_every_split() {
    let says = |text: &str, piece: usize| {
        let now = DateTime {
            unix: 0,
            zone_minutes: 0,
        };
        let mut filter = HeaderFilter::new(false, "h.example", [0; 16], now);
        for some in text.as_bytes().chunks(piece) {
            filter.feed(some, &mut |_| {});
        }
        filter.finish(&mut |_| {});
        filter.tls_optional()
    };
    let long = format!("TLS-Required: {}No\r\n\r\n", " ".repeat(200));
    for (text, expected) in [
        ("TLS-Required: No\r\nX: y\r\n\r\n", true),
        ("A: b\r\ntls-required:\r\n  nO \r\nX: y\r\n\r\n", true),
        ("TLS-Required: No", true),
        ("TLS-Required: No\r\nX: y\r\n\r\nTLS-Required: No\r\n", true),
        ("TLS-Required: Yes\r\n\r\n", false),
        ("TLS-Required: No way\r\n\r\n", false),
        ("TLS-Required: No\r\nTLS-Required: No\r\n\r\n", false),
        ("X: y\r\n\r\nTLS-Required: No\r\n", false),
        ("X-TLS-Required: No\r\n\r\n", false),
        ("TLS-Required:\r\nX: No\r\n\r\n", false),
        (long.as_str(), false),
    ] {
        for piece in [1, 2, 7, 4096] {
            assert_eq!(says(text, piece), expected, "{text:?} by {piece}");
        }
    }
}
