//! One record to publish.

use dns::Kind;

use super::Said;

/// Seconds that others may remember a record: an hour, so that a mistake is soon mended.
pub const TTL: u32 = 3600;
/// Longest string of a TXT record, in octets (RFC 1035 §3.3).
const STRING_MAX: usize = 255;

/// How much a record matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// Without it mail does not arrive, or lands among the junk.
    Must,
    /// Makes life easier or safer.
    Should,
    /// For those who know why.
    May,
    /// Once the box serves what it points at.
    Later,
}

/// A record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The whole name, without a final dot.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// As a web form takes it: a TXT record as one string without quotes, names without a final dot.
    pub value: String,
    /// How much it matters.
    pub need: Need,
    /// What it is for, in one sentence.
    pub why: Said,
}

impl Record {
    /// As a line of a zone file: names end with a dot, a long text stands in strings of at most 255 octets.
    pub fn zone_line(&self) -> String {
        let value = match self.kind {
            Kind::Txt => strings(&self.value),
            Kind::Mx | Kind::Srv | Kind::Cname | Kind::Ptr => format!("{}.", self.value),
            Kind::A | Kind::Aaaa | Kind::Tlsa => self.value.clone(),
        };
        format!("{}. {TTL} IN {} {value}", self.name, self.kind)
    }

    /// The name as the web form of `domain`'s DNS host asks for it: without the domain, `@` for the domain itself; the whole name if it lies elsewhere.
    pub fn host<'a>(&'a self, domain: &str) -> &'a str {
        if self.name == domain {
            return "@";
        }
        let inside = self.name.strip_suffix(domain);
        inside
            .and_then(|rest| rest.strip_suffix('.'))
            .unwrap_or(&self.name)
    }
}

/// Quoted strings of RFC 1035 §5.1; what is written here is ASCII.
fn strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut in_string = 0;
    out.push('"');
    for c in text.chars() {
        if in_string + c.len_utf8() > STRING_MAX {
            out.push_str("\" \"");
            in_string = 0;
        }
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
        in_string += c.len_utf8();
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_as_zone_files_and_web_forms_want_them() {
        let record = |name: &str, kind, value: &str| Record {
            name: name.into(),
            kind,
            value: value.into(),
            need: Need::Must,
            why: Said::new(|texts| texts.reasons.mx, []),
        };
        let mx = record("house.test", Kind::Mx, "10 mail.house.test");
        assert_eq!(mx.zone_line(), "house.test. 3600 IN MX 10 mail.house.test.");
        assert_eq!(mx.host("house.test"), "@");
        let long = "x".repeat(600);
        let txt = record("a.house.test", Kind::Txt, &long);
        let line = txt.zone_line();
        let lengths: Vec<usize> = line.split('"').map(str::len).collect();
        assert_eq!(lengths, [line.find('"').unwrap(), 255, 1, 255, 1, 90, 0]);
        assert_eq!(txt.host("house.test"), "a");
        assert_eq!(txt.host("ouse.test"), "a.house.test");
        assert_eq!(strings("a\"b\\"), "\"a\\\"b\\\\\"");
    }
}
