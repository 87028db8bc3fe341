//! A message comes in: body, index record, an entry for each mailbox, a letter for each envelope that goes out, one deed.

use super::WriteTx;
use super::teach::How;
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
        self.deliver_as(None, delivery)
    }

    /// As [`WriteTx::deliver`], with flags as `viewer` sees them (APPEND): into somebody else's mailbox they are the viewer's own, as far as their
    /// rights there go (RFC 4314 §4); keywords count in the viewer's own table.
    pub fn deliver_for(&mut self, viewer: AccountId, delivery: &Delivery) -> Result<Delivered> {
        self.deliver_as(Some(viewer), delivery)
    }

    fn deliver_as(&mut self, viewer: Option<AccountId>, delivery: &Delivery) -> Result<Delivered> {
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
            self.check_quota(mailbox.account, size.saturating_mul(copies), copies)?;
        }
        let gid = self.keep_body(&delivery.body, delivery.head, &delivery.record, births)?;

        let letters = self.enqueue(gid, delivery.head.size, &delivery.letters)?;
        let (saved, size) = (self.run.time.now(), delivery.head.size);
        let mut uids = Vec::with_capacity(delivery.into.len());
        let mut lessons = Vec::new();
        for (mailbox, flags) in &delivery.into {
            let mut open = self.open(*mailbox)?;
            let modseq = open.next_modseq()?;
            let mut own = match viewer.filter(|viewer| *viewer != mailbox.account) {
                Some(viewer) => Some(self.own_flags(viewer, *mailbox)?),
                None => None,
            };
            let entry = Entry {
                gid,
                modseq,
                flags: *flags,
                size,
                saved,
            };
            uids.push(self.append_over(&mut open, own.as_mut(), &entry)?);
            if viewer == Some(mailbox.account) {
                let said = self.telling(mailbox.account)?.appended(*flags);
                lessons.extend(said.map(|said| (mailbox.account, (gid, said, How::Meant))));
            }
            if let Some(own) = &mut own {
                self.save_layers(&mut own.layers)?;
            }
            open.changed(modseq);
            self.save(&mut open)?;
        }
        for (account, lesson) in lessons {
            self.teach(account, &[lesson])?;
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
        self.run.changed = true;
        Ok(gid)
    }

    /// Whether the person may keep so much in addition.
    pub(crate) fn check_quota(&self, account: AccountId, octets: u64, messages: u64) -> Result<()> {
        let record = self.look().account_record(account)?;
        let quota = record.quota.or(self.run.default_quota);
        if quota.is_none() && record.quota_messages.is_none() {
            return Ok(());
        }
        let head = self.look().account_head(account)?;
        if let Some(quota) = quota.filter(|quota| head.octets.saturating_add(octets) > *quota) {
            return Err(Error::OverQuota { quota });
        }
        let full = |quota: &u64| head.messages.saturating_add(messages) > *quota;
        match record.quota_messages.filter(full) {
            Some(quota) => Err(Error::TooManyMessages { quota }),
            None => Ok(()),
        }
    }
}
