//! Question 3: whether the box can deliver by itself, found out while the page waits.

use maud::{Markup, html};

use super::sending::DIRECT;
use crate::publish::{Leaves, LineReport};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::style::busy;

/// How it is going.
#[derive(Clone, Debug)]
pub enum Line {
    /// Nobody has asked yet.
    Unasked,
    /// The box is ringing.
    Running,
    /// What it found.
    Found(LineReport),
}

/// What the box found, and what to do.
pub fn page(frame: &Frame, step: Step, line: &Line) -> Markup {
    let texts = frame.texts();
    let sending = &texts.sending;
    let deed = |deed: &str, class: &str, label: &str| {
        frame.form(
            DIRECT,
            &html! {
                input type="hidden" name="deed" value=(deed);
                button class=(class) type="submit" { (label) }
            },
        )
    };
    let provider = |class: &str| html! { a class={ "button " (class) } href=(frame.link("/setup/sending")) { (sending.direct_provider) } };
    let body = match line {
        Line::Unasked => html! {
            div class="go" { (deed("test", "", sending.by_itself_button)) (provider("second")) }
        },
        Line::Running => html! {
            div class="card" {
                (busy(sending.direct_testing))
                p class="hint" { (texts.common.looks_again) }
                div class="go" { a class="button second" href=(frame.link(DIRECT)) { (texts.common.look_now) } }
            }
        },
        Line::Found(report) => {
            let (class, title, text) = match report.leaves {
                Leaves::Yes => ("note good", sending.direct_yes_title, sending.direct_yes),
                Leaves::No => ("note bad", sending.direct_no_title, sending.direct_no),
                Leaves::Unknown => (
                    "note warn",
                    sending.direct_unknown_title,
                    sending.direct_unknown,
                ),
            };
            let well = report.leaves == Leaves::Yes;
            html! {
                section class=(class) role="status" { h2 { (title) } p { (text) } }
                @if well { p class="note warn" { (sending.direct_warning) } }
                div class="go" {
                    @if well {
                        (deed("use", "", sending.direct_use))
                        (provider("second"))
                    } @else {
                        (provider(""))
                        (deed("test", "second", sending.direct_again))
                        (deed("use", "quiet", sending.direct_use_anyway))
                    }
                }
                @if !report.tried.is_empty() {
                    details {
                        summary { (sending.direct_tried) }
                        p { bdi { (report.said.with(texts)) } }
                        ul { @for tried in &report.tried { li { code dir="auto" { (tried) } } } }
                    }
                }
            }
        }
    };
    frame.page(Page {
        title: sending.direct_title,
        lead: sending.direct_lead,
        step: Some(step),
        live: matches!(line, Line::Running),
        body: Some(body),
        ..Page::default()
    })
}
