//! HTML to the text a person would read, for search and previews. Not a renderer and not a sanitizer.
//!
//! It promises linear time, no recursion, and a result not longer than the input, whatever the markup.

mod entity;

use memchr::{memchr, memchr2};

/// The readable text: tags dropped, blocks on their own lines, white space folded, entities decoded, and the content
/// of `script`, `style`, `head` and `title` left out.
pub fn html_to_text(html: &str) -> String {
    let mut text = Text {
        out: String::with_capacity(html.len() / 2),
        gap: Gap::None,
    };
    let mut rest = html;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        let (plain, markup) = split(rest, at);
        text.words(plain);
        rest = match markup.as_bytes() {
            [b'&', ..] => {
                let (decoded, after) = entity::entity(markup);
                text.entity(decoded);
                after
            }
            [b'<', b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z', ..] => tag(markup, &mut text),
            _ => {
                text.push('<');
                split(markup, 1).1
            }
        };
    }
    text.words(rest);
    text.out
}

/// The text so far and the white space that is due before the next word.
struct Text {
    out: String,
    gap: Gap,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

impl Text {
    fn words(&mut self, plain: &str) {
        for c in plain.chars() {
            if c.is_whitespace() || c.is_control() {
                self.gap = self.gap.max(Gap::Space);
            } else {
                self.push(c);
            }
        }
    }

    fn entity(&mut self, c: Option<char>) {
        match c {
            Some(c) if c.is_whitespace() || c.is_control() => self.gap = self.gap.max(Gap::Space),
            Some(c) => self.push(c),
            None => self.push('&'),
        }
    }

    fn push(&mut self, c: char) {
        if !self.out.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.out.push(' '),
                Gap::Line => self.out.push('\n'),
            }
        }
        self.gap = Gap::None;
        self.out.push(c);
    }
}

/// `markup` begins with a tag, a comment or a declaration: what follows it.
fn tag<'a>(markup: &'a str, text: &mut Text) -> &'a str {
    if let Some(comment) = markup.strip_prefix("<!--") {
        return after(comment, "-->");
    }
    let name = tag_name(markup);
    let closing = markup.starts_with("</");
    if is_block(name) {
        text.gap = Gap::Line;
    }
    let rest = after_tag(markup);
    // What an unclosed one holds is lost to the end, as in a browser.
    if !closing
        && let Some(name) = HIDDEN
            .iter()
            .find(|hidden| hidden.eq_ignore_ascii_case(name))
    {
        return after_hidden(rest, name);
    }
    rest
}

/// Elements whose content is not for reading.
const HIDDEN: [&str; 5] = ["script", "style", "title", "head", "template"];

/// The tag's name as written; empty for declarations.
fn tag_name(markup: &str) -> &str {
    let name = markup.trim_start_matches(['<', '/']);
    let end = name
        .bytes()
        .position(|b| !b.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    split(name, end).0
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 24] = [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "ol",
        "p",
        "table",
        "tr",
        "ul",
    ];
    BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name))
}

/// Behind the `>` that ends the tag; one in a quoted attribute value does not. Without one, nothing is left.
fn after_tag(markup: &str) -> &str {
    let mut quote = None;
    for (at, byte) in markup.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return split(markup, at + 1).1,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
    }
    // A stray quote must not swallow the mail.
    after(markup, ">")
}

fn after_hidden<'a>(mut rest: &'a str, name: &str) -> &'a str {
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let markup = split(rest, at).1;
        if markup.starts_with("</") && tag_name(markup).eq_ignore_ascii_case(name) {
            return after(markup, ">");
        }
        // "head" is often left open; "body" ends it.
        if name == "head" && tag_name(markup).eq_ignore_ascii_case("body") {
            return markup;
        }
        rest = split(markup, 1).1;
    }
    ""
}

/// What follows the first `mark`; nothing if there is none.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, after)| after)
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::html_to_text;

    #[test]
    fn readable_text_comes_out() {
        let rows = [
            ("", ""),
            ("plain", "plain"),
            ("a  b\r\n\tc", "a b c"),
            ("<p>one</p><p>two</p>", "one\ntwo"),
            ("one<br>two<BR/>three", "one\ntwo\nthree"),
            ("<b>bo</b>ld", "bold"),
            (
                "a &amp; b &lt;c&gt; &#228; &#xE4; &auml; &nbsp; &unknown; &",
                "a & b <c> ä ä ä &unknown; &",
            ),
            ("&#0;&#xD800;&#99999999999;x", "\u{FFFD}\u{FFFD}\u{FFFD}x"),
            ("<head><title>t</title></head><body>b</body>", "b"),
            ("<head><title>t</title><body>b", "b"),
            ("a<script>if (1<2) x='</b>'</script>b", "ab"),
            ("a<style>p {}</STYLE >b", "ab"),
            ("a<!-- > -- -->b<!DOCTYPE html>c", "abc"),
            ("<a href=\"x>y\" title='\"'>link</a>", "link"),
            ("<a title=\">stray</a> text", "stray text"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("a<script>never closed", "a"),
            ("a<", "a<"),
            ("a<b", "a"),
            ("a\0b", "a b"),
        ];
        for (html, text) in rows {
            assert_eq!(html_to_text(html), text, "{html}");
        }
    }

    #[test]
    fn hostile_markup_costs_linear_time() {
        // A quadratic reader would look at 10^10 octets for each of these.
        for piece in [
            "<", "<a", "<!--", "</", "<script>", "<a '", "<a \">", "&", "&#", "&amp", "<head>",
            "<head", "<a\"",
        ] {
            let html = piece.repeat(200_000 / piece.len());
            assert!(html_to_text(&html).len() <= html.len(), "{piece}");
        }
    }
}
