//! Health becomes a light: the facts that the parts of the box report, and the one pattern that sums them up.
//!
//! What it promises: a change of the light is logged with its reason; `pillarbox status` shows the same facts in words. What it cannot do: the light
//! of this version is simulated; `pillarbox light` shows it, and pins come with the boards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use board::{Pattern, Sign};

use crate::log;

/// How bad a trouble is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gravity {
    /// The box does its work, and the owner should look.
    Attention,
    /// Mail cannot be kept.
    CannotKeepMail,
}

/// The part that takes messages in.
const KEEPING: &str = "keeping";

/// A handle to the light; clones share it.
#[derive(Clone)]
pub struct StatusLight {
    health: Arc<Mutex<Health>>,
}

struct Health {
    stage: Stage,
    /// By the part that reports it: one trouble each.
    troubles: BTreeMap<&'static str, (Gravity, String)>,
    shown: Sign,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Starting,
    Running,
    Ended,
}

impl Default for StatusLight {
    fn default() -> Self {
        StatusLight {
            health: Arc::new(Mutex::new(Health {
                stage: Stage::Starting,
                troubles: BTreeMap::new(),
                shown: Sign::Starting,
            })),
        }
    }
}

impl StatusLight {
    /// The doors are open.
    pub fn running(&self) {
        self.change(|health| health.stage = Stage::Running);
    }

    /// Everything is written and nobody is served any more.
    pub fn ended(&self) {
        self.change(|health| health.stage = Stage::Ended);
    }

    /// A part of the box has a trouble, in one plain sentence; the same part's earlier one is replaced.
    pub fn trouble(&self, part: &'static str, gravity: Gravity, sentence: impl Into<String>) {
        let sentence = sentence.into();
        self.change(|health| {
            health.troubles.insert(part, (gravity, sentence));
        });
    }

    /// A part has none.
    pub fn well(&self, part: &'static str) {
        self.change(|health| {
            health.troubles.remove(part);
        });
    }

    /// A message could not be kept, for this reason.
    pub fn cannot_keep_mail(&self, reason: &dyn std::fmt::Display) {
        let sentence = format!("mail cannot be kept: {reason}");
        self.trouble(KEEPING, Gravity::CannotKeepMail, sentence);
    }

    /// A message was kept.
    pub fn keeps_mail(&self) {
        self.well(KEEPING);
    }

    /// What the light shows.
    pub fn pattern(&self) -> &'static Pattern {
        self.lock().shown.pattern()
    }

    /// Every trouble, in sentences.
    pub fn troubles(&self) -> Vec<String> {
        let health = self.lock();
        health
            .troubles
            .values()
            .map(|(_, sentence)| sentence.clone())
            .collect()
    }

    fn change(&self, change: impl FnOnce(&mut Health)) {
        let mut health = self.lock();
        change(&mut health);
        let sign = health.sign();
        if sign != health.shown {
            health.shown = sign;
            let reasons: Vec<&str> = health
                .troubles
                .values()
                .map(|(_, sentence)| sentence.as_str())
                .collect();
            let because = if reasons.is_empty() {
                String::new()
            } else {
                format!(" ({})", reasons.join("; "))
            };
            log::info(
                0,
                format_args!("light: {}{because}", sign.pattern().meaning),
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn sign(&self) -> Sign {
        match (
            self.stage,
            self.troubles.values().map(|(gravity, _)| *gravity).max(),
        ) {
            (Stage::Ended, _) => Sign::SafeToUnplug,
            (_, Some(Gravity::CannotKeepMail)) => Sign::CannotKeepMail,
            (Stage::Starting, _) => Sign::Starting,
            (Stage::Running, Some(Gravity::Attention)) => Sign::Attention,
            (Stage::Running, None) => Sign::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_trouble_shows_and_goes() {
        let light = StatusLight::default();
        let sign = || light.pattern().sign;
        assert_eq!(sign(), Sign::Starting);
        light.running();
        assert_eq!(sign(), Sign::Well);
        light.trouble("clock", Gravity::Attention, "the clock is not set");
        light.trouble("disk", Gravity::CannotKeepMail, "the disk is full");
        assert_eq!(sign(), Sign::CannotKeepMail);
        light.well("disk");
        assert_eq!(sign(), Sign::Attention);
        assert_eq!(light.troubles(), ["the clock is not set"]);
        light.well("clock");
        assert_eq!(sign(), Sign::Well);
        light.ended();
        assert_eq!(sign(), Sign::SafeToUnplug);
    }
}
