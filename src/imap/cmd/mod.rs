//! The verbs, one a file.
//!
//! [`known`] and [`open`] make a verb of a command; [`crate::deed`] says how it is stepped. APPEND has its own door ([`append`]) because
//! its message comes through the session.

pub mod append;
mod close;
mod copy;
mod create;
mod date;
mod delete;
mod expunge;
mod fetch;
pub(crate) mod flags;
mod list;
mod namespace;
mod pattern;
mod rename;
pub(crate) mod results;
mod search;
mod select;
mod status;
mod store;
mod subscribe;
mod walk;

#[cfg(test)]
pub(crate) mod house;

use ::store::{AccountId, Mailbox, Read};

use crate::code::Code;
use crate::command::{KnownCommand, OpenCommand};
use crate::deed::{Known, No, Open, Turn, Verb, World};

/// The verb of a command that needs a person.
pub fn known(command: KnownCommand) -> Box<dyn Verb<Known>> {
    match command {
        KnownCommand::Select(select) => select::verb(select),
        KnownCommand::Create(create) => create::verb(create),
        KnownCommand::Delete(mailbox) => delete::verb(mailbox),
        KnownCommand::Rename { from, to } => rename::verb(from, to),
        KnownCommand::Subscribe(mailbox) => subscribe::verb(mailbox, true),
        KnownCommand::Unsubscribe(mailbox) => subscribe::verb(mailbox, false),
        KnownCommand::List(list) => list::list(list),
        KnownCommand::Lsub { reference, pattern } => list::lsub(&reference, &pattern),
        KnownCommand::Namespace => namespace::verb(),
        KnownCommand::Status { mailbox, items } => status::verb(mailbox, items),
    }
}

/// The verb of a command that needs a selected mailbox.
pub fn open(command: OpenCommand) -> Box<dyn Verb<Open>> {
    match command {
        OpenCommand::Close => close::close(),
        OpenCommand::Unselect => close::unselect(),
        OpenCommand::Expunge(set) => expunge::verb(set),
        OpenCommand::Search(search) => search::verb(search),
        OpenCommand::Fetch(fetch) => fetch::verb(fetch),
        OpenCommand::Store(store) => store::verb(store),
        OpenCommand::Copy(transfer) => copy::copy(transfer),
        OpenCommand::Move(transfer) => copy::move_messages(transfer),
    }
}

/// A closure as a verb; here because the compiler needs to be told its type.
fn verb<S: 'static>(
    step: impl FnMut(&World<'_>, &mut S, &mut Vec<u8>) -> Result<Turn<S>, No> + Send + 'static,
) -> Box<dyn Verb<S>> {
    Box::new(step)
}

/// The mailbox of this name that can be opened, or NO [NONEXISTENT].
fn existing(world: &World<'_>, account: AccountId, name: &str) -> Result<Mailbox, No> {
    let mailbox = world.tx.mailbox_by_name(account, name)?;
    let mailbox =
        mailbox.ok_or_else(|| No::with(Code::NonExistent, "There is no mailbox of this name"))?;
    if !mailbox.selectable {
        return Err(No::with(
            Code::Cannot,
            "This name only holds other mailboxes: it has no messages",
        ));
    }
    Ok(mailbox)
}

/// The mailbox that messages are to go to, or NO [TRYCREATE] (RFC 9051 §6.3.12, §6.4.7).
fn destination(world: &World<'_>, account: AccountId, name: &str) -> Result<Mailbox, No> {
    match world.tx.mailbox_by_name(account, name)? {
        Some(mailbox) if mailbox.selectable => Ok(mailbox),
        _ => Err(No::with(
            Code::TryCreate,
            "There is no mailbox of this name: CREATE it first",
        )),
    }
}
