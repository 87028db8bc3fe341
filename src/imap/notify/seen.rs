//! What a client knows of mailboxes that it has not selected: read from the store at once, to be compared with what stands there later.

use std::collections::BTreeSet;

use store::{AccountId, MailboxId, ModSeq, Read, Rights, Uid};

use crate::Limits;
use crate::cmd::list::{Row, Rows, Tree, rows};
use crate::command::{NotifyEvents, NotifyMailboxes};
use crate::deed::World;
use crate::notify::{Notify, told};

/// All of it. Nothing watched costs nothing.
#[derive(Default)]
pub(super) struct Seen {
    /// by identity
    pub(super) mailboxes: Vec<Mailbox>,
    /// subscribed names, where SubscriptionChange is asked for
    pub(super) subscribed: BTreeSet<Box<str>>,
    /// the server's annotations, where ServerMetadataChange is asked for
    pub(super) server: Vec<(Box<str>, u64)>,
}

/// One mailbox.
pub(super) struct Mailbox {
    pub(super) id: MailboxId,
    /// the name under which this person knows it
    pub(super) name: Box<str>,
    /// what is asked of it: bits of [`NotifyEvents`]
    pub(super) events: u8,
    pub(super) rights: Rights,
    pub(super) selectable: bool,
    pub(super) counters: Counters,
    /// annotations, where MailboxMetadataChange is asked for
    pub(super) entries: Vec<(Box<str>, u64)>,
}

/// What STATUS tells.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) messages: u32,
    pub(super) uid_next: Uid,
    pub(super) uid_validity: u32,
    pub(super) unseen: u32,
    pub(super) highest_modseq: ModSeq,
}

impl Seen {
    pub(super) fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        self.mailboxes.iter()
    }

    pub(super) fn get(&self, id: MailboxId) -> Option<&Mailbox> {
        let at = self
            .mailboxes
            .binary_search_by_key(&id, |mailbox| mailbox.id);
        at.ok().and_then(|at| self.mailboxes.get(at))
    }

    pub(super) fn get_mut(&mut self, id: MailboxId) -> Option<&mut Mailbox> {
        let at = self
            .mailboxes
            .binary_search_by_key(&id, |mailbox| mailbox.id);
        at.ok().and_then(|at| self.mailboxes.get_mut(at))
    }
}

impl Mailbox {
    /// All events need the rights `l` and `r` (RFC 5465 §5). What cannot be seen is not here.
    pub(super) fn is_readable(&self) -> bool {
        self.rights.contains(Rights::READ)
    }

    pub(super) fn wants(&self, events: u8) -> bool {
        self.events & events != 0
    }
}

impl Notify {
    /// What stands in the store now. `None`: it is more than a session may watch.
    pub(super) fn scan(&mut self, world: &World<'_>, me: AccountId) -> store::Result<Option<Seen>> {
        let tree = Tree::read(world.tx, me)?;
        self.scan_rows(world, me, &rows(&tree))
    }

    pub(super) fn scan_rows(
        &mut self,
        world: &World<'_>,
        me: AccountId,
        rows: &Rows<'_>,
    ) -> store::Result<Option<Seen>> {
        let mut seen = Seen::default();
        let mut entries = 0_usize;
        self.accounts.clone_from(&self.named);
        if !self.groups.is_empty() && !self.accounts.contains(&me) {
            self.accounts.push(me);
        }
        let every = self
            .groups
            .iter()
            .fold(0, |all, group| all | group.events.bits);
        for ((_, name), row) in rows {
            let events = self.events(name, row);
            if row.subscribed && every & NotifyEvents::SUBSCRIPTION != 0 {
                seen.subscribed.insert((*name).into());
            }
            let Some(mailbox) = row.mailbox.filter(|_| events != 0) else {
                continue;
            };
            let readable = row.rights.contains(Rights::READ);
            let mut watched = Mailbox {
                id: mailbox.id,
                name: (*name).into(),
                events,
                rights: row.rights,
                selectable: mailbox.selectable,
                counters: Counters::default(),
                entries: Vec::new(),
            };
            if readable && mailbox.selectable && watched.wants(NotifyEvents::STATUS) {
                let counters = world.tx.counters_for(me, mailbox.id)?;
                watched.counters = Counters {
                    messages: counters.messages,
                    uid_next: counters.uid_next,
                    uid_validity: counters.uid_validity,
                    unseen: counters.unseen,
                    highest_modseq: counters.highest_modseq,
                };
            }
            if readable && watched.wants(NotifyEvents::METADATA) {
                watched.entries = told::annotations(world, me, Some(mailbox.id))?;
                entries = entries.saturating_add(watched.entries.len());
            }
            if !self.accounts.contains(&mailbox.id.account) {
                self.accounts.push(mailbox.id.account);
            }
            seen.mailboxes.push(watched);
            if seen.mailboxes.len() > Limits::NOTIFY_MAILBOXES || entries > Limits::NOTIFY_ENTRIES {
                return Ok(None);
            }
        }
        if every & NotifyEvents::SERVER != 0 {
            seen.server = told::annotations(world, me, None)?;
        }
        if seen.subscribed.len() > Limits::NOTIFY_MAILBOXES {
            return Ok(None);
        }
        seen.mailboxes.sort_unstable_by_key(|mailbox| mailbox.id);
        Ok(Some(seen))
    }

    /// What is asked of a name: several groups may mean it (RFC 5465 §6).
    pub(super) fn events(&self, name: &str, row: &Row<'_>) -> u8 {
        let matching = self.groups.iter().filter(|group| match &group.mailboxes {
            // Mail is delivered into any mailbox whose address is known, so the two are one (RFC 5465 §6.3).
            NotifyMailboxes::Inboxes | NotifyMailboxes::Personal => {
                row.own || row.mailbox.is_none()
            }
            NotifyMailboxes::Subscribed => row.subscribed,
            NotifyMailboxes::Subtree(names) => names.iter().any(|above| is_below(name, above)),
            NotifyMailboxes::Named(names) => names.iter().any(|named| named == name),
            NotifyMailboxes::Selected | NotifyMailboxes::SelectedDelayed => false,
        });
        matching.fold(0, |events, group| events | group.events.bits)
    }
}

/// Whether a name is `above` or under it.
pub(super) fn is_below(name: &str, above: &str) -> bool {
    name.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
