//! People, their names and numbers, and that no key is of an unknown shape.

use std::collections::{BTreeMap, BTreeSet};

use mail::Address;

use super::Findings;
use crate::error::Result;
use crate::ids::{AccountId, KEYWORDS_MAX, MailboxId};
use crate::look::Look;
use crate::mailbox_name;
use crate::records::{Account, AliasTarget, Owner};
use crate::schema::key;
use crate::write::{JUDGEMENT_OCTETS_MAX, JUDGEMENTS_MAX};

/// Tables whose rows belong to an account.
const OF_ACCOUNTS: [([u8; 2], &str); 12] = [
    (key::ACCOUNTS, "an account record"),
    (key::CREDENTIALS, "credentials"),
    (key::NAMES, "a name"),
    (key::SAFEGUARDS, "a second step or scope"),
    (key::LAST_USES, "a last use of a password"),
    (key::KEYWORDS, "keywords"),
    (key::MAILBOXES, "a mailbox name"),
    (key::SUBSCRIPTIONS, "a subscription"),
    (key::CORRESPONDENTS, "a correspondent"),
    (key::METADATA_USED, "a count of metadata"),
    (key::SENDING, "a count of what was sent"),
    (key::KNOWN, "a known network"),
];

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let accounts = look.accounts()?;
    let known: BTreeSet<AccountId> = accounts.iter().map(|account| account.id).collect();
    let next = look
        .get(&key::NEXT_ACCOUNT)?
        .and_then(|octets| octets.first_chunk())
        .map_or(1, |n| u32::from_be_bytes(*n));
    let mut named = BTreeSet::new();
    for account in &accounts {
        if account.id.0 >= next {
            findings.add(format!(
                "account {} exists, but the next one would get number {next}",
                account.id.0
            ));
        }
        one(look, account, &mut named, findings)?;
    }
    for (table, what) in OF_ACCOUNTS {
        rows_of(look, table, what, &known, findings)?;
    }
    judgements(look, &known, findings)?;
    for row in look.prefixed(&[key::HEADS])? {
        let mailbox = key::mailbox_of(row?.0).ok_or_else(crate::look::odd_key)?;
        if !known.contains(&mailbox.account) {
            findings.add(format!(
                "counters belong to nobody (account {})",
                mailbox.account.0
            ));
        } else if mailbox.number != 0 && !named.contains(&mailbox) {
            findings.add(format!(
                "mailbox {} of account {} has counters but no name",
                mailbox.number, mailbox.account.0
            ));
        }
    }
    addresses(look, &accounts, findings)?;
    for (name, targets) in look.aliases()? {
        for target in targets {
            if let AliasTarget::Account(id) = target
                && !known.contains(&id)
            {
                findings.add(format!(
                    "the alias {name} leads to account {}, which does not exist",
                    id.0
                ));
            }
        }
    }
    owner(look, &known, findings)?;
    shapes(look, findings)
}

/// A person's record, credentials, mailbox names and usage; adds their mailboxes to `named`.
fn one(
    look: Look<'_>,
    account: &Account,
    named: &mut BTreeSet<MailboxId>,
    findings: &mut Findings,
) -> Result<()> {
    let id = account.id;
    if look.account_by_address(&account.address)? != Some(id) {
        findings.add(format!("account {} is not found by its address", id.0));
    }
    if let Err(error) = look.credentials(id) {
        findings.add(format!(
            "the credentials of account {} cannot be read: {error}",
            id.0
        ));
    }
    if let Err(error) = look.safeguards(id) {
        findings.add(format!(
            "the second step and the scopes of account {} cannot be read: {error}",
            id.0
        ));
    }
    if let Err(error) = look.last_uses(id) {
        findings.add(format!(
            "the last uses of passwords of account {} cannot be read: {error}",
            id.0
        ));
    }
    let Ok(head) = look.account_head(id) else {
        findings.add(format!("account {} has no usage record", id.0));
        return Ok(());
    };
    let (mut numbers, mut messages, mut octets) = (BTreeSet::new(), 0_u64, 0_u64);
    for row in look.names(id)? {
        let (name, record) = row?;
        if mailbox_name::canonical(&name).ok().as_deref() != Some(name.as_str()) {
            findings.add(format!(
                "account {} has a mailbox of a name that cannot be",
                id.0
            ));
        }
        if record.number == 0
            || record.number >= head.next_mailbox
            || !numbers.insert(record.number)
        {
            findings.add(format!(
                "mailbox number {} of account {} is not its own",
                record.number, id.0
            ));
        }
        let counters = look
            .mailbox_head(MailboxId {
                account: id,
                number: record.number,
            })
            .ok()
            .map(|(head, _)| head.counters);
        match counters {
            Some(counters) if record.selectable => {
                messages = messages.saturating_add(counters.messages.into());
                octets = octets.saturating_add(counters.size);
                if counters.uid_validity > head.last_uid_validity {
                    findings.add(format!(
                        "mailbox {} of account {} has a UIDVALIDITY from the future",
                        record.number, id.0
                    ));
                }
            }
            None if !record.selectable => {}
            _ => findings.add(format!(
                "mailbox {} of account {} and its counters do not belong together",
                record.number, id.0
            )),
        }
    }
    if (messages, octets) != (head.messages, head.octets) {
        findings.add(format!(
            "account {} counts {} messages of {} octets, but its mailboxes hold {messages} of {octets}",
            id.0, head.messages, head.octets
        ));
    }
    let keywords: BTreeSet<String> = look
        .keywords(id)?
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    if keywords.len() != look.keywords(id)?.len() || keywords.len() > KEYWORDS_MAX {
        findings.add(format!(
            "the keyword table of account {} has doubles or is too long",
            id.0
        ));
    }
    named.extend(numbers.into_iter().map(|number| MailboxId {
        account: id,
        number,
    }));
    Ok(())
}

/// What was decided belongs to somebody, and is bounded.
fn judgements(look: Look<'_>, known: &BTreeSet<AccountId>, findings: &mut Findings) -> Result<()> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for row in look.prefixed(&[key::JUDGEMENTS])? {
        let (at, octets) = row?;
        let account = at.get(1..).and_then(|at| at.first_chunk());
        let Some(account) = account
            .map(|n| u32::from_be_bytes(*n))
            .filter(|n| known.contains(&AccountId(*n)) && key::judgement_of(at).is_some())
        else {
            findings.add("a judgement belongs to nobody".to_owned());
            continue;
        };
        *counts.entry(account).or_default() += 1;
        if octets.len() > JUDGEMENT_OCTETS_MAX {
            findings.add(format!("a judgement of account {account} is too long"));
        }
    }
    for (account, count) in counts {
        if count > JUDGEMENTS_MAX as usize {
            findings.add(format!("account {account} has {count} judgements"));
        }
    }
    Ok(())
}

/// The owner is somebody who is there.
fn owner(look: Look<'_>, known: &BTreeSet<AccountId>, findings: &mut Findings) -> Result<()> {
    let Some(octets) = look.get(&key::OWNER)? else {
        return Ok(());
    };
    match postcard::from_bytes(octets) {
        Ok(Owner::Unsaid) => {
            findings.add("the record of the box's owner says nothing".to_owned());
        }
        Ok(Owner::Person { account, .. } | Owner::Forgotten(Some(account)))
            if !known.contains(&account) =>
        {
            findings.add(format!(
                "the box's owner is account {}, which does not exist",
                account.0
            ));
        }
        Ok(_) => {}
        Err(error) => findings.add(format!("the box's owner cannot be read: {error}")),
    }
    Ok(())
}

fn rows_of(
    look: Look<'_>,
    table: [u8; 2],
    what: &str,
    known: &BTreeSet<AccountId>,
    findings: &mut Findings,
) -> Result<()> {
    for row in look.prefixed(&table)? {
        let account = row?
            .0
            .get(table.len()..)
            .and_then(|at| at.first_chunk())
            .map(|n| AccountId(u32::from_be_bytes(*n)));
        if account.is_none_or(|account| !known.contains(&account)) {
            findings.add(format!("{what} belongs to nobody ({account:?})"));
        }
    }
    Ok(())
}

fn addresses(look: Look<'_>, accounts: &[Account], findings: &mut Findings) -> Result<()> {
    let mut count = 0;
    for row in look.prefixed(&key::ADDRESSES)? {
        let (at, octets) = row?;
        count += 1;
        let name = at
            .get(2..)
            .and_then(|name| std::str::from_utf8(name).ok())
            .and_then(|name| Address::parse(name).ok());
        let id = octets
            .first_chunk()
            .map(|n| AccountId(u32::from_be_bytes(*n)));
        if !accounts
            .iter()
            .any(|account| Some(account.id) == id && Some(account.address.fold()) == name)
        {
            findings.add(format!(
                "an address leads to account {id:?}, which does not have it"
            ));
        }
    }
    if count != accounts.len() {
        findings.add(format!(
            "there are {count} addresses for {} people",
            accounts.len()
        ));
    }
    Ok(())
}

/// Keys that are in none of the tables.
fn shapes(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    const GAPS: [(&[u8], &[u8]); 10] = [
        (&[0x00], &[0x00, 0x00, 0xFF]),
        (&[0x00, 0x02], &[0x00, 0x02, 0xFF]),
        (&[0x00, 0x05], &[0x00, 0x0F, 0xFF]),
        (&[0x00, 0x18], &[0x00, 0x1F, 0xFF]),
        (&[0x00, 0x2B], &[0x00, 0x2F, 0xFF]),
        (&[0x00, 0x35], &[0x00, 0x37, 0xFF]),
        (&[0x00, 0x3B], &[0x00, 0xFF, 0xFF]),
        (&[0x08], &[0xEF, 0xFF]),
        (&[0xF1, 0x04], &[0xF1, 0xFF, 0xFF]),
        (&[0xF8], &[0xFE, 0xFF]),
    ];
    for (first, last) in GAPS {
        for row in look.between(first, last)? {
            findings.add(format!(
                "a key is of no known table: {:02x?}",
                row?.0.get(..2).unwrap_or_default()
            ));
        }
    }
    Ok(())
}
