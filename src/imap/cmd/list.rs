//! LIST with its options (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154) and LSUB (RFC 3501 §6.3.9).
//!
//! Special uses are told in every answer, asked or not (A6, A13); whether there are children, in every plain one (RFC 3348). A name that
//! is no mailbox, but over one, shows only where what is under it does not show itself.

use std::collections::BTreeMap;

use ::store::{Mailbox, Read, SpecialUse};

use crate::cmd::pattern::Pattern;
use crate::cmd::status;
use crate::command::{List, ListReturn, ListSelect};
use crate::deed::{Done, Known, No, Turn, Verb, World};
use crate::mailbox_name;

/// LIST.
pub(super) fn list(list: List) -> Box<dyn Verb<Known>> {
    // "" asks for the delimiter alone (RFC 9051 §6.3.9).
    let delimiter = !list.extended && list.patterns.iter().all(String::is_empty);
    let mut listing = Listing {
        patterns: list
            .patterns
            .iter()
            .map(|pattern| Pattern::new(&list.reference, pattern))
            .collect(),
        select: list.select,
        give: list.give,
        extended: list.extended,
        lsub: false,
        printed: None,
    };
    super::verb(move |world, known: &mut Known, out| {
        if delimiter {
            out.extend_from_slice(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
            return Ok(Turn::Done(Done::ok("LIST completed")));
        }
        listing.step(world, known, out)
    })
}

/// LSUB.
pub(super) fn lsub(reference: &str, pattern: &str) -> Box<dyn Verb<Known>> {
    let mut listing = Listing {
        patterns: vec![Pattern::new(reference, pattern)],
        select: ListSelect {
            subscribed: true,
            ..ListSelect::default()
        },
        give: ListReturn::default(),
        extended: false,
        lsub: true,
        printed: None,
    };
    super::verb(move |world, known: &mut Known, out| listing.step(world, known, out))
}

/// Prints the name of the mailbox that was selected, for rev2 (RFC 9051 §6.3.2).
pub(super) fn print_selected(mailbox: &Mailbox, out: &mut Vec<u8>) {
    let mut attributes = Attributes::new(out, b"LIST");
    attributes.special(mailbox.special_use);
    attributes.name(&mailbox.name, true);
    out.extend_from_slice(b"\r\n");
}

/// A LIST or LSUB that is being answered.
struct Listing {
    patterns: Vec<Pattern>,
    select: ListSelect,
    give: ListReturn,
    extended: bool,
    lsub: bool,
    /// the last name that has been dealt with
    printed: Option<Key<String>>,
}

/// INBOX comes first, then the others by their octets.
type Key<S> = (bool, S);
type Rows<'a> = Vec<(Key<&'a str>, Row<'a>)>;

fn key(name: &str) -> Key<&str> {
    (name != "INBOX", name)
}

/// A name that may be listed.
#[derive(Clone, Copy, Default)]
struct Row<'a> {
    mailbox: Option<&'a Mailbox>,
    subscribed: bool,
}

impl Listing {
    fn step(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Known>, No> {
        let mailboxes = world.tx.mailboxes(known.account)?;
        let subscriptions = world.tx.subscriptions(known.account)?;
        let rows = rows(&mailboxes, &subscriptions);
        let from = self.printed.as_ref().map_or(0, |(other, name)| {
            rows.partition_point(|(key, _)| *key <= (*other, name.as_str()))
        });
        for ((other, name), row) in rows.iter().skip(from) {
            if out.len() >= world.limits.piece {
                return Ok(Turn::More);
            }
            if self.matches(name) {
                self.one(world, known, &rows, name, row, out)?;
            }
            // Kept only where the next name may find `out` full.
            if out.len() >= world.limits.piece {
                self.printed = Some((*other, (*name).to_string()));
            }
        }
        Ok(Turn::Done(Done::ok(if self.lsub {
            "LSUB completed"
        } else {
            "LIST completed"
        })))
    }

    fn one(
        &self,
        world: &World<'_>,
        known: &Known,
        rows: &Rows<'_>,
        name: &str,
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), No> {
        let meets = self.meets(row);
        let mut child = false;
        if self.select.recursive_match {
            child = below(rows, name)
                .any(|(below, row)| self.meets(row) && (meets || !self.matches(below)));
        }
        let mut level = false;
        if !meets && !child {
            // A level of the hierarchy: for plain questions about mailboxes, and for LSUB with `%`.
            let asked = self.lsub
                || (row.mailbox.is_none() && !self.select.subscribed && !self.select.special_use);
            level = asked
                && below(rows, name).any(|(below, row)| self.meets(row) && !self.matches(below));
            if !level {
                return Ok(());
            }
        }
        let mut attributes = Attributes::new(out, if self.lsub { b"LSUB" } else { b"LIST" });
        match row.mailbox {
            None if self.extended || known.dialect.rev2 => attributes.add(b"\\NonExistent"),
            None if !self.lsub || level => attributes.add(b"\\Noselect"),
            Some(mailbox) if !mailbox.selectable || (self.lsub && level) => {
                attributes.add(b"\\Noselect")
            }
            _ => {}
        }
        if row.subscribed && !self.lsub && (self.select.subscribed || self.give.subscribed) {
            attributes.add(b"\\Subscribed");
        }
        if !self.lsub && (!self.extended || self.give.children || level) {
            let children = below(rows, name).any(|(_, row)| row.mailbox.is_some());
            attributes.add(if children {
                b"\\HasChildren"
            } else {
                b"\\HasNoChildren"
            });
        }
        attributes.special(row.mailbox.and_then(|mailbox| mailbox.special_use));
        attributes.name(name, known.dialect.utf8());
        if child {
            self.child_info(out);
        }
        out.extend_from_slice(b"\r\n");
        if let Some(mailbox) = row.mailbox.filter(|mailbox| mailbox.selectable && meets)
            && !self.give.status.is_empty()
        {
            status::print(
                world,
                mailbox.id,
                name,
                &self.give.status,
                known.dialect.utf8(),
                out,
            )?;
        }
        Ok(())
    }

    /// CHILDINFO (RFC 5258 §3.5).
    fn child_info(&self, out: &mut Vec<u8>) {
        let criteria: &[u8] = match (self.select.subscribed, self.select.special_use) {
            (true, true) => b"\"SUBSCRIBED\" \"SPECIAL-USE\"",
            (_, true) => b"\"SPECIAL-USE\"",
            _ => b"\"SUBSCRIBED\"",
        };
        out.extend_from_slice(b" (\"CHILDINFO\" (");
        out.extend_from_slice(criteria);
        out.extend_from_slice(b"))");
    }

    fn matches(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether the selection options are met. A subscribed name need not be a mailbox.
    fn meets(&self, row: &Row<'_>) -> bool {
        (row.mailbox.is_some() || self.select.subscribed)
            && (row.subscribed || !self.select.subscribed)
            && (row
                .mailbox
                .is_some_and(|mailbox| mailbox.special_use.is_some())
                || !self.select.special_use)
    }
}

/// Mailboxes, subscribed names, and the levels above them.
fn rows<'a>(mailboxes: &'a [Mailbox], subscriptions: &'a [String]) -> Rows<'a> {
    let mut rows: BTreeMap<Key<&str>, Row<'_>> = BTreeMap::new();
    for mailbox in mailboxes {
        rows.entry(key(&mailbox.name)).or_default().mailbox = Some(mailbox);
    }
    for name in subscriptions {
        rows.entry(key(name)).or_default().subscribed = true;
    }
    let names: Vec<&str> = rows.keys().map(|(_, name)| *name).collect();
    for mut name in names {
        // Where a level is there already, so are those above it or they are about to be.
        while let Some((above, _)) = name.rsplit_once('/') {
            match rows.entry(key(above)) {
                std::collections::btree_map::Entry::Occupied(_) => break,
                std::collections::btree_map::Entry::Vacant(vacant) => vacant.insert(Row::default()),
            };
            name = above;
        }
    }
    rows.into_iter().collect()
}

/// What lies under a name.
fn below<'r, 'a>(rows: &'r Rows<'a>, name: &str) -> impl Iterator<Item = (&'a str, &'r Row<'a>)> {
    let prefix = format!("{name}/");
    let first = rows.partition_point(|(other, _)| *other < (true, prefix.as_str()));
    rows.iter()
        .skip(first)
        .take_while(move |((_, other), _)| other.starts_with(&prefix))
        .map(|((_, other), row)| (*other, row))
}

/// One LIST or LSUB response under way.
struct Attributes<'o> {
    out: &'o mut Vec<u8>,
    any: bool,
}

impl<'o> Attributes<'o> {
    fn new(out: &'o mut Vec<u8>, word: &[u8]) -> Attributes<'o> {
        out.extend_from_slice(b"* ");
        out.extend_from_slice(word);
        out.extend_from_slice(b" (");
        Attributes { out, any: false }
    }

    fn add(&mut self, attribute: &[u8]) {
        if std::mem::replace(&mut self.any, true) {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(attribute);
    }

    /// RFC 6154 §2: the mailbox attribute is `\Drafts`, the message flag is `\Draft`.
    fn special(&mut self, special_use: Option<SpecialUse>) {
        match special_use {
            None => {}
            Some(SpecialUse::Sent) => self.add(b"\\Sent"),
            Some(SpecialUse::Drafts) => self.add(b"\\Drafts"),
            Some(SpecialUse::Trash) => self.add(b"\\Trash"),
            Some(SpecialUse::Junk) => self.add(b"\\Junk"),
            Some(SpecialUse::Archive) => self.add(b"\\Archive"),
            Some(SpecialUse::Flagged) => self.add(b"\\Flagged"),
            Some(SpecialUse::All) => self.add(b"\\All"),
            Some(SpecialUse::Important) => self.add(b"\\Important"),
        }
    }

    /// Closes the attributes and prints delimiter and name.
    fn name(self, name: &str, utf8: bool) {
        self.out.extend_from_slice(b") \"/\" ");
        mailbox_name::print(name, utf8, self.out);
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
