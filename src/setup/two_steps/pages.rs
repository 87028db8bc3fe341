//! Two-step sign-in off, on its way, on; its recovery codes; and the second page of the sign-in.

use maud::{Markup, html};

use crate::setup::forms::{Field, Problems, send, shows};
use crate::setup::household::qr;
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::fill;
use crate::setup::used::{Used, sentence};

/// Where the owner sees whether it is on.
pub const STEPS: &str = "/two-steps";
/// Where a secret is made.
pub const BEGIN: &str = "/two-steps/begin";
/// Where it is shown, and its first code asked for.
pub const ENROL: &str = "/two-steps/enrol";
/// Where it is switched off.
pub const OFF: &str = "/two-steps/off";
/// Where recovery codes are made anew.
pub const FRESH: &str = "/two-steps/codes";
/// Where a code is asked for at the sign-in.
pub const SECOND: &str = "/sign-in/code";
/// So few recovery codes are too few.
const FEW: usize = 3;

/// It is off. `uses`: which mail programs would stop; `clock`: the time is known.
pub fn off(frame: &Frame, uses: &[Used], clock: bool, late: bool) -> Markup {
    let texts = frame.texts();
    let steps = &texts.steps;
    frame.page(Page {
        title: steps.title,
        lead: steps.lead,
        navigation: true,
        body: Some(html! {
            @if late { p class="note warn" role="status" { (steps.enrolled_late) } }
            section class="card" aria-labelledby="changes" {
                h2 id="changes" { (steps.changes_title) }
                p { (steps.changes_text) }
                @if uses.is_empty() {
                    p { (steps.uses_none) }
                } @else {
                    div class="note warn" {
                        h3 { (steps.uses_title) }
                        ul { @for used in uses { li { (sentence(texts, Some(used))) } } }
                        p { (steps.uses_text) }
                    }
                }
            }
            @if clock {
                (frame.form(BEGIN, &send(steps.begin_button)))
            } @else {
                p class="note warn" { (steps.clock_unknown) }
            }
            ul class="list" {
                li { a href=(frame.link("/household/devices")) { (texts.household.next_device) } }
                li { a href=(frame.link("/household/settings")) { (texts.household.settings_title) } }
            }
        }),
        ..Page::default()
    })
}

/// The secret goes into an app; nothing is in force. `uri` and `key` say the same to a camera and to a keyboard.
pub fn enrol(frame: &Frame, uri: &str, key: &str, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let steps = &texts.steps;
    let fields = html! {
        (Field::text("code", steps.code_label, "").hint(steps.code_hint).inputmode("numeric").autocomplete("one-time-code").show(problems))
        (send(steps.on_button))
    };
    frame.page(Page {
        title: steps.enrol_title,
        lead: steps.enrol_lead,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            ol {
                li { (steps.step_app) }
                li {
                    (steps.step_scan)
                    @if let Some(code) = qr::code(uri, steps.qr_label) { (code) }
                    p { (steps.step_here) " " a href=(uri) { (steps.step_here_link) } }
                    p { (steps.step_key) }
                    pre class="code" translate="no" { (key) }
                }
                li { (steps.step_code) }
            }
            div class="card" { (frame.form(ENROL, &fields)) }
            p { a href=(frame.link(STEPS)) { (texts.common.back) } }
        }),
        ..Page::default()
    })
}

/// It is on, or its codes are new: seen only now.
pub fn codes(frame: &Frame, codes: &[impl AsRef<str>]) -> Markup {
    let texts = frame.texts();
    let (steps, household) = (&texts.steps, &texts.household);
    let list: Vec<&str> = codes.iter().map(AsRef::as_ref).collect();
    let list = list.join("\n");
    frame.page(Page {
        title: steps.codes_title,
        lead: steps.codes_lead,
        navigation: true,
        body: Some(html! {
            div class="note good" {
                h2 { (steps.codes_list_title) }
                pre class="code words" id="secret" translate="no" { (list) }
                button class="second" type="button" hidden data-copy="secret" data-done=(household.copied) { (household.copy) }
                p { (steps.codes_keep) }
            }
            ul class="list" {
                li { a href=(frame.link("/household/devices")) { (steps.codes_next) } }
                li { a href=(frame.link(STEPS)) { (steps.title) } }
            }
        }),
        ..Page::default()
    })
}

/// It is on, since this day, with so many recovery codes left.
pub fn on(frame: &Frame, since: &str, left: usize, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let steps = &texts.steps;
    let lead = fill(steps.is_on_lead, &[("date", since)]);
    frame.page(Page {
        title: steps.title,
        lead: &lead,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            p { (fill(steps.codes_left, &[("left", &left.to_string())])) }
            @if left < FEW { p class="note warn" { (steps.codes_few) } }
            ul class="list" {
                li { a href=(frame.link("/household/devices")) { (texts.household.next_device) } }
            }
            section class="card" aria-labelledby="new-codes" {
                h2 id="new-codes" { (steps.fresh_title) }
                p class="soft" { (steps.fresh_text) }
                (frame.form(FRESH, &html! {
                    (Field::text("fresh", steps.fresh_code, "").inputmode("numeric").autocomplete("one-time-code").show(problems))
                    (send(steps.fresh_button))
                }))
            }
            section class="card" aria-labelledby="no-more" {
                h2 id="no-more" { (steps.off_title) }
                p class="soft" { (steps.off_text) }
                (frame.form(OFF, &html! {
                    (Field::password("password", texts.common.sign_in_password, "current-password").show(problems))
                    (shows(texts, "#password"))
                    (Field::text("code", steps.off_code, "").show(problems))
                    div class="go" { button class="risky" type="submit" { (steps.off_button) } }
                }))
            }
        }),
        ..Page::default()
    })
}

/// The second page of the sign-in. `clock`: the time is known.
pub fn second(frame: &Frame, ticket: &str, clock: bool, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let steps = &texts.steps;
    let action = format!("{SECOND}?ticket={ticket}");
    let recovery = Field::text("recovery", steps.recovery_label, "").hint(steps.recovery_hint);
    let fields = html! {
        @if clock {
            (Field::text("code", steps.code_label, "").inputmode("numeric").autocomplete("one-time-code").optional().show(problems))
            details { summary { (steps.recovery_summary) } (recovery.optional().show(problems)) }
        } @else {
            (recovery.show(problems))
        }
        (send(texts.common.sign_in_button))
    };
    frame.page(Page {
        title: steps.second_title,
        lead: match clock {
            true => steps.second_lead,
            false => steps.clock_unknown,
        },
        problems: Some(problems),
        body: Some(html! {
            div class="card" { (frame.form(&action, &fields)) }
            @if !problems.is_empty() { p class="hint" { (steps.second_hint) } }
            ul class="list" {
                li { a href=(frame.link("/sign-in")) { (steps.second_again) } }
                li { a href=(frame.link("/forgotten")) { (steps.second_lost) } }
            }
        }),
        ..Page::default()
    })
}
