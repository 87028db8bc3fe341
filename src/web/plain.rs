//! The server's own pages: small, whole, without script.

use maud::{Markup, html};

use super::fingerprint::Fingerprint;
use super::texts::Texts;
use super::{Language, Reply};
use crate::setup::lamp::Sight;
use crate::setup::layout::alone;
use crate::setup::style::PLAIN;

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
        @if let Some(again) = again {
            div class="go" { a class="button" href="/" { (again) } }
        }
    };
    page(language, title, sentence, &body).with_status(status)
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
pub(super) fn closed(language: Language, status: u16) -> Reply {
    let t = Texts::of(language);
    told(status, language, t.closed_title, t.closed, false)
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
    let sight = Sight {
        words: fingerprint.words(language),
        rhythm: fingerprint.rhythm(),
    };
    let body = html! {
        section class="card" {
            (sight.show(language.texts()))
            (sight.words())
            p { strong { (t.explain_question) } }
            p { (t.explain_no) }
        }
        p { (t.explain_warning) " " (t.explain_why) }
        ol { @for step in t.explain_how { li { (step) } } }
        div class="go" { a class="button" href=(target) { (t.explain_go) } }
    };
    page(language, t.explain_title, t.explain_light, &body)
}

/// In the look of the setup pages.
fn page(language: Language, title: &str, lead: &str, body: &Markup) -> Reply {
    Reply::page(alone(language, title, lead, body)).with_style(PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_small_and_whole() {
        let print = Fingerprint::of(b"certificate");
        for language in [Language::English, Language::Greek] {
            for reply in [
                closed(language, 200),
                explain(language, &print, "https://pillarbox.local/"),
                wrong_name(language, "https://192.168.1.2/"),
                of_status(404, language),
            ] {
                let text = String::from_utf8(reply.body().to_vec()).unwrap();
                assert!(text.len() < 20 * 1024 && text.starts_with("<!DOCTYPE html>"));
                assert!(text.contains(&format!("lang=\"{}\"", language.code())));
                assert!(!text.contains("{address}"));
            }
        }
    }
}
