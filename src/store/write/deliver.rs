//! A message comes in: body, index record, an entry for each mailbox, a letter for each envelope that goes out, one deed.

use super::WriteTx;
use crate::clock;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Gid};
use crate::records::{Delivered, Delivery, Entry, Head};
use crate::schema::{CHUNK, IndexHead, key};
use crate::stage::{Body, Staged};

impl WriteTx<'_> {
    /// Puts one message into the mailboxes of `delivery.into` and the letters of `delivery.letters` into the queue. Each mailbox and each letter
    /// is a reference to the one body; letters count on nobody's quota.
    ///
    /// Errors: `Full` when only the reserve is left, `OverQuota` when one person has no room for it (then nobody gets it), `QueueFull`,
    /// `NoSuchMailbox`, `NotAllowed` when the parts do not belong together.
    pub fn deliver(&mut self, delivery: &Delivery) -> Result<Delivered> {
        self.room()?;
        let size = delivery.body.len();
        if size != u64::from(delivery.head.size) {
            return Err(Error::NotAllowed(
                "the head names another size than the body has",
            ));
        }
        let births = delivery.into.len().saturating_add(delivery.letters.len());
        let births = u32::try_from(births).unwrap_or(u32::MAX);
        if births == 0 {
            return Err(Error::NotAllowed(
                "a message needs a mailbox or a recipient to go to",
            ));
        }
        self.judge_letters(&delivery.letters)?;
        for (mailbox, _) in &delivery.into {
            let copies = delivery
                .into
                .iter()
                .filter(|(other, _)| other.account == mailbox.account)
                .count() as u64;
            self.check_quota(mailbox.account, size.saturating_mul(copies))?;
        }
        let gid = self.keep_body(&delivery.body, delivery.head, &delivery.record, births)?;

        let letters = self.enqueue(gid, delivery.head.size, &delivery.letters)?;
        let (saved, size) = (clock::now(), delivery.head.size);
        let mut uids = Vec::with_capacity(delivery.into.len());
        for (mailbox, flags) in &delivery.into {
            let mut open = self.open(*mailbox)?;
            let modseq = open.next_modseq()?;
            uids.push(self.append(
                &mut open,
                &Entry {
                    gid,
                    modseq,
                    flags: *flags,
                    size,
                    saved,
                },
            )?);
            open.changed(modseq);
            self.save(&open)?;
        }
        Ok(Delivered { uids, letters })
    }

    /// Writes an index record, and the body in front of which it stands unless that is there already.
    pub(crate) fn keep_body(
        &mut self,
        body: &Staged,
        head: Head,
        rendered: &[u8],
        births: u32,
    ) -> Result<Gid> {
        let gid = match &body.body {
            Body::Memory(_) => self.next_gid()?,
            Body::Stored(stored) if self.delete(&key::orphan(stored.gid))? => stored.gid,
            Body::Stored(_) => return Err(Error::NotAllowed("this body was delivered before")),
        };
        let mut record = IndexHead {
            births,
            chunk: CHUNK as u16,
            head,
        }
        .write();
        record.extend_from_slice(rendered);
        // In the order of their keys: LMDB fills a page only when what comes is behind everything on it.
        self.put(&key::index(gid), &record)?;
        if let Body::Memory(octets) = &body.body {
            for (number, chunk) in (1..).zip(octets.chunks(CHUNK)) {
                self.put(&key::chunk(gid, number), chunk)?;
            }
            self.run.octets = self.run.octets.saturating_add(body.len());
        }
        Ok(gid)
    }

    /// Whether the person may keep `more` octets in addition.
    pub(crate) fn check_quota(&self, account: AccountId, more: u64) -> Result<()> {
        let Some(quota) = self
            .look()
            .account_record(account)?
            .quota
            .or(self.run.default_quota)
        else {
            return Ok(());
        };
        if self
            .look()
            .account_head(account)?
            .octets
            .saturating_add(more)
            > quota
        {
            return Err(Error::OverQuota { quota });
        }
        Ok(())
    }
}
