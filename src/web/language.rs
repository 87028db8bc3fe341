//! Which of our languages a browser prefers (`Accept-Language`, RFC 9110 §12.5.4).

/// A language of the pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English: also for whoever reads neither.
    #[default]
    English,
    /// Greek.
    Greek,
}

/// Octets of the field that are looked at; more languages than fit nobody reads.
const MOST: usize = 512;

impl Language {
    /// The code for `lang=` and for the settings (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Greek => "el",
        }
    }

    /// The language with this code, whatever the region.
    pub fn of_code(code: &str) -> Option<Language> {
        let primary = code.split('-').next().unwrap_or_default().trim();
        if primary.eq_ignore_ascii_case("el") {
            Some(Language::Greek)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Language::English)
        } else {
            None
        }
    }

    /// The one of ours that the field names with the highest weight, the first of equals; `None`: none of ours.
    pub fn preferred(field: &str) -> Option<Language> {
        let field = match field.char_indices().nth(MOST) {
            Some((end, _)) => field.get(..end).unwrap_or_default(),
            None => field,
        };
        let mut best: Option<(u16, Language)> = None;
        for item in field.split(',') {
            let mut parts = item.split(';');
            let Some(language) = parts.next().and_then(Language::of_code) else {
                continue;
            };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
            let weight = weight.map_or(1000, thousandths);
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// `0.75` as 750; what is no weight weighs nothing.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |c: char| c.is_ascii_digit();
    if !fraction.chars().all(digits) || fraction.len() > 3 {
        return 0;
    }
    match whole {
        "1" => 1000,
        "0" => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_of_ours_is_chosen() {
        for (field, language) in [
            ("", None),
            ("el", Some(Language::Greek)),
            ("EL-gr", Some(Language::Greek)),
            ("en-US,en;q=0.9,el;q=0.8", Some(Language::English)),
            ("de, el;q=0.7, en;q=0.6", Some(Language::Greek)),
            ("en;q=0.5, el;q=0.75", Some(Language::Greek)),
            ("el;q=0, en;q=0.001", Some(Language::English)),
            ("el;q=0", None),
            ("fr, *", None),
            ("ell, eng", None),
            ("el;q=2, en;q=0.1", Some(Language::English)),
            ("el;q=0.9999, en;q=x", None),
            (";;,,=,q=1", None),
            ("el ; q=1.000", Some(Language::Greek)),
        ] {
            assert_eq!(Language::preferred(field), language, "{field}");
        }
        let long = "fr,".repeat(1000) + "el";
        assert_eq!(Language::preferred(&long), None);
        assert_eq!(Language::preferred(&"α".repeat(2000)), None);
    }
}
