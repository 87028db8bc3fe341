//! The last page: what was said, what comes next, and the end.

use maud::{Markup, html};

use super::sending::Now;
use crate::setup::household::light::LIGHT;
use crate::setup::layout::{Frame, Page, QUESTION_PATHS};
use crate::setup::texts::fill;

/// Where the window is closed.
pub const CLOSE: &str = "/close";

/// What is in force.
#[derive(Clone, Default, Debug)]
pub struct Summary {
    /// The owner's name.
    pub name: String,
    /// Their address, as people write it.
    pub address: String,
    /// How mail goes out.
    pub sending: Now,
    /// The host name, as people write it.
    pub hostname: String,
    /// The time zone, if one was chosen.
    pub zone: Option<String>,
    /// The first question without an answer; 6: all have one.
    pub open: u8,
    /// The window is open, and can be closed.
    pub closable: bool,
}

/// The page.
pub fn page(frame: &Frame, summary: &Summary) -> Markup {
    let texts = frame.texts();
    let done = &texts.done;
    let all = usize::from(summary.open) > QUESTION_PATHS.len();
    let house = summary.sending.house_only;
    let out = match &summary.sending.relay {
        _ if house => done.going_out_house.to_owned(),
        Some((relay, _)) => fill(done.going_out_relay, &[("relay", relay)]),
        None => done.going_out_direct.to_owned(),
    };
    let coming = if house {
        done.coming_in_house
    } else {
        &summary.hostname
    };
    let time = summary.zone.as_ref().map(|zone| zone.replace('_', " "));
    let rows = [
        (done.you, summary.name.as_str()),
        (done.address, &summary.address),
        (done.going_out, &out),
        (done.coming_in, coming),
        (done.time, time.as_deref().unwrap_or(done.time_open)),
    ];
    let next = [
        ("/household/devices", done.next_devices, true),
        ("/household/records", done.next_records, !house),
        ("/household/people", done.next_people, true),
        ("/household", done.next_checks, true),
        (LIGHT, texts.light.link, true),
    ];
    frame.page(Page {
        title: if all { done.title } else { done.not_all_title },
        lead: if all { done.lead } else { done.not_all_lead },
        body: Some(html! {
            h2 { (done.next_title) }
            ul class="list" {
                @for (path, label, _) in next.iter().filter(|(_, _, fits)| *fits) {
                    li { a href=(frame.link(path)) { (label) } }
                }
            }
            section class="card" aria-labelledby="said" {
                h2 id="said" { (done.what_you_said) }
                dl class="facts" {
                    @for ((label, value), path) in rows.iter().zip(QUESTION_PATHS) {
                        div {
                            dt { (label) }
                            dd {
                                bdi { (value) } " "
                                a href=(frame.link(path)) { (done.change) span class="hide" { ": " (label) } }
                            }
                        }
                    }
                }
            }
            @if summary.closable {
                section class="card" aria-labelledby="close" {
                    h2 id="close" { (done.close_title) }
                    p { (done.close_text) }
                    (frame.form(CLOSE, &html! { div class="go" { button type="submit" { (done.close_button) } } }))
                }
            }
        }),
        ..Page::default()
    })
}
