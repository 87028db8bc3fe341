//! Greek.

mod common;
mod facts;
mod findings;
mod household;
mod light;
mod machine;
mod questions;
mod refusals;
mod reports;
mod rescue;
mod steps;
mod update;

use super::Texts;

/// What is said in Greek.
pub(super) static GREEK: Texts = Texts {
    common: common::COMMON,
    hello: questions::HELLO,
    you: questions::YOU,
    address: questions::ADDRESS,
    sending: questions::SENDING,
    arriving: questions::ARRIVING,
    place: questions::PLACE,
    done: questions::DONE,
    problems: questions::PROBLEMS,
    facts: facts::FACTS,
    findings: findings::FINDINGS,
    reasons: findings::REASONS,
    refusals: refusals::REFUSALS,
    reports: reports::REPORTS,
    household: household::HOUSEHOLD,
    light: light::LIGHT,
    update: update::UPDATE,
    rescue: rescue::RESCUE,
    machine: machine::MACHINE,
    steps: steps::STEPS,
};
