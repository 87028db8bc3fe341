//! The first page: what this is, and whether it is the box in front of you.

use maud::{Markup, html};

use crate::setup::household::light::LIGHT;
use crate::setup::lamp::Sight;
use crate::setup::layout::{Frame, Page};

/// Where "no" leads.
pub const NOT_MINE: &str = "/welcome/not-mine";
/// Where it can be seen again by who has an owner's sign-in before them.
pub const WELCOME: &str = "/welcome";

/// Hello; "yes" leads to `next`.
pub fn hello(frame: &Frame, sight: Option<&Sight>, next: &str) -> Markup {
    let hello = &frame.texts().hello;
    frame.page(Page {
        title: hello.title,
        lead: hello.lead,
        body: Some(html! {
            p class="soft" { (hello.what_you_need) }
            @match sight {
                Some(sight) => {
                    section class="card" aria-labelledby="light" {
                        h2 id="light" { (hello.light_title) }
                        p { (hello.light_text) }
                        (sight.show(frame.texts()))
                        div class="go" {
                            a class="button" href=(frame.link(next)) { (hello.light_yes) }
                            a class="button second" href=(frame.link(NOT_MINE)) { (hello.light_no) }
                        }
                    }
                    section aria-labelledby="words" {
                        h2 id="words" { (hello.no_light_title) }
                        p { (hello.no_light_text) }
                p { (hello.words_text) }
                        (sight.words())
                        p { a href=(frame.link(LIGHT)) { (frame.texts().light.link) } }
                    }
                }
                None => div class="go" { a class="button" href=(frame.link(next)) { (hello.start) } },
            }
        }),
        ..Page::default()
    })
}

/// What to do when the light blinks otherwise.
pub fn not_mine(frame: &Frame, sight: Option<&Sight>) -> Markup {
    let hello = &frame.texts().hello;
    frame.page(Page {
        title: hello.not_mine_title,
        lead: hello.not_mine_lead,
        body: Some(html! {
            @if let Some(sight) = sight { div class="card" { (sight.show(frame.texts())) } }
            ul {
                li { (hello.not_mine_wait) }
                li { (hello.not_mine_near) }
                li { (hello.not_mine_stop) }
            }
            @if let Some(sight) = sight {
                h2 { (hello.no_light_title) }
                p { (hello.no_light_text) }
                        p { (hello.words_text) }
                (sight.words())
            }
            div class="go" { a class="button" href=(frame.link(WELCOME)) { (hello.not_mine_again) } }
        }),
        ..Page::default()
    })
}
