//! Every sentence that the pages say, in every language that they speak.
//!
//! ```text
//! common      frame, buttons, sign-in, what went wrong     english/…, greek/…   the same sections, one literal each
//! questions   hello, the five questions, the last page     facts                what the box found, and what to do
//! household   the pages after setup                        findings             what the DNS and the line say
//! light       the light and the button                     rescue               the page of a box that cannot keep mail
//! steps       two-step sign-in, scopes of app passwords, last uses
//! refusals    why the box did not do it                    machine              the box itself: its system, its log, switching it off
//! ```
//!
//! A section is a struct of `&'static str`, so that a language that lacks a text does not compile, nor a text that no page shows. `{name}` in a text is filled by [`fill`] or
//! [`fill_markup`]; a test sees that all languages fill the same ones. Names, codes and records stay as they are in every language.
//! To add a language: a folder beside `greek`, a row in [`Language::ALL`].

mod common;
mod english;
mod facts;
mod findings;
mod greek;
mod household;
mod language;
mod light;
mod machine;
mod questions;
mod refusals;
mod reports;
mod rescue;
mod steps;
mod update;

use maud::{Markup, html};

pub use crate::web::Language;
pub use common::Common;
pub use facts::Facts;
pub use findings::{Findings, Reasons};
pub use household::Household;
pub use light::Light;
pub use machine::Machine;
pub use questions::{Address, Arriving, Done, Hello, Place, Problems, Sending, You};
pub use refusals::Refusals;
pub use reports::Reports;
pub use rescue::Rescue;
pub use steps::Steps;
pub use update::Update;

/// Declares a section: the struct, and a way to walk over it for the tests. The texts are the crate's own, so that the compiler tells of one that nobody shows.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$text_doc:meta])* $text:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "a text's name and its English say what it is")]
        pub struct $name { $($(#[$text_doc])* pub(crate) $text: &'static str),+ }

        impl $name {
            /// Each text with its name.
            #[cfg(test)]
            pub(crate) fn each(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((concat!(stringify!($name), ".", stringify!($text)), self.$text)),+]
            }
        }
    };
}
pub(crate) use section;

/// One language.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// Frame, buttons, sign-in.
    pub(crate) common: Common,
    /// The first page.
    pub(crate) hello: Hello,
    /// Question 1.
    pub(crate) you: You,
    /// Question 2.
    pub(crate) address: Address,
    /// Question 3.
    pub(crate) sending: Sending,
    /// Question 4.
    pub(crate) arriving: Arriving,
    /// Question 5.
    pub(crate) place: Place,
    /// The last page.
    pub(crate) done: Done,
    /// What can be wrong with an answer.
    pub(crate) problems: Problems,
    /// What the box found.
    pub(crate) facts: Facts,
    /// What the DNS and the line say.
    pub(crate) findings: Findings,
    /// What each record is for.
    pub(crate) reasons: Reasons,
    /// Why the box did not do what was asked.
    pub(crate) refusals: Refusals,
    /// What others report.
    pub(crate) reports: Reports,
    /// The pages after setup.
    pub(crate) household: Household,
    /// The light and the button.
    pub(crate) light: Light,
    /// Another system for the box.
    pub(crate) update: Update,
    /// The page of a box that cannot keep mail.
    pub(crate) rescue: Rescue,
    /// The box itself.
    pub(crate) machine: Machine,
    /// Two-step sign-in, scopes, last uses.
    pub(crate) steps: Steps,
}

#[cfg(test)]
impl Texts {
    /// Each text with its name.
    pub(crate) fn each(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = self.common.each();
        all.extend(self.hello.each());
        all.extend(self.you.each());
        all.extend(self.address.each());
        all.extend(self.sending.each());
        all.extend(self.arriving.each());
        all.extend(self.place.each());
        all.extend(self.done.each());
        all.extend(self.problems.each());
        all.extend(self.facts.each());
        all.extend(self.findings.each());
        all.extend(self.reasons.each());
        all.extend(self.refusals.each());
        all.extend(self.reports.each());
        all.extend(self.household.each());
        all.extend(self.light.each());
        all.extend(self.update.each());
        all.extend(self.rescue.each());
        all.extend(self.machine.each());
        all.extend(self.steps.each());
        all
    }
}

/// The text with each `{name}` replaced by its value. A value is taken as it is: braces in it fill nothing. A name that is not given stays.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Place(name) => match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(value),
                None => filled.extend(["{", name, "}"]),
            },
        }
    }
    filled
}

/// [`fill`] with values that are markup; the text itself is escaped.
pub fn fill_markup(text: &str, values: &[(&str, Markup)]) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Text(text) => (text),
                Piece::Place(name) => @match values.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => (value),
                    None => { "{" (name) "}" },
                },
            }
        }
    }
}

enum Piece<'t> {
    Text(&'t str),
    Place(&'t str),
}

/// A text and the places in it, in order.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((before, after)) = rest.split_once('{') else {
            return Some(Piece::Text(std::mem::take(&mut rest)));
        };
        if !before.is_empty() {
            rest = rest.get(before.len()..).unwrap_or_default();
            return Some(Piece::Text(before));
        }
        match after.split_once('}') {
            Some((name, behind)) => {
                rest = behind;
                Some(Piece::Place(name))
            }
            None => Some(Piece::Text(std::mem::take(&mut rest))),
        }
    })
}

/// The names of the places in a text.
#[cfg(test)]
fn places(text: &str) -> std::collections::BTreeSet<&str> {
    pieces(text)
        .filter_map(|piece| match piece {
            Piece::Place(name) => Some(name),
            Piece::Text(_) => None,
        })
        .collect()
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
