//! SUBSCRIBE (RFC 9051 §6.3.7) and UNSUBSCRIBE (§6.3.8): a list of names, also of mailboxes that do not exist, and of what others share.
//! Neither asks for a right, because neither looks whether the mailbox exists (RFC 4314 §4).

use ::store::Read;

use crate::cmd::access;
use crate::code::Code;
use crate::command::MailboxName;
use crate::deed::{Deed, Done, Known, No, Turn, Verb};

/// Names in one person's list: ten times what a busy household uses, so that a wild client cannot fill the store with names.
const SUBSCRIPTIONS: usize = 10_000;

/// Levels of these names together: LIST makes a row of each, some 150 octets. Ten times what the same household uses.
const LEVELS: usize = 40_000;

/// SUBSCRIBE (`yes`) or UNSUBSCRIBE.
pub(super) fn verb(name: MailboxName, yes: bool) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, _| {
        let account = known.account;
        let text = if yes {
            "SUBSCRIBE completed"
        } else {
            "UNSUBSCRIBE completed"
        };
        // Of the names that a shared mailbox can be called by, LIST tells one.
        let name = access::locate(world.tx, account, &name)?
            .map_or_else(|| name.clone(), |spot| spot.shown);
        let names = world.tx.subscriptions(account)?;
        if names.contains(&name) == yes {
            return Ok(Turn::Done(Done::ok(text)));
        }
        let levels = |name: &str| name.split('/').count();
        let all = names.iter().map(|name| levels(name)).sum::<usize>();
        let too_deep = all.saturating_add(levels(&name)) > LEVELS;
        if yes && (names.len() >= SUBSCRIPTIONS || too_deep) {
            return Err(No::with(
                Code::Limit,
                "There are too many subscriptions: UNSUBSCRIBE some",
            ));
        }
        Ok(Turn::Write(Deed::new(
            move |tx| tx.subscribe(account, &name, yes),
            move |(), _, _, _| Ok(Done::ok(text)),
        )))
    })
}
