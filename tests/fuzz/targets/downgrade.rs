//! Downgrading: what comes out fits the target, has the same parts, and these the same content; what fits already stays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::content::{LineEnds, decode_transfer};
use mail::downgrade::{Downgrade, Target};
use mail::source::slice;
use mail::{Message, Parser, Part};

fuzz_target!(|input: &[u8]| {
    let Some((&first, text)) = input.split_first() else {
        return;
    };
    let target = Target {
        eight_bit: first & 1 > 0,
        binary: false,
        utf8_headers: first & 2 > 0,
    };
    let before = parse(text);
    let Ok(mut downgrade) = Downgrade::new(&before, target, &mut slice(text)) else {
        return;
    };
    let mut out = Vec::new();
    while let Ok(true) = downgrade.next(&mut slice(text), &mut out) {}
    assert_eq!(downgrade.measure(&mut slice(text)), Ok(out.len() as u64));
    assert!(target.eight_bit || out.is_ascii());
    if !downgrade.changes() {
        assert_eq!(out, text);
        return;
    }
    assert!(!out.contains(&0));
    let after = parse(&out);
    assert_eq!(before.parts.len(), after.parts.len());
    for (a, b) in before.parts.iter().zip(&after.parts) {
        assert_eq!(
            (a.parent, &a.children, &a.media_type, &a.subtype),
            (b.parent, &b.children, &b.media_type, &b.subtype)
        );
        if a.children.is_empty() {
            assert_eq!(content(a, text), content(b, &out));
        }
    }
});

fn parse(text: &[u8]) -> Message {
    let mut parser = Parser::new();
    parser.feed(text);
    parser.finish()
}

fn content(part: &Part, text: &[u8]) -> Vec<u8> {
    let body = &text[part.body.start as usize..part.body.end as usize];
    let mut decoded = Vec::new();
    match decode_transfer(&part.encoding) {
        Some(mut decoder) => {
            let _ = decoder.feed(body, &mut decoded);
            let _ = decoder.finish(&mut decoded);
        }
        None => decoded.extend_from_slice(body),
    }
    if !matches!(part.media_type.as_str(), "text" | "message") {
        return decoded;
    }
    let mut canonical = Vec::new();
    LineEnds::default().feed(&decoded, &mut canonical);
    canonical
}
