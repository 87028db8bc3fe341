//! One destination's turn: its letters are claimed and tried one after the other.

use std::time::Duration;

use futures_lite::FutureExt as _;
use futures_lite::future::zip;
use queue::{At, judge_unsent};
use store::{Claim, Letter, QueueTime, Read as _, Relay, Row};

use super::attempt::Ended;
use super::route;
use super::seats::Way;
use super::settle::Travel;
use super::under_way::Held;
use super::{Office, Step};
use crate::log;

/// Letters after which another destination gets its turn; the connection waits in the pool.
const LETTERS_A_TURN: u32 = 20;
/// How far behind a claim's beginning the next attempt lies at least, seconds: what a crash in the middle costs. An attempt that lasts longer says so now and then.
const CLAIM_HOLDS: u64 = 15 * 60;
/// How often it says so.
const SAY_SO: Duration = Duration::from_secs(10 * 60);

/// The way that a destination's letters take now.
pub(super) struct Course {
    pub(super) way: Way,
    pub(super) relay: Option<Relay>,
    pub(super) has_fallback: bool,
}

impl Office {
    /// Which way letters to this destination go.
    pub(super) fn course(
        &self,
        relays: &[Relay],
        read: &impl store::Read,
        destination: &str,
    ) -> store::Result<Course> {
        // Mostly neither the notes nor the clock need be read: every destination that is due asks here.
        let (notes, wall) = if route::asks_for_notes(relays, destination) {
            (read.destination_notes(destination)?, self.clock.unix())
        } else {
            (None, 0)
        };
        let relay = route::relay_for(relays, destination, notes.as_ref(), wall);
        Ok(Course {
            way: route::way(relay, destination),
            relay: relay.cloned(),
            has_fallback: route::has_fallback(relays),
        })
    }

    /// Tries the destination's letters, some of them. `claimed` is called as soon as the first claim is written or there was nothing to claim.
    pub(super) async fn serve(
        &self,
        destination: &str,
        way: &Way,
        claimed: &mut (dyn FnMut() + Send),
    ) -> store::Result<()> {
        if self.course_now(destination)?.way != *way {
            return Ok(());
        }
        let first = self.claim(destination).await;
        claimed();
        let mut next = first?;
        for turn in 1..=LETTERS_A_TURN {
            // What is held is under way until its end is written, or this ends otherwise.
            let Some((claim, _held)) = next.take() else {
                break;
            };
            self.step(Step::Claimed);
            let course = self.course_now(destination)?;
            // Set up otherwise meanwhile: the seat is on another way.
            let goes_on = turn < LETTERS_A_TURN && course.way == *way;
            let (letter, travel, ended) = self.deal_with(&course, claim).await?;
            let settled = async {
                if !ended.is_empty() {
                    self.settle(&letter, travel, ended).await;
                }
            };
            let following = async {
                if goes_on && !self.closing.has_begun() {
                    self.claim(destination).await
                } else {
                    Ok(None)
                }
            };
            // Both at once, so that one commit holds the end of this letter and the claim of the next; nothing is sent before both are there.
            let ((), claimed) = zip(settled, following).await;
            next = claimed?;
        }
        Ok(())
    }

    fn course_now(&self, destination: &str) -> store::Result<Course> {
        let read = self.store.read()?;
        let relays = read.relays()?;
        self.course(&relays, &read, destination)
    }

    async fn claim(&self, destination: &str) -> store::Result<Option<(Claim, Held)>> {
        let now = self.clock.now();
        let most = self.settings.send.recipients;
        let (name, saved) = (destination.to_owned(), self.clock.saved());
        let (schedule, seed) = (self.schedule.clone(), self.seed);
        let all = self.under_way.clone();
        let deed = self.store.write(move |tx| {
            let next = |letter: &Letter, row: &Row| {
                let next = schedule.next(letter, &before(row), now, seed);
                QueueTime(next.0.max(now.0.saturating_add(CLAIM_HOLDS)))
            };
            let tried = |letter, row| all.has(letter, row);
            let claim = tx.claim_unless(&name, now, most, &next, &tried)?;
            if claim.is_some() {
                tx.save_queue_clock(saved)?;
            }
            Ok(claim.map(|claim| {
                let held = all.hold(&claim);
                (claim, held)
            }))
        });
        let mut claimed = deed.await?;
        if let Some((claim, _)) = &mut claimed {
            for row in &mut claim.rows {
                // What the schedule says; the claim only held the row for the time of the attempt.
                row.due = self
                    .schedule
                    .next(&claim.letter, &before(row), now, self.seed);
            }
        }
        Ok(claimed)
    }

    /// Tries what was claimed. What came of it is still to be written.
    async fn deal_with(
        &self,
        course: &Course,
        mut claim: Claim,
    ) -> store::Result<(Letter, Travel, Vec<Ended>)> {
        let travel = Travel {
            by_relay: course.relay.is_some(),
            has_fallback: course.has_fallback,
        };
        let too_late = self.take_too_late(&mut claim);
        if !too_late.is_empty() {
            self.settle(&claim.letter, travel, too_late).await;
        }
        let Some(first) = claim.rows.first() else {
            return Ok((claim.letter, travel, Vec::new()));
        };
        let ended = if self.is_own(&first.destination)? {
            self.deliver_here(&claim).await
        } else {
            let attempt = self.attempt(&course.way, course.relay.as_ref(), &claim);
            attempt.or(self.say_so(&claim)).await
        };
        Ok((claim.letter, travel, ended))
    }

    /// Rows that were to be returned by a time that is over are not tried.
    fn take_too_late(&self, claim: &mut Claim) -> Vec<Ended> {
        let at = At {
            host: "",
            now: self.clock.now(),
            wall: self.clock.unix(),
            patient_until: self.clock.patient_until(),
            by_relay: false,
            has_fallback: false,
            others_accepted: false,
            by_passed: false,
            seed: self.seed,
        };
        let letter = &claim.letter;
        let (late, rows) = std::mem::take(&mut claim.rows)
            .into_iter()
            .partition(|row| judge_unsent(letter, row, &at).is_some());
        claim.rows = rows;
        let late: Vec<Row> = late;
        late.into_iter()
            .map(|row| Ended {
                host: row
                    .last
                    .as_ref()
                    .map_or_else(String::new, |last| last.host.clone()),
                finding: queue::Finding::of(
                    queue::Cause::Remote,
                    row.last.as_ref().map_or(
                        "The time to deliver it by was over before it could be tried",
                        |last| &last.words,
                    ),
                ),
                row,
                others_accepted: false,
                by_passed: false,
            })
            .collect()
    }

    /// While an attempt lasts, its rows must not become due: for ever.
    async fn say_so<T>(&self, claim: &Claim) -> T {
        loop {
            self.clock.sleep(SAY_SO).await;
            let due = QueueTime(self.clock.now().0.saturating_add(CLAIM_HOLDS));
            let letter = claim.letter.id;
            let numbers: Vec<u32> = claim.rows.iter().map(|row| row.number).collect();
            let deed = self
                .store
                .write(move |tx| tx.extend_claim(letter, &numbers, due));
            if let Err(error) = deed.await {
                log::warn(
                    0,
                    format_args!("letter {letter}: a long attempt could not be noted: {error}"),
                );
            }
        }
    }
}

/// The row as it was before the claim, which has counted its attempt already.
fn before(row: &Row) -> Row {
    Row {
        attempts: row.attempts.saturating_sub(1),
        ..row.clone()
    }
}
