//! Tokens of the parts and of the text that a person would read.

use mail::content::{charset::to_utf8, decode_transfer, html_to_text};
use mail::source::ReadAt;
use mail::{Message, Part};

use super::form::{FORM, shape};
use super::{header::digit, hosts};
use crate::limits::{PARTS_MAX, TEXT_MAX, TEXT_PARTS_MAX};
use crate::pen::Pen;

/// What words of the text are called among themselves; people see them bare.
pub(crate) const BODY: &str = "";
/// Entities whose types together are one token.
const TREE_MAX: usize = 5;
/// Octets that are decoded at once.
const PIECE: usize = 2 * 1024;

/// Types, charsets, encodings and names of all parts.
pub(super) fn parts(message: &Message, pen: &mut Pen<'_>) {
    for part in message.parts.iter().take(PARTS_MAX) {
        pen.token("type", &format!("{}/{}", part.media_type, part.subtype));
        pen.token("encoding", &part.encoding);
        if let Some(charset) = part.param("charset") {
            pen.token("charset", &charset.to_ascii_lowercase());
        }
        if let Some((disposition, _)) = &part.disposition {
            pen.token("disposition", disposition);
        }
        if let Some(name) = part.filename() {
            pen.text("attachment", name, false, 16);
            if let Some((_, extension)) = name.rsplit_once('.') {
                pen.token("attachment type", &extension.to_lowercase());
            }
        }
    }
    let boundary = message.part(0).and_then(|part| part.param("boundary"));
    if let Some(boundary) = boundary {
        pen.token(FORM, &format!("boundary {}", shape(boundary.as_bytes())));
    }
    let types: Vec<&str> = message
        .parts
        .iter()
        .take(TREE_MAX)
        .map(|part| part.subtype.as_str())
        .collect();
    pen.token(FORM, &types.join(" "));
    pen.token("type", digit(message.parts.len()));
}

/// The words of the text parts, those for reading before those attached.
pub(super) fn texts<E>(
    message: &Message,
    read: &mut ReadAt<'_, E>,
    from: Option<&str>,
    pen: &mut Pen<'_>,
) -> Result<(), E> {
    let is_text = |part: &&Part| part.media_type == "text";
    let is_attached = |part: &&Part| {
        part.disposition
            .as_ref()
            .is_some_and(|(kind, _)| kind == "attachment")
    };
    let shown = message
        .parts
        .iter()
        .filter(is_text)
        .filter(|part| !is_attached(part));
    let attached = message.parts.iter().filter(is_text).filter(is_attached);
    let mut left = TEXT_MAX;
    for part in shown.chain(attached).take(TEXT_PARTS_MAX) {
        if left == 0 {
            break;
        }
        let octets = decoded(part, read, left)?;
        left = left.saturating_sub(octets.len().max(1));
        let text = to_utf8(part.param("charset").unwrap_or_default(), &octets);
        hosts::links(&text, from, pen);
        if part.subtype == "html" {
            pen.text(BODY, &html_to_text(&text), true, usize::MAX);
        } else {
            pen.text(BODY, &text, true, usize::MAX);
        }
    }
    Ok(())
}

/// The beginning of a part's content, at most `most` octets of it.
pub(crate) fn decoded<E>(part: &Part, read: &mut ReadAt<'_, E>, most: usize) -> Result<Vec<u8>, E> {
    let mut out = Vec::new();
    let Some(mut decoder) = decode_transfer(&part.encoding) else {
        return Ok(out);
    };
    let mut piece = [0; PIECE];
    let mut at = part.body.start;
    // Encoded text is at most three times as long as what it says; what is longer (blank lines, broken escapes) is cut here.
    let end = part.body.end.min(at.saturating_add(3 * most as u64));
    while at < end && out.len() < most {
        let want = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        let got = read(at, piece.get_mut(..want).unwrap_or(&mut []))?.min(want);
        if got == 0 {
            break;
        }
        // Broken encodings are read as far as they can be.
        let _ = decoder.feed(piece.get(..got).unwrap_or(&[]), &mut out);
        at += got as u64;
    }
    let _ = decoder.finish(&mut out);
    out.truncate(most);
    Ok(out)
}

/// The end of a part's content, about `most` octets of it: once for content that stands as it is, and four times for base64, where octets that are read from the middle of
/// it may begin at any of four places; one of them reads true.
pub(crate) fn decoded_end<E>(
    part: &Part,
    read: &mut ReadAt<'_, E>,
    most: usize,
) -> Result<Vec<Vec<u8>>, E> {
    let is_base64 = part.encoding.eq_ignore_ascii_case("base64");
    // Four signs for three octets, and line ends; quoted-printable says at most three for one, and is cut short.
    let length = if is_base64 { most / 2 * 3 } else { most };
    let at = part
        .body
        .end
        .saturating_sub(length as u64)
        .max(part.body.start);
    let mut signs = vec![0; usize::try_from(part.body.end - at).unwrap_or(0)];
    let mut filled = 0;
    while let Some(room) = signs.get_mut(filled..).filter(|room| !room.is_empty()) {
        match read(at + filled as u64, room)? {
            0 => break,
            got => filled += got,
        }
    }
    signs.truncate(filled);
    if is_base64 {
        signs.retain(|sign| !sign.is_ascii_whitespace());
    }
    let mut ends = Vec::new();
    let begins = if is_base64 { 4 } else { 1 };
    for skipped in 0..begins {
        let Some(mut decoder) = decode_transfer(&part.encoding) else {
            break;
        };
        let mut out = Vec::new();
        let _ = decoder.feed(signs.get(skipped..).unwrap_or(&[]), &mut out);
        let _ = decoder.finish(&mut out);
        ends.push(out);
    }
    Ok(ends)
}
