//! The selected mailbox as this client knows it: which UID has which sequence number, and how far it has been told.
//!
//! Promises: sequence numbers change only through `View::remove` and `View::push`, which [`crate::sync`] alone calls, so that a
//! number means to the server what it means to the client (RFC 9051 §2.3.1.2). A few KB for 200,000 messages with few gaps.
//! While it lives, messages that others expunge stay readable until the client has been told (A39).
//! Cannot: it holds no flags; those are read from the store whenever they are printed.

mod look;
mod uids;

use std::fmt;

use store::{AccountId, Flags, MailboxId, ModSeq, Read, Rights, Store, Uid, Watch};

pub use uids::Uids;

use crate::code::Code;
use crate::command::{Page, SequenceNumber, SequenceSet};
use crate::context::Contexts;
use crate::deed::No;

/// Ascending, disjoint ranges of UIDs, both ends included.
pub type Ranges = Vec<(Uid, Uid)>;

/// A selected mailbox.
pub struct View {
    /// which mailbox; `mailbox.account` is its owner
    pub mailbox: MailboxId,
    /// who looks: keywords and all flags but \Deleted are this person's own, also in another's mailbox
    pub viewer: AccountId,
    /// what the viewer may do with it, as looked up before each command (RFC 4314 §5.1.1)
    pub rights: Rights,
    /// EXAMINE: nothing may change
    pub read_only: bool,
    /// the mailbox's UIDVALIDITY
    pub uid_validity: u32,
    /// what the client counts
    pub uids: Uids,
    /// UIDs from here on have not been looked at
    pub uid_next: Uid,
    /// `$`: the result of the last SEARCH with SAVE (RFC 5182 §2.1); what has been expunged since does not count
    pub saved: Ranges,
    /// searches with UPDATE (RFC 5267)
    pub contexts: Contexts,
    /// where the telling stands
    pub(crate) told: Told,
    /// what is not told with the command in progress
    pub(crate) hold: Hold,
    /// NOTIFY without FlagChange: flags that others change are not told (RFC 5465 §5)
    pub(crate) silent_flags: bool,
    /// NOTIFY's MessageNew: the first UID of which no FETCH has been told
    pub(crate) pushed: Option<Uid>,
    /// \Recent to this session: ascending ranges
    recent: Ranges,
    watch: Watch,
}

/// How far the client has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// the rights that stood in the last PERMANENTFLAGS
    pub(crate) rights: Rights,
    /// flags: every change up to this
    pub(crate) flags: ModSeq,
    /// expunges: every one up to this
    pub(crate) expunges: ModSeq,
    /// names of keywords that stood in the last FLAGS
    pub(crate) keywords: usize,
    /// changes above `flags` that this session made and has reported itself
    pub(crate) own: Vec<ModSeq>,
    /// a telling of flags that did not fit in one piece: up to which change, from which UID on, and below which (what has just been announced
    /// is asked for by the client)
    pub(crate) unfinished: Option<(ModSeq, Uid, Uid)>,
    /// messages that came before `flags` have not been announced ([`Hold::arrivals`])
    pub(crate) late: bool,
    /// HIGHESTMODSEQ has been told of this mailbox since it was selected (RFC 7162 §3.1)
    pub(crate) modseq: bool,
    /// VANISHED has been told since the last HIGHESTMODSEQ
    pub(crate) vanished: bool,
    /// the tagged OK of the command in progress has HIGHESTMODSEQ
    pub(crate) in_reply: bool,
}

/// What is not told with the command in progress, although its row in [`crate::table`] allows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    /// expunges: a UID SEARCH that names message numbers (RFC 7162 §3.2.10.2)
    pub(crate) expunges: bool,
    /// arrivals: a FETCH after IDLE, during which Thunderbird does not hear EXISTS (A24); it is told with the next other command or IDLE
    pub(crate) arrivals: bool,
    /// only FETCHes have come since the last IDLE
    pub(crate) after_idle: bool,
}

impl Hold {
    /// A FETCH begins.
    pub(crate) fn fetch(&mut self) {
        self.arrivals = self.after_idle;
    }

    /// The command is finished.
    pub(crate) fn finish(&mut self) {
        *self = Hold {
            after_idle: self.after_idle && self.arrivals,
            ..Hold::default()
        };
    }
}

impl View {
    /// Looks at a mailbox, and claims its \Recent unless read-only (RFC 3501 §2.3.2). It watches before it reads: what another session
    /// expunges between the two is still readable to this one.
    pub fn new(
        store: &Store,
        viewer: AccountId,
        mailbox: MailboxId,
        read_only: bool,
    ) -> store::Result<View> {
        let mut watch = store.watch(mailbox, 0);
        let tx = store.read()?;
        let counters = tx.counters(mailbox)?;
        let seen = counters.highest_modseq;
        watch.seen(seen);
        let rights = tx.rights(viewer, mailbox)?;
        let mut view = View {
            mailbox,
            viewer,
            rights,
            read_only,
            uid_validity: counters.uid_validity,
            uids: Uids::default(),
            uid_next: counters.uid_next,
            saved: Vec::new(),
            contexts: Contexts::default(),
            told: Told {
                rights,
                flags: seen,
                expunges: seen,
                ..Told::default()
            },
            hold: Hold::default(),
            silent_flags: false,
            pushed: None,
            recent: Vec::new(),
            watch,
        };
        tx.uid_runs(mailbox, &mut |first, last| view.uids.push_run(first, last))?;
        view.claim_recent(store, 1);
        Ok(view)
    }

    /// How many messages the client counts (EXISTS).
    pub fn exists(&self) -> u32 {
        self.uids.len()
    }

    /// How many of them are \Recent to this session (RECENT, RFC 3501 §7.3.2).
    pub fn recent(&self) -> u32 {
        self.recent
            .iter()
            .map(|(low, high)| self.uids.count(*low, *high))
            .fold(0, u32::saturating_add)
    }

    /// Whether this message is \Recent to this session.
    pub fn is_recent(&self, uid: Uid) -> bool {
        let at = self.recent.partition_point(|(_, high)| *high < uid);
        self.recent.get(at).is_some_and(|(low, _)| *low <= uid)
    }

    /// The UIDs that a command's set means, as ranges in which every message of the view belongs to the set.
    ///
    /// Sequence numbers beyond EXISTS are BAD (RFC 9051 §6.4.5 and §9, seq-number), also `*` in an empty mailbox; UIDs that are not
    /// there are no mistake.
    pub fn ranges(&self, set: &SequenceSet, uid: bool) -> Result<Ranges, No> {
        if let SequenceSet::Ranges(ranges) = set
            && !uid
        {
            let exists = self.exists();
            let beyond = |number: SequenceNumber| match number {
                SequenceNumber::Number(number) => number.get() > exists,
                SequenceNumber::Largest => exists == 0,
            };
            if ranges
                .iter()
                .any(|range| beyond(range.first) || beyond(range.last))
            {
                return Err(No::bad("There are fewer messages than that number"));
            }
        }
        Ok(self.ranges_leniently(set, uid))
    }

    /// The same, where numbers beyond EXISTS mean nothing (SEARCH).
    pub fn ranges_leniently(&self, set: &SequenceSet, uid: bool) -> Ranges {
        let largest = if uid {
            self.uids.last().unwrap_or(0)
        } else {
            self.exists()
        };
        let Some(resolved) = set.resolve(largest) else {
            return self.saved.clone();
        };
        if uid {
            return resolved;
        }
        let exists = self.exists();
        resolved
            .into_iter()
            .filter_map(|(low, high)| Some((self.uids.uid(low)?, self.uids.uid(high.min(exists))?)))
            .collect()
    }

    /// A verb that needs these rights asks first, behind [`View::writable`] where it changes something: `NO [NOPERM]` (RFC 5530).
    pub fn may(&self, rights: Rights) -> Result<(), No> {
        if self.rights.contains(rights) {
            return Ok(());
        }
        Err(No::with(
            Code::NoPerm,
            "The owner of this mailbox has not given you the right to do this",
        ))
    }

    /// The flags that the viewer may change for good (RFC 4314 §4, PERMANENTFLAGS); keywords all or none.
    pub fn permanent(&self) -> Flags {
        if self.read_only {
            return Flags::default();
        }
        self.rights.flags()
    }

    /// The messages of these ranges that are on a page of them (RFC 9394 §3.3).
    pub fn page(&self, ranges: &Ranges, page: Page) -> Ranges {
        let count = |(low, high): (Uid, Uid)| self.uids.count(low, high);
        let all = ranges
            .iter()
            .copied()
            .map(count)
            .fold(0, u32::saturating_add);
        let Some((first, last)) = page.within(all) else {
            return Vec::new();
        };
        let mut before = 0_u32;
        let mut kept = Vec::new();
        for (low, high) in ranges.iter().copied() {
            let here = count((low, high));
            // Positions of this range on the page, and message numbers in place of positions.
            let from = first.max(before.saturating_add(1));
            let to = last.min(before.saturating_add(here));
            let number = |position: u32| {
                let below = self.uids.count(0, low.saturating_sub(1));
                below.saturating_add(position.saturating_sub(before))
            };
            if from <= to
                && let (Some(from), Some(to)) =
                    (self.uids.uid(number(from)), self.uids.uid(number(to)))
            {
                kept.push((from, to));
            }
            before = before.saturating_add(here);
        }
        kept
    }

    /// A writing verb asks first.
    pub fn writable(&self) -> Result<(), No> {
        if self.read_only {
            return Err(No::with(
                Code::ReadOnly,
                "The mailbox is open read-only: SELECT it to change it",
            ));
        }
        Ok(())
    }

    /// This session has changed flags, `before` and `after` being the mailbox's highest modseq around that change, and reports
    /// the change itself: [`crate::sync`] then says nothing of it.
    pub(crate) fn changed(&mut self, before: ModSeq, after: ModSeq) {
        let told = &mut self.told;
        if after <= before {
            return;
        }
        if told.expunges == before {
            told.expunges = after;
            self.watch.seen(after);
        }
        if told.flags == before && told.unfinished.is_none() {
            told.flags = after;
        } else {
            told.own.push(after);
        }
    }

    /// This session has expunged, `before` and `after` being the mailbox's highest modseq around it: no flags changed in between, and the
    /// tagged OK says `after`.
    pub(crate) fn expunged(&mut self, before: ModSeq, after: ModSeq) {
        self.told.in_reply = true;
        if self.told.flags == before && self.told.unfinished.is_none() {
            self.told.flags = after.max(before);
        }
    }

    /// Takes in a new message.
    pub(crate) fn push(&mut self, uid: Uid) {
        self.uids.push(uid);
        self.uid_next = self.uid_next.max(uid.saturating_add(1));
    }

    /// Messages from `first` on have come: this session may be the one to which they are recent.
    pub(crate) fn claim_recent(&mut self, store: &Store, first: Uid) {
        // Who looks into another's mailbox leaves what is \Recent there to its owner.
        let claim = !self.read_only && self.viewer == self.mailbox.account;
        let from = store.recent_from(self.mailbox, claim).max(first);
        let Some(last) = self.uids.last().filter(|last| *last >= from) else {
            return;
        };
        match self.recent.last_mut() {
            Some((_, high))
                if self
                    .uids
                    .count(high.saturating_add(1), from.saturating_sub(1))
                    == 0 =>
            {
                *high = last
            }
            _ => self.recent.push((from, last)),
        }
    }

    /// Drops `gone` (ascending), which the client is told by `each` number.
    pub(crate) fn remove(&mut self, gone: &[Uid], each: impl FnMut(u32)) {
        self.uids.remove(gone, each);
        self.recent
            .retain(|(low, high)| self.uids.count(*low, *high) > 0);
    }

    /// The client knows of every expunge up to `modseq`.
    pub(crate) fn told_expunges(&mut self, modseq: ModSeq) {
        self.told.expunges = self.told.expunges.max(modseq);
        self.watch.seen(self.told.expunges);
    }
}

impl Told {
    /// Whether this session made the change `modseq` and has reported it.
    pub(crate) fn is_own(&self, modseq: ModSeq) -> bool {
        self.own.contains(&modseq)
    }

    /// Whether a keyword among `flags` has not been named in FLAGS.
    pub(crate) fn is_new_keyword(&self, flags: Flags) -> bool {
        crate::cmd::flags::highest_keyword(flags).is_some_and(|index| index >= self.keywords)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("mailbox", &self.mailbox)
            .field("read_only", &self.read_only)
            .field("exists", &self.exists())
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}
