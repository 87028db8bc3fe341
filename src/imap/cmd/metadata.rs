//! Annotations of mailboxes and of the server (RFC 5464): what GETMETADATA, SETMETADATA and LIST ... RETURN (METADATA) share.
//!
//! Every entry of the RFC's two scopes can be had: `/shared/...` has one value for all who may read the mailbox, `/private/...` one for
//! each person, on the mailboxes of others as well. Two entries are computed: the server's `/shared/admin` is the address of the first
//! person of the house, who looks after the box; a mailbox's `/private/specialuse` is its special use (RFC 6154 §4).
//! Cannot: entries of messages (RFC 5257) are another extension, which the box does not have.

mod get;
mod set;

use ::store::{About, AccountId, Read, Rights};

use crate::cmd::access::{self, Place};
use crate::cmd::special_use;
use crate::command::{Depth, EntryName};
use crate::deed::{Known, No, World};
use crate::print;

pub(super) use get::verb as get;
pub(super) use set::verb as set;

/// How to reach who looks after the box (RFC 5464 §6.2.2).
const ADMIN: &str = "/shared/admin";
/// The mailbox's special use (RFC 6154 §4).
const SPECIAL_USE: &str = "/private/specialuse";
/// With `l`, any of these opens a mailbox's annotations (RFC 5464 §3.3).
const CONTENT: Rights = Rights::READ
    .union(Rights::SEEN)
    .union(Rights::WRITE)
    .union(Rights::INSERT)
    .union(Rights::POST);

/// Whose annotations: those of a mailbox that this person may look into, or (`None`) of the server.
fn target(world: &World<'_>, known: &Known, mailbox: &str) -> Result<Option<Place>, No> {
    if mailbox.is_empty() {
        return Ok(None);
    }
    let place = access::find(world, known, mailbox)?.ok_or_else(access::missing)?;
    place.allows(Rights::LOOKUP)?;
    if !is_open(place.rights) {
        return Err(access::not_permitted());
    }
    Ok(Some(place))
}

/// Whether these rights open a mailbox's annotations.
pub(super) fn is_open(rights: Rights) -> bool {
    rights.contains(Rights::LOOKUP) && rights.intersects(CONTENT)
}

/// Whose mailbox it is, if it is one, and the annotations that a person sees of it.
#[derive(Clone, Copy)]
pub(super) struct Entries<'a, R> {
    pub(super) tx: &'a R,
    pub(super) me: AccountId,
    pub(super) mailbox: Option<&'a ::store::Mailbox>,
}

impl<R: Read> Entries<'_, R> {
    /// The entry's value; `name` in lower case.
    pub(super) fn value(&self, name: &str) -> ::store::Result<Option<Vec<u8>>> {
        if let Some(computed) = self.computed(name)? {
            return Ok(computed);
        }
        self.tx.metadata(self.about(), self.whose(name), name)
    }

    /// The names of the entry and of those below it, down to a depth, that have a value.
    fn below(&self, name: &str, depth: Depth) -> ::store::Result<Vec<String>> {
        let mut found = self.tx.metadata_names(self.about(), self.whose(name))?;
        for computed in [ADMIN, SPECIAL_USE] {
            if let Some(Some(_)) = self.computed(computed)? {
                found.push(computed.to_owned());
            }
        }
        found.retain(|entry| {
            let Some(rest) = entry.strip_prefix(name) else {
                return false;
            };
            match rest.strip_prefix('/') {
                None => rest.is_empty(),
                Some(below) => match depth {
                    Depth::Zero => false,
                    Depth::One => !below.contains('/'),
                    Depth::Infinity => true,
                },
            }
        });
        found.sort_unstable();
        Ok(found)
    }

    /// `None`: the entry is stored as any other.
    fn computed(&self, name: &str) -> ::store::Result<Option<Option<Vec<u8>>>> {
        Ok(match (self.mailbox, name) {
            (None, ADMIN) => {
                let first = self.tx.accounts()?.into_iter().next();
                Some(first.map(|first| format!("mailto:{}", first.address).into_bytes()))
            }
            (Some(mailbox), SPECIAL_USE) => {
                // Special uses are the owner's own (RFC 6154 §2): to others the mailbox has none.
                let own = mailbox
                    .special_use
                    .filter(|_| mailbox.id.account == self.me);
                Some(own.map(|usage| special_use::word(usage).as_bytes().to_vec()))
            }
            _ => None,
        })
    }

    fn about(&self) -> About {
        self.mailbox
            .map_or(About::Server, |mailbox| About::Mailbox(mailbox.id))
    }

    fn whose(&self, name: &str) -> Option<AccountId> {
        whose(self.me, name)
    }
}

/// `/shared` is everybody's.
fn whose(me: AccountId, name: &str) -> Option<AccountId> {
    (!name.starts_with("/shared")).then_some(me)
}

/// Prints METADATA responses of LIST (RFC 9590 §3): each entry asked for, NIL where it has no value, from number `from` on. `Some`: `out` is full, go
/// on from there.
pub(super) fn print_entries<R: Read>(
    entries: &Entries<'_, R>,
    name: &str,
    (asked, from): (&[EntryName], usize),
    (utf8, piece): (bool, usize),
    out: &mut Vec<u8>,
) -> ::store::Result<Option<usize>> {
    let mut response = get::Response {
        mailbox: name,
        utf8,
        any: false,
    };
    let mut full = None;
    for (number, entry) in asked.iter().enumerate().skip(from) {
        if out.len() >= piece {
            full = Some(number);
            break;
        }
        let value = entries.value(&entry.folded())?;
        response.entry(&entry.0, value.as_deref(), out);
    }
    response.end(out);
    Ok(full)
}

/// Prints a value: NIL, a string, or a `literal8` where there is a NUL in it (RFC 5464 §5).
pub(super) fn print_value(value: Option<&[u8]>, utf8: bool, out: &mut Vec<u8>) {
    match value {
        Some(value) if value.contains(&0) => {
            out.push(b'~');
            print::literal(value, out);
        }
        _ => print::nstring(value, utf8, out),
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
