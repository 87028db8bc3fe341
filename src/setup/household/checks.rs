//! The checks behind the overview: looked up on a thread of their own, so that the page answers at once and shows them when they are there.
//!
//! Promises: one look at a time, whoever asks; what was found is kept for a while, so that a page that is loaded again and again asks the world once; a look takes about a minute
//! at most, which the resolver's and the line's own limits see to. What it cannot do: see the box from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::control::Household;
use crate::log;
use crate::publish::{Finding, LineReport, can_mail_leave, check};
use crate::setup::visit::is_house_only;

/// For how long what was found is shown before it is looked up again by itself.
const FRESH: Duration = Duration::from_secs(600);
/// The thread's stack: it waits most of the time.
const STACK: usize = 512 * 1024;

/// What was found last, and whether somebody looks; clones share it.
#[derive(Clone, Default)]
pub struct Checks {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    looking: bool,
    found: Option<Arc<Found>>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The domain whose records were looked up, in A-labels.
    pub domain: String,
    /// What the DNS says; `None`: why it could not be asked.
    pub findings: Result<Vec<Finding>, String>,
    /// What the line says; `None`: not tried.
    pub line: Option<LineReport>,
    /// When.
    pub at: Instant,
}

impl Checks {
    /// What was found last about this domain, and whether a look is under way.
    pub fn seen(&self, domain: &str) -> (Option<Arc<Found>>, bool) {
        let state = self.lock();
        let found = state.found.clone().filter(|found| found.domain == domain);
        (found, state.looking)
    }

    /// Begins a look at the main domain if none is under way and, unless it is asked for `anew`, what was found is old or about another domain. A domain that is for the house only is not
    /// looked up.
    pub fn begin(&self, household: &Arc<Household>, domain: &str, anew: bool) {
        if is_house_only(domain) {
            return;
        }
        {
            let mut state = self.lock();
            let fresh = |found: &Arc<Found>| found.domain == domain && found.at.elapsed() < FRESH;
            if state.looking || !anew && state.found.as_ref().is_some_and(fresh) {
                return;
            }
            state.looking = true;
        }
        let (household, domain) = (household.clone(), domain.to_owned());
        // Ends the look also when the thread falls, or never begins.
        let looking = Looking {
            checks: self.clone(),
        };
        let look = move || {
            let found = async_io::block_on(look(household, domain));
            looking.checks.lock().found = Some(Arc::new(found));
        };
        let thread = std::thread::Builder::new()
            .name("checks".into())
            .stack_size(STACK);
        if let Err(error) = thread.spawn(look) {
            log::warn(0, format_args!("the checks cannot begin: {error}"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Looking {
    checks: Checks,
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.checks.lock().looking = false;
    }
}

async fn look(household: Arc<Household>, domain: String) -> Found {
    let facts = household.facts(&domain).await;
    let resolver = household.resolver.clone();
    // A life that ends meanwhile is not held up.
    drop(household);
    let (findings, line) = match facts {
        Ok(facts) => {
            let findings = check(&domain, &facts, &resolver).await;
            let line = can_mail_leave(&resolver, &facts.relay).await;
            (Ok(findings), Some(line))
        }
        Err(refusal) => (Err(refusal.text), None),
    };
    Found {
        domain,
        findings,
        line,
        at: Instant::now(),
    }
}
