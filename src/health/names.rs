//! Whether names can be looked up. A question in vain may be the fault of the one who was asked about; so after a while of nothing but such questions the task
//! asks for a name that everybody knows. Nobody asks anything while questions are answered.

use std::time::Duration;

use async_io::Timer;
use futures_lite::FutureExt as _;

use super::{Fact, Health, Part};
use crate::resolver::Resolver;

/// How long it waits for an answer to anything, and how often it asks when there is none.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub(super) silence: Duration,
    pub(super) again: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            // A router starts in less.
            silence: Duration::from_secs(10 * 60),
            again: Duration::from_secs(5 * 60),
        }
    }
}

/// For ever.
pub(super) async fn names(resolver: Resolver, patience: Patience, health: Health) {
    loop {
        let changed = resolver.pulse().changed();
        let Some(since) = resolver.pulse().silent_since() else {
            health.well(Part::Dns);
            changed.await;
            continue;
        };
        let mut wait = patience.silence.saturating_sub(since.elapsed());
        if wait.is_zero() {
            // An answer ends the silence, and the next round says so.
            if resolver.is_answered().await {
                continue;
            }
            health.report(Fact::Dns {
                servers: resolver.asked(),
            });
            wait = patience.again;
        }
        let late = async {
            Timer::after(wait).await;
        };
        changed.or(late).await;
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
