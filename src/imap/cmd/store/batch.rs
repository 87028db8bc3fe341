//! One commit of a STORE.

use std::sync::{Arc, Mutex, PoisonError};

use ::store::{FlagChange, Flags, MailboxId, ModSeq, Read, Uid, WriteTx};

use crate::cmd::flags;
use crate::command::{FlagList, Store, StoreChange};
use crate::deed::{Deed, Done, Next, Open};
use crate::sync;
use crate::view::View;

/// What came of one commit.
#[derive(Default)]
pub(super) struct Batch {
    /// the modseq of what it changed
    pub(super) after: ModSeq,
    /// failed UNCHANGEDSINCE, ascending
    pub(super) refused: Vec<Uid>,
    /// changed by others before, which the client has not heard of, ascending
    pub(super) untold: Vec<Uid>,
}

/// Where a commit leaves what came of it for the verb that asked for it.
#[derive(Default, Clone)]
pub(super) struct Marked(Arc<Mutex<Option<Batch>>>);

impl Marked {
    pub(super) fn take(&self) -> Option<Batch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, batch: Batch) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
    }
}

/// Marks these messages.
pub(super) fn deed(store: &Store, view: &View, uids: Vec<Uid>, marked: &Marked) -> Deed<Open> {
    let (told, own) = (view.told.flags, view.told.own.clone());
    let marking = Marking {
        mailbox: view.mailbox,
        viewer: view.viewer,
        change: store.change,
        list: store.flags.clone(),
        unchanged_since: store.unchanged_since,
    };
    let (silent, marked) = (store.silent, marked.clone());
    Deed::new(
        move |tx| {
            let before = tx.counters(marking.mailbox)?.highest_modseq;
            let untold = if silent && before > told {
                marking.others(tx, &uids, told, &own)?
            } else {
                Vec::new()
            };
            let flags = marking.flags(tx)?;
            let refused = marking.mark(tx, uids, flags)?;
            let after = tx.counters(marking.mailbox)?.highest_modseq;
            let batch = Batch {
                after,
                refused,
                untold,
            };
            Ok((before, flags, batch))
        },
        move |(before, flags, batch): (ModSeq, Flags, Batch), world, open: &mut Open, out| {
            open.view.changed(before, batch.after);
            sync::announce_keywords(world, &mut open.view, flags, out)?;
            let after = if batch.after > before {
                batch.after
            } else {
                // Nothing was changed, so that no message has this.
                ModSeq::MAX
            };
            marked.put(Batch { after, ..batch });
            Ok(Done::ok("STORE completed").then(Next::Step))
        },
    )
}

/// What is to be done.
struct Marking {
    mailbox: MailboxId,
    viewer: ::store::AccountId,
    change: StoreChange,
    list: FlagList,
    unchanged_since: Option<ModSeq>,
}

impl Marking {
    /// The flags, new keywords added to the viewer's table.
    fn flags(&self, tx: &mut WriteTx<'_>) -> ::store::Result<Flags> {
        match self.change {
            StoreChange::Replace | StoreChange::Add => flags::intern(tx, self.viewer, &self.list),
            StoreChange::Remove => flags::known(tx, self.viewer, &self.list),
        }
    }

    /// Gives those that failed UNCHANGEDSINCE.
    fn mark(
        &self,
        tx: &mut WriteTx<'_>,
        mut uids: Vec<Uid>,
        flags: Flags,
    ) -> ::store::Result<Vec<Uid>> {
        let change = match self.change {
            StoreChange::Replace => FlagChange::Replace(flags),
            StoreChange::Add => FlagChange::Add(flags),
            StoreChange::Remove => FlagChange::Remove(flags),
        };
        let keywords = self.list.system == Flags::default()
            && !self.list.keywords.is_empty()
            && self.change == StoreChange::Add;
        if self.unchanged_since == Some(0) && keywords {
            // A keyword that a message has not got is no metadata of it yet, so that nothing has changed (RFC 7162 §3.1.3, example 8).
            let mut refused = Vec::new();
            self.each(tx, &uids, &mut |uid, entry| {
                if entry.flags.0 & flags.0 != 0 {
                    refused.push(uid);
                }
            })?;
            uids.retain(|uid| refused.binary_search(uid).is_err());
            tx.mark(self.viewer, self.mailbox, &uids, change, None)?;
            return Ok(refused);
        }
        tx.mark(
            self.viewer,
            self.mailbox,
            &uids,
            change,
            self.unchanged_since,
        )
    }

    /// Those of `uids` that others have changed since `told`.
    fn others(
        &self,
        tx: &WriteTx<'_>,
        uids: &[Uid],
        told: ModSeq,
        own: &[ModSeq],
    ) -> ::store::Result<Vec<Uid>> {
        let mut untold = Vec::new();
        self.each(tx, uids, &mut |uid, entry| {
            if entry.modseq > told && !own.contains(&entry.modseq) {
                untold.push(uid);
            }
        })?;
        Ok(untold)
    }

    /// The entries of these messages (ascending), as the viewer sees them.
    fn each(
        &self,
        tx: &WriteTx<'_>,
        uids: &[Uid],
        each: &mut dyn FnMut(Uid, &::store::Entry),
    ) -> ::store::Result<()> {
        let (Some(first), Some(last)) = (uids.first(), uids.last()) else {
            return Ok(());
        };
        tx.entries_for(
            self.viewer,
            self.mailbox,
            *first..=*last,
            &mut |uid, entry| {
                if uids.binary_search(&uid).is_ok() {
                    each(uid, entry);
                }
                true
            },
        )
    }
}
