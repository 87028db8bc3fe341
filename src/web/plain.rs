//! The server's own pages: small, whole, without script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::fingerprint::Fingerprint;
use super::texts::Texts;
use super::{Language, Reply};

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem;color:#1c1c1c;background:#fff}\
h1{font-size:1.5rem;line-height:1.25}a{color:#8a1c1c}\
.go{display:inline-block;padding:.8rem 1.4rem;border-radius:.4rem;background:#8a1c1c;color:#fff;text-decoration:none;font-weight:600}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#ff9d9d}.go{background:#ffb3b3;color:#300}}";

/// A refusal, or whatever else has a title and a sentence; `again` offers to begin anew.
pub(super) fn told(
    status: u16,
    language: Language,
    title: &str,
    sentence: &str,
    again: bool,
) -> Reply {
    let again = again.then(|| Texts::of(language).again);
    let body = html! {
        h1 { (title) }
        p { (sentence) }
        @if let Some(again) = again {
            p { a class="go" href="/" { (again) } }
        }
    };
    page(language, title, STYLE.to_owned(), &body).with_status(status)
}

/// The page for a status that something else answered without one.
pub(super) fn of_status(status: u16, language: Language) -> Reply {
    let t = Texts::of(language);
    let (title, sentence, again) = match status {
        403 => (t.old_title, t.old, true),
        404 => (t.not_found_title, t.not_found, true),
        405 => (t.method_title, t.method, true),
        408 => (t.slow_title, t.slow, true),
        413 => (t.large_title, t.large, false),
        429 => (t.often_title, t.often, false),
        503 => (t.busy_title, t.busy, false),
        500 => (t.fault_title, t.fault, true),
        _ => (t.bad_title, t.bad, false),
    };
    told(status, language, title, sentence, again)
}

/// "Hold the button."
pub(super) fn closed(language: Language) -> Reply {
    let t = Texts::of(language);
    told(200, language, t.closed_title, t.closed, false)
}

/// The name in the request is not ours; `address` is.
pub(super) fn wrong_name(language: Language, address: &str) -> Reply {
    let t = Texts::of(language);
    let sentence = t.wrong_name.replace("{address}", address);
    told(421, language, t.wrong_name_title, &sentence, false)
}

/// What comes when one goes on to `target`, and how to know the box.
pub(super) fn explain(language: Language, fingerprint: &Fingerprint, target: &str) -> Reply {
    let t = Texts::of(language);
    let body = html! {
        h1 { (t.explain_title) }
        p { (t.explain_light) }
        (fingerprint.drawn(language))
        p { strong { (t.explain_question) } }
        p { (t.explain_no) }
        p { (t.explain_warning) " " (t.explain_why) }
        ol { @for step in t.explain_how { li { (step) } } }
        p { a class="go" href=(target) { (t.explain_go) } }
    };
    let style = format!("{STYLE}{}", fingerprint.css());
    page(language, t.explain_title, style, &body)
}

fn page(language: Language, title: &str, style: String, body: &Markup) -> Reply {
    let markup = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(&style)) }
            }
            body { main { (body) } }
        }
    };
    Reply::page(markup).with_style(&style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_small_and_whole() {
        let print = Fingerprint::of(b"certificate");
        for language in [Language::English, Language::Greek] {
            for reply in [
                closed(language),
                explain(language, &print, "https://pillarbox.local/"),
                wrong_name(language, "https://192.168.1.2/"),
                of_status(404, language),
            ] {
                let text = String::from_utf8(reply.body().to_vec()).unwrap();
                assert!(text.len() < 8 * 1024 && text.starts_with("<!DOCTYPE html>"));
                assert!(text.contains(&format!("lang=\"{}\"", language.code())));
                assert!(!text.contains('{') || text.contains("<style>"), "{text}");
                assert!(!text.contains("{address}"));
            }
        }
    }
}
