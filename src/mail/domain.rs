//! Domain names and address literals as they stand in a mail address (RFC 5321 §4.1.2, §4.1.3; RFC 6531 §3.3).
//!
//! It promises a syntactic verdict and nothing more: whether the name exists is a question for the DNS.
//! [`crate::idna`] converts between U-labels and A-labels.

use crate::idna::to_ascii;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest domain, in octets (RFC 5321 §4.5.3.1.2).
pub const DOMAIN_MAX: usize = 255;
/// Longest label of a domain, in characters (RFC 1035 §2.3.4 says octets; a U-label is measured before encoding).
pub const LABEL_MAX: usize = 63;

/// Whether `domain` is a `Domain` of RFC 5321 §4.1.2, with the U-labels of RFC 6531 §3.3.
///
/// Deviation: an underscore counts as a letter, because senders with such host names exist and the DNS serves them.
/// A final dot is refused, as in the RFC. Address literals are judged by [`valid_literal`].
pub fn valid_domain(domain: &str) -> bool {
    !domain.is_empty() && domain.len() <= DOMAIN_MAX && domain.split('.').all(valid_label)
}

/// Whether `literal` is an `address-literal` of RFC 5321 §4.1.3, brackets included.
pub fn valid_literal(literal: &str) -> bool {
    if literal_ip(literal).is_some() {
        return true;
    }
    let Some(inner) = inside_brackets(literal) else {
        return false;
    };
    // General-address-literal = Standardized-tag ":" 1*dcontent; "IPv6" was judged above.
    let Some((tag, content)) = inner.split_once(':') else {
        return false;
    };
    valid_ascii_label(tag)
        && !tag.eq_ignore_ascii_case("IPv6")
        && !content.is_empty()
        && content.bytes().all(|b| matches!(b, 33..=90 | 94..=126))
}

/// The IP address of `[192.0.2.1]` or `[IPv6:2001:db8::1]`; `None` for anything else.
pub fn literal_ip(literal: &str) -> Option<IpAddr> {
    let inner = inside_brackets(literal)?;
    match inner.split_at_checked(5) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("IPv6:") => {
            rest.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        }
        _ => inner.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Whether two domains are the same name: ASCII case and one final dot do not count (RFC 4343), and a U-label is its A-label
/// (RFC 5890 §2.3.2.4).
pub fn domains_equal(a: &str, b: &str) -> bool {
    let bare = |d: &'_ str| d.strip_suffix('.').map_or(d.len(), str::len);
    let (a, b) = (a.get(..bare(a)).unwrap_or(a), b.get(..bare(b)).unwrap_or(b));
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    // Two names in ASCII have no other spelling in common.
    !(a.is_ascii() && b.is_ascii()) && fold_domain(a) == fold_domain(b)
}

/// The one spelling of a domain: lower case, with A-labels. What has none stays, in ASCII lower case.
pub(crate) fn fold_domain(domain: &str) -> String {
    if domain.is_ascii() {
        return domain.to_ascii_lowercase();
    }
    to_ascii(domain).unwrap_or_else(|| domain.to_ascii_lowercase())
}

/// The address as an `address-literal` (RFC 5321 §4.1.3): `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
pub fn address_literal(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    }
}

fn inside_brackets(literal: &str) -> Option<&str> {
    if literal.len() > DOMAIN_MAX {
        return None;
    }
    literal.strip_prefix('[')?.strip_suffix(']')
}

fn valid_label(label: &str) -> bool {
    if label.is_ascii() {
        return valid_ascii_label(label);
    }
    label.chars().count() <= LABEL_MAX
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(in_label)
}

pub(crate) fn valid_ascii_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL_MAX
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn in_label(c: char) -> bool {
    match c {
        '-' | '_' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        // IDNA maps these to the dot, so that one label would become two (RFC 3490 §3.1).
        '\u{3002}' | '\u{FF0E}' | '\u{FF61}' => false,
        c => !c.is_control() && !c.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_judged_by_syntax() {
        let label63 = "a".repeat(63);
        let long = format!("{label63}.{label63}.{label63}.{label63}");
        for good in [
            "localhost",
            "example.com",
            "1.example",
            "a-b.example",
            "bücher.example",
            "_x.example",
            long.as_str(),
        ] {
            assert!(valid_domain(good), "{good}");
        }
        let label64 = "a".repeat(64);
        let longer = format!("{long}.a");
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a.b",
            "a-.b",
            "a b",
            "a\r\nb",
            "a@b",
            "[1.2.3.4]",
            "a\u{3002}b",
            &label64,
            &longer,
        ] {
            assert!(!valid_domain(bad), "{bad:?}");
        }
    }

    #[test]
    fn literals_are_judged_by_syntax() {
        for good in [
            "[192.0.2.1]",
            "[IPv6:2001:db8::1]",
            "[ipv6:::1]",
            "[x400:abc]",
        ] {
            assert!(valid_literal(good), "{good}");
        }
        for bad in [
            "[]",
            "[192.0.2]",
            "[300.0.2.1]",
            "[IPv6:zz]",
            "[2001:db8::1",
            "192.0.2.1",
            "[x:]",
            "[x:a]b]",
            "[x:a b]",
            "[é:a]",
        ] {
            assert!(!valid_literal(bad), "{bad}");
        }
        assert_eq!(
            literal_ip("[192.0.2.1]"),
            Some(IpAddr::from([192, 0, 2, 1]))
        );
        assert_eq!(
            address_literal(IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201])),
            "[192.0.2.1]"
        );
        assert_eq!(
            address_literal("2001:db8::1".parse().unwrap()),
            "[IPv6:2001:db8::1]"
        );
    }

    #[test]
    fn equality_ignores_case_and_the_final_dot() {
        assert!(domains_equal("Example.COM", "example.com."));
        assert!(!domains_equal("example.com", "example.org"));
        assert!(!domains_equal("example.com..", "example.com"));
        assert!(domains_equal("EXÄMPLE.org", "xn--EXMPLE-cua.org."));
        assert!(domains_equal("exa\u{308}mple.org", "exämple.org"));
        assert!(!domains_equal("exämple.org", "example.org"));
    }
}
