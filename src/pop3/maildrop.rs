//! The maildrop: what INBOX held at log-in, numbered from 1 (RFC 1939 §4), and which of it is marked for deletion.
//!
//! It keeps eight octets and a bit of each message. It does not follow the mailbox: what arrives later is seen at the next log-in, and
//! what IMAP expunges keeps its number, size and unique-id.

use store::{AccountId, Error, MailboxId, MaildropLock, ModSeq, Read as _, Store, Uid};

/// A message of the maildrop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) uid: Uid,
    /// Octets of the whole message.
    pub(crate) size: u32,
}

/// A locked maildrop.
pub(crate) struct Maildrop {
    pub(crate) mailbox: MailboxId,
    pub(crate) uid_validity: u32,
    /// The state of the mailbox that this is a snapshot of.
    pub(crate) modseq: ModSeq,
    messages: Box<[Message]>,
    /// One bit a message; empty as long as none is marked.
    deleted: Vec<u64>,
    count: u32,
    octets: u64,
    lock: MaildropLock,
}

impl Maildrop {
    /// Locks a person's maildrop and takes the snapshot of its newest `limit` messages. `None`: another session holds the lock.
    pub(crate) fn open(
        store: &Store,
        account: AccountId,
        limit: u32,
    ) -> Result<Option<Maildrop>, Error> {
        let Some(lock) = store.lock_maildrop(account) else {
            return Ok(None);
        };
        let read = store.read()?;
        let mailbox = read
            .mailbox_by_name(account, "INBOX")?
            .ok_or(Error::NoSuchMailbox)?
            .id;
        let counters = read.counters(mailbox)?;
        let kept = counters.messages.min(limit);
        let mut older = counters.messages - kept;
        let mut messages = Vec::with_capacity(usize::try_from(kept).unwrap_or_default());
        read.entries(mailbox, 1..=Uid::MAX, &mut |uid, entry| {
            match older.checked_sub(1) {
                Some(fewer) => older = fewer,
                None => messages.push(Message {
                    uid,
                    size: entry.size,
                }),
            }
            true
        })?;
        let mut maildrop = Maildrop {
            mailbox,
            uid_validity: counters.uid_validity,
            modseq: counters.highest_modseq,
            messages: messages.into_boxed_slice(),
            deleted: Vec::new(),
            count: 0,
            octets: 0,
            lock,
        };
        maildrop.reset();
        Ok(Some(maildrop))
    }

    /// Messages that are not marked as deleted.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Their octets.
    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }

    /// What log-in and RSET say.
    pub(crate) fn summary(&self) -> String {
        let messages = if self.count == 1 {
            "message"
        } else {
            "messages"
        };
        format!(
            "maildrop has {} {messages} ({} octets)",
            self.count, self.octets
        )
    }

    /// The message with this number, unless it is marked as deleted.
    pub(crate) fn get(&self, number: u32) -> Option<Message> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        let message = self.messages.get(at)?;
        let marked = self
            .deleted
            .get(at / 64)
            .is_some_and(|word| word >> (at % 64) & 1 == 1);
        (!marked).then_some(*message)
    }

    /// The highest number, of a message deleted or not.
    pub(crate) fn last(&self) -> u32 {
        u32::try_from(self.messages.len()).unwrap_or(u32::MAX)
    }

    /// Marks a message as deleted. `false`: there is none of this number, or it is marked already.
    pub(crate) fn delete(&mut self, number: u32) -> bool {
        let Some(message) = self.get(number) else {
            return false;
        };
        if self.deleted.is_empty() {
            self.deleted = vec![0; self.messages.len().div_ceil(64)];
        }
        let at = usize::try_from(number - 1).unwrap_or_default();
        if let Some(word) = self.deleted.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
        self.count = self.count.saturating_sub(1);
        self.octets = self.octets.saturating_sub(u64::from(message.size));
        true
    }

    /// Takes all marks away.
    pub(crate) fn reset(&mut self) {
        self.deleted = Vec::new();
        self.count = self.last();
        self.octets = self
            .messages
            .iter()
            .map(|message| u64::from(message.size))
            .sum();
    }

    /// The unique identifiers of the messages marked as deleted, ascending.
    pub(crate) fn deleted(&self) -> Vec<Uid> {
        if self.deleted.is_empty() {
            return Vec::new();
        }
        let marked = (1..=self.last())
            .zip(&self.messages)
            .filter(|(number, _)| self.get(*number).is_none());
        marked.map(|(_, message)| message.uid).collect()
    }

    /// Keeps the lock and gives the rest away.
    pub(crate) fn into_lock(self) -> MaildropLock {
        self.lock
    }
}
