//! What is wrong, in one sentence; what to do; and what is offered.

use std::time::Instant;

use firmware::talk::RescueReason;
use maud::{Markup, html};

use super::offer::{STANDS, State};
use super::site::{CLOSE, OPEN};
use crate::setup::layout::{Frame, Page};
use crate::setup::style::busy;
use crate::setup::texts::{Rescue, fill};

/// All that the page says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// `None`: init said a word that is not known here.
    pub(super) reason: Option<RescueReason>,
    /// The card could be made anew.
    pub(super) may_format: bool,
    /// Whether that was opened.
    pub(super) offer: State,
    /// It was tried, and failed.
    pub(super) failed: bool,
    /// Somebody wants to open the offer, and has not pressed the button before.
    pub(super) unpressed: bool,
}

/// The page.
pub(super) fn page(frame: &Frame, shown: &Shown) -> Markup {
    let rescue = &frame.texts().rescue;
    match shown.offer {
        State::Accepted(_) => frame.page(Page {
            title: rescue.working_title,
            lead: rescue.working,
            live: true,
            body: Some(busy(rescue.working_wait)),
            ..Page::default()
        }),
        State::Open(since) => frame.page(Page {
            title: rescue.open_title,
            lead: rescue.open,
            live: true,
            body: Some(open(frame, rescue, since)),
            ..Page::default()
        }),
        State::Closed => frame.page(Page {
            title: rescue.title,
            lead: what_is_wrong(rescue, shown.reason),
            body: Some(html! {
                @if shown.failed { p class="note bad" { (rescue.failed) } }
                section class="card" aria-labelledby="todo" {
                    h2 id="todo" { (rescue.todo) }
                    ol { @for step in steps(rescue, shown.reason) { li { (step) } } }
                }
                p { (rescue.senders) }
                @if shown.may_format {
                    section class="card" aria-labelledby="anew" {
                        h2 id="anew" { (rescue.anew) }
                        p { strong { (rescue.anew_lost) } }
                        p { (rescue.anew_how) }
                        ol { li { (rescue.anew_press) } li { (rescue.anew_tap) } }
                        @if shown.unpressed { p class="note bad" { (rescue.anew_first) } }
                        (frame.form(OPEN, &html! { div class="go" { button class="second" type="submit" { (rescue.anew_button) } } }))
                    }
                }
            }),
            ..Page::default()
        }),
    }
}

fn open(frame: &Frame, rescue: &Rescue, since: Instant) -> Markup {
    let left = STANDS.saturating_sub(since.elapsed());
    let minutes = left.as_secs().div_ceil(60).max(1).to_string();
    html! {
        section class="card" {
            p { strong { (rescue.anew_lost) } }
            p { (rescue.open_light) }
            ol {
                li { (rescue.open_hold) }
                li { (rescue.open_let_go) }
            }
            p { (fill(rescue.open_left, &[("minutes", &minutes)])) }
            (frame.form(CLOSE, &html! { div class="go" { button type="submit" { (rescue.open_no) } } }))
        }
    }
}

/// One sentence or two.
fn what_is_wrong(rescue: &Rescue, reason: Option<RescueReason>) -> &'static str {
    match reason {
        Some(RescueReason::NoCard) => rescue.no_card,
        Some(RescueReason::Absent) => rescue.absent,
        Some(RescueReason::Empty) => rescue.empty,
        Some(RescueReason::Corrupt) => rescue.corrupt,
        Some(RescueReason::ReadOnly) => rescue.read_only,
        Some(RescueReason::Full) => rescue.full,
        Some(RescueReason::Unreadable) => rescue.unreadable,
        Some(RescueReason::Store) => rescue.store,
        Some(RescueReason::Newer) => rescue.newer,
        None => rescue.unknown,
    }
}

/// What a person can do, in order.
fn steps(rescue: &Rescue, reason: Option<RescueReason>) -> Vec<&'static str> {
    let off = rescue.do_off;
    match reason {
        Some(RescueReason::NoCard) => vec![off, rescue.do_seat],
        Some(RescueReason::Absent | RescueReason::Empty) => {
            vec![rescue.do_right_card, rescue.do_save, rescue.do_anew]
        }
        Some(RescueReason::ReadOnly) => vec![off, rescue.do_lock, rescue.do_other_card],
        Some(RescueReason::Full) => vec![off, rescue.do_room],
        Some(RescueReason::Newer) => vec![off, rescue.do_newer],
        Some(RescueReason::Corrupt | RescueReason::Unreadable | RescueReason::Store) | None => {
            vec![
                rescue.do_not_format,
                off,
                rescue.do_seat,
                rescue.do_save,
                rescue.do_other_card,
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;

    fn frame(language: Language) -> Frame {
        Frame {
            language,
            chosen: false,
            csrf: "token".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            left: None,
            signed_in: false,
        }
    }

    #[test]
    fn each_reason_has_its_sentence_and_its_steps() {
        for language in Language::ALL {
            let rescue = &language.texts().rescue;
            let mut said: Vec<&str> = RescueReason::ALL
                .iter()
                .map(|reason| what_is_wrong(rescue, Some(*reason)))
                .collect();
            said.push(what_is_wrong(rescue, None));
            let all = said.len();
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), all);
            for reason in RescueReason::ALL {
                let shown = Shown {
                    reason: Some(*reason),
                    may_format: reason.may_format(),
                    offer: State::Closed,
                    failed: false,
                    unpressed: false,
                };
                let page = page(&frame(language), &shown).into_string();
                assert_eq!(page.contains(OPEN), reason.may_format(), "{reason}");
                assert!(
                    page.len() < 50 * 1024 && !page.contains("{minutes"),
                    "{reason}"
                );
            }
        }
    }

    #[test]
    fn an_open_offer_says_what_the_button_does_and_can_be_closed() {
        for offer in [State::Open(Instant::now()), State::Accepted(Instant::now())] {
            let shown = Shown {
                reason: Some(RescueReason::Corrupt),
                may_format: true,
                offer,
                failed: false,
                unpressed: false,
            };
            let page = page(&frame(Language::English), &shown).into_string();
            assert!(page.contains("data-live"));
            assert!(!page.contains(OPEN));
            assert_eq!(
                page.contains(&format!("action=\"{CLOSE}\"")),
                matches!(offer, State::Open(_))
            );
        }
    }
}
