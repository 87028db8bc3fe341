use super::*;

fn ascii_of(field: &str) -> Result<String, Obstacle> {
    let block = format!("{field}\r\n\r\n");
    let wish = Wish {
        ascii: true,
        ..Wish::default()
    };
    rewrite(block.as_bytes(), &wish).map(|out| {
        let out = String::from_utf8(out).unwrap();
        out.strip_suffix("\r\n\r\n").unwrap().to_owned()
    })
}

#[test]
fn fields_become_ascii_and_read_as_before() {
    let rows = [
        ("Subject: Grüße", "Subject: =?utf-8?b?R3LDvMOfZQ==?="),
        (
            "Subject: =?utf-8?q?=C3=BC?= und ö",
            "Subject: =?utf-8?b?w7wgdW5kIMO2?=",
        ),
        ("X-Any: a\r\n ü", "X-Any: a =?utf-8?b?w7w=?="),
        (
            "From: Jörg <j@example.org>",
            "From: =?utf-8?b?SsO2cmc=?= <j@example.org>",
        ),
        (
            "To: \"Jörg, B.\" <j@exämple.org>, c@d",
            "To: =?utf-8?b?SsO2cmcsIEIu?= <j@xn--exmple-cua.org>, c@d",
        ),
        (
            "Cc: Größe: a@b, \"x y\"@c;, d@e",
            "Cc: =?utf-8?b?R3LDtsOfZQ==?=: a@b, \"x y\"@c;, d@e",
        ),
        (
            "Content-Type: text/plain; charset=utf-8; name=\"ü b\"",
            "Content-Type: text/plain; charset=\"utf-8\"; name*=utf-8''%C3%BC%20b",
        ),
        ("junk ü", "junk ??"),
    ];
    for (field, expected) in rows {
        assert_eq!(ascii_of(field).as_deref(), Ok(expected));
    }
    for field in [
        "From: jörg@example.org",
        "Message-ID: <ü@x>",
        "Received: from ü by x",
        "To: a@\u{3002}",
    ] {
        assert_eq!(ascii_of(field), Err(Obstacle::NeedsSmtputf8), "{field}");
    }
    // Latin-1 without a label.
    let wish = Wish {
        ascii: true,
        ..Wish::default()
    };
    assert_eq!(
        rewrite(b"Subject: \xFC\r\n", &wish).unwrap(),
        b"Subject: =?utf-8?b?w7w=?=\r\n"
    );
}

#[test]
fn long_fields_are_folded_where_blanks_are() {
    let wish = Wish {
        mend: true,
        ..Wish::default()
    };
    let long = format!("References: {}\r\n\r\n", "<abc@def.example> ".repeat(100));
    let out = rewrite(long.as_bytes(), &wish).unwrap();
    assert!(out.split(|&b| b == b'\n').all(|line| line.len() <= 77));
    let field = fields(&out).next().unwrap();
    assert_eq!(
        *unfold(field.value),
        *long.strip_prefix("References:").unwrap().trim().as_bytes()
    );
    assert_eq!(
        rewrite(b"A: \0b\rc\r\n d\n\r\n", &wish).unwrap(),
        b"A:  b c\r\n d\n\r\n"
    );
}

#[test]
fn the_encoding_is_replaced_once() {
    let wish = Wish {
        encoding: Some("base64"),
        mime_version: true,
        ..Wish::default()
    };
    assert_eq!(
        rewrite(b"content-transfer-encoding : 8bit\r\nA: b\r\nContent-Transfer-Encoding:\r\n 7bit\r\n\r\n", &wish).unwrap(),
        b"Content-Transfer-Encoding: base64\r\nA: b\r\nMIME-Version: 1.0\r\n\r\n"
    );
    assert_eq!(
        rewrite(b"", &wish).unwrap(),
        b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    assert_eq!(
        rewrite(b"\n", &wish).unwrap(),
        b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\n"
    );
}
