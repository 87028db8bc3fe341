//! NOTIFY (RFC 5465): which news of the selected mailbox a client wants, and news of mailboxes that are not selected, with or without IDLE.
//!
//! What others have done is found by comparing what stands in the store with what the client knows (`others`), so that nothing is missed, whoever did it and
//! however: a wake says only "look". The selected mailbox's news come from [`crate::sync`] as ever; FETCH of new messages behind them.
//!
//! Promises: at most [`crate::Limits::NOTIFY_MAILBOXES`] mailboxes and [`crate::Limits::NOTIFY_ENTRIES`] annotations are watched by a session (some 100 octets and a name each); more is
//! refused or, where it comes to that later, ends by NOTIFICATIONOVERFLOW. News come in pieces. What this client did itself is not told again (§5).
//! Cannot: annotations of messages (AnnotationChange), which the box does not have.

mod others;
mod seen;
mod told;

use store::{AccountId, MailboxId, Uid};

use crate::cmd::access;
use crate::code::Code;
use crate::command::{
    FetchItem, NotifyEvents, NotifyGroup, NotifyMailboxes, NotifySet, StatusItem,
};
use crate::deed::{Done, Known, No, Open, Turn, Verb, World};
use crate::sync;
use crate::view::Ranges;
use seen::Seen;

/// The events that there are, for BADEVENT (RFC 5465 §8).
pub const EVENTS: &str = "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange";

/// What a client has asked to be told. The default is NOTIFY NONE.
#[derive(Default)]
pub struct Notify {
    /// News of the selected mailbox; none: none are wanted.
    selected: Option<Selected>,
    /// What is asked of other mailboxes.
    groups: Vec<NotifyGroup>,
    /// Whose mail is watched, besides the selected mailbox's owner; no one twice.
    pub(crate) accounts: Vec<AccountId>,
    /// Those of them that were named.
    named: Vec<AccountId>,
    /// What the client knows of the others.
    seen: Seen,
    /// Names of mailboxes that this client is about to change itself.
    own: Vec<String>,
    /// NOTIFY SET is being answered: what has come together until now is told, whatever is asked for from here on (§3.1).
    begins: bool,
    /// FETCH of new messages under way.
    pushing: Option<Box<dyn Verb<Open>>>,
}

impl std::fmt::Debug for Notify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notify")
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}

/// `selected` or `selected-delayed`.
struct Selected {
    /// EXPUNGE waits for a command that allows it
    delayed: bool,
    /// FlagChange
    flags: bool,
    /// what is told of new messages
    fetch: Vec<FetchItem>,
}

/// NOTIFY as a verb. `selected`: the mailbox that is open now.
pub(crate) fn verb(set: Option<NotifySet>, selected: Option<MailboxId>) -> Box<dyn Verb<Known>> {
    let mut set = Some(set);
    let verb =
        move |world: &World<'_>, known: &mut Known, out: &mut Vec<u8>| -> Result<Turn<Known>, No> {
            let notify = match set.take().flatten() {
                None => Notify::default(),
                Some(set) => begin(set, selected, world, known, out)?,
            };
            known.notify = Some(Box::new(notify));
            Ok(Turn::Done(Done::ok("NOTIFY completed")))
        };
    Box::new(verb)
}

/// NOTIFY SET: what is there is what the client knows; with STATUS it is told (RFC 5465 §3.1).
fn begin(
    set: NotifySet,
    selected: Option<MailboxId>,
    world: &World<'_>,
    known: &mut Known,
    out: &mut Vec<u8>,
) -> Result<Notify, No> {
    let mut notify = Notify {
        begins: true,
        ..Notify::default()
    };
    for mut group in set.groups {
        let delayed = matches!(group.mailboxes, NotifyMailboxes::SelectedDelayed);
        if delayed || matches!(group.mailboxes, NotifyMailboxes::Selected) {
            if group.events.has(NotifyEvents::MESSAGES) {
                notify.selected = Some(Selected {
                    delayed,
                    flags: group.events.has(NotifyEvents::FLAGS),
                    fetch: group.events.fetch,
                });
            }
            continue;
        }
        // The one spelling under which the store knows a name.
        if let NotifyMailboxes::Subtree(names) | NotifyMailboxes::Named(names) =
            &mut group.mailboxes
        {
            for name in names {
                if let Some(spot) = access::locate(world.tx, known.account, name)? {
                    if !notify.named.contains(&spot.owner) {
                        notify.named.push(spot.owner);
                    }
                    *name = spot.shown;
                }
            }
        }
        notify.groups.push(group);
    }
    let Some(found) = notify.scan(world, known.account)? else {
        return Err(No::with(
            Code::NotificationOverflow,
            "These are more mailboxes than the box watches for one client: ask for fewer",
        ));
    };
    for mailbox in found.mailboxes() {
        if !mailbox.is_readable() {
            mailbox.print_no_access(known.dialect.utf8(), out);
        } else if set.status && Some(mailbox.id) != selected {
            mailbox.status(world, known, &first_items(mailbox.events), out)?;
        }
    }
    notify.seen = found;
    Ok(notify)
}

/// What the first STATUS says (RFC 5465 §3.1).
fn first_items(events: u8) -> Vec<StatusItem> {
    let mut items = Vec::new();
    if events & NotifyEvents::MESSAGES != 0 {
        items.extend([
            StatusItem::UidValidity,
            StatusItem::UidNext,
            StatusItem::Messages,
        ]);
    }
    if events & NotifyEvents::FLAGS != 0 {
        items.push(StatusItem::HighestModSeq);
    }
    items
}

impl Notify {
    /// This client is about to change what these names stand for; it need not be told.
    pub(crate) fn own(&mut self, name: &str) {
        if self.own.len() < 4 {
            self.own.push(name.to_owned());
        }
    }

    /// Whether EXPUNGE may come at any time (RFC 5465 §6.1.1).
    pub(crate) fn is_immediate(&self) -> bool {
        self.selected
            .as_ref()
            .is_some_and(|selected| !selected.delayed)
    }
}

/// News for a client with a mailbox open. `forced`: the command that ends lives by them (EXPUNGE), so they come whatever was asked. `own`: messages that this client
/// has just made. `Ok(true)`: `out` is full, call again.
pub(crate) fn news(
    world: &World<'_>,
    open: &mut Open,
    expunges: bool,
    forced: bool,
    own: &[(Uid, Uid)],
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let Some(mut notify) = open.known.notify.take() else {
        open.view.silent_flags = false;
        return sync::news(world, open, expunges, out);
    };
    let more = notify.of_selected(world, open, expunges, forced, own, out);
    open.known.notify = Some(notify);
    more
}

/// News of mailboxes that are not selected, for a client between two commands or in IDLE. `Ok(true)`: `out` is full, call again.
pub(crate) fn of_others(
    world: &World<'_>,
    known: &mut Known,
    selected: Option<MailboxId>,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    if known
        .notify
        .as_ref()
        .is_none_or(|notify| notify.groups.is_empty())
    {
        return Ok(false);
    }
    let Some(mut notify) = known.notify.take() else {
        return Ok(false);
    };
    let more = notify.of_others(world, known, selected, out);
    known.notify = Some(notify);
    match more {
        Ok(Some(more)) => Ok(more),
        Err(error) => Err(error),
        Ok(None) => {
            out.extend_from_slice(
                b"* OK [NOTIFICATIONOVERFLOW] These are more mailboxes than the box watches for one client: NOTIFY tells nothing now\r\n",
            );
            known.notify = Some(Box::default());
            Ok(false)
        }
    }
}

impl Notify {
    fn of_selected(
        &mut self,
        world: &World<'_>,
        open: &mut Open,
        expunges: bool,
        forced: bool,
        own: &[(Uid, Uid)],
        out: &mut Vec<u8>,
    ) -> store::Result<bool> {
        if let Some(mut pushing) = self.pushing.take()
            && let Ok(Turn::More) = pushing.step(world, open, out)
        {
            self.pushing = Some(pushing);
            return Ok(true);
        }
        let Some(selected) = &self.selected else {
            if !forced && !self.begins {
                // The tagged reply of this command says nothing of changes that the client has not heard of.
                return Ok(false);
            }
            open.view.silent_flags = false;
            let more = sync::news(world, open, expunges, out)?;
            self.begins = more;
            return Ok(more);
        };
        open.view.silent_flags = !selected.flags;
        let from = open.view.pushed.unwrap_or(open.view.uid_next);
        open.view.pushed = Some(from);
        if sync::news(world, open, expunges, out)? {
            return Ok(true);
        }
        let to = open.view.uid_next;
        open.view.pushed = Some(to);
        if from >= to || selected.fetch.is_empty() {
            return Ok(false);
        }
        let others = without(from, to.saturating_sub(1), own);
        if others.is_empty() {
            return Ok(false);
        }
        let mut fetching = told::fetch(others, &selected.fetch);
        if let Ok(Turn::More) = fetching.step(world, open, out) {
            self.pushing = Some(fetching);
            return Ok(true);
        }
        Ok(false)
    }
}

/// The UIDs from `from` to `to` that are not `own`.
fn without(from: Uid, to: Uid, own: &[(Uid, Uid)]) -> Ranges {
    let mut own: Ranges = own.to_vec();
    own.sort_unstable();
    let mut others = Ranges::new();
    let mut from = from;
    for (low, high) in own {
        if low > from && from <= to {
            others.push((from, low.saturating_sub(1).min(to)));
        }
        from = from.max(high.saturating_add(1));
    }
    if from <= to {
        others.push((from, to));
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_messages_are_left_out() {
        assert_eq!(without(5, 9, &[]), [(5, 9)]);
        assert_eq!(without(5, 9, &[(5, 9)]), []);
        assert_eq!(without(5, 9, &[(7, 7)]), [(5, 6), (8, 9)]);
        assert_eq!(without(5, 9, &[(9, 9), (5, 5)]), [(6, 8)]);
        assert_eq!(without(5, 9, &[(1, 4)]), [(5, 9)]);
        assert_eq!(without(5, 9, &[(12, 14)]), [(5, 9)]);
    }
}
