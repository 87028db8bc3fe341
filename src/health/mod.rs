//! How the box is, in one place: the parts report facts, and take them away; what the light shows, `pillarbox status` and the pages all read here.
//!
//! Promises: one fact a part, of bounded size, so that memory stays flat whatever is reported; a fact is told once in the log when it comes and once when it is
//! over; who waits is woken only when something is different. It asks nobody and looks at nothing by itself: each fact comes from the part that knows, and
//! that part takes it away.

mod disk;
mod fact;
mod names;
mod sentence;
mod unread;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use board::{Rhythm, Shown, Stage};
use event_listener::{Event, EventListener};
use store::Store;

use crate::log;
use crate::resolver::Resolver;
use crate::status_light::{self, Summary};

pub(crate) use disk::disk;
pub use fact::{Fact, Gravity, NEARLY_FULL, Part};

/// How the box is; clones share it. It outlives the mail services.
#[derive(Clone, Default)]
pub struct Health {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changes: Event,
}

#[derive(Default)]
struct State {
    facts: BTreeMap<Part, Fact>,
    stage: Life,
    held: Option<Stage>,
    setup_open: bool,
    emptying: bool,
    rhythm: Option<Rhythm>,
    unread: bool,
}

/// How far the mail services are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
enum Life {
    #[default]
    Starting,
    Running,
    Ended,
}

/// Watches whether names can be looked up, for ever.
pub(crate) async fn names(resolver: Resolver, health: Health) {
    names::names(resolver, names::Patience::default(), health).await;
}

/// Watches for new mail, for ever.
pub(crate) async fn unread(store: Store, health: Health) {
    unread::unread(store, health).await;
}

impl Health {
    /// The doors are open.
    pub fn running(&self) {
        self.change(|state| state.stage = Life::Running);
    }

    /// The mail services begin, or begin anew: what the old ones found is no longer known to be so.
    pub fn starting(&self) {
        self.change(|state| {
            state.stage = Life::Starting;
            state.facts.retain(|part, _| !part.is_of_a_life());
            state.unread = false;
        });
    }

    /// Everything is written and nobody is served any more.
    pub fn ended(&self) {
        self.change(|state| state.stage = Life::Ended);
    }

    /// Something is wrong; an earlier fact of the same part is replaced.
    pub fn report(&self, fact: Fact) {
        let fact = fact.bounded();
        self.change(|state| {
            let known = state.facts.get(&fact.part());
            if !known.is_some_and(|earlier| fact.is_told_by(earlier)) {
                match fact.gravity() {
                    Gravity::CannotKeepMail => log::error(0, fact.sentence()),
                    Gravity::Attention => log::warn(0, fact.sentence()),
                }
            }
            state.facts.insert(fact.part(), fact);
        });
    }

    /// A part is well.
    pub fn well(&self, part: Part) {
        // Asked after each message that was kept: the ordinary case costs one look.
        if !self.has(part) {
            return;
        }
        self.change(|state| {
            if state.facts.remove(&part).is_some() {
                log::info(0, sentence::over(part));
            }
        });
    }

    /// A message could not be kept, for this reason.
    pub fn cannot_keep_mail(&self, reason: &dyn Display) {
        self.report(Fact::CannotKeep {
            reason: reason.to_string(),
        });
    }

    /// A message was kept.
    pub fn keeps_mail(&self) {
        self.well(Part::Keeping);
    }

    /// How far somebody holds the button.
    pub fn working(&self, stage: Stage) {
        self.change(|state| state.held = Some(stage));
    }

    /// The setup window is open, or closed.
    pub fn setup_open(&self, open: bool) {
        self.change(|state| state.setup_open = open);
    }

    /// A page offers to empty the card, or does not any more.
    pub fn emptying_offered(&self, offered: bool) {
        self.change(|state| state.emptying = offered);
    }

    /// Whether a finger is on the button.
    pub fn is_held(&self) -> bool {
        let held = self.lock().held;
        held.is_some_and(|stage| stage != Stage::Up)
    }

    /// A page asks that the light confirms this fingerprint; `None`: no more.
    pub fn rhythm(&self, rhythm: Option<Rhythm>) {
        self.change(|state| state.rhythm = rhythm);
    }

    /// Somebody's newest letter has not been read, or all have.
    pub fn unread(&self, unread: bool) {
        self.change(|state| state.unread = unread);
    }

    /// Everything that is wrong, the gravest first.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self.lock().facts.values().cloned().collect();
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.gravity()));
        facts
    }

    /// Whether something is wrong with this part.
    pub fn has(&self, part: Part) -> bool {
        self.lock().facts.contains_key(&part)
    }

    /// What the light shows.
    pub fn shown(&self) -> Shown {
        status_light::shown(&self.lock().summary())
    }

    /// Ready when the facts or what the light shows have changed after this call. Subscribe, then look.
    pub fn changed(&self) -> EventListener {
        self.inner.changes.listen()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let news = {
            let mut state = self.lock();
            let (before, facts) = (state.summary(), state.facts.clone());
            change(&mut state);
            let now = state.summary();
            let same =
                facts == state.facts && status_light::shown(&before) == status_light::shown(&now);
            let lasting = status_light::lasting(&now);
            let told = (status_light::lasting(&before) != lasting).then(|| {
                let reasons: Vec<String> = state.facts.values().map(Fact::sentence).collect();
                (status_light::meaning(&Shown::Sign(lasting)), reasons)
            });
            (!same, told)
        };
        if let Some((meaning, reasons)) = news.1 {
            let because = match reasons.as_slice() {
                [] => String::new(),
                reasons => format!(" ({})", reasons.join("; ")),
            };
            log::info(0, format_args!("light: {meaning}{because}"));
        }
        if news.0 {
            self.inner.changes.notify(usize::MAX);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn summary(&self) -> Summary {
        Summary {
            starting: self.stage == Life::Starting,
            ended: self.stage == Life::Ended,
            held: self.held,
            gravity: self.facts.values().map(Fact::gravity).max(),
            rhythm: self.rhythm,
            setup_open: self.setup_open,
            emptying: self.emptying,
            unread: self.unread,
        }
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
