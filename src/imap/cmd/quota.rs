//! GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208).
//!
//! Each person has one quota root, named by their address, over all their mailboxes: STORAGE counts the octets of all messages (each
//! mailbox's copy counts, in units of 1024, rounded up), MESSAGE the messages. A resource without a limit is not told (§4.2.1).
//! Who sees it: the person, the first person of the house (who looks after the box and alone may set limits), and who may read one of
//! the person's mailboxes through GETQUOTAROOT (§6). To anyone else no root exists.

use ::store::{Account, AccountId, Read, Rights};

use crate::cmd::access;
use crate::code::Code;
use crate::command::{MailboxName, QuotaLimits};
use crate::deed::{Deed, Done, Known, No, Turn, Verb, World};
use crate::{mailbox_name, print};

/// A unit of STORAGE, octets (RFC 9208 §5.1).
const UNIT: u64 = 1024;
/// The quota of who may keep what the disk holds though others may not: `pillarbox account quota ADDRESS none` sets the same.
const UNLIMITED: u64 = u64::MAX;

/// GETQUOTA.
pub(super) fn get(root: String) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, out| {
        let account = account(world, known, &root)?;
        print_quota(world, &account, known.dialect.utf8(), out)?;
        Ok(Turn::Done(Done::ok("GETQUOTA completed")))
    })
}

/// GETQUOTAROOT, also for a mailbox that is yet to be made.
pub(super) fn get_root(mailbox: MailboxName) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, out| {
        let me = known.account;
        let (owner, shown) = match access::locate(world.tx, me, &mailbox)? {
            Some(spot) if spot.owner == me => (me, spot.shown),
            _ => {
                let place = access::find(world, known, &mailbox)?.ok_or_else(access::missing)?;
                place.allows(Rights::READ)?;
                (place.mailbox.id.account, place.shown)
            }
        };
        let account = world.tx.account(owner)?;
        let utf8 = known.dialect.utf8();
        out.extend_from_slice(b"* QUOTAROOT ");
        mailbox_name::print(&shown, utf8, out);
        out.push(b' ');
        print::astring(name(&account).as_bytes(), utf8, out);
        out.extend_from_slice(b"\r\n");
        print_quota(world, &account, utf8, out)?;
        Ok(Turn::Done(Done::ok("GETQUOTAROOT completed")))
    })
}

/// SETQUOTA (QUOTASET): limits that are not named are gone.
pub(super) fn set(root: String, limits: QuotaLimits) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        if !looks_after_the_box(world.tx, known.account)? {
            return Err(No::with(
                Code::NoPerm,
                "Only the first person of the house sets quotas",
            ));
        }
        let id = account(world, known, &root)?.id;
        if limits.unknown {
            return Err(No::with(
                Code::Cannot,
                "Only STORAGE and MESSAGE can be limited",
            ));
        }
        // What is not named is not limited (§4.1.3), also where the box has a default.
        let unlimited = world.store.default_quota().map(|_| UNLIMITED);
        let octets = limits.storage.map(|units| units.saturating_mul(UNIT));
        let octets = octets.or(unlimited);
        let messages = limits.messages;
        Ok(Turn::Write(Deed::new(
            move |tx| tx.set_quota(id, octets, messages),
            move |(), world, known: &mut Known, out| {
                let account = world.tx.account(id)?;
                print_quota(world, &account, known.dialect.utf8(), out)?;
                Ok(Done::ok("SETQUOTA completed"))
            },
        )))
    })
}

/// Whether this is the first person of the house, who looks after the box.
pub(crate) fn looks_after_the_box(tx: &impl Read, me: AccountId) -> ::store::Result<bool> {
    Ok(tx.accounts()?.first().is_some_and(|first| first.id == me))
}

/// The name of a person's quota root.
fn name(account: &Account) -> String {
    account.address.to_string()
}

/// Whose root this is, if the person may know.
fn account(world: &World<'_>, known: &Known, root: &str) -> Result<Account, No> {
    let own = world.tx.account(known.account)?;
    if name(&own) == root {
        return Ok(own);
    }
    if !looks_after_the_box(world.tx, known.account)? {
        return Err(No::with(
            Code::NoPerm,
            "Only your own quota root can be looked at",
        ));
    }
    let mut accounts = world.tx.accounts()?.into_iter();
    accounts
        .find(|account| name(account) == root)
        .ok_or_else(|| No::with(Code::NonExistent, "There is no such quota root"))
}

/// ```abnf
/// quota-response = "QUOTA" SP quota-root-name SP quota-list
/// quota-resource = resource-name SP resource-usage SP resource-limit
/// ```
fn print_quota(
    world: &World<'_>,
    account: &Account,
    utf8: bool,
    out: &mut Vec<u8>,
) -> ::store::Result<()> {
    let usage = world.tx.usage(account.id)?;
    // What the numbers of the protocol cannot say is no limit (63 bits, RFC 9051 number64).
    let sayable = |limit: &u64| i64::try_from(*limit).is_ok();
    let octets = account
        .quota
        .or(world.store.default_quota())
        .filter(sayable);
    out.extend_from_slice(b"* QUOTA ");
    print::astring(name(account).as_bytes(), utf8, out);
    out.extend_from_slice(b" (");
    let mut any = false;
    let mut resource = |name: &[u8], usage: u64, limit: Option<u64>| {
        let Some(limit) = limit else { return };
        if std::mem::replace(&mut any, true) {
            out.push(b' ');
        }
        out.extend_from_slice(name);
        out.push(b' ');
        print::number(usage, out);
        out.push(b' ');
        print::number(limit, out);
    };
    resource(
        b"STORAGE",
        usage.octets.div_ceil(UNIT),
        octets.map(|octets| octets / UNIT),
    );
    resource(
        b"MESSAGE",
        usage.messages,
        account.quota_messages.filter(sayable),
    );
    out.extend_from_slice(b")\r\n");
    Ok(())
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
