//! NOTIFY (RFC 5465 §8).

use crate::Limits;
use crate::code::Code;
use crate::command::{
    Command, FetchItem, KnownCommand, NotifyEvents, NotifyGroup, NotifyMailboxes, NotifySet,
};
use crate::deed::No;
use crate::parse::{Cursor, Parsed, fetch, mailbox};

/// ```abnf
/// notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-group *(SP event-group) / "NONE")
/// ```
pub(crate) fn notify(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let command = |set| {
        Command::Known(KnownCommand::Notify {
            set,
            selected: None,
        })
    };
    cursor.space()?;
    if cursor.word("NONE") {
        return Ok(command(None));
    }
    if !cursor.word("SET") {
        return Err(No::bad("SET or NONE was expected"));
    }
    cursor.space()?;
    let status = cursor.word("STATUS");
    if status {
        cursor.space()?;
    }
    let mut groups = Vec::new();
    let mut selected = false;
    loop {
        let group = group(cursor)?;
        let of_selected = is_selected(&group.mailboxes);
        if of_selected && std::mem::replace(&mut selected, true) {
            return Err(No::bad("SELECTED or SELECTED-DELAYED can stand once"));
        }
        groups.push(group);
        if !cursor.eat(b' ') || cursor.is_at_end() {
            break;
        }
        if groups.len() >= Limits::NOTIFY_GROUPS {
            return Err(No::with(
                Code::NotificationOverflow,
                "This is more than the box watches for one client: ask for less",
            ));
        }
    }
    Ok(command(Some(NotifySet { status, groups })))
}

fn is_selected(mailboxes: &NotifyMailboxes) -> bool {
    matches!(
        mailboxes,
        NotifyMailboxes::Selected | NotifyMailboxes::SelectedDelayed
    )
}

/// ```abnf
/// event-group = "(" filter-mailboxes SP events ")"
/// ```
fn group(cursor: &mut Cursor<'_>) -> Parsed<NotifyGroup> {
    cursor.expect(b'(', "A list in parentheses was expected")?;
    let mailboxes = match cursor.atom()?.to_ascii_lowercase().as_str() {
        "selected" => NotifyMailboxes::Selected,
        "selected-delayed" => NotifyMailboxes::SelectedDelayed,
        "inboxes" => NotifyMailboxes::Inboxes,
        "personal" => NotifyMailboxes::Personal,
        "subscribed" => NotifyMailboxes::Subscribed,
        "subtree" => NotifyMailboxes::Subtree(names(cursor)?),
        "mailboxes" => NotifyMailboxes::Named(names(cursor)?),
        _ => {
            return Err(No::bad(
                "SELECTED, SELECTED-DELAYED, INBOXES, PERSONAL, SUBSCRIBED, SUBTREE or MAILBOXES was expected",
            ));
        }
    };
    cursor.space()?;
    let events = events(cursor, is_selected(&mailboxes))?;
    cursor.expect(b')', "The end of the list was expected")?;
    Ok(NotifyGroup { mailboxes, events })
}

/// ```abnf
/// one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"
/// ```
fn names(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    if !cursor.looks_at(b" (") {
        return Ok(vec![mailbox::mailbox(cursor)?]);
    }
    cursor.space()?;
    cursor.take_first();
    let mut names = Vec::new();
    loop {
        if names.len() >= Limits::NOTIFY_MAILBOXES {
            return Err(No::with(
                Code::NotificationOverflow,
                "These are more mailboxes than the box watches for one client: ask for fewer",
            ));
        }
        // `mailbox` takes the space before a name.
        names.push(if names.is_empty() {
            mailbox::name(cursor)?
        } else {
            mailbox::mailbox(cursor)?
        });
        if cursor.eat(b')') {
            return Ok(names);
        }
    }
}

/// ```abnf
/// events = ( "(" event *(SP event) ")" ) / "NONE"
/// ```
///
/// The examples of §3.1 leave the parentheses out; that means only one thing.
fn events(cursor: &mut Cursor<'_>, selected: bool) -> Parsed<NotifyEvents> {
    let mut events = NotifyEvents::default();
    if cursor.word("NONE") {
        return Ok(events);
    }
    let listed = cursor.eat(b'(');
    loop {
        event(cursor, selected, &mut events)?;
        if cursor.peek() == Some(b')') {
            break;
        }
        cursor.space()?;
    }
    if listed {
        cursor.take_first();
    }
    let (new, expunge) = (
        events.has(NotifyEvents::NEW),
        events.has(NotifyEvents::EXPUNGE),
    );
    if new != expunge || (events.has(NotifyEvents::FLAGS) && !new) {
        return Err(No::bad(
            "MessageNew and MessageExpunge are asked for together, and with FlagChange",
        ));
    }
    Ok(events)
}

fn event(cursor: &mut Cursor<'_>, selected: bool, events: &mut NotifyEvents) -> Parsed<()> {
    let name = cursor.atom()?.to_ascii_lowercase();
    let bit = match name.as_str() {
        "messagenew" => NotifyEvents::NEW,
        "messageexpunge" => NotifyEvents::EXPUNGE,
        "flagchange" => NotifyEvents::FLAGS,
        "mailboxname" => NotifyEvents::NAMES,
        "subscriptionchange" => NotifyEvents::SUBSCRIPTION,
        "mailboxmetadatachange" => NotifyEvents::METADATA,
        "servermetadatachange" => NotifyEvents::SERVER,
        // Also AnnotationChange.
        _ => return Err(No::with(Code::BadEvent, "The box knows no such event")),
    };
    let of_messages = bit & (NotifyEvents::MESSAGES | NotifyEvents::FLAGS) != 0;
    if selected && !of_messages {
        return Err(No::bad("SELECTED is about messages only"));
    }
    events.bits |= bit;
    if bit == NotifyEvents::NEW && cursor.looks_at(b" (") {
        if !selected {
            return Err(No::bad("Only news of SELECTED can have FETCH items"));
        }
        cursor.space()?;
        let mut items: Vec<FetchItem> = Vec::new();
        cursor.list(false, Limits::FETCH_ITEMS, |cursor| {
            let item = fetch::item(cursor)?;
            if !items.contains(&item) {
                items.push(item);
            }
            Ok(())
        })?;
        events.fetch = items;
    }
    Ok(())
}
