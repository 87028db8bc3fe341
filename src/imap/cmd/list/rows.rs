//! The names that LIST chooses from: own mailboxes, those that others share, subscribed names, and the levels above them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ::store::{AccountId, Mailbox, Read, Rights, SpecialUse};

use crate::cmd::access::People;

/// What a person can see, as read from the store.
pub(crate) struct Tree {
    own: Vec<Mailbox>,
    /// with the name under which the person knows it
    shared: Vec<(String, Mailbox, Rights)>,
    subscriptions: Vec<String>,
}

impl Tree {
    pub(crate) fn read(tx: &impl Read, me: AccountId) -> ::store::Result<Tree> {
        let mut shared = Vec::new();
        let visible = tx.shared_with(me)?.into_iter();
        let mut visible = visible
            .filter(|(_, rights)| rights.contains(Rights::LOOKUP))
            .peekable();
        if visible.peek().is_some() {
            let people = People::read(tx)?;
            shared.extend(visible.map(|(mailbox, rights)| {
                (
                    people.shown(mailbox.id.account, &mailbox.name),
                    mailbox,
                    rights,
                )
            }));
        }
        Ok(Tree {
            own: tx.mailboxes(me)?,
            shared,
            subscriptions: tx.subscriptions(me)?,
        })
    }
}

/// INBOX comes first, then the others by their octets.
pub(crate) type Key<'a> = (bool, &'a str);
/// Names in their order.
pub(crate) type Rows<'a> = Vec<(Key<'a>, Row<'a>)>;

fn key(name: &str) -> Key<'_> {
    (name != "INBOX", name)
}

/// A name that may be listed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Row<'a> {
    pub(crate) mailbox: Option<&'a Mailbox>,
    /// what the person may do with it
    pub(crate) rights: Rights,
    pub(crate) own: bool,
    pub(crate) subscribed: bool,
}

impl Row<'_> {
    /// What an own mailbox is for.
    pub(crate) fn special_use(&self) -> Option<SpecialUse> {
        self.mailbox
            .filter(|_| self.own)
            .and_then(|mailbox| mailbox.special_use)
    }
}

/// All names.
pub(crate) fn rows(tree: &Tree) -> Rows<'_> {
    let mut rows: BTreeMap<Key<'_>, Row<'_>> = BTreeMap::new();
    for mailbox in &tree.own {
        let row = rows.entry(key(&mailbox.name)).or_default();
        (row.mailbox, row.rights, row.own) = (Some(mailbox), Rights::ALL, true);
    }
    for (name, mailbox, rights) in &tree.shared {
        let row = rows.entry(key(name)).or_default();
        (row.mailbox, row.rights, row.own) = (Some(mailbox), *rights, false);
    }
    for name in &tree.subscriptions {
        rows.entry(key(name)).or_default().subscribed = true;
    }
    let names: Vec<&str> = rows.keys().map(|(_, name)| *name).collect();
    for mut name in names {
        // Where a level is there already, so are those above it or they are about to be.
        while let Some((above, _)) = name.rsplit_once('/') {
            match rows.entry(key(above)) {
                Entry::Occupied(_) => break,
                Entry::Vacant(vacant) => vacant.insert(Row::default()),
            };
            name = above;
        }
    }
    rows.into_iter().collect()
}

/// What lies under a name.
pub(crate) fn below<'r, 'a>(
    rows: &'r Rows<'a>,
    name: &str,
) -> impl Iterator<Item = (&'a str, &'r Row<'a>)> {
    let prefix = format!("{name}/");
    let first = rows.partition_point(|(other, _)| *other < (true, prefix.as_str()));
    rows.iter()
        .skip(first)
        .take_while(move |((_, other), _)| other.starts_with(&prefix))
        .map(|((_, other), row)| (*other, row))
}
