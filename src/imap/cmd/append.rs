//! APPEND (RFC 9051 §6.3.12) and MULTIAPPEND (RFC 3502): messages that the session has received get their places in a mailbox.
//!
//! Two halves: `target` refuses before the literal is read, so that a client learns of a missing mailbox without sending 50 MB;
//! `deed` delivers, all messages of a command in one transaction.

use std::ops::RangeInclusive;

use ::store::{AccountId, Batch, Flags, Incoming, KEYWORDS_MAX, MailboxId, Read, Uid, WriteTx};

use crate::cmd::access;
use crate::code::Code;
use crate::command::{Append, FlagList, MailboxName};
use crate::deed::{Deed, Done, Known, No, World};
use crate::view::View;

/// Where messages go, as of the command's beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// octets that may still come, and the quota that says so; none: no quota
    pub(crate) room: Option<(u64, u64)>,
    /// the same of messages
    pub(crate) places: Option<(u64, u64)>,
}

/// The messages of a command.
pub(crate) struct Messages {
    /// those that are staged in the store
    pub(crate) batch: Batch,
    /// those that are not
    pub(crate) rest: Vec<Incoming>,
    /// how many in all
    pub(crate) count: u64,
    /// names of the keywords in use: what a bit means in [`Incoming::flags`]
    keywords: Vec<String>,
}

impl Messages {
    pub(crate) fn new(batch: Batch) -> Messages {
        Messages {
            batch,
            rest: Vec::new(),
            count: 0,
            keywords: Vec::new(),
        }
    }

    /// The bits of these flags in this command. A keyword too many is left off: the message is worth more than its mark.
    pub(crate) fn flags(&mut self, list: &FlagList) -> Flags {
        list.keywords.iter().fold(list.system, |flags, name| {
            let known = self
                .keywords
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name));
            let index = known.or_else(|| {
                (self.keywords.len() < KEYWORDS_MAX).then(|| {
                    self.keywords.push(name.clone());
                    self.keywords.len().saturating_sub(1)
                })
            });
            let bit = index
                .and_then(|index| u8::try_from(index).ok())
                .and_then(Flags::keyword);
            bit.map_or(flags, |bit| flags.union(bit))
        })
    }

    /// Appends all of them to the mailbox; UIDVALIDITY and UIDs.
    pub(crate) fn append(
        self,
        tx: &mut WriteTx<'_>,
        viewer: AccountId,
        into: MailboxId,
    ) -> ::store::Result<(u32, RangeInclusive<Uid>)> {
        let meaning = meaning(tx, viewer, &self.keywords)?;
        let uids = tx.append_batch(viewer, &self.batch, &self.rest, into, &mut |flags| {
            translate(flags, &meaning)
        })?;
        let uids = uids.ok_or(::store::Error::NotAllowed("there is no message"))?;
        Ok((tx.counters(into)?.uid_validity, uids))
    }
}

/// What the command's keywords are in the account's table.
fn meaning(
    tx: &mut WriteTx<'_>,
    account: AccountId,
    keywords: &[String],
) -> ::store::Result<Vec<Flags>> {
    keywords
        .iter()
        .map(|name| match tx.intern_keyword(account, name) {
            Err(::store::Error::TooManyKeywords) => Ok(Flags::default()),
            flag => flag,
        })
        .collect()
}

fn translate(flags: Flags, meaning: &[Flags]) -> Flags {
    let system = [
        Flags::ANSWERED,
        Flags::FLAGGED,
        Flags::DELETED,
        Flags::SEEN,
        Flags::DRAFT,
    ];
    let kept = system
        .into_iter()
        .filter(|flag| flags.contains(*flag))
        .fold(Flags::default(), Flags::union);
    (0_u8..).zip(meaning).fold(kept, |kept, (index, flag)| {
        match Flags::keyword(index).filter(|bit| flags.contains(*bit)) {
            Some(_) => kept.union(*flag),
            None => kept,
        }
    })
}

/// Whether messages may come: NO `TRYCREATE`, `NOPERM`, or what REPLACE refuses.
pub(crate) fn target(
    world: &World<'_>,
    known: &Known,
    view: Option<&View>,
    append: &mut Append,
) -> Result<Target, No> {
    let freed = match (&append.replace, view) {
        (Some(_), Some(view)) => Some(super::replace::admit(world, view, append)?),
        (Some(_), None) => return Err(No::bad("Select a mailbox first")),
        (None, _) => None,
    };
    // It counts on the quota of the mailbox's owner.
    let place = access::destination(world, known, &append.mailbox)?;
    let owner = world.tx.account(place.mailbox.id.account)?;
    let used = world.tx.usage(owner.id)?;
    // What a REPLACE takes away counts where it is taken from.
    let freed = freed.filter(|_| view.is_some_and(|view| view.mailbox.account == owner.id));
    let room = owner.quota.or(world.store.default_quota()).map(|quota| {
        let room = quota.saturating_add(freed.unwrap_or_default());
        (room.saturating_sub(used.octets), quota)
    });
    let places = owner.quota_messages.map(|quota| {
        let places = quota.saturating_add(u64::from(freed.is_some()));
        (places.saturating_sub(used.messages), quota)
    });
    Ok(Target { room, places })
}

/// Delivers. The answer has APPENDUID (RFC 4315 §3, A29; RFC 3502: as many UIDs as messages).
pub(crate) fn deed(known: &Known, mailbox: MailboxName, messages: Messages) -> Deed<Known> {
    let account = known.account;
    let run = move |tx: &mut WriteTx<'_>| {
        let into = into(tx, account, &mailbox)?;
        messages.append(tx, account, into)
    };
    Deed::new(run, |(validity, uids), _, _, _| {
        Ok(Done::with(
            Code::AppendUid(validity, uids),
            "APPEND completed",
        ))
    })
    .refused(refused)
}

/// The mailbox as it is now.
pub(crate) fn into(
    tx: &WriteTx<'_>,
    account: AccountId,
    mailbox: &str,
) -> ::store::Result<MailboxId> {
    // Whatever the reason is now: when the first literal was asked for it was none.
    let found = access::destination_in(tx, account, mailbox)?;
    Ok(found.map_err(|_| ::store::Error::NoSuchMailbox)?.mailbox.id)
}

pub(crate) fn refused(error: ::store::Error) -> No {
    match error {
        ::store::Error::NoSuchMailbox => No::with(
            Code::TryCreate,
            "There is no mailbox of this name: CREATE it first",
        ),
        other => other.into(),
    }
}
