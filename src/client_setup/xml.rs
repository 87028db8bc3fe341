//! Text that can stand in XML.

/// `text` as the content of an element or of an attribute in double quotes; characters that XML 1.0 §2.2 does not know become U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_element() {
        let text = "a<b>&\"'\u{1}\u{ffff}é\n";
        assert_eq!(escaped(text), "a&lt;b&gt;&amp;&quot;'\u{fffd}\u{fffd}é\n");
    }
}
