//! What a TOML text holds beside its values: comments, headers, and where the first key could stand. The text has been read before, so that only strings have to be
//! told from what is none.

use std::ops::Range;

/// Every comment with its `#`, without spaces behind it, sorted: they are counted and compared.
pub(super) fn comments(text: &str) -> Vec<&str> {
    let mut comments: Vec<&str> = pieces(text)
        .filter(|piece| piece.kind == Kind::Comment)
        .filter_map(|piece| text.get(piece.at))
        .map(str::trim_end)
        .collect();
    comments.sort_unstable();
    comments
}

/// Headers of tables: where the line behind each begins, and the names in it. Those of arrays of tables are none.
pub(crate) fn headers(text: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let mut found = Vec::new();
    for (start, line) in plain_lines(text) {
        let inside = line.trim_start().strip_prefix('[');
        let inside = inside.filter(|inside| !inside.starts_with('['));
        let Some((names, _)) = inside.and_then(|inside| inside.split_once(']')) else {
            continue;
        };
        let names = names
            .split('.')
            .map(|name| name.trim().trim_matches(['"', '\'']).to_owned());
        found.push((start + line.len(), names.collect()));
    }
    found.into_iter()
}

/// Where a first key at the top of the file goes: behind the comments that open the file if a blank line follows them, or else in front of all.
pub(super) fn opening(text: &str) -> usize {
    let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut at = begin;
    let rest = text.get(begin..).unwrap_or_default();
    for line in rest.split_inclusive('\n') {
        match line.trim() {
            "" if at > begin => return at,
            comment if comment.starts_with('#') => at += line.len(),
            _ => return begin,
        }
    }
    at
}

/// Lines that begin outside of every string, with their ends, and where they begin.
fn plain_lines(text: &str) -> Vec<(usize, &str)> {
    let strings: Vec<Range<usize>> = pieces(text)
        .filter(|piece| piece.kind == Kind::Text)
        .map(|piece| piece.at)
        .collect();
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !strings
            .iter()
            .any(|string| string.start < start && start < string.end)
        {
            lines.push((start, line));
        }
        start += line.len();
    }
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    /// With its quotes.
    Text,
}

struct Piece {
    kind: Kind,
    at: Range<usize>,
}

/// Comments and strings, in order.
fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.find(['#', '"', '\''])?;
        let rest = text.get(start..)?;
        let (kind, length) = if rest.starts_with('#') {
            (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else {
            (Kind::Text, string(rest))
        };
        at = start + length.max(1);
        Some(Piece {
            kind,
            at: start..start + length,
        })
    })
}

/// Octets of the string that `text` begins with.
fn string(text: &str) -> usize {
    for (quotes, escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
        let Some(inside) = text.strip_prefix(quotes) else {
            continue;
        };
        let mut skip = false;
        for (at, c) in inside.char_indices() {
            if skip {
                skip = false;
            } else if escapes && c == '\\' {
                skip = true;
            } else if inside
                .get(at..)
                .is_some_and(|rest| rest.starts_with(quotes))
            {
                let end = at + quotes.len();
                // Up to two quotes more belong to the string that three end.
                let more = inside.get(end..).unwrap_or_default();
                let extra = if quotes.len() == 3 {
                    more.len() - more.trim_start_matches(c).len()
                } else {
                    0
                };
                return quotes.len() + end + extra.min(2);
            }
        }
        return text.len();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_a_string_is_no_comment() {
        let text = "# one\na = \"# no\" # two\nb = '''\n# no\n''' #three \nc = \"\\\"# no\"\nd = \"\"\"a\"\"\"\"#4";
        assert_eq!(comments(text), ["# one", "# two", "#4", "#three"]);
    }

    #[test]
    fn headers_stand_outside_of_strings() {
        let text = "[a]\nx = '''\n[no]\n'''\n  [ b . \"c\" ] # yes\r\n[[d]]\n[e]";
        let found: Vec<_> = headers(text).collect();
        let names: Vec<String> = found.iter().map(|(_, names)| names.join("|")).collect();
        assert_eq!(names, ["a", "b|c", "e"]);
        assert_eq!(found[0].0, 4);
        assert_eq!(found[2].0, text.len());
    }

    #[test]
    fn the_first_key_goes_below_what_opens_the_file() {
        assert_eq!(opening(""), 0);
        assert_eq!(opening("# a\n# b\n\n[x]"), 8);
        assert_eq!(opening("# about x\n[x]"), 0);
        assert_eq!(opening("\n[x]"), 0);
        assert_eq!(opening("# only"), 6);
    }
}
