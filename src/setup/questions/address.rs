//! Question 2: the domain, or none yet.

use maud::{Markup, html};

use crate::setup::forms::{Choice, Field, Problems, choices, send, tick};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::texts::{fill, fill_markup};

/// What is in force or was typed.
#[derive(Clone, Default, Debug)]
pub struct Answer {
    /// `own`, `none`, or nothing yet.
    pub kind: String,
    /// As people write it.
    pub domain: String,
    /// The first part of the owner's address.
    pub local: String,
    /// A domain in force that could stay beside a new one.
    pub old: Option<String>,
}

/// The form.
pub fn page(frame: &Frame, step: Step, answer: &Answer, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let address = &texts.address;
    let list = [
        Choice {
            value: "own",
            label: address.own,
            hint: address.own_hint.to_owned(),
        },
        Choice {
            value: "none",
            label: address.none,
            hint: address.none_hint.to_owned(),
        },
    ];
    let fields = html! {
        (choices("kind", address.choice, &list, &answer.kind, problems))
        (Field::text("domain", address.domain, &answer.domain).hint(address.domain_hint).inputmode("url").optional().show(problems))
        p class="hint" { (fill_markup(address.becomes, &[("local", html! { bdi { strong { (answer.local) } } })])) }
        @if let Some(old) = &answer.old {
            (tick("keep", &fill(address.keep_old, &[("domain", old)]), address.keep_old_hint, true))
        }
        (send(texts.common.continue_button))
        p class="hint" { (address.takes_a_moment) }
    };
    frame.page(Page {
        title: address.title,
        lead: address.lead,
        step: Some(step),
        problems: Some(problems),
        body: Some(html! {
            div class="card" { (frame.form("/setup/address", &fields)) }
            details {
                summary { (address.what_title) }
                p { (address.what_is_it) }
                p { (address.what_where) }
                p { (address.what_have_mail) }
            }
        }),
        ..Page::default()
    })
}
