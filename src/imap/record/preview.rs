//! PREVIEW (RFC 8970): the first words of a message, as a person would read them.
//!
//! Promises: at most [`CHARACTERS`] characters of UTF-8 on one line, without markup, control characters, transfer encoding, quotations of other
//! letters (unless there is nothing else) and signature. Cannot: it does not look behind the octets that it is given.

use mail::Message;
use mail::content::{charset, decode_transfer, html_to_text};
use mail::limits::SAMPLE_MAX;

use super::parts::Encoding;

/// RFC 8970 §3.3: "SHOULD limit the length of the preview text to 200 preview characters".
pub(super) const CHARACTERS: usize = 200;

/// The preview of a message that has just come; `None`: its beginning is not enough for one.
pub(super) fn of(message: &Message) -> Option<String> {
    let Some(sample) = &message.sample else {
        return Some(String::new());
    };
    let part = message.part(sample.part)?;
    let encoding = match part.encoding.as_str() {
        "7bit" | "8bit" | "binary" | "" => Encoding::Identity,
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        _ => Encoding::Unknown,
    };
    let preview = preview(
        part.subtype == "html",
        encoding,
        part.param("charset").unwrap_or_default(),
        &sample.octets,
    );
    (!preview.is_empty() || sample.octets.len() < SAMPLE_MAX).then_some(preview)
}

/// The preview of a part from the first octets of its body.
pub(super) fn preview(html: bool, encoding: Encoding, label: &str, octets: &[u8]) -> String {
    let name = match encoding {
        Encoding::Identity => "",
        Encoding::Base64 => "base64",
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::Unknown => return String::new(),
    };
    let mut decoded = Vec::new();
    if let Some(mut decoder) = decode_transfer(name) {
        // What breaks the rules of its encoding is read as far as it can be.
        let _ = decoder.feed(octets, &mut decoded);
        let _ = decoder.finish(&mut decoded);
    }
    let text = charset::to_utf8(label, &decoded);
    if html {
        return squeezed(&html_to_text(&text));
    }
    if text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----") {
        return String::new();
    }
    let own = text
        .lines()
        .take_while(|line| *line != "-- ")
        .filter(|line| !line.starts_with('>'));
    let preview = words(own.flat_map(|line| [line, "\n"]));
    if preview.is_empty() {
        squeezed(&text)
    } else {
        preview
    }
}

fn squeezed(text: &str) -> String {
    words(std::iter::once(text))
}

/// The words with one space between them, as many as fit; a word that is cut is cut between characters.
fn words<'t>(pieces: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    let mut left = CHARACTERS;
    let mut gap = false;
    for character in pieces.flat_map(str::chars) {
        if character.is_whitespace() || character.is_control() || is_invisible(character) {
            gap |= character.is_whitespace();
            continue;
        }
        if gap && !out.is_empty() {
            if left < 2 {
                break;
            }
            out.push(' ');
            left = left.saturating_sub(1);
        }
        gap = false;
        if left == 0 {
            break;
        }
        out.push(character);
        left = left.saturating_sub(1);
    }
    // The last character of a beginning may have been cut apart.
    out.truncate(out.trim_end_matches('\u{FFFD}').len());
    out
}

/// Newsletters fill their preview with these, so that nothing of the letter itself shows.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
}

#[cfg(test)]
#[path = "preview_tests.rs"]
mod tests;
