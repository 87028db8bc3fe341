//! Question 3: one provider's user name and password, tried out before they are kept.

use maud::{Markup, html};
use queue::Cause;

use super::sending::{PROVIDER, TRIAL};
use crate::setup::forms::{Field, Problems};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::presets::{Access, Note, Preset, User};
use crate::setup::style::busy;
use crate::setup::texts::{fill, fill_markup};

/// What was typed, or what the provider is known for.
#[derive(Clone, Default, Debug)]
pub struct Typed {
    /// User name.
    pub user: String,
    /// Server.
    pub host: String,
    /// Port.
    pub port: String,
    /// A password was typed and is still known.
    pub password_kept: bool,
}

/// How a trial is going.
#[derive(Clone, Debug)]
pub enum Trial {
    /// It is under way.
    Running,
    /// It let us in, and is kept.
    Good,
    /// Why it did not.
    Bad(Failure),
}

/// Why a trial failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Who ended it; `None`: the disk, after it had worked.
    pub cause: Option<Cause>,
    /// In the provider's words, or ours.
    pub words: String,
}

/// The form for a provider; `None` is any other.
pub fn page(
    frame: &Frame,
    step: Step,
    preset: Option<&Preset>,
    typed: &Typed,
    problems: &Problems,
) -> Markup {
    let texts = frame.texts();
    let sending = &texts.sending;
    let title = match preset {
        Some(preset) => fill(sending.via_title, &[("provider", preset.name)]),
        None => sending.via_other_title.to_owned(),
    };
    let closed = preset.is_some_and(|preset| preset.access == Access::Closed);
    frame.page(Page {
        title: &title,
        lead: if closed { "" } else { sending.via_lead },
        step: Some(step),
        problems: Some(problems),
        body: Some(html! {
            @if let Some(preset) = preset { (notes(frame, preset)) }
            @if !closed { div class="card" { (form(frame, preset, typed, problems)) } }
            div class="go" { a class="button second" href=(frame.link("/setup/sending")) { (sending.choose_another) } }
        }),
        ..Page::default()
    })
}

fn form(frame: &Frame, preset: Option<&Preset>, typed: &Typed, problems: &Problems) -> Markup {
    let sending = &frame.texts().sending;
    let user_hint = match preset.map(|preset| preset.user) {
        Some(User::Address(example)) => fill(sending.user_address_hint, &[("example", example)]),
        Some(User::Given) => sending.user_given_hint.to_owned(),
        Some(User::Word(_)) => sending.user_apikey_hint.to_owned(),
        None => sending.user_generic_hint.to_owned(),
    };
    let password_hint = match preset.map(|preset| preset.access) {
        Some(Access::AppPassword) => sending.password_app_hint,
        Some(Access::Key) => sending.password_key_hint,
        _ => sending.password_account_hint,
    };
    let password_hint = match typed.password_kept {
        true => format!("{password_hint} {}", sending.password_kept),
        false => password_hint.to_owned(),
    };
    let region = preset.is_some_and(|preset| preset.notes.contains(&Note::Region));
    let host_hint = if region {
        sending.host_region_hint
    } else {
        sending.host_hint
    };
    let server = html! {
        (Field::text("host", sending.host, &typed.host).hint(host_hint).inputmode("url").show(problems))
        (Field::text("port", sending.port, &typed.port).hint(sending.port_hint).inputmode("numeric").show(problems))
    };
    // What is known needs no look; what is unknown or wrong stands open.
    let open = region || problems.of("host").is_some() || problems.of("port").is_some();
    frame.form(PROVIDER, &html! {
        input type="hidden" name="provider" value=(preset.map_or("other", |preset| preset.key));
        @if preset.is_none() { (server) }
        (Field::text("user", sending.user, &typed.user).hint(user_hint).inputmode("email").show(problems))
        (Field::password("password", sending.password, "off").hint(password_hint).show(problems))
        (crate::setup::forms::shows(frame.texts(), "#password"))
        @if preset.is_some() {
            details open[open] { summary { (sending.server) } (server) }
        }
        div class="go" { button type="submit" { (sending.try_button) } }
        p class="hint" { (sending.try_hint) }
    })
}

fn notes(frame: &Frame, preset: &Preset) -> Markup {
    let sending = &frame.texts().sending;
    let say = |text: &str| fill(text, &[("provider", preset.name)]);
    html! {
        @for note in preset.notes {
            @match note {
                Note::OwnWindows => {
                    section class="note warn" { h2 { (sending.note_oauth_title) } p { (sending.note_oauth) } }
                }
                Note::Bridge => {
                    section class="note warn" { h2 { (sending.note_bridge_title) } p { (sending.note_bridge) } }
                }
                Note::AppPassword => p class="note" { (say(sending.note_app_password)) },
                Note::SwitchOn => p class="note" { (say(sending.note_switch_on)) },
                Note::OwnAddress => p class="note" { (say(sending.note_own_address)) },
                Note::GmailAddress => p class="note" { (sending.note_gmail_address) },
                Note::SenderDomain => p class="note" { (say(sending.note_sender_domain)) },
                Note::Region => {},
            }
        }
        @if !preset.help.is_empty() {
            p { a href=(preset.help) rel="noreferrer noopener" target="_blank" { (sending.help_page) } " (" bdi { (preset.help.trim_start_matches("https://")) } ")" }
        }
    }
}

/// The trial: under way, good, or what to do. `back` is the form that it came from.
pub fn trial(
    frame: &Frame,
    step: Step,
    relay: &str,
    port: u16,
    trial: &Trial,
    back: &str,
) -> Markup {
    let texts = frame.texts();
    let sending = &texts.sending;
    let port = port.to_string();
    let values = [("relay", relay), ("port", port.as_str())];
    let (title, body) = match trial {
        Trial::Running => (
            sending.trying_title,
            html! {
                div class="card" {
                    (busy(&fill(sending.trying, &values)))
                    p class="hint" { (texts.common.looks_again) }
                    div class="go" { a class="button second" href=(frame.link(TRIAL)) { (texts.common.look_now) } }
                }
            },
        ),
        Trial::Good => (
            sending.tried_title,
            html! {
                p class="note good" role="status" {
                    (fill_markup(sending.tried_good, &[("relay", html! { bdi { strong { (relay) } } })]))
                }
                div class="go" { a class="button" href=(frame.link("/setup/arriving")) { (texts.common.continue_button) } }
            },
        ),
        Trial::Bad(failure) => (
            sending.tried_bad_title,
            html! {
                div class="note bad" role="alert" { p { (fill(sentence(frame, failure), &values)) } }
                @if !failure.words.is_empty() {
                    p class="soft" { (sending.tried_words) }
                    pre class="code" dir="auto" { (failure.words) }
                }
                div class="go" {
                    a class="button" href=(frame.link(back)) { (sending.correct_button) }
                    a class="button second" href=(frame.link("/setup/sending")) { (sending.choose_another) }
                }
            },
        ),
    };
    frame.page(Page {
        title,
        step: Some(step),
        live: matches!(trial, Trial::Running),
        body: Some(body),
        ..Page::default()
    })
}

/// What a failed trial means, in plain words.
fn sentence(frame: &Frame, failure: &Failure) -> &'static str {
    let sending = &frame.texts().sending;
    match failure.cause {
        Some(Cause::RelayLogin) => sending.tried_login,
        Some(Cause::NoSuchDomain | Cause::NoHost | Cause::NullMx) => sending.tried_name,
        Some(Cause::Refused | Cause::TimedOut) => sending.tried_silent,
        Some(Cause::NoNetwork | Cause::Dns) => sending.tried_offline,
        Some(Cause::Tls) => sending.tried_tls,
        Some(Cause::Own) => sending.tried_own,
        _ => sending.tried_other,
    }
}
