//! Sign-in, the forgotten and the changed password, and pages that say only that something is so.

use maud::{Markup, html};

use super::forms::{Field, Problems, send, shows};
use super::layout::{Frame, Page};
use super::passwords::LEAST;
use super::questions::hello::WELCOME;
use super::texts::fill;
use crate::accounts::Refusal;

/// The owner comes back.
pub fn page(frame: &Frame, user: &str, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let common = &texts.common;
    let fields = html! {
        (Field::text("user", common.sign_in_address, user).hint(common.sign_in_address_hint).autocomplete("username").inputmode("email").show(problems))
        (Field::password("password", common.sign_in_password, "current-password").show(problems))
        (shows(texts, "#password"))
        (send(common.sign_in_button))
    };
    frame.page(Page {
        title: common.sign_in_title,
        lead: common.sign_in_lead,
        problems: Some(problems),
        body: Some(html! {
            div class="card" { (frame.form("/sign-in", &fields)) }
            ul class="list" {
                li { a href=(frame.link(WELCOME)) { (common.sign_in_is_it_mine) } }
                li { a href=(frame.link("/forgotten")) { (common.sign_in_forgotten) } }
            }
        }),
        ..Page::default()
    })
}

/// How one gets in without the password.
pub fn forgotten(frame: &Frame) -> Markup {
    let common = &frame.texts().common;
    frame.page(Page {
        title: common.forgotten_title,
        lead: common.forgotten_lead,
        body: Some(html! {
            ol class="card" {
                li { (common.forgotten_step_hold) }
                li { (common.forgotten_step_light) }
                li { (common.forgotten_step_page) }
            }
            p { (common.forgotten_kept) }
            p { (common.forgotten_not_kept) }
            div class="go" { a class="button" href=(frame.link("/")) { (common.to_start) } }
        }),
        ..Page::default()
    })
}

/// Another password for the owner; `once`: the present one opens nothing but this page.
pub fn password(frame: &Frame, once: bool, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let common = &texts.common;
    let hint = fill(common.password_hint, &[("least", &LEAST.to_string())]);
    let fields = html! {
        (Field::password("now", common.password_now, "current-password").show(problems))
        (Field::password("password", common.password_new, "new-password").hint(hint).show(problems))
        (Field::password("again", common.password_again, "new-password").show(problems))
        (shows(texts, "#now, #password, #again"))
        (send(common.save_button))
    };
    frame.page(Page {
        title: common.password_title,
        lead: match once {
            true => common.password_once,
            false => common.password_lead,
        },
        problems: Some(problems),
        // Every other page leads here until it is done.
        navigation: !once,
        body: Some(html! { div class="card" { (frame.form("/password", &fields)) } }),
        ..Page::default()
    })
}

/// It is changed.
pub fn password_changed(frame: &Frame) -> Markup {
    let common = &frame.texts().common;
    told(
        frame,
        common.password_changed,
        common.password_changed_text,
        "/",
    )
}

/// The window was closed from the page.
pub fn closed(frame: &Frame) -> Markup {
    let common = &frame.texts().common;
    let empty = html! {};
    super::layout::alone(
        frame.language,
        common.closed_now_title,
        common.closed_now_text,
        &empty,
    )
}

/// There is no such page.
pub fn not_found(frame: &Frame) -> Markup {
    let common = &frame.texts().common;
    told(frame, common.not_found_title, common.not_found_text, "/")
}

/// Something that should have worked did not.
pub fn failed(frame: &Frame, refusal: &Refusal) -> Markup {
    let (texts, common) = (frame.texts(), &frame.texts().common);
    let text = texts.refused(refusal.reason.as_deref(), &refusal.text, common.failed_text);
    told(frame, common.failed_title, &text, "/")
}

fn told(frame: &Frame, title: &str, text: &str, next: &str) -> Markup {
    let common = &frame.texts().common;
    frame.page(Page {
        title,
        lead: text,
        body: Some(
            html! { div class="go" { a class="button" href=(frame.link(next)) { (common.to_start) } } },
        ),
        ..Page::default()
    })
}
