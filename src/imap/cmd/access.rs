//! Which mailbox a name means to this person, and what they may do with it (RFC 4314 §4, RFC 2342 §5).
//!
//! A person's own mailboxes have no prefix. Those of the others of the house, as far as they were shared, stand under
//! `Other Users/NAME/`, NAME being what the owner logs in as (RFC 2342 §5: "SHOULD consist of `<username>`"): `Other Users/ann/INBOX`,
//! `Other Users/ann/Work/2026`. The INBOX keeps its level, as in the RFC's example 5.8 and as Dovecot has it, so that clients find
//! it and mailboxes beside it are not below it.
//!
//! Promises: every verb that takes a mailbox name comes through here, so a mailbox is hidden from all of them or from none. Who lacks a
//! right is told NOPERM where they may see the mailbox (`l`), and else what they would be told if it did not exist (RFC 4314 §6).
//! Cannot: rights are looked at when the command runs; a selected mailbox keeps those it was selected with (RFC 4314 §5.1.1 allows
//! that).

use ::store::{AccountId, Mailbox, Read, Rights};

use crate::code::Code;
use crate::deed::{Known, No, World};

/// The level above the other people of the house.
pub(crate) const OTHER_USERS: &str = "Other Users";
/// The same as NAMESPACE gives it.
pub(crate) const OTHER_USERS_PREFIX: &str = "Other Users/";

/// Any of these and MYRIGHTS answers, and nothing pretends that the mailbox is not there (RFC 4314 §4, "Any").
const ANY: Rights = Rights::LOOKUP
    .union(Rights::READ)
    .union(Rights::INSERT)
    .union(Rights::CREATE_CHILD)
    .union(Rights::DELETE_MAILBOX)
    .union(Rights::ADMIN);

/// What a name means, whether there is such a mailbox or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// in whose tree
    pub(crate) owner: AccountId,
    /// the owner's own name for it
    pub(crate) name: String,
    /// the one name under which this person knows it, however they wrote it
    pub(crate) shown: String,
}

/// A mailbox that is there for this person.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// the mailbox; its name is its owner's, `id.account` the owner
    pub(crate) mailbox: Mailbox,
    /// what this person may do with it; the owner may everything
    pub(crate) rights: Rights,
    /// the name under which this person knows it
    pub(crate) shown: String,
}

impl Place {
    /// Whether the mailbox is this person's own.
    pub(crate) fn is_own(&self, known: &Known) -> bool {
        self.mailbox.id.account == known.account
    }

    /// A verb that needs all of `rights` asks first.
    pub(crate) fn allows(&self, rights: Rights) -> Result<(), No> {
        if self.rights.contains(rights) {
            Ok(())
        } else if self.rights.contains(Rights::LOOKUP) {
            Err(not_permitted())
        } else {
            Err(missing())
        }
    }
}

/// What the name means. `None`: it is the level of the other people itself, or names somebody who is not there. Who has a mailbox of their own
/// below that level, from before it was one, still gets at it.
pub(crate) fn locate(tx: &impl Read, me: AccountId, name: &str) -> ::store::Result<Option<Spot>> {
    let below = name.strip_prefix(OTHER_USERS_PREFIX);
    let apart = below.is_some() || name == OTHER_USERS;
    if !apart || tx.mailbox_by_name(me, name)?.is_some() {
        return Ok(Some(Spot {
            owner: me,
            name: name.to_owned(),
            shown: name.to_owned(),
        }));
    }
    let Some(below) = below else {
        return Ok(None);
    };
    let Some((person, rest)) = below.split_once('/') else {
        return Ok(None);
    };
    let names = People::read(tx)?;
    let Some(owner) = names.find(person).filter(|owner| *owner != me) else {
        return Ok(None);
    };
    let name = inbox_in_upper_case(rest);
    let shown = names.shown(owner, &name);
    Ok(Some(Spot { owner, name, shown }))
}

/// The mailbox of this name, if it is there for this person: one of which they have no right is not.
pub(crate) fn find(world: &World<'_>, known: &Known, name: &str) -> Result<Option<Place>, No> {
    Ok(find_in(world.tx, known.account, name)?)
}

/// The same on the writer thread, where what was looked up before may have changed.
pub(crate) fn find_in(tx: &impl Read, me: AccountId, name: &str) -> ::store::Result<Option<Place>> {
    let Some(spot) = locate(tx, me, name)? else {
        return Ok(None);
    };
    let Some(mailbox) = tx.mailbox_by_name(spot.owner, &spot.name)? else {
        return Ok(None);
    };
    let rights = tx.rights(me, mailbox.id)?;
    Ok(rights.intersects(ANY).then_some(Place {
        mailbox,
        rights,
        shown: spot.shown,
    }))
}

/// The mailbox of this name that can be opened, with all of these rights; or NO [NONEXISTENT], [CANNOT], [NOPERM].
pub(crate) fn existing(
    world: &World<'_>,
    known: &Known,
    name: &str,
    needed: Rights,
) -> Result<Place, No> {
    let place = find(world, known, name)?.ok_or_else(missing)?;
    place.allows(needed)?;
    if !place.mailbox.selectable {
        return Err(No::with(
            Code::Cannot,
            "This name only holds other mailboxes: it has no messages",
        ));
    }
    Ok(place)
}

/// The mailbox that messages are to go to (right `i`), or NO [TRYCREATE] (RFC 9051 §6.3.12, §6.4.7), [NOPERM].
pub(crate) fn destination(world: &World<'_>, known: &Known, name: &str) -> Result<Place, No> {
    destination_in(world.tx, known.account, name)?
}

/// The same on the writer thread.
pub(crate) fn destination_in(
    tx: &impl Read,
    me: AccountId,
    name: &str,
) -> ::store::Result<Result<Place, No>> {
    let try_create = || {
        No::with(
            Code::TryCreate,
            "There is no mailbox of this name: CREATE it first",
        )
    };
    Ok(match find_in(tx, me, name)? {
        Some(place) if place.mailbox.selectable => {
            if place.rights.contains(Rights::INSERT) {
                Ok(place)
            } else if place.rights.contains(Rights::LOOKUP) {
                Err(not_permitted())
            } else {
                Err(try_create())
            }
        }
        _ => Err(try_create()),
    })
}

/// Where a mailbox of this name could be made: the right `k` on the nearest mailbox above it (RFC 4314 §4). In their own tree a person
/// may make what they like.
pub(crate) fn vacant(world: &World<'_>, known: &Known, name: &str) -> Result<Spot, No> {
    let me = known.account;
    let Some(spot) = locate(world.tx, me, name)? else {
        // Whoever is not there is as one who shares nothing.
        let person = name.strip_prefix(OTHER_USERS_PREFIX).unwrap_or_default();
        return Err(if person.contains('/') {
            not_permitted()
        } else {
            No::with(
                Code::Cannot,
                "This name is kept for the mailboxes that others share",
            )
        });
    };
    if spot.owner == me {
        return Ok(spot);
    }
    let mut above = spot.name.as_str();
    while let Some((parent, _)) = above.rsplit_once('/') {
        if let Some(parent) = world.tx.mailbox_by_name(spot.owner, parent)? {
            if world
                .tx
                .rights(me, parent.id)?
                .contains(Rights::CREATE_CHILD)
            {
                return Ok(spot);
            }
            break;
        }
        above = parent;
    }
    Err(not_permitted())
}

/// NO [NONEXISTENT].
pub(crate) fn missing() -> No {
    No::with(Code::NonExistent, "There is no mailbox of this name")
}

/// NO [NOPERM].
pub(crate) fn not_permitted() -> No {
    No::with(
        Code::NoPerm,
        "The owner of this mailbox has not given you the right to do this",
    )
}

/// What the people of the house are called under [`OTHER_USERS`].
///
/// The local part in lower case, without its domain, belongs to who has been in the house longest; another of the same local part goes
/// by the whole address. So a name stays what it is when people come. Who has a local part that would be no level of a
/// name goes by number.
#[derive(Debug)]
pub(crate) struct People(Vec<Person>);

#[derive(Debug)]
struct Person {
    id: AccountId,
    level: String,
    address: String,
}

impl People {
    /// Everyone's name.
    pub(crate) fn read(tx: &impl Read) -> ::store::Result<People> {
        let mut people: Vec<Person> = Vec::new();
        for account in tx.accounts()? {
            let folded = account.address.fold();
            let address = folded.to_string();
            let local = folded.local();
            let level = if !is_level(&address) {
                format!("person {}", account.id.0)
            } else if people.iter().any(|other| other.level == local) {
                address.clone()
            } else {
                local.to_owned()
            };
            people.push(Person {
                id: account.id,
                level,
                address,
            });
        }
        Ok(People(people))
    }

    /// Who goes by this name, or has this address; in any case.
    pub(crate) fn find(&self, name: &str) -> Option<AccountId> {
        let folded = match mail::Address::parse(name) {
            Ok(address) => address.fold().to_string(),
            Err(_) => name.to_ascii_lowercase(),
        };
        let named = |person: &&Person| person.level == folded || person.address == folded;
        self.0.iter().find(named).map(|person| person.id)
    }

    /// The person's level.
    pub(crate) fn level(&self, id: AccountId) -> &str {
        let person = self.0.iter().find(|person| person.id == id);
        person.map_or("", |person| &person.level)
    }

    /// The person's address, folded.
    pub(crate) fn address(&self, id: AccountId) -> &str {
        let person = self.0.iter().find(|person| person.id == id);
        person.map_or("", |person| &person.address)
    }

    /// The name of `owner`'s mailbox to anyone else.
    pub(crate) fn shown(&self, owner: AccountId, name: &str) -> String {
        format!("{OTHER_USERS_PREFIX}{}/{name}", self.level(owner))
    }
}

/// Whether a local part and a domain can be a level: no delimiter, no wildcard, no space or quote.
fn is_level(address: &str) -> bool {
    !address.contains(['/', '*', '%', ' ', '"', '\\'])
}

fn inbox_in_upper_case(name: &str) -> String {
    match name.split_once('/') {
        None if name.eq_ignore_ascii_case("INBOX") => "INBOX".to_owned(),
        Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => format!("INBOX/{rest}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "revoked_tests.rs"]
mod revoked_tests;
