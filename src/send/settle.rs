//! What came of an attempt, written in one deed: rows that go, rows that wait, and the reports to the sender in their INBOX.
//!
//! If a report finds no room, or the disk refuses it, the rest is written without it: rows that were delivered go all the same, and rows whose sender must hear of them wait
//! for room. If the disk refuses even that, nothing is written: the next attempt that the claim wrote stands, and letters that were delivered may be delivered again. The
//! log and the light say so.

use std::time::Duration;

use async_io::Timer;
use mail::dsn::Kind;
use queue::{At, Decision, Reason, Tell, judge, tell_of};
use store::{Attempt, Letter, LetterId, Notify, QueueTime, Read as _, Settlement, WriteTx};

use super::attempt::Ended;
use super::returns::{Addressed, Item};
use super::{Office, Step};
use crate::health::{Fact, Part};
use crate::log;

/// A report that found no room is tried again after so long, seconds.
const NO_ROOM: u64 = 4 * 60 * 60;
/// A report that found no room for so long after the letter's end is given up, seconds: a week.
const NO_ROOM_EVER: u64 = 7 * 24 * 60 * 60;

/// Between the first two attempts to write while the store has too much to do; doubled each time.
const BUSY: Duration = Duration::from_millis(20);
/// From here on the disk is taken to be at fault: some ten seconds in all.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// How the letter travelled.
#[derive(Clone, Copy)]
pub(super) struct Travel {
    pub(super) by_relay: bool,
    pub(super) has_fallback: bool,
}

/// One row's end, as it will be written.
#[derive(Clone)]
struct Line {
    number: u32,
    settlement: Settlement,
    /// A report about it is delivered in the same deed; this is written instead if that cannot be done.
    otherwise: Option<Settlement>,
}

/// Everything of one deed but the reports.
#[derive(Clone)]
struct Page {
    letter: LetterId,
    lines: Vec<Line>,
    /// The destination that is to be sent to by the fall-back relay from now on.
    avoid: Option<String>,
}

impl Office {
    /// Writes what came of the rows.
    pub(super) async fn settle(&self, letter: &Letter, travel: Travel, ended: Vec<Ended>) {
        let mut page = Page {
            letter: letter.id,
            lines: Vec::new(),
            avoid: None,
        };
        if let Err(error) = self.heed_flow(travel, &ended) {
            log::error(0, format_args!("the queue cannot be read: {error}"));
        }
        let mut items = Vec::new();
        for ended in ended {
            self.decide(letter, travel, ended, &mut page, &mut items);
        }
        self.write_down(letter, page, items).await;
    }

    /// What becomes of one row.
    fn decide(
        &self,
        letter: &Letter,
        travel: Travel,
        ended: Ended,
        page: &mut Page,
        items: &mut Vec<Item>,
    ) {
        let now = self.clock.now();
        let at = At {
            host: &ended.host,
            now,
            wall: self.clock.unix(),
            patient_until: self.clock.patient_until(),
            by_relay: travel.by_relay,
            has_fallback: travel.has_fallback,
            others_accepted: ended.others_accepted,
            by_passed: ended.by_passed,
            seed: self.seed,
        };
        let decision = judge(
            letter,
            &ended.row,
            ended.finding.clone(),
            &at,
            &self.schedule,
        );
        tell(letter, &ended, &decision);
        let (number, warned) = (ended.row.number, ended.row.warned);
        let mut line = Line {
            number,
            settlement: Settlement::Gone,
            otherwise: None,
        };
        let mut item = |action, status, reason, until, tell| {
            items.push(Item {
                row: ended.row.clone(),
                action,
                status,
                host: ended.host.clone(),
                finding: ended.finding.clone(),
                reason,
                until,
                tell,
            });
        };
        match decision {
            Decision::Delivered { report_success, .. } => {
                if report_success {
                    let tell = tell_of(letter, &ended.row, Notify::success());
                    // A by-trace is owed to who did not ask for success as well.
                    let tell = match (tell, letter.sender) {
                        (Tell::Nobody, Some(person)) => Tell::Sender(person),
                        (tell, _) => tell,
                    };
                    let status = ended.finding.status_as(2);
                    item(Kind::Relayed, status, None, None, tell);
                    line.otherwise = Some(Settlement::Gone);
                }
            }
            Decision::Wait {
                due,
                warn,
                tried,
                last,
            } => {
                let wait = |warned| Settlement::Wait {
                    due,
                    last: last.clone(),
                    warned,
                };
                line.settlement = if !tried {
                    Settlement::Untried {
                        due,
                        last: Some(last.clone()),
                    }
                } else {
                    wait(warned || warn)
                };
                if warn && tried {
                    let tell = tell_of(letter, &ended.row, Notify::delay());
                    let status = ended.finding.status_as(4);
                    item(Kind::Delayed, status, None, Some(letter.expires), tell);
                    line.otherwise = Some(wait(warned));
                }
            }
            Decision::Relay { last } => {
                page.avoid = Some(ended.row.destination.clone());
                line.settlement = Settlement::Untried {
                    due: now,
                    last: Some(last),
                };
            }
            Decision::Return {
                reason,
                status,
                tell,
                last,
            } => {
                // Who is not to be told need not wait for room.
                if tell != Tell::Nobody {
                    line.otherwise = Some(no_room(letter, now, last, warned));
                }
                item(Kind::Failed, status, Some(reason), None, tell);
            }
        }
        page.lines.push(line);
    }

    /// Writes the page and the reports; without the reports if those cannot be written; again if the store has too much to do, because a letter that was
    /// delivered and is not settled is delivered twice.
    async fn write_down(&self, letter: &Letter, page: Page, items: Vec<Item>) {
        let mut waited = BUSY;
        loop {
            let written = self.try_to_write(letter, &page, items.clone()).await;
            match written {
                Ok(()) => return self.step(Step::Settled),
                Err(store::Error::Busy) if waited < BUSY_MAX && !self.wires.has_begun() => {
                    Timer::after(waited).await;
                    waited = waited.saturating_mul(2);
                }
                Err(error) => return self.not_written(letter.id, &error),
            }
        }
    }

    async fn try_to_write(
        &self,
        letter: &Letter,
        page: &Page,
        items: Vec<Item>,
    ) -> store::Result<()> {
        let written = match self.reports(letter, items).await {
            // The letter is gone: its owner dropped it.
            Err(store::Error::NoSuchMessage) => self.write(page.clone(), Vec::new()).await,
            Ok(reports) => self.write(page.clone(), reports).await,
            Err(error) => Err(error),
        };
        match written {
            Err(error) if page.has_otherwise() && !matches!(error, store::Error::Busy) => {
                log::warn(
                    0,
                    format_args!(
                        "letter {}: the report could not be delivered: {error}",
                        letter.id
                    ),
                );
                self.write(page.clone().without_reports(), Vec::new())
                    .await?;
                if error.is_the_disk() {
                    self.trouble(&error);
                } else {
                    self.health.well(Part::Sending);
                }
                Ok(())
            }
            Ok(()) => {
                self.health.well(Part::Sending);
                Ok(())
            }
            other => other,
        }
    }

    /// All of it in one deed.
    async fn write(&self, page: Page, reports: Vec<Addressed>) -> store::Result<()> {
        let (saved, wall) = (self.clock.saved(), self.clock.unix());
        let deed = self.store.write(move |tx| {
            if tx.letter(page.letter)?.is_some() {
                reports.into_iter().try_for_each(|one| deliver(tx, one))?;
            }
            page.write(tx, wall)?;
            tx.save_queue_clock(saved)
        });
        deed.await
    }

    /// The disk refused: the light shows it until something is written again.
    pub(super) fn not_written(&self, letter: LetterId, error: &store::Error) {
        log::error(
            0,
            format_args!("letter {letter}: what became of it could not be written: {error}"),
        );
        self.trouble(error);
    }

    /// Mail waits because of the disk.
    pub(super) fn trouble(&self, error: &store::Error) {
        self.health.report(Fact::Sending {
            reason: error.to_string(),
        });
    }
}

impl Page {
    /// Whether some row waits or goes only because a report about it is delivered.
    fn has_otherwise(&self) -> bool {
        self.lines.iter().any(|line| line.otherwise.is_some())
    }

    fn without_reports(mut self) -> Page {
        for line in &mut self.lines {
            if let Some(otherwise) = line.otherwise.take() {
                line.settlement = otherwise;
            }
        }
        self
    }

    fn write(self, tx: &mut WriteTx<'_>, wall: i64) -> store::Result<()> {
        for line in self.lines {
            tx.settle(self.letter, line.number, line.settlement)?;
        }
        if let Some(destination) = self.avoid {
            let mut notes = tx.destination_notes(&destination)?.unwrap_or_default();
            notes.avoid_direct = Some(wall);
            tx.set_destination_notes(&destination, &notes)?;
        }
        Ok(())
    }
}

/// Into the INBOX of everyone it is for. Those who were removed meanwhile are passed over.
pub(super) fn deliver(tx: &mut WriteTx<'_>, report: Addressed) -> store::Result<()> {
    let mut delivery = report.delivery;
    for person in report.people {
        if let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? {
            delivery.into.push((inbox.id, store::Flags::default()));
        }
    }
    if delivery.into.is_empty() {
        return Ok(());
    }
    tx.deliver(&delivery).map(drop)
}

/// What becomes of a row whose report found no room, in the mailbox or on the disk: it waits, so that its sender hears of it after all; not for ever.
fn no_room(letter: &Letter, now: QueueTime, last: Attempt, warned: bool) -> Settlement {
    if now.0 > letter.expires.0.saturating_add(NO_ROOM_EVER) {
        return Settlement::Gone;
    }
    let words = format!("{} (the report to its sender found no room)", last.words);
    Settlement::Wait {
        due: QueueTime(now.0.saturating_add(NO_ROOM)),
        last: Attempt { words, ..last },
        warned,
    }
}

/// One line in the log.
fn tell(letter: &Letter, ended: &Ended, decision: &Decision) {
    let what = match decision {
        Decision::Delivered { .. } => "sent",
        Decision::Wait { .. } => "waits",
        Decision::Relay { .. } => "goes by the fall-back relay",
        Decision::Return {
            reason: Reason::Refused,
            ..
        } => "refused",
        Decision::Return { .. } => "given up",
    };
    let host = if ended.host.is_empty() {
        &ended.row.destination
    } else {
        &ended.host
    };
    log::info(
        0,
        format_args!(
            "letter {} to {}: {what}: {host}: {}",
            letter.id, ended.row.recipient, ended.finding.words
        ),
    );
}
