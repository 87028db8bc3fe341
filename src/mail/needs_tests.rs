use super::*;
use crate::Parser;
use crate::source::slice;

#[test]
fn messages_say_what_they_need() {
    let long = "x".repeat(LINE_MAX + 1);
    let fits = "x".repeat(LINE_MAX);
    let rows: [(String, (bool, bool, bool)); 9] = [
        ("Subject: s\r\n\r\nx\r\n".into(), (false, false, false)),
        ("Subject: s\r\n\r\nü\r\n".into(), (true, false, false)),
        ("Subject: ü\r\n\r\nx\r\n".into(), (true, false, true)),
        (
            "Content-Type: message/rfc822\r\n\r\nTo: ü\r\n\r\nx\r\n".into(),
            (true, false, true),
        ),
        ("A: b\r\n\r\n\0".into(), (false, true, false)),
        ("A: b\r\n\r\na\rb".into(), (false, true, false)),
        ("A: b\r\n\r\na\nb".into(), (false, true, false)),
        (format!("A: b\r\n\r\n{long}\r\n"), (false, true, false)),
        (format!("A: b\r\n\r\n{fits}\r\n"), (false, false, false)),
    ];
    for (text, expected) in rows {
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        let Ok(found) = needs(&parser.finish(), &mut slice(text.as_bytes()));
        assert_eq!(
            (found.eight_bit, found.binary, found.smtputf8),
            expected,
            "{text}"
        );
    }
}
