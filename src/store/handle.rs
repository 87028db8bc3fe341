//! The store's handle: opening, and what callers ask of it.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::answer::Answer;
use crate::batch::Batch;
use crate::env::{self, Env, Tree};
use crate::error::Result;
use crate::ids::{AccountId, Gid, MailboxId, ModSeq, Uid};
use crate::look::Source;
use crate::memory::{MaildropLock, Memory, Watch};
use crate::options::{Options, TimeOfDay};
use crate::read::ReadTx;
use crate::reap::Task;
use crate::records::Facts;
use crate::schema::{CHUNK_MAX, GID_MAX, MailboxHead, key};
use crate::space::{self, Space};
use crate::spool::Spool;
use crate::stage::{Body, Staged, Staging};
use crate::write::{Running, WriteTx};
use crate::writer::Writer;
use crate::writer::queue::{Closure, Work};
use crate::{Read, check, migrate};

/// Octets of the writer thread's stack: deeds are closures of sessions, and none recurses.
const WRITER_STACK: usize = 1 << 20;

/// A handle; clones share the environment. The last one dropped ends the writer thread after finishing what is queued.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    env: Env,
    tree: Tree,
    memory: Arc<Memory>,
    dir: Arc<PathBuf>,
    inline_body: usize,
    default_quota: Option<u64>,
    time: TimeOfDay,
    writer: Option<JoinHandle<()>>,
    /// Held by the writer as well: another process may open the store when both are gone.
    _lock: Arc<File>,
}

impl Store {
    /// Opens or makes the store in `dir` (created 0700 if absent); migrates older schemas forward; has the writer sweep staged bodies and
    /// free deleted ones that a crash left behind.
    ///
    /// Errors: `InUse` when another process has it open, `Newer`, `Damaged` when the file is not ours, `Io`.
    pub fn open(dir: &Path, options: Options) -> Result<Store> {
        let opened = env::open(dir, options.map_size)?;
        let (env, tree, lock) = (opened.env, opened.tree, Arc::new(opened.lock));
        migrate::migrate(&env, tree, migrate::STEPS)?;
        let memory = Memory::new(options.write_queue);
        let (next_gid, tasks) = take_stock(&env, tree, &memory)?;
        let writer = Writer {
            space: Space::new(dir, &env)?,
            env: env.clone(),
            tree,
            memory: memory.clone(),
            running: Running {
                memory: memory.clone(),
                next_gid,
                default_quota: options.default_quota,
                number: (env.info().last_txn_id as u64).saturating_add(1),
                queue_rows: options.queue_rows,
                time: options.time.clone(),
                scarce: false,
                octets: 0,
                touched: Vec::new(),
                queued: false,
                changed: false,
                taught: false,
                found: VecDeque::new(),
            },
            tasks,
            staging: VecDeque::new(),
            steps: options.steps,
            _lock: lock.clone(),
            company: 0,
            expected: 0,
            commit_time: Duration::ZERO,
            stalled: false,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .stack_size(WRITER_STACK);
        let writer = Some(thread.spawn(move || writer.run())?);
        let dir = Arc::new(dir.to_owned());
        Ok(Store {
            inner: Arc::new(Inner {
                env,
                tree,
                memory,
                dir,
                inline_body: options.inline_body,
                default_quota: options.default_quota,
                time: options.time,
                writer,
                _lock: lock,
            }),
        })
    }

    /// What time it is by the clock that the store was given, unix seconds.
    pub fn unix(&self) -> i64 {
        (self.inner.time.0)()
    }

    /// A short read transaction: close it before any octet goes to a socket.
    pub fn read(&self) -> Result<ReadTx<'_>> {
        Ok(ReadTx::new(self.inner.tree, self.inner.env.read_txn()?))
    }

    /// Runs `deed` on the writer thread inside the next group commit, in a nested transaction of its own (an `Err` or a panic undoes only it);
    /// the answer comes after the sync. Wakes the touched accounts after the commit. Never waits: a full queue is answered `Busy`.
    pub fn write<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, giver) = Answer::pair();
        self.inner.memory.queue.push(Work::Deed(Box::new(Closure {
            deed: Some(deed),
            value: None,
            giver,
        })));
        answer
    }

    /// Ready when the writer thread next comes round to its queue: that it lives, and is in no endless commit. Nothing is written or synced for it.
    pub fn turned(&self) -> Answer<()> {
        let (answer, giver) = Answer::pair();
        self.inner.memory.queue.ask(giver);
        answer
    }

    /// Where the octets of a message being received are collected: memory up to `Options::inline_body`, then an unlinked file in the data folder.
    pub fn spool(&self) -> Spool {
        Spool::new(self.inner.dir.clone(), self.inner.inline_body)
    }

    /// Octets that a person without a quota of their own may keep.
    pub fn default_quota(&self) -> Option<u64> {
        self.inner.default_quota
    }

    /// Brings a body into the store ahead of its index record: a small one stays in memory until `deliver`; a large one is written in
    /// several commits of half a MiB, so that no transaction holds it whole. A staged body never delivered is swept.
    pub fn stage(&self, body: Spool) -> Answer<Staged> {
        if body.is_in_memory() {
            return Answer::ready(Ok(Staged {
                body: Body::Memory(body.into_memory()),
            }));
        }
        let (staging, answer) = Staging::new(body);
        self.inner.memory.queue.push(Work::Stage(Box::new(staging)));
        answer
    }

    /// A batch of messages that are to be kept all together or not at all; see [`WriteTx::stage_batch`].
    pub fn batch(&self) -> Batch {
        Batch::new(self.inner.memory.clone())
    }

    /// Awakened after each commit that touched the account. Subscribe, then look.
    pub fn wake(&self, account: AccountId) -> Arc<event_listener::Event> {
        self.inner.memory.wake(account)
    }

    /// Notified after each commit that touched the queue, claims and settlings too. Subscribe, then look.
    pub fn queue_event(&self) -> Arc<event_listener::Event> {
        self.inner.memory.letters.clone()
    }

    /// Notified after each commit that added messages or freed some, whoever's they are. Subscribe, then look.
    pub fn change_event(&self) -> Arc<event_listener::Event> {
        self.inner.memory.changes.clone()
    }

    /// Notified after each commit that noted what somebody said of a message ([`crate::Taught::due_from`]). Subscribe, then look.
    pub fn taught_event(&self) -> Arc<event_listener::Event> {
        self.inner.memory.taught.clone()
    }

    /// Notified after each commit that touched anybody's mailboxes, flags too. Subscribe, then look.
    pub fn touch_event(&self) -> Arc<event_listener::Event> {
        self.inner.memory.touched.clone()
    }

    /// While held, messages expunged from `mailbox` after `seen` stay readable through [`Read::expunged_entry`] (users.md A39).
    /// Take it before the read that fills the view, with `seen` 0, then say what that read saw: so nothing is freed between the two.
    pub fn watch(&self, mailbox: MailboxId, seen: ModSeq) -> Watch {
        self.inner.memory.watch(mailbox, seen)
    }

    /// `\Recent` (RFC 3501 §2.3.2), kept in memory: UIDs >= the result are recent to the caller, and to nobody after when `claim`.
    /// Messages from before the store was opened are recent to nobody.
    pub fn recent_from(&self, mailbox: MailboxId, claim: bool) -> Uid {
        if !claim {
            return self.inner.memory.recent_from(mailbox);
        }
        match self.read().and_then(|tx| tx.counters(mailbox)) {
            Ok(counters) => self.inner.memory.claim_recent(mailbox, counters.uid_next),
            Err(_) => self.inner.memory.recent_from(mailbox),
        }
    }

    /// POP3's lock (RFC 1939 §4); `None`: another session holds it.
    pub fn lock_maildrop(&self, account: AccountId) -> Option<MaildropLock> {
        self.inner.memory.lock_maildrop(account)
    }

    /// Walks everything; every finding is one plain sentence; none: the store is sound.
    /// One read transaction from begin to end, so that the file may grow while it runs; memory bounded.
    pub fn check(&self) -> Result<Vec<String>> {
        check::check(&self.inner.env, self.inner.tree, &self.inner.dir)
    }

    /// Forgets the search index; whoever builds it begins anew, told by [`Store::change_event`].
    pub fn drop_index(&self) -> Result<()> {
        crate::index::drop_index(self, 0)?;
        self.change_event().notify(usize::MAX);
        Ok(())
    }

    /// Facts for `status`.
    pub fn facts(&self) -> Result<Facts> {
        let tx = self.read()?;
        let (mut accounts, mut messages) = (0_u64, 0_u64);
        for account in tx.accounts()? {
            accounts += 1;
            messages = messages.saturating_add(tx.usage(account.id)?.messages);
        }
        let env = &self.inner.env;
        let (info, stat, free) = (env.info(), env.unnamed_database_stat(), space::free(env));
        let end = (info.last_page_number as u64)
            .saturating_add(1)
            .saturating_mul(u64::from(stat.page_size));
        Ok(Facts {
            map_size: info.map_size as u64,
            file: env.real_disk_size()?,
            used: end.saturating_sub(free),
            free,
            scarce: self.inner.memory.is_scarce(),
            last_commit: info.last_txn_id as u64,
            accounts,
            messages,
            queue: tx.queue_counts()?,
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.memory.queue.close();
        // A deed may hold the last handle: the writer cannot wait for itself, and ends on its own.
        if let Some(writer) = self
            .writer
            .take()
            .filter(|writer| writer.thread().id() != std::thread::current().id())
        {
            let _ = writer.join();
        }
    }
}

/// What a writer must know of a store it did not write: the next gid, what the last process left to free, and where `\Recent` begins.
fn take_stock(env: &Env, tree: Tree, memory: &Memory) -> Result<(u64, VecDeque<Task>)> {
    let tx = ReadTx::new(tree, env.read_txn()?);
    let look = tx.look();
    let kept = look
        .get(&key::NEXT_GID)?
        .and_then(|octets| octets.first_chunk())
        .map_or(1, |n| u64::from_be_bytes(*n));
    let newest = look
        .last_up_to(&key::chunk(Gid(GID_MAX), CHUNK_MAX))?
        .and_then(|(at, _)| key::body_of(at));
    let next_gid = newest.map_or(kept, |(gid, _)| kept.max(gid.0.saturating_add(1)));

    let mut tasks = VecDeque::new();
    for row in look.prefixed(&[key::HEADS])? {
        let (at, octets) = row?;
        let Some(mailbox) = key::mailbox_of(at).filter(|mailbox| mailbox.number != 0) else {
            continue;
        };
        let (head, _) = MailboxHead::read(octets)?;
        memory.claim_recent(mailbox, head.counters.uid_next);
        if look.runs(mailbox, head.released)?.next().is_some() {
            tasks.push_back(Task::Log(mailbox));
        }
    }
    for row in look.prefixed(&key::DOOMED)? {
        let mailbox = row?
            .0
            .get(1..)
            .and_then(key::mailbox_of)
            .ok_or_else(crate::look::odd_key)?;
        tasks.push_back(Task::Doomed(mailbox));
    }
    for row in look.prefixed(&key::ORPHANS)? {
        let gid = row?
            .0
            .get(1..)
            .and_then(key::gid_of)
            .ok_or_else(crate::look::odd_key)?;
        tasks.push_back(Task::Orphan(gid));
    }
    let mut seen = None;
    for row in look.prefixed(&key::BATCHES)? {
        let id = row?
            .0
            .get(1..)
            .and_then(key::gid_of)
            .ok_or_else(crate::look::odd_key)?;
        if seen.replace(id) != Some(id) {
            tasks.push_back(Task::Batch(id));
        }
    }
    Ok((next_gid, tasks))
}
