use super::*;

#[test]
fn outside_words_become_one_line() {
    let rows = [
        ("a\r\nb\0\u{202E}c\u{2028}d", 99, "a b c d"),
        ("  x  y ", 99, "x y"),
        ("abcdef", 3, "abc..."),
        ("ab cdef", 3, "ab..."),
        ("", 3, ""),
        ("\r\n", 3, ""),
    ];
    for (text, max, expected) in rows {
        assert_eq!(one_line(text, max), expected);
    }
}

#[test]
fn lines_are_wrapped_and_fields_folded() {
    let mut out = String::new();
    wrap(&format!("{} end", "word ".repeat(20)), "  > ", &mut out);
    assert!(
        out.lines().count() == 2
            && out
                .lines()
                .all(|l| l.starts_with("  > word") && l.len() <= 72),
        "{out}"
    );
    let mut out = String::new();
    field(
        "Name",
        &format!("{}\r\nX-Pwned: {}", "word ".repeat(20), "é".repeat(2000)),
        &mut out,
    );
    assert!(out.starts_with("Name: word") && out.ends_with("\r\n"));
    assert!(
        out.lines().all(|l| l.len() < 998) && out.lines().skip(1).all(|l| l.starts_with(' ')),
        "{out}"
    );
}
