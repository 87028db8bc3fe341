//! Question 3: who delivers the letters; here the choice.

use maud::{Markup, html};

use crate::setup::layout::{Frame, Page, Step};
use crate::setup::presets::{Kind, PRESETS, Preset};
use crate::setup::texts::fill_markup;

/// Which page asks for one provider's password.
pub const PROVIDER: &str = "/setup/sending/provider";
/// Where a trial is shown.
pub const TRIAL: &str = "/setup/sending/trial";
/// Where the line is shown.
pub const DIRECT: &str = "/setup/sending/direct";

/// How it is now.
#[derive(Clone, Default, Debug)]
pub struct Now {
    /// The box has no domain.
    pub house_only: bool,
    /// The relay's host and user.
    pub relay: Option<(String, Option<String>)>,
    /// Nothing has been said yet: the present way is only the default.
    pub unsaid: bool,
}

/// The choice.
pub fn page(frame: &Frame, step: Step, now: &Now) -> Markup {
    let texts = frame.texts();
    let sending = &texts.sending;
    let provider = |preset: &Preset| frame.link(&format!("{PROVIDER}?provider={}", preset.key));
    let rows = |kind: Kind| {
        html! {
            ul class="list" {
                @for preset in PRESETS.iter().filter(|preset| preset.kind == kind) {
                    li { a href=(provider(preset)) { span translate="no" { (preset.name) } } }
                }
            }
        }
    };
    frame.page(Page {
        title: sending.title,
        lead: sending.lead,
        step: Some(step),
        body: Some(html! {
            @if now.house_only {
                div class="note" {
                    p { (sending.house_only) }
                    div class="go" { a class="button" href=(frame.link("/setup/arriving")) { (texts.common.later) } }
                }
            } @else if !now.unsaid {
                div class="note" {
                    p { (now_sentence(frame, now)) }
                    div class="go" { a class="button" href=(frame.link("/setup/arriving")) { (sending.keep_button) } }
                }
            }
            h2 { (sending.mailboxes) }
            p class="soft" { (sending.mailboxes_hint) }
            (rows(Kind::Mailbox))
            h2 { (sending.services) }
            p class="soft" { (sending.services_hint) }
            (rows(Kind::Service))
            ul class="list" {
                li { a href=(frame.link(&format!("{PROVIDER}?provider=other"))) { (sending.other) } }
            }
            h2 { (sending.by_itself) }
            p class="soft" { (sending.by_itself_hint) }
            (frame.form(DIRECT, &html! {
                input type="hidden" name="deed" value="test";
                div class="go" { button class="second" type="submit" { (sending.by_itself_button) } }
            }))
        }),
        ..Page::default()
    })
}

fn now_sentence(frame: &Frame, now: &Now) -> Markup {
    let sending = &frame.texts().sending;
    let bold = |text: &str| html! { bdi { strong { (text) } } };
    match &now.relay {
        None => html! { (sending.now_direct) },
        Some((relay, None)) => fill_markup(sending.now_relay, &[("relay", bold(relay))]),
        Some((relay, Some(user))) => fill_markup(
            sending.now_relay_user,
            &[("relay", bold(relay)), ("user", bold(user))],
        ),
    }
}
