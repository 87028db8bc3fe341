//! White space and comments between words (RFC 5322 §3.2.2), skipped without recursion.

/// What follows the white space and comments at the front of `text`. A comment without an end goes to the end.
pub(crate) fn skip(mut text: &[u8]) -> &[u8] {
    let mut depth = 0_usize;
    while let Some((octet, rest)) = text.split_first() {
        match octet {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b'\\' if depth > 0 => {
                text = rest.get(1..).unwrap_or_default();
                continue;
            }
            _ if depth > 0 => {}
            _ => return text,
        }
        text = rest;
    }
    text
}

/// A word at the front, quoted or not, and what follows it. An unquoted one ends before white space, a comment, `;` or `=`.
pub(crate) fn word(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let ends = |octet: &u8| b" \t\r\n();=".contains(octet);
        let end = text.iter().position(ends).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
        return (word.to_vec(), rest);
    };
    let mut word = Vec::new();
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'"' => break,
            b'\\' => {
                if let Some((quoted, after)) = rest.split_first() {
                    word.push(*quoted);
                    rest = after;
                }
            }
            // Folds are no part of the word.
            b'\r' | b'\n' => {}
            _ => word.push(*octet),
        }
    }
    (word, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest_and_end() {
        for (text, rest) in [
            ("x", "x"),
            (" \r\n\t(a (b\\)) c) x", "x"),
            ("(a", ""),
            ("()()x", "x"),
            (")x", ")x"),
            ("(\\", ""),
            ("", ""),
        ] {
            assert_eq!(skip(text.as_bytes()), rest.as_bytes(), "{text}");
        }
        assert_eq!(word(b"a.b;c"), (b"a.b".to_vec(), &b";c"[..]));
        assert_eq!(word(b"\"a \\\"b\" c"), (b"a \"b".to_vec(), &b" c"[..]));
        assert_eq!(word(b"\"a"), (b"a".to_vec(), &b""[..]));
        // As deep as a field can be.
        let deep = [b"(".repeat(100_000), b")".repeat(100_000), b"x".to_vec()].concat();
        assert_eq!(skip(&deep), b"x");
    }
}
