//! What somebody else's results say (RFC 8601 §2.2): the list behind an authserv-id, read. Whether they are to be believed is not to be seen in them.
//!
//! ```text
//! authserv-id [version] *( ";" method ["/" version] "=" result [ reason="..." ] *( ptype.property=value ) )
//! ```
//!
//! Comments and folding are left aside. What does not fit the grammar is passed over as far as the next semicolon.

/// Results that are read, and properties of each; what is behind is left out.
const SAID_MAX: usize = 40;

/// One result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// `dkim`, `spf`, `dmarc`, ...; lower case.
    pub method: String,
    /// `pass`, `fail`, ...; lower case.
    pub result: String,
    /// `header.d` and what it is; names in lower case.
    pub properties: Vec<(String, String)>,
}

impl Said {
    /// The first property of this name.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut all = self.properties.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The results of a field's value; none if it has no authserv-id in front.
pub fn said(value: &str) -> Vec<Said> {
    let words = words(value);
    let mut specs = words.split(|word| *word == Word::Semicolon);
    // The authserv-id and perhaps a version.
    let first = specs.next().unwrap_or_default();
    if first.is_empty() || first.contains(&Word::Equals) {
        return Vec::new();
    }
    specs.filter_map(spec).take(SAID_MAX).collect()
}

fn spec(words: &[Word]) -> Option<Said> {
    // A version may stand between the method and the sign.
    let Some(Word::Text(method)) = words.first() else {
        return None;
    };
    let mut pairs = pairs(words);
    let (_, result) = pairs.next()?;
    let method = method.split('/').next().unwrap_or_default();
    Some(Said {
        method: method.to_ascii_lowercase(),
        result: result.to_ascii_lowercase(),
        properties: pairs
            .take(SAID_MAX)
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
    })
}

/// `name=value`, with or without blanks around the sign.
fn pairs(words: &[Word]) -> impl Iterator<Item = (&str, &str)> {
    words.windows(3).filter_map(|three| match three {
        [Word::Text(name), Word::Equals, Word::Text(value)] => {
            Some((name.as_str(), value.as_str()))
        }
        _ => None,
    })
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Word {
    Text(String),
    Equals,
    Semicolon,
}

/// A value in words: quoted strings without their quotes, no comments.
fn words(value: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut text = String::new();
    let mut depth = 0u32;
    let mut quoted = false;
    let mut chars = value.chars();
    // A value may hold equals signs (`header.b=abc=`): only the first of a word is the sign.
    let mut signed = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || depth > 0 => {
                let next = chars.next();
                if quoted && depth == 0 {
                    text.extend(next);
                }
            }
            '"' if depth == 0 => quoted = !quoted,
            c if quoted => text.push(c),
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ';' => {
                end(&mut text, &mut words);
                words.push(Word::Semicolon);
                signed = false;
            }
            '=' if !signed && !matches!(words.last(), Some(Word::Equals) if text.is_empty()) => {
                end(&mut text, &mut words);
                words.push(Word::Equals);
                signed = true;
            }
            c if c.is_ascii_whitespace() => {
                if !text.is_empty() {
                    end(&mut text, &mut words);
                    signed = false;
                }
            }
            c => text.push(c),
        }
    }
    end(&mut text, &mut words);
    words
}

fn end(text: &mut String, words: &mut Vec<Word>) {
    if !text.is_empty() {
        words.push(Word::Text(std::mem::take(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Vec<String> {
        let one = |said: Said| {
            let properties: Vec<String> = said
                .properties
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            format!("{}={}{}", said.method, said.result, properties.concat())
        };
        said(value).into_iter().map(one).collect()
    }

    #[test]
    fn results_as_real_hosts_and_the_rfc_write_them() {
        for (value, results) in [
            // RFC 8601 appendix B.
            ("example.org 1; none", &[][..]),
            (
                "example.com;\r\n spf=pass smtp.mailfrom=example.net",
                &["spf=pass smtp.mailfrom=example.net"],
            ),
            (
                "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n\tspf=pass smtp.mailfrom=example.net",
                &[
                    "auth=pass smtp.auth=sender@example.net",
                    "spf=pass smtp.mailfrom=example.net",
                ],
            ),
            (
                "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                &["dkim=fail expired=1362471462"],
            ),
            (
                "example.com; dkim=pass reason=\"good \\\"signature\\\"; spf=fail\" header.i=@mail-router.example.net; dkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
                &[
                    "dkim=pass reason=good \"signature\"; spf=fail header.i=@mail-router.example.net",
                    "dkim=fail reason=bad signature header.i=@newyork.example.com",
                ],
            ),
            (
                "mx.google.com; dkim=pass header.i=@far.example header.s=s1 header.b=ab=cd=; spf=pass (google.com: domain of x@far.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=x@far.example; DMARC=Pass (p=REJECT sp=REJECT dis=NONE) header.From=far.example",
                &[
                    "dkim=pass header.i=@far.example header.s=s1 header.b=ab=cd=",
                    "spf=pass smtp.mailfrom=x@far.example",
                    "dmarc=pass header.from=far.example",
                ],
            ),
        ] {
            assert_eq!(shown(value), results, "{value}");
        }
    }

    #[test]
    fn what_hides_in_comments_and_quotes_is_no_result() {
        for value in [
            "",
            "dmarc=pass header.from=far.example",
            "a.test; (dmarc=pass header.from=far.example",
            "a.test; \"dmarc=pass header.from=far.example",
            "a.test (; dmarc=pass header.from=far.example)",
            "a.test; ((x) ; dmarc=pass)",
        ] {
            assert!(said(value).is_empty(), "{value} {:?}", said(value));
        }
        let many = format!("a.test{}", "; spf=pass".repeat(1000));
        assert_eq!(said(&many).len(), SAID_MAX);
    }
}
