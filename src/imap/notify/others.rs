//! What has changed outside of the selected mailbox since the client was told last (RFC 5465 §5).

use store::MailboxId;

use crate::cmd::list::{Row, Rows, Tree, rows};
use crate::command::{NotifyEvents, StatusItem};
use crate::deed::{Known, World};
use crate::notify::seen::{Mailbox, Seen, is_below};
use crate::notify::{Notify, told};

impl Notify {
    /// Prints it. `Some(true)`: there is more than fits; `None`: there is more to watch than a session may.
    pub(super) fn of_others(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        selected: Option<MailboxId>,
        out: &mut Vec<u8>,
    ) -> store::Result<Option<bool>> {
        let tree = Tree::read(world.tx, known.account)?;
        let rows = rows(&tree);
        let Some(mut now) = self.scan_rows(world, known.account, &rows)? else {
            return Ok(None);
        };
        self.names(&now, &rows, known, out);
        self.subscriptions(&now, &rows, known, out);
        let mut more = false;
        for mailbox in &mut now.mailboxes {
            let Some(before) = self.seen.get_mut(mailbox.id) else {
                // A mailbox that is new to the client: what is in it, and its UIDVALIDITY (§5.1).
                let own = self.own.iter().any(|own| **own == *mailbox.name);
                let told = mailbox.counters.messages > 0 || mailbox.wants(NotifyEvents::FLAGS);
                if Some(mailbox.id) != selected && mailbox.is_readable() && told && !own {
                    let items = super::first_items(mailbox.events);
                    mailbox.status(world, known, &items, out)?;
                }
                continue;
            };
            if more || out.len() >= world.limits.piece {
                // What is not told now is found again.
                more = true;
                mailbox.counters = before.counters;
                mailbox.entries = std::mem::take(&mut before.entries);
                continue;
            }
            access(before, mailbox, known.dialect.utf8(), out);
            if Some(mailbox.id) != selected && mailbox.is_readable() {
                let own = self.own.iter().any(|own| **own == *mailbox.name);
                let items = changed(before, mailbox, own, known.dialect.condstore);
                mailbox.status(world, known, &items, out)?;
            }
            if !self.own.iter().any(|own| **own == *mailbox.name) {
                let entries = differing(&before.entries, &mailbox.entries);
                told::metadata(&mailbox.name, &entries, known.dialect.utf8(), out);
            }
        }
        if !self.own.iter().any(String::is_empty) {
            let entries = differing(&self.seen.server, &now.server);
            told::metadata("", &entries, known.dialect.utf8(), out);
        }
        self.seen = now;
        if !more {
            self.own = Vec::new();
        }
        Ok(Some(more))
    }

    /// MailboxName (§5.4): names that are new, gone, or others. Names are few, so they are told in one piece.
    fn names(&self, now: &Seen, rows: &Rows<'_>, known: &Known, out: &mut Vec<u8>) {
        let utf8 = known.dialect.utf8();
        let row_of = |name: &str| {
            let at = rows.binary_search_by_key(&(name != "INBOX", name), |(key, _)| *key);
            at.ok().and_then(|at| rows.get(at)).map(|(_, row)| row)
        };
        let mut renamed: Vec<(&str, &str)> = Vec::new();
        let mut affected: Vec<&str> = Vec::new();
        for before in self.seen.mailboxes() {
            let shown = rows
                .iter()
                .find(|(_, row)| row.mailbox.is_some_and(|mailbox| mailbox.id == before.id))
                .map(|((_, name), _)| *name);
            match shown {
                None => affected.push(&before.name),
                Some(name) if *name != *before.name => renamed.push((&before.name, name)),
                Some(name) => {
                    let flipped = |now: &Mailbox| now.selectable != before.selectable;
                    if now.get(before.id).is_some_and(flipped) {
                        affected.push(name);
                    }
                }
            }
        }
        for (old, new) in &renamed {
            // Children go with their mailbox, without a word (§5.4).
            let with_parent = renamed.iter().any(|(from, to)| {
                from.len() < old.len()
                    && is_below(old, from)
                    && new.strip_prefix(to) == old.strip_prefix(from)
            });
            let asked = self.asks(new, row_of(new), NotifyEvents::NAMES)
                || self.asks(old, row_of(old), NotifyEvents::NAMES);
            if asked && !with_parent && !self.is_own(new) && !self.is_own(old) {
                told::list(rows, new, row_of(new), Some(old), utf8, out);
            }
        }
        for mailbox in now.mailboxes() {
            // An INBOX that was renamed is there again at once: nothing is said of it (§5.4).
            let inbox = renamed.iter().any(|(old, _)| **old == *mailbox.name);
            if self.seen.get(mailbox.id).is_none() && !inbox {
                affected.push(&mailbox.name);
            }
        }
        // Whose direct parent has one child more or less is affected, too.
        let parents: Vec<&str> = affected
            .iter()
            .filter(|name| !self.is_own(name))
            .filter_map(|name| name.rsplit_once('/').map(|(parent, _)| parent))
            .collect();
        affected.extend(parents);
        affected.sort_unstable();
        affected.dedup();
        for name in affected {
            if self.asks(name, row_of(name), NotifyEvents::NAMES) && !self.is_own(name) {
                told::list(rows, name, row_of(name), None, utf8, out);
            }
        }
    }

    /// SubscriptionChange (§5.5).
    fn subscriptions(&self, now: &Seen, rows: &Rows<'_>, known: &Known, out: &mut Vec<u8>) {
        for name in self.seen.subscribed.symmetric_difference(&now.subscribed) {
            let at = rows.binary_search_by_key(&(&**name != "INBOX", &**name), |(key, _)| *key);
            let row = at.ok().and_then(|at| rows.get(at)).map(|(_, row)| row);
            // What `subscribed` means was asked of this name before or is now.
            let mut either = row.copied().unwrap_or_default();
            either.subscribed = true;
            if self.events(name, &either) & NotifyEvents::SUBSCRIPTION != 0 && !self.is_own(name) {
                told::list(rows, name, row, None, known.dialect.utf8(), out);
            }
        }
    }

    fn asks(&self, name: &str, row: Option<&Row<'_>>, events: u8) -> bool {
        let row = row.copied().unwrap_or_default();
        self.events(name, &row) & events != 0
    }

    fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|own| own == name)
    }
}

/// Rights that came or went (§5.9).
fn access(before: &Mailbox, now: &Mailbox, utf8: bool, out: &mut Vec<u8>) {
    match (before.is_readable(), now.is_readable()) {
        (true, false) => now.print_no_access(utf8, out),
        (false, true) => {
            let mut attributes = crate::cmd::list::Attributes::new(out, b"LIST");
            if !now.selectable {
                attributes.add(b"\\Noselect");
            }
            attributes.name(&now.name, utf8);
            out.extend_from_slice(b"\r\n");
        }
        _ => {}
    }
}

/// What STATUS is to say (§5.1 to §5.3); nothing where nothing has changed that was asked for. `own`: a single change is this client's own.
fn changed(before: &Mailbox, now: &Mailbox, own: bool, condstore: bool) -> Vec<StatusItem> {
    let (was, is) = (before.counters, now.counters);
    if was == is || (own && is.highest_modseq == was.highest_modseq.saturating_add(1)) {
        return Vec::new();
    }
    let mut items = Vec::new();
    let validity = was.uid_validity != is.uid_validity;
    if now.wants(NotifyEvents::MESSAGES)
        && (validity || was.messages != is.messages || was.uid_next != is.uid_next)
    {
        items.extend([StatusItem::UidNext, StatusItem::Messages]);
    }
    let unseen = was.unseen != is.unseen && now.wants(NotifyEvents::FLAGS);
    let modseq = condstore && now.wants(NotifyEvents::FLAGS);
    if unseen {
        items.push(StatusItem::Unseen);
    }
    if condstore && (modseq || !items.is_empty()) {
        items.push(StatusItem::HighestModSeq);
    }
    if validity || (!items.is_empty() && now.wants(NotifyEvents::FLAGS)) {
        items.push(StatusItem::UidValidity);
    }
    items
}

/// Names whose values are not what they were (§5.6).
fn differing<'a>(before: &'a [(Box<str>, u64)], now: &'a [(Box<str>, u64)]) -> Vec<&'a str> {
    let new = now
        .iter()
        .filter(|entry| before.binary_search(entry).is_err());
    let gone = before
        .iter()
        .filter(|(name, _)| now.binary_search_by(|(other, _)| other.cmp(name)).is_err());
    let mut names: Vec<&str> = new.chain(gone).map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names
}
