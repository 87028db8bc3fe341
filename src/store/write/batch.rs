//! Messages that come in together: staged ahead, then all of them appended in one deed.

use std::ops::RangeInclusive;

use super::WriteTx;
use super::teach::{How, Lesson, Telling};
use crate::batch::{Batch, Incoming, ROW_ENTRIES};
use crate::error::{Error, Result};
use crate::ids::{AccountId, Flags, Gid, MailboxId, Uid};
use crate::records::Entry;
use crate::schema::{ENTRY, key, pack, unpack};

impl WriteTx<'_> {
    /// Brings messages into the store ahead of the deed that appends them: bodies and index records, and a row in `00 29` that names them.
    ///
    /// Errors: `Full` when only the reserve is left, `NotAllowed` when a head names another size than its body has.
    pub fn stage_batch(&mut self, batch: &Batch, messages: &[Incoming]) -> Result<()> {
        self.room()?;
        for row in messages.chunks(ROW_ENTRIES) {
            let mut first = None;
            let mut packed = Vec::with_capacity(row.len().saturating_mul(ENTRY));
            for message in row {
                let gid = self.keep_incoming(message)?;
                first.get_or_insert(gid);
                packed.extend_from_slice(&pack(&Entry {
                    gid,
                    modseq: 0,
                    flags: message.flags,
                    size: message.head.size,
                    saved: 0,
                }));
            }
            if let Some(first) = first {
                let at = key::batch_row(batch.named(first), first);
                self.put(&at, &packed)?;
            }
        }
        Ok(())
    }

    /// Appends everything that was staged for `batch`, in the order in which it was staged, and then `rest`; the UIDs, which are
    /// consecutive; `None`: there was nothing. `flags` says what each message's flags are in this mailbox, as `viewer` sees them
    /// ([`WriteTx::deliver_for`]).
    ///
    /// Errors: `OverQuota`, `TooManyMessages` before anything is appended, `Full`, `NoSuchMailbox`, `NotAllowed`; then nothing of the batch is there.
    pub fn append_batch(
        &mut self,
        viewer: AccountId,
        batch: &Batch,
        rest: &[Incoming],
        into: MailboxId,
        flags: &mut dyn FnMut(Flags) -> Flags,
    ) -> Result<Option<RangeInclusive<Uid>>> {
        self.room()?;
        let mut messages = rest.len() as u64;
        let mut octets = rest.iter().fold(0_u64, |sum, message| {
            sum.saturating_add(u64::from(message.head.size))
        });
        if let Some(id) = batch.id() {
            for row in self.look().prefixed(&key::batch(id))? {
                for entry in row?.1.as_chunks::<ENTRY>().0.iter().filter_map(unpack) {
                    octets = octets.saturating_add(u64::from(entry.size));
                    messages = messages.saturating_add(1);
                }
            }
        }
        self.check_quota(into.account, octets, messages)?;

        let mut open = self.open(into)?;
        let mut own = if viewer == into.account {
            None
        } else {
            Some(self.own_flags(viewer, into)?)
        };
        let first = open.head.counters.uid_next;
        let (modseq, saved) = (open.next_modseq()?, self.run.time.now());
        let mut last = None;
        let telling = match viewer == into.account {
            true => self.telling(viewer)?,
            false => Telling::default(),
        };
        let mut lessons: Vec<Lesson> = Vec::new();
        let mut say = |gid: Gid, flags: Flags| {
            lessons.extend(telling.appended(flags).map(|said| (gid, said, How::Meant)));
        };
        if let Some(id) = batch.id() {
            while let Some((at, row)) = self.first_in(&key::batch(id))? {
                for entry in row.as_chunks::<ENTRY>().0.iter().filter_map(unpack) {
                    let flags = flags(entry.flags);
                    say(entry.gid, flags);
                    last = Some(self.append_over(
                        &mut open,
                        own.as_mut(),
                        &Entry {
                            modseq,
                            flags,
                            saved,
                            ..entry
                        },
                    )?);
                }
                self.delete(&at)?;
            }
        }
        for message in rest {
            let entry = Entry {
                gid: self.keep_incoming(message)?,
                modseq,
                flags: flags(message.flags),
                size: message.head.size,
                saved,
            };
            say(entry.gid, entry.flags);
            last = Some(self.append_over(&mut open, own.as_mut(), &entry)?);
        }
        let Some(last) = last else {
            return Ok(None);
        };
        if let Some(own) = &mut own {
            self.save_layers(&mut own.layers)?;
        }
        open.changed(modseq);
        self.save(&mut open)?;
        self.teach(viewer, &lessons)?;
        Ok(Some(first..=last))
    }

    fn keep_incoming(&mut self, message: &Incoming) -> Result<Gid> {
        if message.body.len() != u64::from(message.head.size) {
            return Err(Error::NotAllowed(
                "the head names another size than the body has",
            ));
        }
        self.keep_body(&message.body, message.head, &message.record, 1)
    }
}
