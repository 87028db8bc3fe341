//! The commands as values: what the grammar ([`crate::parse`]) makes of a client's line and what the verbs
//! ([`crate::cmd`]) are given.
//!
//! Names are the words of RFC 9051. Everything is owned, bounded by [`crate::Limits`], and already decoded: mailbox names
//! are UTF-8 with `/` between levels (whatever encoding the client used), search texts are UTF-8 (whatever CHARSET said),
//! dates are days or instants. A value that exists is well-formed; whether it makes sense in this mailbox is the verb's
//! to say. Nothing here prints a password.

mod append;
mod change;
mod fetch;
mod login;
mod mailbox;
mod search;
mod shared;
mod url;

pub use crate::annotation::{Depth, EntryName, GetMetadata, MetadataValue, SetMetadata};
pub use crate::notification::{NotifyEvents, NotifyGroup, NotifyMailboxes, NotifySet};
pub use crate::search_key::{SearchKey, SearchText};
pub use crate::search_program::{Charset, Page, Program, SearchReturn};
pub use crate::sequence::{SequenceNumber, SequenceRange, SequenceSet};
pub use crate::sort_program::{Algorithm, Criterion, Sort, SortKey, Thread};

pub use append::{Append, FlagList, Replace};
pub use change::{Store, StoreChange, Transfer};
pub use fetch::{Fetch, FetchItem, PartNumber, Partial, Rfc822, Section, SectionText};
pub use login::{Authenticate, Login};
pub use mailbox::{Create, List, ListReturn, ListSelect, Resync, Select, StatusItem};
pub use search::{Esearch, Search, Source, UidBatches};
pub use shared::{Identifier, QuotaLimits, RightsChange};
pub use url::{UrlFetch, UrlWanted};

/// A mailbox's name: UTF-8, `/` between levels, no `/` at the end, `INBOX` (alone or as first level) in upper case.
pub type MailboxName = String;

/// One command without its tag.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// CAPABILITY (RFC 9051 §6.1.1).
    Capability,
    /// NOOP (§6.1.2).
    Noop,
    /// CHECK (RFC 3501 §6.4.1): NOOP with a mailbox selected.
    Check,
    /// LOGOUT (§6.1.3).
    Logout,
    /// ID (RFC 2971): what the client says of itself is read and forgotten.
    Id,
    /// STARTTLS (§6.2.1).
    StartTls,
    /// AUTHENTICATE (§6.2.2).
    Authenticate(Authenticate),
    /// LOGIN (§6.2.3).
    Login(Login),
    /// ENABLE (§6.3.1): the capability names, upper case.
    Enable(Vec<String>),
    /// IDLE (§6.3.13).
    Idle,
    /// COMPRESS DEFLATE (RFC 4978).
    Compress,
    /// UNAUTHENTICATE (RFC 8437).
    Unauthenticate,
    /// LANGUAGE (RFC 5255 §3.2): language ranges, the best first; none: which languages are there?
    Language(Vec<String>),
    /// APPEND (§6.3.12) and REPLACE (RFC 8508) up to the first message, which the session streams.
    Append(Append),
    /// ESEARCH (RFC 7377): with or without a mailbox selected.
    Esearch(Esearch),
    /// A verb that needs a person.
    Known(KnownCommand),
    /// A verb that needs a selected mailbox.
    Open(OpenCommand),
}

/// The verbs of the authenticated state; also allowed with a mailbox selected.
#[derive(Debug, PartialEq)]
pub enum KnownCommand {
    /// ESEARCH (RFC 7377) without a mailbox selected.
    Esearch(Esearch),
    /// SELECT and EXAMINE (§6.3.2, §6.3.3).
    Select(Select),
    /// CREATE (§6.3.4).
    Create(Create),
    /// DELETE (§6.3.5).
    Delete(MailboxName),
    /// RENAME (§6.3.6).
    Rename {
        /// the mailbox that is
        from: MailboxName,
        /// the name that it gets
        to: MailboxName,
    },
    /// GENURLAUTH (RFC 4467): URLs and mechanisms, upper case.
    GenUrlAuth(Vec<(Vec<u8>, String)>),
    /// URLFETCH (RFC 4467, RFC 5524).
    UrlFetch(Vec<UrlFetch>),
    /// RESETKEY (RFC 4467): of one mailbox, or of all.
    ResetKey(Option<MailboxName>),
    /// SUBSCRIBE (§6.3.7).
    Subscribe(MailboxName),
    /// UNSUBSCRIBE (§6.3.8).
    Unsubscribe(MailboxName),
    /// LIST (§6.3.9), plain and extended.
    List(List),
    /// LSUB (RFC 3501 §6.3.9).
    Lsub {
        /// the reference name
        reference: String,
        /// with wildcards `*` and `%`
        pattern: String,
    },
    /// NAMESPACE (§6.3.10).
    Namespace,
    /// NOTIFY (RFC 5465 §3.1).
    Notify {
        /// none: NOTIFY NONE
        set: Option<NotifySet>,
        /// the mailbox that is open, which the session fills in
        selected: Option<store::MailboxId>,
    },
    /// STATUS (§6.3.11).
    Status {
        /// whose state
        mailbox: MailboxName,
        /// in the order asked, no item twice
        items: Vec<StatusItem>,
    },
    /// SETACL (RFC 4314 §3.1).
    SetAcl {
        /// whose list
        mailbox: MailboxName,
        /// whom the line is about
        identifier: Identifier,
        /// what becomes of the line
        change: RightsChange,
    },
    /// DELETEACL (RFC 4314 §3.2).
    DeleteAcl {
        /// whose list
        mailbox: MailboxName,
        /// whom the line is about
        identifier: Identifier,
    },
    /// GETACL (RFC 4314 §3.3).
    GetAcl(MailboxName),
    /// LISTRIGHTS (RFC 4314 §3.4).
    ListRights {
        /// whose list
        mailbox: MailboxName,
        /// whom it would be about
        identifier: Identifier,
    },
    /// MYRIGHTS (RFC 4314 §3.5).
    MyRights(MailboxName),
    /// GETMETADATA (RFC 5464 §4.2).
    GetMetadata(GetMetadata),
    /// SETMETADATA (RFC 5464 §4.3).
    SetMetadata(SetMetadata),
    /// GETQUOTA (RFC 9208 §4.1.1): the quota root's name.
    GetQuota(String),
    /// GETQUOTAROOT (RFC 9208 §4.1.2).
    GetQuotaRoot(MailboxName),
    /// SETQUOTA (RFC 9208 §4.1.3).
    SetQuota {
        /// the quota root's name
        root: String,
        /// its limits from now on
        limits: QuotaLimits,
    },
}

/// The verbs of the selected state.
#[derive(Debug, PartialEq)]
pub enum OpenCommand {
    /// CLOSE (§6.4.1).
    Close,
    /// UNSELECT (§6.4.2).
    Unselect,
    /// EXPUNGE (§6.4.3); with a set UID EXPUNGE (RFC 4315 §2.1).
    Expunge(Option<SequenceSet>),
    /// SEARCH and UID SEARCH (§6.4.4).
    Search(Search),
    /// ESEARCH (RFC 7377).
    Esearch(Esearch),
    /// CANCELUPDATE (RFC 5267 §4.3.5): tags of searches with UPDATE.
    CancelUpdate(Vec<String>),
    /// UIDBATCHES (RFC 10022).
    UidBatches(UidBatches),
    /// SORT and UID SORT (RFC 5256 §3).
    Sort(Sort),
    /// THREAD and UID THREAD (RFC 5256 §3).
    Thread(Thread),
    /// FETCH and UID FETCH (§6.4.5).
    Fetch(Fetch),
    /// STORE and UID STORE (§6.4.6).
    Store(Store),
    /// COPY and UID COPY (§6.4.7).
    Copy(Transfer),
    /// MOVE and UID MOVE (§6.4.8).
    Move(Transfer),
}
