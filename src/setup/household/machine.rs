//! The box itself: which system runs, its log, and switching it off. On a card of its own only; a box that is a program on somebody's computer says so, and leaves these things to it.

use firmware::talk::Systems;
use maud::{Markup, html};

use super::desk::{Visit, shown};
use super::update::UPDATE;
use crate::accounts::Refusal;
use crate::card::{Card, End};
use crate::log;
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::fill;
use crate::web::Reply;

/// The page.
pub const MACHINE: &str = "/household/box";
/// The log as a file.
pub const LOG: &str = "/household/box/log";
/// Switches the box off.
pub const OFF: &str = "/household/box/off";
/// Starts it anew.
pub const RESTART: &str = "/household/box/restart";

/// What is known of the box.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// It has a card of its own.
    pub card: bool,
    /// What is on the card; `None`: init has not told.
    pub systems: Option<Systems>,
    /// What the mail service said before it fell.
    pub last_words: Option<String>,
}

impl Machine {
    /// As it is now.
    pub(super) fn of(card: Option<&Card>) -> Machine {
        Machine {
            card: card.is_some(),
            systems: card.and_then(Card::systems),
            last_words: card.and_then(Card::last_words),
        }
    }

    /// The version that really runs: init's word, for it started this program from its own file.
    fn version(&self) -> &str {
        match &self.systems {
            Some(systems) if !systems.version.is_empty() => &systems.version,
            _ => env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The page.
pub fn page(frame: &Frame, machine: &Machine) -> Markup {
    let texts = &frame.texts().machine;
    frame.page(Page {
        title: texts.title,
        navigation: true,
        body: Some(html! {
            section class="card" aria-labelledby="system" {
                h2 id="system" { (texts.system) }
                dl class="facts" {
                    div { dt { (texts.version) } dd { (machine.version()) } }
                    @if let Some(systems) = &machine.systems { (slots(frame, systems)) }
                }
                @if machine.card { p { a href=(frame.link(UPDATE)) { (frame.texts().update.link) } } }
            }
            @if machine.card {
                (own(frame, machine))
            } @else {
                p { (texts.no_card) }
            }
        }),
        ..Page::default()
    })
}

fn slots(frame: &Frame, systems: &Systems) -> Markup {
    let texts = &frame.texts().machine;
    let slot = systems.running.map_or_else(
        || texts.slot_none.to_owned(),
        |slot| slot.to_uppercase().to_string(),
    );
    html! {
        div { dt { (texts.slot) } dd { (slot) } }
        div { dt { (texts.other) } dd { (systems.other.as_deref().unwrap_or(texts.other_none)) } }
        @if let Some(version) = &systems.updated_to {
            div { dt { (texts.updated) } dd {
                @match systems.given_up {
                    Some(step) => (fill(texts.updated_given_up, &[("version", version), ("step", frame.texts().facts.step(step))])),
                    None => (fill(texts.updated_kept, &[("version", version)])),
                }
            } }
        }
    }
}

/// What only a box on its own card can do.
fn own(frame: &Frame, machine: &Machine) -> Markup {
    let texts = &frame.texts().machine;
    html! {
        section class="card" aria-labelledby="log" {
            h2 id="log" { (texts.log) }
            p { (texts.log_text) }
            p { a href=(frame.link(LOG)) { (texts.log_load) } }
            @if let Some(words) = &machine.last_words {
                h3 { (texts.last_words) }
                pre { code { (words) } }
            }
        }
        section class="card" aria-labelledby="off" {
            h2 id="off" { (texts.off) }
            p { (texts.off_text) }
            (frame.form(OFF, &html! { div class="go" { button class="second" type="submit" { (texts.off_button) } } }))
            p { (texts.restart_text) }
            (frame.form(RESTART, &html! { div class="go" { button class="second" type="submit" { (texts.restart_button) } } }))
        }
    }
}

/// It goes.
fn gone(frame: &Frame, how: End) -> Markup {
    let texts = &frame.texts().machine;
    let (title, lead) = match how {
        End::PowerOff => (texts.off_title, texts.off_lead),
        End::Restart => (texts.restart_title, texts.restart_lead),
    };
    frame.page(Page {
        title,
        lead,
        ..Page::default()
    })
}

impl Visit<'_> {
    /// The page, or the log; `None`: it is none of these.
    pub(super) async fn machine(&self) -> Option<Reply> {
        let card = self.desk.ground.card.as_ref();
        match (self.request.path.as_str(), card) {
            (MACHINE, _) => Some(shown(page(self.frame, &Machine::of(card)))),
            (LOG, Some(card)) => Some(match card.log().await {
                Ok(text) => Reply::file("pillarbox-log.txt", "text/plain; charset=utf-8", text),
                Err(error) => {
                    log::warn(0, format_args!("the log cannot be read: {error}"));
                    let texts = self.frame.texts();
                    let page = self.frame.page(Page {
                        title: texts.common.failed_title,
                        lead: texts.machine.log_failed,
                        navigation: true,
                        ..Page::default()
                    });
                    shown(page).with_status(503)
                }
            }),
            _ => None,
        }
    }

    /// Off, or off and on again; `None`: it is none of these, or not ours to do.
    pub(super) fn end(&self) -> Result<Option<Reply>, Refusal> {
        let how = match self.request.path.as_str() {
            OFF => End::PowerOff,
            RESTART => End::Restart,
            _ => return Ok(None),
        };
        let Some(card) = &self.desk.ground.card else {
            return Ok(None);
        };
        card.end(how);
        Ok(Some(shown(gone(self.frame, how))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;
    use firmware::talk::Step;

    fn frame() -> Frame {
        Frame {
            language: Language::English,
            chosen: false,
            csrf: "token".to_owned(),
            path: MACHINE.to_owned(),
            query: String::new(),
            left: None,
            signed_in: true,
        }
    }

    #[test]
    fn a_box_on_its_card_says_what_really_runs_and_can_be_switched_off() {
        let systems = Systems {
            running: Some('b'),
            version: "0.4.2".to_owned(),
            other: Some("0.4.1".to_owned()),
            trial: false,
            updated_to: Some("0.5.0".to_owned()),
            given_up: Some(Step::SelfTest),
        };
        let machine = Machine {
            card: true,
            systems: Some(systems),
            last_words: Some("one <b>\ntwo".to_owned()),
        };
        let page = page(&frame(), &machine).into_string();
        for words in [
            "0.4.2",
            ">B<",
            "0.4.1",
            "0.5.0",
            "self-test failed",
            "one &lt;b&gt;\ntwo",
            LOG,
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        for action in [OFF, RESTART] {
            assert!(page.contains(&format!("method=\"post\" action=\"{action}\"")));
        }
        assert!(
            !page.contains(env!("CARGO_PKG_VERSION")),
            "what was built is not what runs"
        );
    }

    #[test]
    fn a_program_on_a_computer_leaves_these_things_to_it() {
        let page = page(&frame(), &Machine::default()).into_string();
        assert!(page.contains(env!("CARGO_PKG_VERSION")));
        for path in [OFF, RESTART, LOG] {
            assert!(!page.contains(&format!("\"{path}\"")), "{path}");
        }
    }
}
