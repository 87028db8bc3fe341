//! The previews of texts as mail has them (RFC 8970).

use super::*;

fn of_text(text: &str) -> String {
    let mut parser = mail::Parser::new();
    parser.feed(text.as_bytes());
    of(&parser.finish()).unwrap()
}

#[test]
fn the_first_words_as_a_person_reads_them() {
    for (message, preview) in [
        ("A: b\r\n\r\nhello\r\n\tworld\r\n", "hello world"),
        ("A: b\r\n\r\n", ""),
        ("Content-Type: image/png\r\n\r\nx", ""),
        (
            "A: b\r\n\r\nOn Monday Ann wrote:\r\n> old\r\nnew\r\n-- \r\nBob",
            "On Monday Ann wrote: new",
        ),
        ("A: b\r\n\r\n> only\r\n> this", "> only > this"),
        ("A: b\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nabc", ""),
        (
            "Content-Type: text/html\r\n\r\n<html><head><style>p{}</style></head><p>gr&uuml;n<br>blau",
            "grün blau",
        ),
        (
            "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=FCn=\r\nblau",
            "grünblau",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nZ3LDvG4=\r\n",
            "grün",
        ),
        ("Content-Transfer-Encoding: x-secret\r\n\r\nhello", ""),
        ("A: b\r\n\r\na\u{200B}\u{AD} \u{FEFF}b", "a b"),
    ] {
        assert_eq!(of_text(message), preview, "{message}");
    }
}

#[test]
fn two_hundred_characters_are_the_most() {
    let long = of_text(&format!("A: b\r\n\r\n{}", "ü".repeat(1_000)));
    assert_eq!(long.chars().count(), CHARACTERS);
    let words = of_text(&format!("A: b\r\n\r\n{}", "ab ".repeat(1_000)));
    assert!(
        words.chars().count() <= CHARACTERS && words.ends_with("ab"),
        "{words}"
    );
}

#[test]
fn a_long_style_sheet_leaves_it_open() {
    let style = format!(
        "Content-Type: text/html\r\n\r\n<style>{}</style>hello",
        "p{}".repeat(20_000)
    );
    let mut parser = mail::Parser::new();
    parser.feed(style.as_bytes());
    assert_eq!(of(&parser.finish()), None);
}
