//! For tests: parses a message in three ways and insists on what holds for every message.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "for tests only"
)]

use crate::limits::{PARTS_MAX, SAMPLE_MAX};
use crate::splits::three_ways;
use crate::{Message, Parser};

/// Parses in three ways and insists on the promises that hold for every message.
pub(crate) fn parse(text: &[u8]) -> Message {
    let message = three_ways(text, |pieces| {
        let mut parser = Parser::new();
        for piece in pieces {
            parser.feed(piece);
        }
        parser.finish()
    });
    assert_promises(&message, text);
    message
}

/// Parses in one piece only: for messages that are long.
pub(crate) fn parse_whole(text: &[u8]) -> Message {
    let mut parser = Parser::new();
    parser.feed(text);
    let message = parser.finish();
    assert_promises(&message, text);
    message
}

fn assert_promises(message: &Message, text: &[u8]) {
    let size = text.len() as u64;
    assert_eq!(message.size, size);
    assert_eq!(message.lines, lines(text));
    assert!((1..=PARTS_MAX).contains(&message.parts.len()));
    assert_eq!(message.parts[0].header.start, 0);
    assert_eq!(message.parts[0].body.end, size);
    for (index, part) in message.parts.iter().enumerate() {
        assert!(
            part.header.start <= part.header.end && part.header.end == part.body.start,
            "{part:?}"
        );
        assert!(
            part.body.start <= part.body.end && part.body.end <= size,
            "{part:?}"
        );
        let body = &text
            [usize::try_from(part.body.start).unwrap()..usize::try_from(part.body.end).unwrap()];
        assert_eq!(part.body_lines, lines(body), "{part:?}");
        assert!(
            !part.media_type.is_empty() && !part.subtype.is_empty() && !part.encoding.is_empty()
        );
        assert_eq!(
            part.is_multipart(),
            !part.is_message() && !part.children.is_empty()
        );
        assert!(!part.is_message() || part.children.len() == 1);
        let in_message = part
            .parent
            .is_none_or(|parent| message.part(parent).unwrap().is_message());
        assert_eq!(part.envelope.is_some(), in_message);
        let mut from = part.body.start;
        for &child in &part.children {
            let inner = message.part(child).unwrap();
            assert_eq!(inner.parent, Some(u32::try_from(index).unwrap()));
            assert!(
                inner.header.start >= from && inner.body.end <= part.body.end,
                "{part:?} {inner:?}"
            );
            // A part begins behind its delimiter line, or stands in for one at the end.
            let start = inner.header.start;
            assert!(
                part.is_message()
                    || start == part.body.end
                    || text[usize::try_from(start - 1).unwrap()] == b'\n'
            );
            from = inner.body.end;
        }
    }
    if let Some(sample) = &message.sample {
        let part = message.part(sample.part).unwrap();
        let body = &text
            [usize::try_from(part.body.start).unwrap()..usize::try_from(part.body.end).unwrap()];
        assert_eq!(part.media_type, "text");
        assert!(sample.octets.len() <= SAMPLE_MAX);
        // The first line of a body without header passed as a header's.
        assert!(
            body.starts_with(&sample.octets)
                || (sample.octets.len() < SAMPLE_MAX && body.ends_with(&sample.octets)),
            "{sample:?}"
        );
    }
}

fn lines(text: &[u8]) -> u64 {
    text.split_inclusive(|&b| b == b'\n').count() as u64
}

/// One line an entity: number in the tree, type, header and body as text.
fn outline(message: &Message, text: &[u8]) -> String {
    let slice = |range: &std::ops::Range<u64>| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        String::from_utf8_lossy(&text[range]).into_owned()
    };
    let mut out = String::new();
    for part in &message.parts {
        let parent = part
            .parent
            .map_or_else(|| "-".to_owned(), |p| p.to_string());
        let body = if part.children.is_empty() {
            slice(&part.body)
        } else {
            "...".to_owned()
        };
        out += &format!(
            "{parent} {}/{} {:?} {body:?}\n",
            part.media_type,
            part.subtype,
            slice(&part.header)
        );
    }
    out
}

pub(crate) fn assert_outline(text: &[u8], expected: &str) {
    let message = parse(text);
    assert!(message.complete);
    assert_eq!(outline(&message, text), expected);
}
