//! The frame around every page: head, landmarks, language, where one is, and how long the pages stay open.
//!
//! It promises one order of headings (one `h1`), a way past the frame for a keyboard, `lang` on the page and on the link to the other language, and no
//! address in a page that leaves the box. What it cannot do: it does not know what a page is about; that is the page's business.

use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use super::forms::Problems;
use super::style::{PLAIN, SCRIPT_PATH, STYLE, emblem, style};
use super::texts::{Language, Texts, fill};

/// Questions that there are.
pub const QUESTIONS: u8 = 5;
/// The addresses of the five questions, in their order.
pub const QUESTION_PATHS: [&str; QUESTIONS as usize] = [
    "/setup/you",
    "/setup/address",
    "/setup/sending",
    "/setup/arriving",
    "/setup/place",
];
/// Seconds after which a page that waits for something is asked for again without script.
pub const LOOKS_AGAIN: u8 = 3;

/// What every page of a visit has in common.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language it speaks.
    pub language: Language,
    /// The visitor chose the language by the link; it is carried on in every address.
    pub chosen: bool,
    /// Put into every form that changes something ([`Frame::form`]).
    pub csrf: String,
    /// Where this page is, without a query: the link to the other language comes back here.
    pub path: String,
    /// The query that must survive a change of language (`provider=gmx`), without `lang`; already encoded.
    pub query: String,
    /// How long the window is open yet; `None`: it is closed, and the owner is in all the same (`[setup] always`).
    pub left: Option<Duration>,
    /// The owner is signed in.
    pub signed_in: bool,
}

/// Where a question stands among the five.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// 1 to [`QUESTIONS`].
    pub number: u8,
    /// The first that has no answer in force yet; [`QUESTIONS`] + 1 when all have.
    pub open: u8,
}

/// One page, to be framed by [`Frame::page`].
#[derive(Default)]
pub struct Page<'p> {
    /// The `h1`, and the title of the document.
    pub title: &'p str,
    /// A sentence or two below it.
    pub lead: &'p str,
    /// The question that it is.
    pub step: Option<Step>,
    /// What is wrong with what was sent: summed up on top.
    pub problems: Option<&'p Problems>,
    /// Something is under way: the page is asked for again by itself, also without script.
    pub live: bool,
    /// Links to the pages after setup are shown.
    pub navigation: bool,
    /// Everything below.
    pub body: Option<Markup>,
}

impl Frame {
    /// What is said.
    pub fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// An address of ours, with the chosen language carried on. `path` may have a query.
    pub fn link(&self, path: &str) -> String {
        if !self.chosen {
            return path.to_owned();
        }
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}lang={}", self.language.code())
    }

    /// A form that changes something: always a POST, always with the token.
    pub fn form(&self, action: &str, inside: &Markup) -> Markup {
        html! {
            form method="post" action=(self.link(action)) novalidate accept-charset="utf-8" {
                input type="hidden" name="csrf" value=(self.csrf);
                (inside)
            }
        }
    }

    /// The whole document.
    pub fn page(&self, page: Page<'_>) -> Markup {
        let texts = self.texts();
        let common = &texts.common;
        let bad = page.problems.is_some_and(|problems| !problems.is_empty());
        html! {
            (DOCTYPE)
            html lang=(self.language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    link rel="icon" href="data:,";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    meta name="format-detection" content="telephone=no";
                    @if page.live {
                        noscript { meta http-equiv="refresh" content=(LOOKS_AGAIN); }
                    }
                    title {
                        @if bad { (common.problem_word) " " }
                        (page.title) " · pillarbox"
                    }
                    (style(STYLE))
                    script src=(SCRIPT_PATH) defer {}
                }
                body {
                    a class="skip" href="#content" { (common.skip_to_content) }
                    header class="wrap" {
                        div class="top" {
                            a class="brand" href=(self.link("/")) { (emblem()) "pillarbox" }
                            (self.switch())
                        }
                        @if page.navigation { (self.navigation()) }
                        @if let Some(step) = page.step { (self.steps(step)) }
                    }
                    main id="content" class="wrap" tabindex="-1" data-live[page.live] {
                        h1 { (page.title) }
                        @if !page.lead.is_empty() { p class="lead" { (page.lead) } }
                        @if let Some(problems) = page.problems { (problems.summary(texts)) }
                        @if let Some(body) = page.body { (body) }
                    }
                    footer { div class="wrap" { (self.foot()) } }
                }
            }
        }
    }

    fn switch(&self) -> Markup {
        let other = self.language.other();
        let query = match self.query.as_str() {
            "" => String::new(),
            query => format!("{query}&"),
        };
        let href = format!("{}?{query}lang={}", self.path, other.code());
        html! {
            a class="lang" href=(href) lang=(other.code()) hreflang=(other.code()) { (self.texts().common.switch_language) }
        }
    }

    fn navigation(&self) -> Markup {
        let common = &self.texts().common;
        let pages = [
            ("/household", common.nav_overview),
            ("/household/devices", self.texts().household.devices_title),
            ("/household/people", self.texts().household.people_title),
            ("/household/records", self.texts().household.records_title),
            ("/household/settings", self.texts().household.settings_title),
            ("/setup", common.nav_setup),
        ];
        html! {
            nav aria-label=(common.navigation) {
                ul class="nav" {
                    @for (path, name) in pages {
                        li {
                            a href=(self.link(path)) aria-current=[(path == self.path).then_some("page")] { (name) }
                        }
                    }
                }
            }
        }
    }

    /// "Question 2 of 5", and a bar whose answered parts lead back.
    fn steps(&self, step: Step) -> Markup {
        let common = &self.texts().common;
        let names = [
            common.step_you,
            common.step_address,
            common.step_sending,
            common.step_arriving,
            common.step_place,
        ];
        let said = fill(
            common.step_of,
            &[
                ("number", &step.number.to_string()),
                ("all", &QUESTIONS.to_string()),
            ],
        );
        html! {
            nav class="steps" aria-label=(said) {
                p { (said) }
                ol {
                    @for (number, (name, path)) in (1..).zip(names.iter().zip(QUESTION_PATHS)) {
                        li {
                            @if number == step.number {
                                span aria-current="step" { b { (name) ", " (common.step_now) } }
                            } @else if number < step.open {
                                a class="past" href=(self.link(path)) { b { (name) ", " (common.step_answered) } }
                            } @else {
                                span { b { (name) ", " (common.step_open) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let common = &self.texts().common;
        let left = match self.left.map(|left| left.as_secs() / 60) {
            None => common.window_always.to_owned(),
            Some(0) => common.window_left_last_minute.to_owned(),
            Some(minutes) => fill(
                common.window_left_minutes,
                &[("minutes", &minutes.to_string())],
            ),
        };
        html! {
            @if self.left.is_some() || self.signed_in { p { (left) } }
            @if self.signed_in {
                (self.form("/sign-out", &html! {
                    button class="quiet" { (common.sign_out) }
                }))
                " · " a href=(self.link("/password")) { (common.nav_password) }
            }
        }
    }
}

/// A page that stands alone: no form, no link, nobody known. For the closed window and for what plain HTTP says; `body` may be empty.
pub fn alone(language: Language, title: &str, lead: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                meta name="color-scheme" content="light dark";
                title { (title) " · pillarbox" }
                (style(PLAIN))
            }
            body {
                header class="wrap" { div class="top" { span class="brand" { (emblem()) "pillarbox" } } }
                main class="wrap" {
                    h1 { (title) }
                    @if !lead.is_empty() { p class="lead" { (lead) } }
                    (body)
                }
            }
        }
    }
}
