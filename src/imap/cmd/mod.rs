//! The verbs, one a file.
//!
//! [`known`] and [`open`] make a verb of a command; [`crate::deed`] says how it is stepped. APPEND has its own door ([`append`]) because
//! its message comes through the session.

pub(crate) mod access;
mod acl;
pub mod append;
mod cancel_update;
mod close;
mod copy;
mod create;
mod date;
mod delete;
mod esearch;
mod expunge;
pub(crate) mod fetch;
pub(crate) mod flags;
pub(crate) mod list;
mod metadata;
mod namespace;
mod pattern;
mod quota;
mod rename;
pub(crate) mod replace;
pub(crate) mod response;
pub(crate) mod results;
pub(crate) mod search;
mod select;
mod sort;
pub(crate) mod special_use;
pub(crate) mod status;
mod store;
mod subscribe;
mod thread;
mod tight;
pub(crate) mod uid_only;
mod uidbatches;
pub(crate) mod url;
mod urlauth;
mod urlfetch;
mod vanished;
pub(crate) mod walk;

#[cfg(test)]
pub(crate) mod house;

pub(crate) use select::code;

use crate::command::{KnownCommand, OpenCommand};
use crate::deed::{Known, No, Open, Turn, Verb, World};

/// The verb of a command that needs a person.
pub fn known(command: KnownCommand) -> Box<dyn Verb<Known>> {
    match command {
        KnownCommand::Esearch(search) => esearch::known(search),
        KnownCommand::Select(select) => select::verb(select),
        KnownCommand::Create(create) => create::verb(create),
        KnownCommand::Delete(mailbox) => delete::verb(mailbox),
        KnownCommand::Rename { from, to } => rename::verb(from, to),
        KnownCommand::Subscribe(mailbox) => subscribe::verb(mailbox, true),
        KnownCommand::Unsubscribe(mailbox) => subscribe::verb(mailbox, false),
        KnownCommand::List(list) => list::list(list),
        KnownCommand::Lsub { reference, pattern } => list::lsub(&reference, &pattern),
        KnownCommand::Namespace => namespace::verb(),
        KnownCommand::Notify { set, selected } => crate::notify::verb(set, selected),
        KnownCommand::Status { mailbox, items } => status::verb(mailbox, items),
        KnownCommand::SetAcl {
            mailbox,
            identifier,
            change,
        } => acl::set(mailbox, identifier, change),
        KnownCommand::DeleteAcl {
            mailbox,
            identifier,
        } => acl::delete(mailbox, identifier),
        KnownCommand::GetAcl(mailbox) => acl::get(mailbox),
        KnownCommand::ListRights {
            mailbox,
            identifier,
        } => acl::list_rights(mailbox, identifier),
        KnownCommand::GenUrlAuth(urls) => urlauth::generate(urls),
        KnownCommand::UrlFetch(urls) => urlfetch::verb(urls),
        KnownCommand::ResetKey(mailbox) => urlauth::reset(mailbox),
        KnownCommand::MyRights(mailbox) => acl::my_rights(mailbox),
        KnownCommand::GetMetadata(get) => metadata::get(get),
        KnownCommand::SetMetadata(set) => metadata::set(set),
        KnownCommand::GetQuota(root) => quota::get(root),
        KnownCommand::GetQuotaRoot(mailbox) => quota::get_root(mailbox),
        KnownCommand::SetQuota { root, limits } => quota::set(root, limits),
    }
}

/// The verb of a command that needs a selected mailbox.
pub fn open(command: OpenCommand) -> Box<dyn Verb<Open>> {
    match command {
        OpenCommand::Close => close::close(),
        OpenCommand::Unselect => close::unselect(),
        OpenCommand::Expunge(set) => expunge::verb(set),
        OpenCommand::Search(search) => search::verb(search),
        OpenCommand::Esearch(search) => esearch::open(search),
        OpenCommand::CancelUpdate(tags) => cancel_update::verb(tags),
        OpenCommand::UidBatches(batches) => uidbatches::verb(batches),
        OpenCommand::Sort(sort) => sort::verb(sort),
        OpenCommand::Thread(thread) => thread::verb(thread),
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
