//! Question 1: who the owner is.

use maud::{Markup, html};

use crate::setup::forms::{Field, Problems, send, shows};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::passwords::LEAST;
use crate::setup::texts::{fill, fill_markup};

/// What was typed, and who was there before.
#[derive(Clone, Default, Debug)]
pub struct Claim {
    /// The name.
    pub name: String,
    /// The address before the `@`.
    pub local: String,
    /// The address of the owner who was forgotten, and its first part.
    pub forgotten: Option<(String, String)>,
}

/// The form by which an unowned box gets its owner.
pub fn claim(frame: &Frame, step: Step, claim: &Claim, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let you = &texts.you;
    let least = LEAST.to_string();
    let hint = fill(texts.common.password_hint, &[("least", &least)]);
    let fields = html! {
        (Field::text("name", you.name, &claim.name).hint(you.name_hint).autocomplete("name").show(problems))
        (Field::text("local", you.local, &claim.local).hint(you.local_hint).autocomplete("username").inputmode("email").optional()
            .behind(you.after_at).from("name").show(problems))
        (Field::password("password", texts.common.password_new, "new-password").hint(hint).show(problems))
        (Field::password("again", texts.common.password_again, "new-password").show(problems))
        (shows(texts, "#password, #again"))
        (send(you.claim_button))
    };
    frame.page(Page {
        title: you.title,
        lead: you.lead,
        step: Some(step),
        problems: Some(problems),
        body: Some(html! {
            @if let Some((address, local)) = &claim.forgotten {
                section class="note" {
                    h2 { (you.forgotten_title) }
                    p {
                        (fill_markup(you.forgotten_text, &[
                            ("address", html! { bdi { strong { (address) } } }),
                            ("local", html! { bdi { strong { (local) } } }),
                        ]))
                    }
                }
            }
            div class="card" { (frame.form("/setup/you", &fields)) }
        }),
        ..Page::default()
    })
}

/// The owner comes back to the question.
pub fn owned(frame: &Frame, step: Step, name: &str, address: &str, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let you = &texts.you;
    let fields = html! {
        (Field::text("name", you.name, name).hint(you.name_hint).autocomplete("name").show(problems))
        (send(texts.common.continue_button))
    };
    frame.page(Page {
        title: you.title,
        lead: you.owned_lead,
        step: Some(step),
        problems: Some(problems),
        body: Some(html! {
            div class="card" { (frame.form("/setup/you", &fields)) }
            dl class="facts card" {
                div { dt { (you.owned_address) } dd { bdi { (address) } } }
            }
            p { a href=(frame.link("/password")) { (you.owned_password) } }
        }),
        ..Page::default()
    })
}
