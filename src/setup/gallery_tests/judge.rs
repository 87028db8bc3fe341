//! What every page is looked at for.

use super::*;

/// A page with everything in it, octets.
const PAGE_MAX: usize = 50 * 1024;
const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}evil";

#[test]
fn pages_are_small_and_well_made() {
    for language in Language::ALL {
        for (name, page) in gallery(language, "maria") {
            let html = page.into_string();
            if let Ok(folder) = std::env::var("PILLARBOX_GALLERY") {
                let file = format!("{folder}/{name}-{}.html", language.code());
                std::fs::write(file, &html).unwrap();
            }
            assert!(html.len() < PAGE_MAX, "{name}: {} octets", html.len());
            assert!(html.contains(&format!("<html lang=\"{}\"", language.code())));
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            assert_eq!(html.matches("<main").count(), 1, "{name}");
            assert!(
                !html.contains("placeholder="),
                "{name}: a label is no placeholder"
            );
            assert!(
                !html.contains(" style="),
                "{name}: CSP lets no style attribute through"
            );
            assert!(!html.contains(" onclick"), "{name}");
            well_ordered(&name, &html);
            labelled(&name, &html);
            let posts = html.matches("method=\"post\"").count();
            assert_eq!(
                posts,
                html.matches("<form").count(),
                "{name}: what changes nothing is a link"
            );
            assert_eq!(
                posts,
                html.matches("name=\"csrf\" value=\"TOKEN\"").count(),
                "{name}"
            );
        }
    }
}

/// No heading skips a level.
fn well_ordered(name: &str, html: &str) {
    let mut last = 1;
    for piece in html.split("<h").skip(1) {
        let Some(level) = piece.chars().next().and_then(|c| c.to_digit(10)) else {
            continue;
        };
        assert!(level <= last + 1, "{name}: h{level} after h{last}");
        last = level;
    }
}

/// Every id stands once; every label, description and summary leads to one that is there; every input has its label.
fn labelled(name: &str, html: &str) {
    let values = |attribute: &str| -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        html.split(&begin)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    let ids = values("id");
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "{name}: {ids:?}");
    let fors = values("for");
    for attribute in ["for", "aria-describedby", "aria-labelledby", "data-from"] {
        for id in values(attribute)
            .iter()
            .flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>())
        {
            assert!(ids.contains(&id), "{name}: {attribute} names {id}");
        }
    }
    for link in values("href")
        .iter()
        .filter_map(|href| href.strip_prefix('#'))
    {
        assert!(ids.iter().any(|id| id == link), "{name}: #{link}");
    }
    for input in html.split("<input").skip(1) {
        let input = input.split('>').next().unwrap();
        if ["hidden", "radio", "checkbox"]
            .iter()
            .any(|kind| input.contains(&format!("type=\"{kind}\"")))
        {
            continue;
        }
        let id = input
            .split(" id=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(
            fors.iter().any(|label| label == id),
            "{name}: {id} has no label"
        );
        assert!(input.contains("autocomplete="), "{name}: {id}");
    }
}

#[test]
fn what_people_type_is_only_text() {
    for language in Language::ALL {
        for (name, page) in gallery(language, HOSTILE) {
            let html = page.into_string();
            assert!(!html.contains("<script>alert"), "{name}");
            assert!(!html.contains("value=\"<"), "{name}");
            // A quote that was typed ends no attribute.
            assert!(!html.contains("script>\"'"), "{name}");
            // Whoever turns the direction of writing turns it for their own words only: values in a sentence stand in <bdi>, <code>, <pre> or a field.
            for part in html.split('\u{202e}').skip(1) {
                let end = part.find('<').unwrap_or(part.len());
                let (words, closes) = part.split_at(end);
                let attribute = words.contains('"');
                assert!(
                    attribute
                        || ["</bdi", "</strong></bdi", "</code", "</pre"]
                            .iter()
                            .any(|close| closes.starts_with(close))
                        || is_sentence(&name),
                    "{name}: …{words}"
                );
            }
        }
    }
}

/// Pages on which the person's own wrong words stand in a sentence to them alone.
fn is_sentence(name: &str) -> bool {
    [
        "address",
        "address-wrong",
        "trial-running",
        "trial-login",
        "trial-silent",
        "failed",
        "sign-in",
        "done",
        "done-open",
    ]
    .contains(&name)
}
