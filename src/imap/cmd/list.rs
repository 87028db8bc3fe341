//! LIST with its options (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590) and LSUB (RFC 3501 §6.3.9).
//!
//! Special uses are told in every answer, asked or not (A6, A13), of own mailboxes only: another's Trash is nobody else's. Whether there
//! are children is told in every plain answer (RFC 3348). A name that is no mailbox, but over one, shows only where what is under
//! it does not show itself; `Other Users` and the people under it are such names. What others share is listed with the right `l`
//! (RFC 4314 §4); what hides is no child either.

mod attributes;
pub(super) mod rows;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::cmd::access::Place;
use crate::cmd::metadata::Entries;
use crate::cmd::pattern::Pattern;
use crate::cmd::{acl, metadata, status};
use crate::command::{List, ListReturn, ListSelect};
use crate::deed::{Done, Known, No, Turn, Verb, World};
use ::store::{Mailbox, Rights};
pub(crate) use attributes::Attributes;
pub(crate) use rows::{Row, Rows, Tree, below, rows};

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
        matched: Matched::default(),
        printed: None,
        entry: None,
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
        matched: Matched::default(),
        printed: None,
        entry: None,
    };
    super::verb(move |world, known: &mut Known, out| listing.step(world, known, out))
}

/// Prints the name of the mailbox that was selected, for rev2 (RFC 9051 §6.3.2).
pub(super) fn print_selected(place: &Place, own: bool, out: &mut Vec<u8>) {
    let mut attributes = Attributes::new(out, b"LIST");
    attributes.special(place.mailbox.special_use.filter(|_| own));
    attributes.name(&place.shown, true);
    out.extend_from_slice(b"\r\n");
}

/// Words of patterns that one step looks at: some milliseconds.
const WORK: usize = 2_000_000;

/// Which names match a pattern, found out before anything is answered, because for one name's answer all names below it may be asked. 16 octets a name.
#[derive(Default)]
struct Matched {
    hasher: RandomState,
    /// by the name's hash
    names: HashMap<u64, bool>,
    all: bool,
}

/// A LIST or LSUB that is being answered.
struct Listing {
    patterns: Vec<Pattern>,
    select: ListSelect,
    give: ListReturn,
    extended: bool,
    lsub: bool,
    matched: Matched,
    /// the last name that has been dealt with
    printed: Option<(bool, String)>,
    /// whose METADATA did not fit, and the entry with which it goes on
    entry: Option<(String, usize)>,
}

impl Listing {
    fn step(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        out: &mut Vec<u8>,
    ) -> Result<Turn<Known>, No> {
        let tree = Tree::read(world.tx, known.account)?;
        let rows = rows(&tree);
        if !self.match_names(&rows) {
            return Ok(Turn::More);
        }
        let from = self.printed.as_ref().map_or(0, |(other, name)| {
            rows.partition_point(|(key, _)| *key <= (*other, name.as_str()))
        });
        if let Some((name, entry)) = self.entry.take() {
            // Where the mailbox is no more, or hidden, its METADATA ends.
            let row = rows.iter().find(|((_, other), _)| *other == name);
            let row = row.filter(|(_, row)| metadata::is_open(row.rights));
            if let Some(mailbox) = row.and_then(|(_, row)| row.mailbox) {
                self.metadata(world, known, &name, mailbox, entry, out)?;
            }
        }
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
        if self.entry.is_some() {
            return Ok(Turn::More);
        }
        Ok(Turn::Done(Done::ok(if self.lsub {
            "LSUB completed"
        } else {
            "LIST completed"
        })))
    }

    fn one(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
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
        attributes.special(row.special_use());
        attributes.name(name, known.dialect.utf8());
        if child {
            self.child_info(out);
        }
        out.extend_from_slice(b"\r\n");
        if meets {
            self.more(world, known, name, row, out)?;
        }
        Ok(())
    }

    /// STATUS (RFC 5819), MYRIGHTS (RFC 8440) and METADATA (RFC 9590) behind the LIST response of a mailbox that itself was asked for; a
    /// right that is missing leaves the response out, and the LIST goes on.
    fn more(
        &mut self,
        world: &World<'_>,
        known: &mut Known,
        name: &str,
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), No> {
        let Some(mailbox) = row.mailbox else {
            return Ok(());
        };
        let utf8 = known.dialect.utf8();
        if !self.give.status.is_empty() && mailbox.selectable && row.rights.contains(Rights::READ) {
            status::print(world, known, mailbox.id, name, &self.give.status, out)?;
        }
        if self.give.my_rights {
            acl::print_my_rights(name, row.rights, utf8, out);
        }
        if !self.give.metadata.is_empty() && metadata::is_open(row.rights) {
            self.metadata(world, known, name, mailbox, 0, out)?;
        }
        Ok(())
    }

    /// METADATA of one mailbox from this entry on; what does not fit is left to the next step.
    fn metadata(
        &mut self,
        world: &World<'_>,
        known: &Known,
        name: &str,
        mailbox: &Mailbox,
        from: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), No> {
        let entries = Entries {
            tx: world.tx,
            me: known.account,
            mailbox: Some(mailbox),
        };
        let asked = (self.give.metadata.as_slice(), from);
        let how = (known.dialect.utf8(), world.limits.piece);
        let full = metadata::print_entries(&entries, name, asked, how, out)?;
        self.entry = full.map(|entry| (name.to_owned(), entry));
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

    /// Goes on finding out which names match; whether all are known.
    fn match_names(&mut self, rows: &Rows<'_>) -> bool {
        let mut work = 0_usize;
        for ((_, name), _) in rows.iter().filter(|_| !self.matched.all) {
            if work >= WORK {
                return false;
            }
            let key = self.matched.hasher.hash_one(name);
            if self.matched.names.contains_key(&key) {
                continue;
            }
            let costs = self.patterns.iter().map(|pattern| pattern.cost(name));
            work = work.saturating_add(costs.fold(0, usize::saturating_add));
            let matches = self.matches(name);
            self.matched.names.insert(key, matches);
        }
        self.matched.all = true;
        true
    }

    fn matches(&self, name: &str) -> bool {
        let known = &self.matched.names;
        // A name that has come since is not among them.
        match known.get(&self.matched.hasher.hash_one(name)) {
            Some(matches) => *matches,
            None => self.patterns.iter().any(|pattern| pattern.matches(name)),
        }
    }

    /// Whether the selection options are met. A subscribed name need not be a mailbox.
    fn meets(&self, row: &Row<'_>) -> bool {
        (row.mailbox.is_some() || self.select.subscribed)
            && (row.subscribed || !self.select.subscribed)
            && (row.special_use().is_some() || !self.select.special_use)
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
