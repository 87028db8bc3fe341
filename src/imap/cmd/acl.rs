//! Access control lists (RFC 4314): what the five verbs share.
//!
//! The owner of a mailbox has every right, always, and nobody can take one away; the others have what the list grants to them or to
//! `anyone`, less what negative lines take away. Identifiers are people of the house, by address or by the bare name that they can log
//! in with, and `anyone`; there are no groups. Rights are not tied to each other.

mod delete;
mod get;
mod list_rights;
mod my_rights;
mod set;

use ::store::{AccountId, Read, Rights, Who};

use crate::cmd::access::{self, People, Place};
use crate::code::Code;
use crate::command::Identifier;
use crate::deed::{Known, No, World};
use crate::print;

pub(super) use delete::verb as delete;
pub(super) use get::verb as get;
pub(super) use list_rights::verb as list_rights;
pub(super) use my_rights::{print as print_my_rights, verb as my_rights};
pub(super) use set::verb as set;

/// Everybody in the house (RFC 4314 §2).
const ANYONE: &str = "anyone";
/// The letters in the order of RFC 8440's example, the obsolete `c` and `d` among them.
const LETTERS: [(Rights, u8); 13] = [
    (Rights::LOOKUP, b'l'),
    (Rights::READ, b'r'),
    (Rights::SEEN, b's'),
    (Rights::WRITE, b'w'),
    (Rights::INSERT, b'i'),
    (Rights::POST, b'p'),
    (Rights::CREATE_CHILD, b'k'),
    (Rights::DELETE_MAILBOX, b'x'),
    (Rights::DELETE_MESSAGES, b't'),
    (Rights::EXPUNGE, b'e'),
    (Rights::VIRTUAL_CREATE, b'c'),
    (Rights::VIRTUAL_DELETE, b'd'),
    (Rights::ADMIN, b'a'),
];

/// Rights as ACL and MYRIGHTS tell them: with `c` or `d` where any of their members is there (RFC 4314 §2.1.1).
fn letters(rights: Rights) -> Vec<u8> {
    let here = LETTERS
        .iter()
        .filter(|(right, _)| rights.intersects(*right));
    here.map(|(_, letter)| *letter).collect()
}

fn print_rights(rights: Rights, out: &mut Vec<u8>) {
    print::astring(&letters(rights), false, out);
}

/// The mailbox for who may administer it.
fn administered(world: &World<'_>, known: &Known, name: &str) -> Result<Place, No> {
    let place = access::find(world, known, name)?.ok_or_else(access::missing)?;
    place.allows(Rights::ADMIN)?;
    Ok(place)
}

/// Whom an identifier means, or NO.
fn who(tx: &impl Read, identifier: &Identifier) -> Result<Who, No> {
    if identifier.name.eq_ignore_ascii_case(ANYONE) {
        return Ok(Who::Anyone);
    }
    let account = People::read(tx)?.find(&identifier.name);
    account.map(Who::Account).ok_or_else(|| {
        No::with(
            Code::Cannot,
            "Nobody in the house has this name: the address of somebody or \"anyone\" was expected",
        )
    })
}

/// Whether it is the owner, without a dash.
fn is_owner(owner: AccountId, who: Who, identifier: &Identifier) -> bool {
    who == Who::Account(owner) && !identifier.negative
}

/// NO: what the owner's rights are is not in the list.
fn owner_has_all() -> No {
    No::with(
        Code::Cannot,
        "The owner of a mailbox has every right, and keeps them",
    )
}

#[cfg(test)]
#[path = "acl_tests.rs"]
mod tests;
