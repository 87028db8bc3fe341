//! What the store knows only while it runs: who waits to be awakened, who watches which mailbox, which UIDs are recent, which
//! maildrops are locked, which staged bodies were abandoned. A restart forgets it all, and nothing is lost by that.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::Event;

use crate::ids::{AccountId, Gid, MailboxId, ModSeq, Uid};
use crate::writer::queue::Queue;

/// Shared by the store's handles, its writer, and what sessions hold. It holds no part of LMDB: a session that outlives the store does
/// not keep the environment open.
pub(crate) struct Memory {
    pub(crate) queue: Queue,
    /// Notified after commits that touched the queue of mail on its way out.
    pub(crate) letters: Arc<Event>,
    /// Notified after commits that added messages or freed some.
    pub(crate) changes: Arc<Event>,
    /// Notified after commits that touched anybody's mailboxes.
    pub(crate) touched: Arc<Event>,
    /// Notified after commits that noted something to be learned.
    pub(crate) taught: Arc<Event>,
    scarce: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    wakes: HashMap<AccountId, Arc<Event>>,
    watches: HashMap<MailboxId, HashMap<u64, ModSeq>>,
    next_watch: u64,
    /// Mailboxes whose reaping stopped at a watch.
    parked: HashSet<MailboxId>,
    /// Of them those whose watch has moved since.
    ready: Vec<MailboxId>,
    /// UIDs from here on are recent; a mailbox not here is new, and everything in it recent.
    recent: HashMap<MailboxId, Uid>,
    maildrops: HashSet<AccountId>,
    abandoned: Vec<Gid>,
    /// Batches whose last handle has gone.
    abandoned_batches: Vec<Gid>,
}

impl Memory {
    pub(crate) fn new(write_queue: usize) -> Arc<Memory> {
        Arc::new(Memory {
            queue: Queue::new(write_queue),
            letters: Arc::default(),
            changes: Arc::default(),
            touched: Arc::default(),
            taught: Arc::default(),
            scarce: AtomicBool::new(false),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether deliveries are refused, as far as the writer knew when it last wrote.
    pub(crate) fn is_scarce(&self) -> bool {
        self.scarce.load(Ordering::Relaxed)
    }

    pub(crate) fn set_scarce(&self, scarce: bool) {
        self.scarce.store(scarce, Ordering::Relaxed);
    }

    pub(crate) fn wake(&self, account: AccountId) -> Arc<Event> {
        self.state().wakes.entry(account).or_default().clone()
    }

    /// Wakes everyone who waits for these accounts; forgets events that nobody holds.
    pub(crate) fn awaken(&self, accounts: &[AccountId]) {
        if !accounts.is_empty() {
            self.touched.notify(usize::MAX);
        }
        let mut state = self.state();
        for account in accounts {
            let unused = match state.wakes.get(account) {
                Some(event) if Arc::strong_count(event) > 1 => {
                    event.notify(usize::MAX);
                    false
                }
                Some(_) => true,
                None => false,
            };
            if unused {
                state.wakes.remove(account);
            }
        }
    }

    pub(crate) fn watch(self: &Arc<Memory>, mailbox: MailboxId, seen: ModSeq) -> Watch {
        let mut state = self.state();
        let id = state.next_watch;
        state.next_watch += 1;
        state.watches.entry(mailbox).or_default().insert(id, seen);
        Watch {
            memory: self.clone(),
            mailbox,
            id,
        }
    }

    pub(crate) fn is_watched(&self, mailbox: MailboxId) -> bool {
        self.state().watches.contains_key(&mailbox)
    }

    /// Whether somebody who watches the mailbox has not been told of `change` yet; then the reaper is called when that is over.
    pub(crate) fn holds(&self, mailbox: MailboxId, change: ModSeq) -> bool {
        let mut state = self.state();
        let told = state
            .watches
            .get(&mailbox)
            .and_then(|watches| watches.values().min().copied());
        let waits = told.is_some_and(|told| told < change);
        if waits {
            state.parked.insert(mailbox);
        }
        waits
    }

    pub(crate) fn take_ready(&self) -> (Vec<MailboxId>, Vec<Gid>) {
        let mut state = self.state();
        (
            std::mem::take(&mut state.ready),
            std::mem::take(&mut state.abandoned),
        )
    }

    pub(crate) fn abandon(&self, gid: Gid) {
        self.state().abandoned.push(gid);
        self.queue.nudge();
    }

    pub(crate) fn abandon_batch(&self, id: Gid) {
        self.state().abandoned_batches.push(id);
        self.queue.nudge();
    }

    pub(crate) fn take_abandoned_batches(&self) -> Vec<Gid> {
        std::mem::take(&mut self.state().abandoned_batches)
    }

    pub(crate) fn recent_from(&self, mailbox: MailboxId) -> Uid {
        self.state().recent.get(&mailbox).copied().unwrap_or(1)
    }

    /// The mailbox's recent floor until now, raised to `floor`.
    pub(crate) fn claim_recent(&self, mailbox: MailboxId, floor: Uid) -> Uid {
        self.state().recent.insert(mailbox, floor).unwrap_or(1)
    }

    /// The mailbox is no more; its number never comes again.
    pub(crate) fn forget_recent(&self, mailbox: MailboxId) {
        self.state().recent.remove(&mailbox);
    }

    pub(crate) fn lock_maildrop(self: &Arc<Memory>, account: AccountId) -> Option<MaildropLock> {
        self.state()
            .maildrops
            .insert(account)
            .then(|| MaildropLock {
                memory: self.clone(),
                account,
            })
    }
}

/// While held, messages expunged from a mailbox after what its holder has seen stay readable.
pub struct Watch {
    memory: Arc<Memory>,
    mailbox: MailboxId,
    id: u64,
}

impl Watch {
    /// The session has told its client everything up to `seen`.
    pub fn seen(&mut self, seen: ModSeq) {
        self.change(Some(seen));
    }

    fn change(&self, seen: Option<ModSeq>) {
        let nudge = {
            let mut state = self.memory.state();
            let watches = state.watches.entry(self.mailbox).or_default();
            match seen {
                Some(seen) => watches.insert(self.id, seen),
                None => watches.remove(&self.id),
            };
            if watches.is_empty() {
                state.watches.remove(&self.mailbox);
            }
            let parked = state.parked.remove(&self.mailbox);
            if parked {
                state.ready.push(self.mailbox);
            }
            parked
        };
        if nudge {
            self.memory.queue.nudge();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.change(None);
    }
}

/// One POP3 session's hold on a maildrop (RFC 1939 §4).
pub struct MaildropLock {
    memory: Arc<Memory>,
    account: AccountId,
}

impl Drop for MaildropLock {
    fn drop(&mut self) {
        self.memory.state().maildrops.remove(&self.account);
    }
}
