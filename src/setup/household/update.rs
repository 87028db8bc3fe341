//! Another system for the box: what runs, what waits, two ways to bring one, and what became of the last.

use std::io;
use std::sync::Arc;

use maud::{Markup, html};

use super::desk::{Visit, shown};
use crate::setup::layout::{Frame, Page};
use crate::setup::style::busy;
use crate::setup::texts::fill;
use crate::update::{Refused, SYSTEM_MAX, Seen};
use crate::web::{Reply, UploadError};

/// Where it is.
pub const UPDATE: &str = "/household/update";
/// Where the file goes.
const FILE: &str = "/household/update/file";
const FETCH: &str = "/household/update/fetch";
const INSTALL: &str = "/household/update/install";
const DISCARD: &str = "/household/update/discard";
/// Octets of the form around the file.
const FORM: u64 = 64 * 1024;

/// Octets that a form posted there may have with a file in it.
pub fn takes_file(path: &str) -> Option<u64> {
    (path == FILE).then_some(SYSTEM_MAX + FORM)
}

/// The page; `url`: the address in the settings.
pub fn page(frame: &Frame, seen: &Seen, url: &str) -> Markup {
    let texts = &frame.texts().update;
    let now = under_way(frame, seen);
    frame.page(Page {
        title: texts.title,
        lead: texts.lead,
        live: now.is_some(),
        navigation: true,
        body: Some(html! {
            section class="card" aria-labelledby="now" {
                h2 id="now" { (texts.now_title) }
                @for sentence in systems(frame, seen) { p { (sentence) } }
            }
            @if let Some(sentence) = &now {
                (busy(sentence))
            } @else if seen.card {
                (refused(frame, seen))
                (waiting(frame, seen))
                (ways(frame, url))
            }
        }),
        ..Page::default()
    })
}

/// What runs, what is beside it, what became of the last update.
fn systems(frame: &Frame, seen: &Seen) -> Vec<String> {
    let texts = &frame.texts().update;
    let version = seen.running.to_string();
    let running = |slot: &str| fill(texts.running_slot, &[("version", &version), ("slot", slot)]);
    let Some(systems) = &seen.systems else {
        let mut said = vec![fill(texts.running, &[("version", &version)])];
        if !seen.card {
            said.push(texts.no_card.to_owned());
        }
        return said;
    };
    let mut said = Vec::new();
    said.push(match systems.running {
        Some(slot) => running(&slot.to_ascii_uppercase().to_string()),
        None => fill(texts.running, &[("version", &version)]),
    });
    said.push(match &systems.other {
        Some(other) => fill(texts.other, &[("version", other)]),
        None => texts.other_none.to_owned(),
    });
    if systems.trial {
        said.push(texts.on_trial.to_owned());
    }
    match (&systems.updated_to, systems.given_up) {
        (Some(to), Some(step)) => said.push(fill(
            texts.was_given_up,
            &[("version", to), ("step", frame.texts().facts.step(step))],
        )),
        (Some(to), None) if !systems.trial => {
            said.push(fill(texts.was_kept, &[("version", to)]));
        }
        _ => {}
    }
    said
}

/// What is being done with an update; `None`: nothing.
fn under_way(frame: &Frame, seen: &Seen) -> Option<String> {
    let texts = &frame.texts().update;
    if let Some((done, _)) = seen.coming {
        return Some(fill(texts.coming, &[("done", &megabytes(done))]));
    }
    if seen.asking {
        return Some(texts.asking.to_owned());
    }
    let progress = seen.progress.as_ref()?;
    let text = texts.of_phase(progress.phase)?;
    let (done, total) = (megabytes(progress.done), megabytes(progress.total));
    Some(fill(text, &[("done", &done), ("total", &total)]))
}

/// Why the last one was not taken: by this server, or by init.
fn refused(frame: &Frame, seen: &Seen) -> Markup {
    let texts = &frame.texts().update;
    let by_init = seen
        .progress
        .as_ref()
        .filter(|progress| !progress.why.is_empty());
    let (word, words) = match (&seen.refused, by_init) {
        (Some(refused), _) => (refused.word, refused.text.as_str()),
        (None, Some(progress)) => progress.why.split_once(' ').unwrap_or(("", &progress.why)),
        (None, None) => return html! {},
    };
    let said = texts.of_refusal(word).unwrap_or("{words}");
    html! {
        section class="note bad" aria-labelledby="refused" {
            h2 id="refused" { (texts.refused_title) }
            p { (fill(said, &[("words", words)])) }
        }
    }
}

fn waiting(frame: &Frame, seen: &Seen) -> Markup {
    let texts = &frame.texts().update;
    let Some(waiting) = &seen.waiting else {
        return html! {};
    };
    let (version, size) = (
        waiting.release.version.to_string(),
        megabytes(waiting.length),
    );
    html! {
        section class="card" aria-labelledby="waiting" {
            h2 id="waiting" { (texts.waiting_title) }
            p { (fill(texts.waiting, &[("version", &version), ("size", &size)])) }
            p { (texts.waiting_how) }
            (frame.form(INSTALL, &html! { div class="go" { button type="submit" { (texts.install) } } }))
            (frame.form(DISCARD, &html! { div class="go" { button class="second" type="submit" { (texts.discard) } } }))
        }
    }
}

fn ways(frame: &Frame, url: &str) -> Markup {
    let texts = &frame.texts().update;
    html! {
        section class="card" aria-labelledby="by-file" {
            h2 id="by-file" { (texts.file_title) }
            // The token comes before the file: it is looked at before the file is.
            form method="post" action=(frame.link(FILE)) enctype="multipart/form-data" accept-charset="utf-8" {
                input type="hidden" name="csrf" value=(frame.csrf);
                div class="field" {
                    label for="file" { (texts.file_label) }
                    p class="hint" id="file-hint" { (texts.file_hint) }
                    input type="file" id="file" name="file" accept=".update" required aria-describedby="file-hint";
                }
                div class="go" { button class="second" type="submit" { (texts.file_button) } }
            }
        }
        section class="card" aria-labelledby="by-url" {
            h2 id="by-url" { (texts.url_title) }
            (frame.form(FETCH, &html! {
                div class="field" {
                    label for="url" { (texts.url_label) }
                    p class="hint" id="url-hint" { (texts.url_hint) }
                    input type="url" id="url" name="url" value=(url) maxlength="2000" aria-describedby="url-hint";
                }
                div class="go" { button class="second" type="submit" { (texts.url_button) } }
            }))
        }
    }
}

impl Visit<'_> {
    pub(super) fn update_page(&self) -> Markup {
        let settings = &self.household.settings;
        let url = settings.update.url.as_deref().unwrap_or_default();
        page(self.frame, &self.household.updates.seen(), url)
    }

    /// A POST below [`UPDATE`]; `None`: it is none.
    pub(super) async fn update_deed(&self) -> Option<Reply> {
        let updates = &self.household.updates;
        match self.request.path.as_str() {
            FILE => self.take_file().await,
            FETCH => {
                let url = self.request.form.text("url").to_owned();
                if let Err(error) = updates.fetch_behind(Arc::clone(&self.household), url) {
                    updates.note(Refused::from(error));
                }
            }
            INSTALL => {
                updates.install();
            }
            DISCARD => updates.discard(),
            _ => return None,
        }
        Some(Reply::see_other(self.frame.link(UPDATE)))
    }

    /// The file into the spool. However it ends, the browser has been heard to its end, or it would show a broken line for an answer.
    async fn take_file(&self) {
        let updates = &self.household.updates;
        let Some(mut upload) = self.request.take_upload() else {
            return;
        };
        let begun = match updates.has_card() {
            true => updates.incoming(&self.household.settings, Some(upload.length())),
            false => Err(Refused::from(io::Error::other("there is no card"))),
        };
        let Ok(mut incoming) = begun else {
            return upload.pass_over().await;
        };
        loop {
            let refused = match upload.next().await {
                Ok(Some(octets)) => match incoming.take(octets).await {
                    Ok(()) => continue,
                    Err(refused) => refused,
                },
                Ok(None) => {
                    // What came of it is noted.
                    incoming.finish().await.ok();
                    return upload.pass_over().await;
                }
                Err(UploadError::BrokenOff | UploadError::Malformed) => Refused::broken_off(),
            };
            incoming.refuse(&refused);
            drop(incoming);
            return upload.pass_over().await;
        }
    }
}

/// In the answer to a wrong question, too, the page is the page.
pub(super) fn reply(visit: &Visit<'_>) -> Reply {
    shown(visit.update_page())
}

/// As people count them, with one digit behind the point.
fn megabytes(octets: u64) -> String {
    let tenths = octets.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}
