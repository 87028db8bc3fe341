//! What can be set: a way to each question, and the doors of these pages.

use maud::{Markup, html};

use super::light::LIGHT;
use super::machine::MACHINE;
use super::update::UPDATE;
use crate::setup::layout::{Frame, Page, QUESTION_PATHS};
use crate::setup::questions::done::CLOSE;
use crate::setup::two_steps::pages::STEPS;

/// Where every sign-in ends.
pub const FORGET_VISITS: &str = "/household/settings/sign-out";

/// What is in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The time zone; `None`: not chosen.
    pub zone: Option<String>,
    /// The light winks for new mail.
    pub wink: bool,
    /// The relay that takes everything; `None`: mail goes out directly, or by part.
    pub relay: Option<String>,
    /// The host name.
    pub hostname: String,
    /// The mail domain, as people write it.
    pub domain: String,
}

/// The page.
pub fn page(frame: &Frame, in_force: &InForce) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let [_, address, sending, _, place] = QUESTION_PATHS;
    let zone = in_force.zone.as_ref().map(|zone| zone.replace('_', " "));
    let rows = [
        (household.set_domain, in_force.domain.as_str(), address),
        (household.set_host, in_force.hostname.as_str(), address),
        (
            household.set_sending,
            in_force.relay.as_deref().unwrap_or(household.set_direct),
            sending,
        ),
        (
            household.set_zone,
            zone.as_deref().unwrap_or(household.set_zone_none),
            place,
        ),
        (
            household.set_light,
            if in_force.wink {
                texts.common.yes
            } else {
                texts.common.no
            },
            place,
        ),
        (household.set_language, texts.common.language_name, place),
    ];
    frame.page(Page {
        title: household.settings_title,
        navigation: true,
        body: Some(html! {
            section class="card" {
                dl class="facts" {
                    @for (label, value, path) in rows {
                        div {
                            dt { (label) }
                            dd { bdi { (value) } " " a href=(frame.link(path)) { (household.change) span class="hide" { ": " (label) } } }
                        }
                    }
                }
            }
            ul class="list" {
                li { a href=(frame.link(LIGHT)) { (texts.light.link) } }
                li { a href=(frame.link(MACHINE)) { (texts.machine.title) } }
                li { a href=(frame.link(UPDATE)) { (texts.update.link) } }
                li { a href=(frame.link(STEPS)) { (texts.steps.link) } }
                li { a href=(frame.link("/password")) { (texts.common.nav_password) } }
                li { a href=(frame.link("/setup")) { (texts.common.nav_setup) } }
            }
            section class="card" aria-labelledby="visits" {
                h2 id="visits" { (household.forget_visits) }
                p { (household.forget_visits_text) }
                (frame.form(FORGET_VISITS, &html! { div class="go" { button class="second" type="submit" { (household.forget_visits) } } }))
            }
            @if frame.left.is_some() {
                section class="card" aria-labelledby="close" {
                    h2 id="close" { (texts.common.close_window) }
                    p { (household.close_text) }
                    (frame.form(CLOSE, &html! { div class="go" { button class="second" type="submit" { (texts.common.close_window) } } }))
                }
            }
        }),
        ..Page::default()
    })
}
