//! Tokens of the parts and of the text that a person would read.

use mail::content::{charset::to_utf8, decode_transfer, html_to_text};
use mail::source::ReadAt;
use mail::{Message, Part};
use memchr::memchr_iter;

use super::{header::digit, hosts};
use crate::limits::{PARTS_MAX, TEXT_MAX, TEXT_PARTS_MAX, WORD_MAX};
use crate::pen::Pen;

/// What words of the text are called among themselves; people see them bare.
pub(super) const BODY: &str = "";
/// Words before each that it is paired with.
const REACH: usize = 2;
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
            pen.text("attachment", name, 0, 16);
            if let Some((_, extension)) = name.rsplit_once('.') {
                pen.token("attachment type", &extension.to_lowercase());
            }
        }
    }
    pen.token("number of parts", digit(message.parts.len()));
}

/// The words of the text parts, those for reading before those attached.
pub(super) fn texts<E>(
    message: &Message,
    read: &mut ReadAt<'_, E>,
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
        hosts::links(&text, pen);
        if part.subtype == "html" {
            tags(&text, pen);
            pen.text(BODY, &html_to_text(&text), REACH, usize::MAX);
        } else {
            pen.text(BODY, &text, REACH, usize::MAX);
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

/// Names of the tags of HTML, and how many there are; comments are tags without a name.
fn tags(html: &str, pen: &mut Pen<'_>) {
    let octets = html.as_bytes();
    let mut last = None;
    for at in memchr_iter(b'<', octets) {
        let behind = octets.get(at + 1..).unwrap_or(&[]);
        let len = behind
            .iter()
            .take(WORD_MAX)
            .position(|b| !(b.is_ascii_alphanumeric() || *b == b'!'))
            .unwrap_or(0);
        let name = behind.get(..len).unwrap_or(&[]);
        // Runs of one tag say nothing more.
        if !name.is_empty() && last != Some(name) {
            pen.token("tag", &String::from_utf8_lossy(name).to_ascii_lowercase());
            last = Some(name);
        }
    }
}
