//! Parameters: the examples of RFC 2045, 2183 and 2231, what senders make of them, and what attackers do.

use super::*;

fn parsed(text: &str) -> (String, Vec<(String, String)>) {
    let result = parse_parameterized(text.as_bytes());
    assert!(!result.cut);
    (result.value, result.params)
}

/// Field body, value before the parameters, parameters.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[test]
fn parameters_are_read() {
    let rows: [Row; 31] = [
        // RFC 2045
        (
            "text/plain; charset=us-ascii (Plain text)",
            "text/plain",
            &[("charset", "us-ascii")],
        ),
        (
            "text/plain; charset=\"us-ascii\"",
            "text/plain",
            &[("charset", "us-ascii")],
        ),
        (
            "multipart/mixed;\r\n  boundary=gc0pJq0M:08jU534c0p",
            "multipart/mixed",
            &[("boundary", "gc0pJq0M:08jU534c0p")],
        ),
        // RFC 2183
        (
            "attachment; filename=genome.jpeg;\r\n modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\";",
            "attachment",
            &[
                ("filename", "genome.jpeg"),
                ("modification-date", "Wed, 12 Feb 1997 16:29:51 -0500"),
            ],
        ),
        // RFC 2231
        (
            "message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
            "message/external-body",
            &[
                ("access-type", "URL"),
                (
                    "url",
                    "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar",
                ),
            ],
        ),
        (
            "application/x-stuff;\r\n title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
            "application/x-stuff",
            &[("title", "This is ***fun***")],
        ),
        (
            "application/x-stuff\r\n title*0*=us-ascii'en'This%20is%20even%20more%20\r\n title*1*=%2A%2A%2Afun%2A%2A%2A%20\r\n title*2=\"isn't it!\"",
            "application/x-stuff",
            &[("title", "This is even more ***fun*** isn't it!")],
        ),
        // more of RFC 2231
        (
            "a/b; n*1*=%BC; n*0*=utf-8''%C3; x=y",
            "a/b",
            &[("n", "ü"), ("x", "y")],
        ),
        ("a/b; n=plain; n*=utf-8''%C3%BC", "a/b", &[("n", "ü")]),
        ("a/b; n*0=a; n=plain; n*1=b", "a/b", &[("n", "ab")]),
        ("a/b; n*=iso-8859-1''%FC", "a/b", &[("n", "ü")]),
        ("a/b; n*=%FC%zz%4", "a/b", &[("n", "ü%zz%4")]),
        ("a/b; n*0=a; n*0=b; n*01=c", "a/b", &[("n", "ac")]),
        ("a/b; n*x=a; *=b; *0=c", "a/b", &[("n*x", "a")]),
        ("a/b; n*=utf-8''a%0D%0Ab%00", "a/b", &[("n", "a  b ")]),
        // careless senders
        (
            "TEXT / Plain (x(y)z) ; CharSet = utf-8 ;",
            "text/plain",
            &[("charset", "utf-8")],
        ),
        (
            "text/plain charset=utf-8",
            "text/plain",
            &[("charset", "utf-8")],
        ),
        (
            "text/plain; charset=utf-8 format=flowed",
            "text/plain",
            &[("charset", "utf-8"), ("format", "flowed")],
        ),
        (
            "attachment; filename=my holiday photo.jpg; size=3",
            "attachment",
            &[("filename", "my holiday photo.jpg"), ("size", "3")],
        ),
        (
            "multipart/mixed; boundary=----=_Part_1=_",
            "multipart/mixed",
            &[("boundary", "----=_Part_1=_")],
        ),
        (
            "a/b; n=\"a\\\"b\\\\c;d\"; m=\"open",
            "a/b",
            &[("n", "a\"b\\c;d"), ("m", "open")],
        ),
        ("a/b;; ;x; y=1;;", "a/b", &[("y", "1")]),
        ("a/b; n=; m=2", "a/b", &[("n", ""), ("m", "2")]),
        ("a/b; n=1; N=2", "a/b", &[("n", "1")]),
        ("a/b; n=gr\u{fc}n", "a/b", &[("n", "grün")]),
        (
            "a/b; n=\"=?utf-8?q?=C3=BC?=\"",
            "a/b",
            &[("n", "=?utf-8?q?=C3=BC?=")],
        ),
        ("text", "text", &[]),
        ("", "", &[]),
        (";x=1", "", &[("x", "1")]),
        ("(", "", &[]),
        ("a/b/c; x=1", "a/b", &[("x", "1")]),
    ];
    for (text, value, params) in rows {
        let params: Vec<(String, String)> = params
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(parsed(text), (value.to_owned(), params), "{text}");
    }
}

#[test]
fn eight_bit_values_become_text_but_boundaries_stay_octets() {
    let result = parse_parameterized(b"a/b; n=gr\xFCn; boundary=\"\xFC\"");
    assert_eq!(result.params.first().map(|(_, v)| v.as_str()), Some("grün"));
    assert_eq!(result.boundary.as_deref(), Some(b"\xFC".as_slice()));
}

#[test]
fn pieces_are_counted_not_collected() {
    let many: String = (0..100_000).map(|n| format!(" name*{n}=x;")).collect();
    let result = parse_parameterized(format!("a/b;{many}").as_bytes());
    assert!(result.cut);
    assert_eq!(result.params, [("name".to_owned(), "x".repeat(PARAMS_MAX))]);
    let many: String = (0..100_000).map(|n| format!(" n{n}=x;")).collect();
    let result = parse_parameterized(format!("a/b;{many}").as_bytes());
    assert!(result.cut && result.params.len() == PARAMS_MAX);
}
