//! What other mail hosts report of the house: who sends in its name, and how encryption toward it went.

use maud::{Markup, html};

use crate::reports::{Summary, Told, sentences};
use crate::setup::layout::{Frame, Page};

/// The page.
pub fn page(frame: &Frame, summary: &Summary) -> Markup {
    let texts = frame.texts();
    let told = sentences(summary);
    let (matters, good): (Vec<Told>, Vec<Told>) = told.into_iter().partition(|one| one.matters);
    frame.page(Page {
        title: texts.reports.title,
        lead: texts.reports.lead,
        navigation: true,
        body: Some(html! {
            @for one in &matters { (sentence(frame, one, "note warn")) }
            @for one in &good { (sentence(frame, one, "note")) }
        }),
        ..Page::default()
    })
}

fn sentence(frame: &Frame, told: &Told, class: &str) -> Markup {
    let texts = frame.texts();
    html! {
        div class=(class) {
            p { (told.said.with(texts)) }
            @if let Some(advice) = &told.advice { p class="soft" { (advice.with(texts)) } }
        }
    }
}
