//! The light plays the certificate's rhythm as long as somebody looks at a page that shows it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::Event;
use futures_lite::FutureExt as _;

use super::Fingerprint;
use super::premises::Premises;

/// After the page was asked for the last time: enough to walk to the box.
const PLAYS: Duration = Duration::from_secs(60);

/// What is to be played, and until when.
#[derive(Default)]
pub(super) struct Beacon {
    wanted: Mutex<Option<(Fingerprint, Instant)>>,
    changed: Event,
}

impl Beacon {
    /// A page with this fingerprint on it was asked for.
    pub(super) fn ask(&self, fingerprint: Fingerprint, now: Instant) {
        *self.wanted() = Some((fingerprint, now + PLAYS));
        self.changed.notify(usize::MAX);
    }

    /// Nobody looks any more.
    pub(super) fn stop(&self) {
        *self.wanted() = None;
        self.changed.notify(usize::MAX);
    }

    /// Tells the light, for ever.
    pub(super) async fn keep(&self, premises: &dyn Premises) {
        let mut played = None;
        loop {
            let changed = self.changed.listen();
            let wanted = *self.wanted();
            let wanted = wanted.filter(|(_, until)| Instant::now() < *until);
            let fingerprint = wanted.map(|(fingerprint, _)| fingerprint);
            if fingerprint != played {
                premises.play(fingerprint.map(|fingerprint| fingerprint.rhythm()));
                played = fingerprint;
            }
            let over = async {
                match wanted {
                    Some((_, until)) => {
                        Timer::at(until).await;
                    }
                    None => std::future::pending().await,
                }
            };
            changed.or(over).await;
        }
    }

    fn wanted(&self) -> std::sync::MutexGuard<'_, Option<(Fingerprint, Instant)>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
