//! What people type, made into what mail needs: an address's first part out of a name, a domain out of whatever stands for one.

use mail::idna;

use super::presets::is_freemail;
use super::texts::{Texts, fill};

/// Longest first part that the page takes, in octets (RFC 5321 §4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Greek letters in Latin ones, pairs before single ones (ELOT 743, without accents, simplified).
const GREEK: &[(&str, &str)] = &[
    ("ου", "ou"),
    ("αυ", "av"),
    ("ευ", "ev"),
    ("μπ", "mp"),
    ("γγ", "ng"),
    ("γχ", "nch"),
    ("γξ", "nx"),
    ("α", "a"),
    ("β", "v"),
    ("γ", "g"),
    ("δ", "d"),
    ("ε", "e"),
    ("ζ", "z"),
    ("η", "i"),
    ("θ", "th"),
    ("ι", "i"),
    ("κ", "k"),
    ("λ", "l"),
    ("μ", "m"),
    ("ν", "n"),
    ("ξ", "x"),
    ("ο", "o"),
    ("π", "p"),
    ("ρ", "r"),
    ("σ", "s"),
    ("ς", "s"),
    ("τ", "t"),
    ("υ", "y"),
    ("φ", "f"),
    ("χ", "ch"),
    ("ψ", "ps"),
    ("ω", "o"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("ø", "o"),
    ("ł", "l"),
    ("đ", "d"),
];

/// The first part of an address for a person of this name: the first word in small Latin letters; empty if there is none.
pub fn suggested_local(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_normalization::char::is_combining_mark;
    let first = name.split_whitespace().next().unwrap_or_default();
    let plain: String = first
        .to_lowercase()
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    let mut local = String::new();
    let mut rest = plain.as_str();
    while let Some(letter) = rest.chars().next() {
        let known = GREEK
            .iter()
            .find_map(|(greek, latin)| Some((rest.strip_prefix(greek)?, latin)));
        if let Some((behind, latin)) = known {
            local.push_str(latin);
            rest = behind;
            continue;
        }
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.') {
            local.push(letter);
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    let ends = |c: char| matches!(c, '-' | '.');
    let local = local.trim_matches(ends);
    let local = local.get(..LOCAL_MAX).unwrap_or(local);
    if is_local(local) {
        local.to_owned()
    } else {
        String::new()
    }
}

/// Whether the page takes it as the first part of an address: less than RFC 5321 does, and what every other mail house takes.
pub fn is_local(local: &str) -> bool {
    let inner =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    let end = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (1..=LOCAL_MAX).contains(&local.len())
        && local.bytes().all(inner)
        && end(local.bytes().next())
        && end(local.bytes().next_back())
        && !local.contains("..")
}

/// A domain of one's own as it was typed: A-labels, or what is wrong with it. An address, a web address and a capital letter are understood.
///
/// # Errors
/// A sentence for the person.
pub fn own_domain(texts: &Texts, typed: &str) -> Result<String, String> {
    let problems = &texts.problems;
    let bare = bare_name(typed);
    let bare = bare.strip_prefix("www.").unwrap_or(&bare);
    if bare.is_empty() {
        return Err(problems.domain_missing.to_owned());
    }
    let shown: String = typed.trim().chars().take(80).collect();
    let with = |text: &str| fill(text, &[("domain", &shown)]);
    let domain = host_name(bare).ok_or_else(|| with(problems.domain_wrong))?;
    let Some((_, end)) = domain.rsplit_once('.') else {
        return Err(with(problems.domain_no_dot));
    };
    if end.bytes().all(|b| b.is_ascii_digit()) {
        return Err(with(problems.domain_wrong));
    }
    // RFC 6761, RFC 6762, RFC 8375, RFC 9476, and what routers invent.
    if matches!(
        end,
        "local" | "localhost" | "lan" | "home" | "internal" | "test" | "invalid" | "alt"
    ) || domain.ends_with(".home.arpa")
    {
        return Err(fill(problems.domain_local, &[("end", end)]));
    }
    if is_freemail(&domain) {
        return Err(fill(problems.domain_freemail, &[("domain", &domain)]));
    }
    Ok(domain)
}

/// A host's name as it was typed, in A-labels; `None`: it is none. One label is enough.
pub fn host_name(typed: &str) -> Option<String> {
    let name = idna::to_ascii(&bare_name(typed))?;
    // An address is no name (RFC 3696 §2).
    let end = name.rsplit('.').next().unwrap_or_default();
    let address = end.bytes().all(|b| b.is_ascii_digit());
    (mail::valid_domain(&name) && !name.contains('_') && !address).then_some(name)
}

/// What stands between `https://` or `name@` and a path, without blanks around it and a dot at its end.
fn bare_name(typed: &str) -> String {
    let typed = typed.trim();
    let typed = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let typed = typed.rsplit_once('@').map_or(typed, |(_, rest)| rest);
    let typed = typed.split_once('/').map_or(typed, |(name, _)| name);
    typed.trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;

    #[test]
    fn names_become_addresses() {
        for (name, local) in [
            ("Maria Papadopoulou", "maria"),
            ("Γιώργος Παππάς", "giorgos"),
            ("Ευαγγελία", "evangelia"),
            ("Χαράλαμπος", "charalampos"),
            ("Ψαρρού", "psarrou"),
            ("Anne-Marie Müller", "anne-marie"),
            ("Élodie", "elodie"),
            ("Jürgen", "jurgen"),
            ("李 明", ""),
            ("  ", ""),
            ("-.-", ""),
            ("<script>", "script"),
            ("O'Brien", "obrien"),
        ] {
            assert_eq!(suggested_local(name), local, "{name}");
        }
        let long = suggested_local(&"a".repeat(500));
        assert!(is_local(&long) && long.len() == LOCAL_MAX);
    }

    #[test]
    fn a_first_part_is_plain() {
        for good in ["maria", "m.smith", "a", "anne-marie", "x_1", "007"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "Maria",
            ".a",
            "a.",
            "-a",
            "a..b",
            "a b",
            "a@b",
            "μαρία",
            "a+b",
            "\"a\"",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }

    #[test]
    fn a_domain_is_understood_however_it_was_typed() {
        let texts = Language::English.texts();
        let good = |typed: &str| own_domain(texts, typed).unwrap();
        assert_eq!(good("example.org"), "example.org");
        assert_eq!(good("  Example.ORG. "), "example.org");
        assert_eq!(good("https://www.example.org/page?x"), "example.org");
        assert_eq!(good("maria@example.org"), "example.org");
        assert_eq!(
            good("παππάς.gr"),
            "xn--hxajm4b1a.gr".replace(
                "xn--hxajm4b1a",
                good("παππάς.gr").strip_suffix(".gr").unwrap()
            )
        );
        assert!(good("παππάς.gr").starts_with("xn--"));
        let problems = &texts.problems;
        let wrong = |typed: &str| own_domain(texts, typed).unwrap_err();
        assert_eq!(wrong(" "), problems.domain_missing);
        assert!(wrong("papadopoulos").contains("end is missing"));
        assert!(wrong("two words.gr").contains("cannot be a domain"));
        assert!(wrong("192.168.1.1").contains("cannot be a domain"));
        assert!(wrong("a_b.example").contains("cannot be a domain"));
        assert!(wrong("pillarbox.local").contains(".local"));
        assert!(wrong("Gmail.com").contains("large provider"));
        assert!(wrong("me@hotmail.com").contains("large provider"));
        assert!(wrong(&"x".repeat(3000)).len() < 300);
    }

    #[test]
    fn a_host_is_understood() {
        assert_eq!(
            host_name("smtps://smtp.example.org/").as_deref(),
            Some("smtp.example.org")
        );
        assert_eq!(host_name("a b"), None);
        assert_eq!(host_name("127.0.0.1"), None);
        assert_eq!(host_name("[::1]"), None);
        assert_eq!(
            host_name("mx1.4u.example").as_deref(),
            Some("mx1.4u.example")
        );
        assert_eq!(host_name(""), None);
    }
}
