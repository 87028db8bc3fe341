//! What people share: access control lists and by whom they are found, viewers' flags and what they have seen, metadata, keys that sign URLs.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::error::Result;
use crate::ids::{AccountId, Flags, KEYWORDS_MAX, MailboxId};
use crate::look::Look;
use crate::rights::{Rights, Who};
use crate::schema::{AclRecord, BLOCK, SLOT, block_of, key, read_run, read_slots, slot_of, uid_of};
use crate::write::{ACL_MAX, METADATA_MAX, METADATA_VALUE_MAX, payer, weight};

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let people: BTreeSet<AccountId> = look.accounts()?.iter().map(|one| one.id).collect();
    lists(look, &people, findings)?;
    rows(look, key::METADATA, "metadata", &people, findings)?;
    rows(look, key::MAILBOX_KEYS, "a mailbox key", &people, findings)?;
    used(look, &people, findings)?;
    viewers(look, &people, findings)
}

/// What is counted of everybody's metadata is what there is.
fn used(look: Look<'_>, people: &BTreeSet<AccountId>, findings: &mut Findings) -> Result<()> {
    let mut sums: BTreeMap<AccountId, u64> = BTreeMap::new();
    for row in look.prefixed(&key::METADATA)? {
        let (at, octets) = row?;
        let mailbox = at.get(1..).and_then(key::mailbox_of);
        if let Some((mailbox, who)) = mailbox.zip(key::somebody_of(at))
            && let Some(payer) = payer(mailbox, who)
        {
            let sum = sums.entry(payer).or_default();
            *sum = sum.saturating_add(weight(at, octets));
        }
    }
    for who in people {
        let there = sums.get(who).copied().unwrap_or(0);
        match look.metadata_used(*who) {
            Ok(counted) if counted == there => {}
            Ok(counted) => findings.add(format!(
                "metadata of {there} octets counts for account {}, but {counted} are counted",
                who.0
            )),
            Err(error) => findings.add(format!(
                "what counts of metadata for account {} cannot be read: {error}",
                who.0
            )),
        }
    }
    Ok(())
}

fn exists(look: Look<'_>, mailbox: MailboxId) -> bool {
    look.mailbox_head(mailbox).is_ok()
}

fn lists(look: Look<'_>, people: &BTreeSet<AccountId>, findings: &mut Findings) -> Result<()> {
    let mut named = BTreeSet::new();
    for row in look.prefixed(&key::ACLS)? {
        let (at, octets) = row?;
        let mailbox = at.get(1..).and_then(key::mailbox_of);
        let Some(mailbox) = mailbox.filter(|id| at.len() == 10 && exists(look, *id)) else {
            findings.add("an access control list belongs to no mailbox".into());
            continue;
        };
        let acl: AclRecord = match postcard::from_bytes(octets) {
            Ok(acl) => acl,
            Err(error) => {
                findings.add(format!("an access control list cannot be read ({error})"));
                continue;
            }
        };
        let sorted = acl
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if (a.who, a.negative) < (b.who, b.negative)));
        let mut sound = sorted && !acl.is_empty() && acl.len() <= ACL_MAX;
        for line in &acl {
            sound &= !line.rights.is_empty() && Rights::ALL.contains(line.rights);
            let who = match line.who {
                Who::Anyone => AccountId(0),
                Who::Account(id) => {
                    sound &= people.contains(&id) && id != mailbox.account;
                    id
                }
            };
            named.insert((who, mailbox));
            if look.get(&key::shared(who, mailbox))?.is_none() {
                findings.add(format!(
                    "mailbox {} of account {} is shared with account {}, who cannot find it",
                    mailbox.number, mailbox.account.0, who.0
                ));
            }
        }
        if !sound {
            findings.add(format!(
                "the access control list of mailbox {} of account {} has lines that cannot be",
                mailbox.number, mailbox.account.0
            ));
        }
    }
    for row in look.prefixed(&key::SHARED)? {
        let at = row?.0;
        let who = at
            .get(2..)
            .and_then(|at| at.first_chunk())
            .map(|n| AccountId(u32::from_be_bytes(*n)));
        let mailbox = crate::read::shared::shared_mailbox(at).ok();
        if who.zip(mailbox).is_none_or(|pair| !named.contains(&pair)) {
            findings.add("somebody finds a mailbox that is not shared with them".into());
        }
    }
    Ok(())
}

/// Rows of a table that somebody, or everybody, has in a mailbox or in the server.
fn rows(
    look: Look<'_>,
    table: [u8; 2],
    what: &str,
    people: &BTreeSet<AccountId>,
    findings: &mut Findings,
) -> Result<()> {
    let (mut kind, mut count) = (Vec::new(), 0);
    for row in look.prefixed(&table)? {
        let (at, octets) = row?;
        let mailbox = at.get(1..).and_then(key::mailbox_of);
        let who = at
            .get(10..)
            .and_then(|at| at.first_chunk())
            .map(|n| AccountId(u32::from_be_bytes(*n)));
        let (Some(mailbox), Some(who)) = (mailbox, who) else {
            findings.add(format!("{what} has a key of no known shape"));
            continue;
        };
        let server = (mailbox.account.0, mailbox.number) == (0, 0);
        let metadata = table == key::METADATA;
        if !(exists(look, mailbox) || server && metadata)
            || !(people.contains(&who) || who.0 == 0 && metadata)
        {
            findings.add(format!("{what} belongs to nobody, or to no mailbox"));
        }
        let shaped = if metadata {
            at.len() > 14 && octets.len() <= METADATA_VALUE_MAX
        } else {
            at.len() == 14 && octets.len() == 32
        };
        if !shaped {
            findings.add(format!("{what} is too large, or has no name"));
        }
        let before = at.get(..14).unwrap_or_default();
        if before != kind.as_slice() {
            (kind, count) = (before.to_vec(), 0);
        }
        count += 1;
        if metadata && count == METADATA_MAX + 1 {
            findings.add("there is more metadata of one kind than may be".into());
        }
    }
    Ok(())
}

fn viewers(look: Look<'_>, people: &BTreeSet<AccountId>, findings: &mut Findings) -> Result<()> {
    let mut known = BTreeSet::new();
    for row in look.prefixed(&[key::VIEWERS])? {
        let (at, octets) = row?;
        let (Some(mailbox), Some(viewer), Some(seen)) = (
            key::mailbox_of(at),
            key::viewer_of(at).filter(|_| at.len() == 13),
            <[u8; 4]>::try_from(octets).ok().map(u32::from_be_bytes),
        ) else {
            findings.add("what a viewer has seen is of no known shape".into());
            continue;
        };
        known.insert((mailbox, viewer));
        let doomed = look.get(&key::doomed(mailbox))?.is_some();
        if !people.contains(&viewer) || viewer == mailbox.account {
            findings.add(format!("account {} cannot be a viewer", viewer.0));
        } else if exists(look, mailbox) {
            one(look, mailbox, viewer, seen, findings)?;
        } else if !doomed {
            findings.add("a viewer looks at a mailbox that does not exist".into());
        }
    }
    let mut last = None;
    for row in look.prefixed(&[key::OVERLAYS])? {
        let at = row?.0;
        let whose = key::mailbox_of(at).zip(key::viewer_of(at));
        if whose != last {
            last = whose;
            let doomed = match whose {
                Some((mailbox, _)) => look.get(&key::doomed(mailbox))?.is_some(),
                None => false,
            };
            if !doomed && whose.is_none_or(|whose| !known.contains(&whose)) {
                findings.add("flags of a viewer belong to nobody".into());
            }
        }
    }
    Ok(())
}

/// One viewer's slots of one mailbox.
fn one(
    look: Look<'_>,
    mailbox: MailboxId,
    viewer: AccountId,
    seen: u32,
    findings: &mut Findings,
) -> Result<()> {
    let head = look.mailbox_head(mailbox)?.0;
    let keywords = look.keywords(viewer)?.len().min(KEYWORDS_MAX);
    let flags = Flags((1_u64 << (5 + keywords)) - 1).without(Flags::DELETED);
    let (mut counted, mut odd) = (0_u32, 0_u32);
    for row in look.prefixed(&key::viewer(key::OVERLAYS, mailbox, viewer))? {
        let (at, octets) = row?;
        let number = key::last_u32(at).filter(|_| at.len() == 17);
        let whole =
            octets.len().is_multiple_of(SLOT) && !octets.is_empty() && octets.len() <= BLOCK * SLOT;
        let Some(number) = number.filter(|_| whole) else {
            odd += 1;
            continue;
        };
        for (slot, own) in read_slots(octets).iter().enumerate() {
            if own.is_empty() {
                odd += u32::from(own.flags != Flags(0));
                continue;
            }
            let uid = uid_of(number, slot);
            if look.entry(mailbox, uid)?.is_some() {
                counted = counted.saturating_add(own.seen());
            } else if !held(look, mailbox, head.released, uid)? {
                odd += 1;
            }
            let sound = flags.contains(own.flags)
                && own.modseq <= head.counters.highest_modseq
                && block_of(uid) == number
                && slot_of(uid) == slot;
            odd += u32::from(!sound);
        }
    }
    if odd > 0 {
        findings.add(format!(
            "{odd} flags of viewer {} in mailbox {} of account {} cannot be",
            viewer.0, mailbox.number, mailbox.account.0
        ));
    }
    if counted != seen {
        findings.add(format!(
            "viewer {} has seen {counted} messages in mailbox {} of account {}, but {seen} are counted",
            viewer.0, mailbox.number, mailbox.account.0
        ));
    }
    Ok(())
}

/// Whether the log still holds an expunged message.
fn held(look: Look<'_>, mailbox: MailboxId, released: u64, uid: u32) -> Result<bool> {
    for run in look.runs(mailbox, released)? {
        if read_run(run?.1)?.1.any(|(gone, _)| gone == uid) {
            return Ok(true);
        }
    }
    Ok(false)
}
