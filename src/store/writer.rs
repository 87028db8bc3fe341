//! The one thread that writes: takes what waits, runs each deed in a nested transaction, syncs once, answers all, wakes.
//!
//! A deed that fails or panics is undone alone. A commit that fails undoes the batch and says so to everyone in it. No write transaction
//! ever leaves this thread.

pub(crate) mod queue;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use heed::RwTxn;

use crate::env::{Env, Tree};
use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::options::{Observer, Step};
use crate::reap::{self, Budget, Task};
use crate::space::Space;
use crate::stage::Staging;
use crate::write::{Running, WriteTx};
use queue::{Deed, Work};

/// Deeds in one commit at most: one that waits for more of them waits too long.
const BATCH_DEEDS: usize = 256;
/// Body octets in one commit after which no further deed joins it: LMDB holds what it changes in memory until the commit.
const BATCH_OCTETS: u64 = 1 << 20;
/// A batch waits for those who came with or behind the last one: each next of them may take so long, or [`GAP_PART`] of what the last commit
/// took if that is longer (a slow disk has a slow board around it); all of them together as long as it took. So waiting costs a commit at most,
/// while they keep coming, and saves one.
const GAP: Duration = Duration::from_micros(150);
/// See [`GAP`].
const GAP_PART: u32 = 8;

/// Up to so many deeds a batch the writer counts as alone.
const ALONE: usize = 2;

pub(crate) struct Writer {
    pub(crate) env: Env,
    pub(crate) tree: Tree,
    pub(crate) memory: Arc<Memory>,
    pub(crate) running: Running,
    pub(crate) space: Space,
    /// What may have something to free; looking twice does no harm.
    pub(crate) tasks: VecDeque<Task>,
    pub(crate) staging: VecDeque<Box<Staging>>,
    pub(crate) steps: Option<Observer>,
    /// Deeds in the batch before.
    pub(crate) company: usize,
    /// These and those that came while it was committed: so many may come to the next one.
    pub(crate) expected: usize,
    /// How long the last commit took.
    pub(crate) commit_time: Duration,
    /// Reaping failed; it is tried again with the next deed.
    pub(crate) stalled: bool,
    pub(crate) _lock: Arc<std::fs::File>,
}

impl Writer {
    pub(crate) fn run(mut self) {
        loop {
            let idle = self.staging.is_empty() && (self.stalled || self.tasks.is_empty());
            if !self.memory.queue.wait(idle) && self.staging.is_empty() {
                return;
            }
            // A panic of ours answers `Busy` to that batch and undoes it; the next batch begins with what is on the device.
            let _ = catch_unwind(AssertUnwindSafe(|| self.batch()));
        }
    }

    fn step(&self, step: Step) {
        if let Some(Observer(observer)) = &self.steps {
            observer(step);
        }
    }

    /// One transaction from begin to wake.
    fn batch(&mut self) {
        self.running.scarce = self.space.tend(&self.env, self.company <= ALONE);
        self.memory.set_scarce(self.running.scarce);
        (self.running.octets, self.stalled) = (0, false);
        self.running.touched.clear();
        self.running.queued = false;
        self.running.changed = false;
        self.running.taught = false;
        let env = self.env.clone();
        let mut txn = match env.write_txn() {
            Ok(txn) => txn,
            Err(error) => return self.refuse(error),
        };
        self.step(Step::Begun);
        let mut done = self.deeds(&mut txn);
        let staged = self.stage(&mut txn);
        let reaped = self.reap(&mut txn);
        self.step(Step::Committing);
        let begun = Instant::now();
        let committed = txn.commit().map_err(Error::from);
        self.commit_time = begun.elapsed();
        if committed.is_ok() {
            self.step(Step::Committed);
        } else {
            self.tasks.extend(reaped);
        }
        self.company = done.len();
        self.expected = self.company.saturating_add(self.memory.queue.len());
        for (deed, outcome) in done.drain(..) {
            deed.answer(outcome.and_then(|()| again(&committed)));
        }
        if let Some((staging, outcome)) = staged {
            match outcome.and_then(|last| again(&committed).map(|()| last)) {
                Ok(true) => staging.answer(Ok(())),
                Ok(false) => self.staging.push_back(staging),
                Err(error) => staging.answer(Err(error)),
            }
        }
        self.step(Step::Answered);
        if committed.is_ok() {
            self.running.touched.sort_unstable();
            self.running.touched.dedup();
            self.memory.awaken(&self.running.touched);
            if self.running.queued {
                self.memory.letters.notify(usize::MAX);
            }
            if self.running.changed {
                self.memory.changes.notify(usize::MAX);
            }
            if self.running.taught {
                self.memory.taught.notify(usize::MAX);
            }
            self.step(Step::Woken);
        }
    }

    /// Runs the deeds that wait, and those that are expected and come soon: without waiting, two halves of the clients would take turns at the disk.
    fn deeds(&mut self, txn: &mut RwTxn<'_>) -> Vec<(Box<dyn Deed>, Result<()>)> {
        let mut done = Vec::with_capacity(self.company.max(1));
        let gap = GAP.max(self.commit_time / GAP_PART);
        let end = Instant::now() + self.commit_time;
        loop {
            while done.len() < BATCH_DEEDS && self.running.octets < BATCH_OCTETS {
                match self.memory.queue.pop() {
                    Some(Work::Deed(mut deed)) => {
                        let outcome = self.nested(txn, |tx| deed.run(tx));
                        done.push((deed, outcome));
                        self.step(Step::Ran);
                    }
                    Some(Work::Stage(staging)) => self.staging.push_back(staging),
                    None => break,
                }
            }
            let full = done.len() >= BATCH_DEEDS || self.running.octets >= BATCH_OCTETS;
            if full || done.is_empty() || done.len() >= self.expected {
                return done;
            }
            // Half of who is missing at a time: some run while the others come.
            let wanted = (self.expected - done.len()).div_ceil(2);
            if !self.memory.queue.gather(wanted, gap, end) {
                return done;
            }
        }
    }

    /// One piece of the large body that has waited longest.
    fn stage(&mut self, txn: &mut RwTxn<'_>) -> Option<(Box<Staging>, Result<bool>)> {
        let mut staging = self.staging.pop_front()?;
        let memory = self.memory.clone();
        let outcome = self.nested(txn, |tx| staging.step(tx, &memory));
        self.step(Step::Staged);
        Some((staging, outcome))
    }

    /// Frees a bounded part of what nobody refers to any more. Returns the tasks that must be looked at again if the commit fails.
    fn reap(&mut self, txn: &mut RwTxn<'_>) -> Vec<Task> {
        let (ready, abandoned) = self.memory.take_ready();
        self.tasks.extend(
            ready
                .into_iter()
                .flat_map(|mailbox| [Task::Log(mailbox), Task::Doomed(mailbox)]),
        );
        self.tasks.extend(abandoned.into_iter().map(Task::Orphan));
        let batches = self.memory.take_abandoned_batches();
        self.tasks.extend(batches.into_iter().map(Task::Batch));
        self.tasks.append(&mut self.running.found);
        let (mut budget, mut seen) = (Budget::default(), Vec::new());
        while !budget.is_spent() {
            let Some(task) = self.tasks.pop_front() else {
                break;
            };
            seen.push(task);
            match self.nested(txn, |tx| reap::step(tx, task, &mut budget)) {
                Ok(true) => {}
                Ok(false) => self.tasks.push_front(task),
                // What is damaged stays as it is; `check` names it.
                Err(Error::Damaged(_)) => {}
                Err(_) => {
                    self.tasks.push_back(task);
                    self.stalled = true;
                    break;
                }
            }
            self.tasks.append(&mut self.running.found);
            self.step(Step::Reaped);
        }
        seen
    }

    /// Runs `deed` in a transaction of its own inside `txn`; whatever goes wrong in it leaves no trace.
    fn nested<T>(
        &mut self,
        txn: &mut RwTxn<'_>,
        deed: impl FnOnce(&mut WriteTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let marks = (self.running.touched.len(), self.running.found.len());
        let (queued, changed) = (self.running.queued, self.running.changed);
        let taught = self.running.taught;
        let outcome = self
            .env
            .nested_write_txn(txn)
            .map_err(Error::from)
            .and_then(|child| {
                let mut tx = WriteTx::new(child, self.tree, &mut self.running);
                let outcome =
                    catch_unwind(AssertUnwindSafe(|| deed(&mut tx))).unwrap_or_else(|_| {
                        Err(Error::Damaged(
                            "a deed broke off in the middle and was undone".into(),
                        ))
                    });
                tx.end(outcome)
            });
        if outcome.is_err() {
            self.running.touched.truncate(marks.0);
            self.running.found.truncate(marks.1);
            (self.running.queued, self.running.changed) = (queued, changed);
            self.running.taught = taught;
        }
        outcome
    }

    /// No transaction could be opened: everyone who waits is told, so that nobody waits for ever.
    fn refuse(&mut self, error: heed::Error) {
        let refused: Result<()> = Err(error.into());
        self.stalled = true;
        while let Some(work) = self.memory.queue.pop() {
            match work {
                Work::Deed(deed) => deed.answer(again(&refused)),
                Work::Stage(staging) => staging.answer(again(&refused)),
            }
        }
        for staging in self.staging.drain(..) {
            staging.answer(again(&refused));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.memory.queue.close();
        while self.memory.queue.pop().is_some() {}
    }
}

/// The same outcome for one more of the batch.
fn again(outcome: &Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => Ok(()),
        Err(Error::Full) => Err(Error::Full),
        Err(Error::Io(error)) => Err(Error::Io(std::io::Error::new(
            error.kind(),
            error.to_string(),
        ))),
        Err(error) => Err(Error::Lmdb(error.to_string())),
    }
}
