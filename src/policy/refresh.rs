//! Policies renewed in the background, once a day (RFC 8461 §3.3), so that who keeps us from a policy host must do so for as long as the policy holds.
//!
//! Only those of destinations that were written to lately: whoever's policy was fetched once would otherwise be asked for ever. One at a time; what fails is told in the log
//! and tried again an hour later.

use std::time::Duration;

use async_io::Timer;
use event_listener::listener;
use futures_lite::FutureExt as _;
use store::{Read as _, StsMode, StsRecord};

use super::Policies;
use super::demand::RATCHET_HOLDS;
use crate::log;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
/// Age at which a policy is fetched again, in seconds.
const RENEW_AFTER: i64 = 24 * 3600;
/// Destinations looked at in one read.
const BATCH: usize = 100;
/// What is forgotten of a destination: everything that is older than this, in seconds. A refusal that sends mail through the fall-back relay is the longest-lived.
const FORGET_AFTER: i64 = 90 * 24 * 3600;

impl Policies {
    /// Renews policies and forgets old notes until the box goes down. To be spawned.
    pub async fn keep_fresh(self) {
        let closing = &self.inner.fetcher.closing;
        loop {
            listener!(closing.event() => closed);
            if closing.has_begun() {
                return;
            }
            let hour = async {
                Timer::after(LOOK_EVERY).await;
            };
            closed.or(hour).await;
            if closing.has_begun() {
                return;
            }
            if let Err(error) = self.refresh().await {
                log::warn(
                    0,
                    format_args!("policies of destinations were not renewed: {error}"),
                );
            }
        }
    }

    /// One round: renews what is older than a day, forgets what is old. Does nothing while the time is not known.
    ///
    /// # Errors
    /// The store's.
    pub async fn refresh(&self) -> store::Result<()> {
        let inner = &self.inner;
        let Some(wall) = (inner.wall)() else {
            return Ok(());
        };
        let mut after: Option<String> = None;
        loop {
            let (due, next) = {
                let read = inner.store.read()?;
                let (some, next) = read.destinations_with_sts(after.as_deref(), BATCH)?;
                let mut due = Vec::new();
                for (domain, record) in some {
                    let notes = read.destination_notes(&domain)?.unwrap_or_default();
                    if is_due(&record, notes.verified_tls, wall) {
                        due.push((domain, record));
                    }
                }
                (due, next)
            };
            for (domain, record) in due {
                if inner.fetcher.closing.has_begun() {
                    return Ok(());
                }
                // Without a record the policy runs out in its own time (RFC 8461 §3.1).
                let Some(id) = inner.announced(&domain).await else {
                    continue;
                };
                if let Err(words) = inner.fetch(&domain, id, Some(wall)).await
                    && record.mode != StsMode::None
                {
                    log::warn(
                        0,
                        format_args!("MTA-STS: {words}; what was fetched before still holds"),
                    );
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.forget(wall - FORGET_AFTER).await
    }

    async fn forget(&self, before: i64) -> store::Result<()> {
        let mut after: Option<String> = None;
        loop {
            let from = after.take();
            let deed = self
                .inner
                .store
                .write(move |tx| tx.sweep_destination_notes(from.as_deref(), before));
            match deed.await? {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

/// Whether a policy is old and its destination was written to lately (the ratchet's note says so).
fn is_due(record: &StsRecord, verified_tls: Option<i64>, wall: i64) -> bool {
    let used = verified_tls.is_some_and(|at| wall < at.saturating_add(RATCHET_HOLDS));
    used && wall >= record.fetched.saturating_add(RENEW_AFTER)
}
