//! How the box is: what it reports of itself, and what was found about its records, its line, its certificate and its clock. One plain sentence each.

use std::sync::Arc;

use board::Shown;
use maud::{Markup, html};

use super::checks::Found;
use super::light::{self, LIGHT};
use crate::health::{Fact, Gravity};
use crate::publish::{Leaves, State};
use crate::setup::layout::{Frame, Page};
use crate::setup::style::busy;
use crate::setup::texts::{Texts, fill};

/// Where a new look is asked for.
pub const LOOK_AGAIN: &str = "/household/look";

/// All that the overview says.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the box reports, the gravest first.
    pub facts: Vec<Fact>,
    /// What the light shows.
    pub shown: Shown,
    /// It is for this house only, so that there is nothing to look up.
    pub house_only: bool,
    /// What was found; `None`: nothing yet.
    pub found: Option<Arc<Found>>,
    /// A look is under way.
    pub looking: bool,
    /// The box made its certificate itself.
    pub self_made: bool,
    /// The time is known.
    pub clock: bool,
    /// The port at which servers of the world are heard; `None`: the door is closed.
    pub smtp_port: Option<u16>,
}

/// How one thing is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Mark {
    Bad,
    Unknown,
    Note,
    Good,
}

/// The page.
pub fn page(frame: &Frame, overview: &Overview) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let lines = lines(texts, overview);
    frame.page(Page {
        title: household.overview_title,
        live: overview.looking,
        navigation: true,
        body: Some(html! {
            (state(texts, &overview.facts, lines.iter().any(|(mark, _)| *mark == Mark::Bad)))
            section class="card" aria-labelledby="light" {
                h2 id="light" { (texts.light.now) }
                (light::now(texts, overview.shown))
                p { a href=(frame.link(LIGHT)) { (texts.light.link) } }
            }
            h2 { (household.checks_title) }
            (checks(frame, overview, lines))
        }),
        ..Page::default()
    })
}

/// What the box reports; `astray`: something that it has looked up is not right.
fn state(texts: &Texts, facts: &[Fact], astray: bool) -> Markup {
    let household = &texts.household;
    let gravest = facts.iter().map(Fact::gravity).max();
    let (class, title) = match gravest {
        None if astray => ("note good", household.box_well),
        None => ("note good", texts.facts.all_well),
        Some(Gravity::Attention) => ("note warn", household.needs_you),
        Some(Gravity::CannotKeepMail) => ("note bad", household.cannot_keep),
    };
    html! {
        section class=(class) aria-labelledby="state" {
            h2 id="state" { (title) }
            @if !facts.is_empty() {
                ul { @for fact in facts { li { (sentence(texts, fact)) } } }
            }
        }
    }
}

/// A fact in the language of these texts.
pub fn sentence(texts: &Texts, fact: &Fact) -> String {
    let values = fact.values();
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| match (name, fact) {
            (&"step", Fact::UpdateGivenUp { step, .. }) => (*name, texts.facts.step(*step)),
            _ => (*name, value.as_str()),
        })
        .collect();
    fill(texts.facts.of(fact), &values)
}

/// Everything that is known, what needs somebody first.
fn lines(texts: &Texts, overview: &Overview) -> Vec<(Mark, String)> {
    let mut lines = known_here(texts, overview);
    match overview.found.as_deref() {
        Some(Found {
            findings: Ok(findings),
            line,
            ..
        }) => {
            let said = findings
                .iter()
                .map(|finding| (mark(finding.state), finding.said.with(texts)));
            lines.extend(said);
            let line = line
                .as_ref()
                .map(|line| (mark_of_line(line.leaves), line.said.with(texts)));
            lines.extend(line);
        }
        Some(Found {
            findings: Err(reason),
            ..
        }) => lines.push((Mark::Unknown, reason.clone())),
        None => {}
    }
    // Stable: what belongs together stays together.
    lines.sort_by_key(|(mark, _)| *mark);
    lines
}

fn checks(frame: &Frame, overview: &Overview, lines: Vec<(Mark, String)>) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let (good, open): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|(mark, _)| *mark == Mark::Good);
    html! {
        @if overview.looking { (busy(household.checks_running)) }
        @if overview.house_only { p { (household.checks_house_only) } }
        (list(texts, &open))
        @if !good.is_empty() {
            details open[open.is_empty()] {
                summary { (fill(household.checks_good, &[("count", &good.len().to_string())])) }
                (list(texts, &good))
            }
        }
        @if !overview.house_only && !overview.looking {
            (frame.form(LOOK_AGAIN, &html! { div class="go" { button class="second" type="submit" { (household.checks_again) } } }))
        }
        @if !overview.house_only {
            p { a href=(frame.link("/household/records")) { (household.records_link) } }
            p { a href=(frame.link("/household/reports")) { (texts.reports.title) } }
        }
    }
}

fn list(texts: &Texts, lines: &[(Mark, String)]) -> Markup {
    let household = &texts.household;
    html! {
        @for (mark, sentence) in lines {
            @let (class, word) = match mark {
                Mark::Bad => ("note bad", household.mark_bad),
                Mark::Unknown => ("note", household.mark_unknown),
                Mark::Note => ("note warn", household.mark_note),
                Mark::Good => ("note good", household.mark_good),
            };
            p class=(class) { strong { (word) } " " (sentence) }
        }
    }
}

/// What can be said without asking anybody.
fn known_here(texts: &Texts, overview: &Overview) -> Vec<(Mark, String)> {
    let household = &texts.household;
    let mut lines = Vec::new();
    lines.push(match overview.clock {
        true => (Mark::Good, household.clock_set.to_owned()),
        false => (Mark::Bad, household.clock_not_set.to_owned()),
    });
    lines.push(match overview.self_made {
        true => (Mark::Note, household.tls_self_made.to_owned()),
        false => (Mark::Good, household.tls_brought.to_owned()),
    });
    if !overview.house_only {
        // From inside nobody can see what the world sees.
        lines.push(match overview.smtp_port {
            Some(25) => (Mark::Unknown, household.incoming.to_owned()),
            Some(port) => {
                let port = port.to_string();
                (
                    Mark::Unknown,
                    fill(household.incoming_other_port, &[("port", &port)]),
                )
            }
            None => (Mark::Bad, household.incoming_closed.to_owned()),
        });
    }
    lines
}

fn mark(state: State) -> Mark {
    match state {
        State::Wrong | State::Missing => Mark::Bad,
        State::Unknown => Mark::Unknown,
        State::Note => Mark::Note,
        State::Right => Mark::Good,
    }
}

fn mark_of_line(leaves: Leaves) -> Mark {
    match leaves {
        Leaves::Yes => Mark::Good,
        Leaves::No => Mark::Bad,
        Leaves::Unknown => Mark::Unknown,
    }
}
