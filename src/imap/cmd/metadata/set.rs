//! SETMETADATA (RFC 5464 §4.3): all values or none, in one transaction.
//!
//! Who may: `/private` entries everybody who may read the annotations (§3.3). `/shared` entries of a mailbox need the right `w` as
//! well: what all see is no reader's to change. `/shared` entries of the server are the first person's, who looks after the box (§3.3:
//! "Servers MAY restrict"); `/shared/admin` nobody's (§3.2.1.1).

use ::store::{About, METADATA_VALUE_MAX, Read, Rights, SpecialUse, WriteTx};

use crate::cmd::metadata::{ADMIN, SPECIAL_USE, get::Response, target, whose};
use crate::cmd::{access, quota, special_use};
use crate::code::Code;
use crate::command::{EntryName, MetadataValue, SetMetadata};
use crate::deed::{Deed, Done, Known, No, Turn, Verb, World};

/// What is kept as a filter must be a whole search (RFC 5466 §3.2).
fn is_filter(name: &str, value: Option<&[u8]>) -> Result<(), No> {
    let filter = ["/private/filters/values/", "/shared/filters/values/"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    match value.filter(|_| filter).map(crate::parse::filter) {
        Some(Err(_)) => Err(No::with(
            Code::Cannot,
            "A filter's value is the keys of a SEARCH: these are none",
        )),
        _ => Ok(()),
    }
}

/// SETMETADATA.
pub(crate) fn verb(set: SetMetadata) -> Box<dyn Verb<Known>> {
    crate::cmd::verb(move |world, known: &mut Known, _| {
        let me = known.account;
        let mailbox = target(world, known, &set.mailbox)?;
        let about = match &mailbox {
            None => About::Server,
            Some(place) => About::Mailbox(place.mailbox.id),
        };
        // What a literal may hold, which is what can come.
        let largest = METADATA_VALUE_MAX.min(world.limits.literal);
        let mut usage: Option<Option<SpecialUse>> = None;
        let mut values: Vec<(String, Option<Vec<u8>>)> = Vec::with_capacity(set.values.len());
        for (entry, MetadataValue(value)) in &set.values {
            let name = entry.folded();
            match &mailbox {
                None => {
                    on_server(world, known, entry, &name)?;
                    is_filter(&name, value.as_deref())?;
                }
                Some(place) => {
                    if entry.is_shared() {
                        place.allows(Rights::WRITE)?;
                    }
                    if name == SPECIAL_USE {
                        if !place.is_own(known) {
                            return Err(access::not_permitted());
                        }
                        usage = Some(special_use::settable(&place.mailbox, value.as_deref())?);
                        continue;
                    }
                }
            }
            if value.as_ref().is_some_and(|value| value.len() > largest) {
                return Err(No::with(
                    Code::MetadataMaxSize(largest as u64),
                    "This value is larger than the box keeps",
                ));
            }
            values.push((name, value.clone()));
        }
        let own = mailbox.map(|place| place.mailbox);
        let mut needed = Rights::LOOKUP;
        if set.values.iter().any(|(entry, _)| entry.is_shared()) {
            needed = needed.union(Rights::WRITE);
        }
        let run = move |tx: &mut WriteTx<'_>| {
            if let About::Mailbox(id) = about {
                tx.require(me, id, needed)?;
            }
            for (name, value) in &values {
                tx.set_metadata(about, whose(me, name), name, value.as_deref())?;
            }
            let mut moved = None;
            if let (Some(usage), Some(mailbox)) = (usage, own) {
                if let Some(usage) = usage {
                    moved = tx
                        .special(me, usage)?
                        .filter(|other| other.id != mailbox.id);
                }
                if let Some(other) = &moved {
                    tx.set_special_use(me, &other.name, None)?;
                }
                tx.set_special_use(me, &mailbox.name, usage)?;
            }
            Ok(moved)
        };
        Ok(Turn::Write(
            Deed::new(run, |moved, _, known: &mut Known, out| {
                // Another mailbox has lost its special use to this one (RFC 6154 §5.4).
                if let Some(other) = moved {
                    let mut response = Response {
                        mailbox: &other.name,
                        utf8: known.dialect.utf8(),
                        any: false,
                    };
                    response.entry(SPECIAL_USE, None, out);
                    response.end(out);
                }
                Ok(Done::ok("SETMETADATA completed"))
            })
            .refused(refused),
        ))
    })
}

/// Who may set what of the server's.
fn on_server(world: &World<'_>, known: &Known, entry: &EntryName, name: &str) -> Result<(), No> {
    if name == ADMIN {
        return Err(No::with(
            Code::Cannot,
            "/shared/admin is the address of the first person of the house",
        ));
    }
    if entry.is_shared() && !quota::looks_after_the_box(world.tx, known.account)? {
        return Err(No::with(
            Code::NoPerm,
            "Only the first person of the house can change what all see of the server",
        ));
    }
    Ok(())
}

fn refused(error: ::store::Error) -> No {
    match error {
        ::store::Error::TooMuchMetadata { .. } => No::with(
            Code::MetadataTooMany,
            "There are as many entries as the box keeps: remove some",
        ),
        ::store::Error::MetadataFull { .. } => No::with(
            Code::MetadataTooMany,
            "No more annotations fit that count for this person: remove some",
        ),
        ::store::Error::MetadataTooLarge { max } => No::with(
            Code::MetadataMaxSize(max as u64),
            "This value is larger than the box keeps",
        ),
        other => other.into(),
    }
}
