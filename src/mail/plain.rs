//! Outside words made fit for letters that we write: one line, bounded, nothing that hides or turns the text.

/// `text` on one line: controls, line separators and marks that turn the text around become blanks, runs of blanks become one,
/// and after `max` characters comes `...`.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in text
        .split(|c: char| c.is_whitespace() || is_hidden(c))
        .filter(|word| !word.is_empty())
    {
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= max {
                out.truncate(out.trim_end().len());
                out.push_str("...");
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

/// Controls, and what changes how the text around it is shown (Unicode TR 36: bidirectional marks; line and paragraph separators).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Appends the words of `text` in lines of at most [`WIDTH`] characters, each begun with `indent` and ended with CRLF.
/// A longer word has a line of its own; one of more than [`WORD_MAX`] characters is cut.
pub(crate) fn wrap(text: &str, indent: &str, out: &mut String) {
    let mut column = 0;
    for word in pieces(text) {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > WIDTH {
            out.push_str("\r\n");
            column = 0;
        }
        if column == 0 {
            out.push_str(indent);
            column = indent.len();
            // Not even a guessed boundary can stand at the start of a line.
            if column == 0 && word.starts_with("--") {
                out.push(' ');
                column = 1;
            }
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += len;
    }
    if column > 0 {
        out.push_str("\r\n");
    }
}

/// Appends a header field, folded between words. `value` is one line already; so that it cannot end the field, it is made one
/// here again.
pub(crate) fn field(name: &str, value: &str, out: &mut String) {
    out.push_str(name);
    out.push(':');
    let mut column = name.len() + 1;
    for word in pieces(&one_line(value, VALUE_MAX)) {
        let len = word.chars().count();
        if column > name.len() + 1 && column + 1 + len > WIDTH + 4 {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(word);
        column += 1 + len;
    }
    out.push_str("\r\n");
}

/// Characters of a line that a person reads.
const WIDTH: usize = 72;
/// Characters of a word before it is cut, so that no line comes near the 998 octets of RFC 5322 §2.1.1.
const WORD_MAX: usize = 240;
/// Characters of a field's value.
const VALUE_MAX: usize = 4000;

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_ascii_whitespace().flat_map(|word| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let end = rest
                .char_indices()
                .nth(max_of(word))
                .map_or(rest.len(), |(at, _)| at);
            let (piece, after) = rest.split_at_checked(end)?;
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    })
}

/// ASCII words such as addresses stay whole as long as a line can hold them.
fn max_of(word: &str) -> usize {
    if word.is_ascii() {
        3 * WORD_MAX + 200
    } else {
        WORD_MAX
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
