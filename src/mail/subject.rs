//! The base subject: what is left of a Subject without the marks of replies and forwards (RFC 5256 §2.1).
//!
//! ```abnf
//! subject      = *subj-leader [subj-middle] *subj-trailer
//! subj-refwd   = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
//! subj-blob    = "[" *BLOBCHAR "]" *WSP
//! subj-fwd     = "[fwd:" subject "]"
//! subj-leader  = (*subj-blob subj-refwd) / WSP
//! subj-middle  = *subj-blob (subj-base / subj-fwd)
//! subj-trailer = "(fwd)" / WSP
//! ```
//!
//! It promises exactly that procedure, so that servers and clients agree, in linear time and without recursion.

use std::borrow::Cow;

/// A Subject without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseSubject {
    /// What is left: UTF-8, one space between words. May be empty.
    pub text: String,
    /// Whether a mark of a reply or forward was taken off, and not only a `[list]`.
    pub reply: bool,
}

/// The base subject of a Subject field's value, encoded words and all.
pub fn base_subject(value: &[u8]) -> BaseSubject {
    let decoded = crate::header::decode_words(value);
    let spaced = single_spaces(&decoded);
    let (text, reply) = base(&spaced);
    BaseSubject {
        text: text.to_owned(),
        reply,
    }
}

/// Step 1: tabs are spaces, several are one. `decode_words` has undone folding and made tabs and other controls spaces.
fn single_spaces(text: &str) -> Cow<'_, str> {
    if !text.contains("  ") && !text.contains('\t') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let character = if character == '\t' { ' ' } else { character };
        if character != ' ' || !out.ends_with(' ') {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Steps 2 to 6.
fn base(text: &str) -> (&str, bool) {
    let mut rest = text;
    let mut reply = false;
    loop {
        while let Some(shorter) = without_trailer(rest, &mut reply) {
            rest = shorter;
        }
        rest = without_leaders(rest, &mut reply);
        match prefix(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => (rest, reply) = (inner, true),
            None => return (rest, reply),
        }
    }
}

/// Step 2, once.
fn without_trailer<'a>(text: &'a str, reply: &mut bool) -> Option<&'a str> {
    if let Some(shorter) = text.strip_suffix(' ') {
        return Some(shorter);
    }
    let at = text.len().checked_sub("(fwd)".len())?;
    let (before, last) = text.split_at_checked(at)?;
    last.eq_ignore_ascii_case("(fwd)").then(|| {
        *reply = true;
        before
    })
}

/// Steps 3 to 5.
fn without_leaders<'a>(text: &'a str, reply: &mut bool) -> &'a str {
    let mut rest = text;
    // Where the blobs that were looked behind in vain end, counted from the end of the text: they are not walked again for each one of them.
    let mut in_vain = usize::MAX;
    loop {
        if let Some(shorter) = rest.strip_prefix(' ') {
            rest = shorter;
            continue;
        }
        if rest.len() < in_vain || in_vain == usize::MAX {
            let behind = behind_blobs(rest);
            if let Some(shorter) = refwd(behind) {
                rest = shorter;
                *reply = true;
                continue;
            }
            in_vain = behind.len();
        }
        match blob(rest) {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            _ => return rest,
        }
    }
}

/// `*subj-blob`
fn behind_blobs(text: &str) -> &str {
    let mut rest = text;
    while let Some(shorter) = blob(rest) {
        rest = shorter;
    }
    rest
}

/// `subj-blob`: what stands behind it.
fn blob(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let end = inside.find(['[', ']'])?;
    let (_, from) = inside.split_at_checked(end)?;
    Some(from.strip_prefix(']')?.trim_start_matches(' '))
}

/// `subj-refwd`: what stands behind it.
fn refwd(text: &str) -> Option<&str> {
    let behind = prefix(text, "re")
        .or_else(|| prefix(text, "fwd"))
        .or_else(|| prefix(text, "fw"))?
        .trim_start_matches(' ');
    blob(behind).unwrap_or(behind).strip_prefix(':')
}

/// What stands behind `start`, in any case.
fn prefix<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(start.len())?;
    first.eq_ignore_ascii_case(start).then_some(rest)
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
