//! Every mailbox: its blocks, its log, and its counters computed anew.

use super::Findings;
use crate::error::Result;
use crate::ids::{Flags, Gid, MailboxId, ModSeq, Uid};
use crate::look::Look;
use crate::records::Entry;
use crate::schema::{
    BLOCK, ENTRY, GROUP, LOG_ENTRY, LOG_RUN, MailboxHead, RunKind, block_of, grave, group_of_block,
    key, modseq_of, read_newest, read_run, slot_of, uid_of, unpack,
};

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    for row in look.prefixed(&[key::HEADS])? {
        let (at, octets) = row?;
        let Some(mailbox) = key::mailbox_of(at).filter(|_| at.len() == 9) else {
            findings.add("counters have a key of no known shape".into());
            continue;
        };
        if mailbox.number != 0 {
            let (head, newest) = MailboxHead::read(octets)?;
            One {
                look,
                mailbox,
                head,
                findings,
            }
            .check(newest)?;
        }
    }
    // What lies outside all of them: skip from one mailbox to the next.
    for table in [key::LOG, key::BLOCKS, key::NEWEST] {
        let mut from = vec![table];
        while let Some((at, _)) = look
            .between(&from, &[table, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])?
            .next()
            .transpose()?
        {
            let Some(mailbox) = key::mailbox_of(at) else {
                findings.add("a row of entries has a key of no known shape".into());
                break;
            };
            if look.mailbox_head(mailbox).is_err() && look.get(&key::doomed(mailbox))?.is_none() {
                findings.add(format!("{} does not exist, but has entries", name(mailbox)));
            }
            from = key::in_mailbox(table, mailbox).to_vec();
            from.extend_from_slice(&[0xFF; 8]);
        }
    }
    Ok(())
}

/// A mailbox being walked.
struct One<'a, 'f> {
    look: Look<'a>,
    mailbox: MailboxId,
    head: MailboxHead,
    findings: &'f mut Findings,
}

impl One<'_, '_> {
    fn add(&mut self, what: &str) {
        self.findings.add(format!("{}: {what}", name(self.mailbox)));
    }

    fn check(&mut self, newest: &[u8]) -> Result<()> {
        let keywords = self.look.keywords(self.mailbox.account)?.len();
        let flags = Flags((1_u64 << (5 + keywords.min(crate::KEYWORDS_MAX))) - 1);
        let newest_block = block_of(self.head.counters.uid_next);
        let mut counted = MailboxHead::new(0);
        if newest.len() != slot_of(self.head.counters.uid_next) * ENTRY {
            self.add("its newest entries do not end at its next UID");
        }
        for row in self
            .look
            .prefixed(&key::in_mailbox(key::BLOCKS, self.mailbox))?
        {
            let (at, octets) = row?;
            let number = key::last_u32(at).filter(|_| at.len() == 13);
            let whole = octets.len().is_multiple_of(ENTRY)
                && !octets.is_empty()
                && octets.len() <= BLOCK * ENTRY;
            match number.filter(|number| whole && *number < newest_block) {
                Some(number) => self.block(number, octets, flags, &mut counted),
                None => self.add("a block of entries is out of place"),
            }
        }
        self.block(newest_block, newest, flags, &mut counted);
        let (mut found, kept) = (counted.counters, self.head.counters);
        (found.uid_validity, found.uid_next, found.highest_modseq) =
            (kept.uid_validity, kept.uid_next, kept.highest_modseq);
        if found != kept {
            self.add(&format!("it counts {kept:?}, but holds {found:?}"));
        }
        if kept.uid_next == 0 || kept.uid_validity == 0 || kept.highest_modseq == 0 {
            self.add("a number that begins at 1 is 0");
        }
        self.newest(newest_block)?;
        self.log()
    }

    fn block(&mut self, number: u32, octets: &[u8], flags: Flags, counted: &mut MailboxHead) {
        for (slot, packed) in octets.as_chunks::<ENTRY>().0.iter().enumerate() {
            let uid = uid_of(number, slot);
            let Some(entry) = unpack(packed) else {
                if *packed != [0; ENTRY] && !self.is_grave(uid, packed) {
                    self.add(&format!("the hole at UID {uid} is not empty"));
                }
                continue;
            };
            counted.swap(None, Some(&entry));
            if uid == 0 || uid >= self.head.counters.uid_next {
                self.add(&format!("UID {uid} was never given"));
            }
            if entry.modseq == 0 || entry.modseq > self.head.counters.highest_modseq {
                self.add(&format!(
                    "UID {uid} has modseq {}, above the mailbox's",
                    entry.modseq
                ));
            }
            if !flags.contains(entry.flags) {
                self.add(&format!("UID {uid} has a keyword without a name"));
            }
        }
    }

    /// Whether the hole is that of a message which a run of the log still holds.
    fn is_grave(&self, uid: Uid, packed: &[u8; ENTRY]) -> bool {
        let modseq = modseq_of(packed);
        let run = self.look.get(&key::log(self.mailbox, modseq));
        let held = run.is_ok_and(|run| {
            run.and_then(|run| read_run(run).ok())
                .is_some_and(|(_, mut each)| each.any(|(gone, _)| gone == uid))
        });
        *packed == grave(modseq) && modseq > self.head.released && held
    }

    /// Whether a group's row says at least what its blocks hold.
    fn newest(&mut self, newest_block: u32) -> Result<()> {
        for row in self
            .look
            .prefixed(&key::in_mailbox(key::NEWEST, self.mailbox))?
        {
            let (at, octets) = row?;
            let group = key::last_u32(at).filter(|_| at.len() == 13 && octets.len() == 384);
            let Some(group) = group.filter(|group| *group < group_of_block(newest_block).0) else {
                self.add("the newest modseqs of a group of entries are out of place");
                continue;
            };
            let first = group.saturating_mul(GROUP);
            for (number, newest) in (first..).zip(read_newest(octets)) {
                let block = self.look.get(&key::block(self.mailbox, number))?;
                let entries = block.unwrap_or_default().as_chunks::<ENTRY>().0.iter();
                if entries
                    .filter_map(unpack)
                    .any(|entry| entry.modseq > newest)
                {
                    self.add(&format!(
                        "block {number} of its entries is newer than its group says"
                    ));
                }
            }
        }
        Ok(())
    }

    fn log(&mut self) -> Result<()> {
        let mut messages = 0_u32;
        for row in self
            .look
            .prefixed(&key::in_mailbox(key::LOG, self.mailbox))?
        {
            let (at, octets) = row?;
            let modseq = key::modseq_of(at).filter(|_| at.len() == 15);
            let in_log = |modseq: &ModSeq| {
                *modseq > self.head.log_floor && *modseq <= self.head.counters.highest_modseq
            };
            let whole = octets.len() > 1
                && (octets.len() - 1).is_multiple_of(LOG_ENTRY)
                && octets.len() <= 1 + LOG_RUN * LOG_ENTRY;
            if modseq.filter(in_log).is_none() || !whole {
                self.add("a run of its expunge log is out of place");
                continue;
            }
            for (uid, entry) in read_run(octets)?.1 {
                messages = messages.saturating_add(1);
                if uid >= self.head.counters.uid_next
                    || entry.is_none()
                    || self.look.entry(self.mailbox, uid)?.is_some()
                {
                    self.add(&format!(
                        "UID {uid} is in its expunge log, but was not expunged"
                    ));
                }
            }
        }
        if messages != self.head.log_entries {
            self.add(&format!(
                "its expunge log counts {}, but holds {messages} messages",
                self.head.log_entries
            ));
        }
        if self.head.log_floor > self.head.released
            || self.head.released > self.head.counters.highest_modseq
        {
            self.add("its expunge log is released beyond its end, or cut before it is released");
        }
        Ok(())
    }
}

/// Calls `each` for every reference to a body: entries of mailboxes, also of deleted ones, and log runs that still hold theirs.
pub(super) fn each_reference(look: Look<'_>, each: &mut dyn FnMut(Gid, &Entry)) -> Result<()> {
    let mut entries = |octets: &[u8]| {
        for entry in octets.as_chunks::<ENTRY>().0.iter().filter_map(unpack) {
            each(entry.gid, &entry);
        }
    };
    for row in look.prefixed(&[key::BLOCKS])? {
        entries(row?.1);
    }
    let mut released: Vec<(MailboxId, ModSeq)> = Vec::new();
    for row in look.prefixed(&[key::HEADS])? {
        let (at, octets) = row?;
        let Some(mailbox) = key::mailbox_of(at).filter(|mailbox| mailbox.number != 0) else {
            continue;
        };
        let (head, newest) = MailboxHead::read(octets)?;
        entries(newest);
        released.push((mailbox, head.released));
    }
    for row in look.prefixed(&key::DOOMED)? {
        let (at, octets) = row?;
        if let (Some(mailbox), Some(modseq)) =
            (at.get(1..).and_then(key::mailbox_of), octets.first_chunk())
        {
            released.push((mailbox, u64::from_be_bytes(*modseq)));
        }
    }
    for (mailbox, released) in released {
        for run in look.runs(mailbox, released)? {
            let (kind, gone) = read_run(run?.1)?;
            if kind == RunKind::Holds {
                gone.filter_map(|(_, entry)| entry)
                    .for_each(|entry| each(entry.gid, &entry));
            }
        }
    }
    Ok(())
}

fn name(mailbox: MailboxId) -> String {
    format!(
        "mailbox {} of account {}",
        mailbox.number, mailbox.account.0
    )
}
