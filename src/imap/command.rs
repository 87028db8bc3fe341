//! The commands as values: what the grammar ([`crate::parse`]) makes of a client's line and what the verbs
//! ([`crate::cmd`]) are given.
//!
//! Names are the words of RFC 9051. Everything is owned, bounded by [`crate::Limits`], and already decoded: mailbox names
//! are UTF-8 with `/` between levels (whatever encoding the client used), search texts are UTF-8 (whatever CHARSET said),
//! dates are days or instants. A value that exists is well-formed; whether it makes sense in this mailbox is the verb's
//! to say. Nothing here prints a password.

use std::num::NonZeroU32;

use store::{Flags, ModSeq, SpecialUse};

pub use crate::annotation::{Depth, EntryName, GetMetadata, MetadataValue, SetMetadata};
pub use crate::notification::{NotifyEvents, NotifyGroup, NotifyMailboxes, NotifySet};
pub use crate::search_key::{SearchKey, SearchText};
pub use crate::search_program::{Charset, Page, Program, SearchReturn};
pub use crate::sequence::{SequenceNumber, SequenceRange, SequenceSet};
pub use crate::sort_program::{Algorithm, Criterion, Sort, SortKey, Thread};

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

/// LOGIN's arguments. Debug shows no password.
#[derive(PartialEq)]
pub struct Login {
    /// the name as sent
    pub user: String,
    /// the password as sent
    pub password: sasl::Secret,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// AUTHENTICATE's arguments. Debug shows no initial response.
#[derive(PartialEq)]
pub struct Authenticate {
    /// the mechanism's name, upper case
    pub mechanism: String,
    /// SASL-IR (RFC 4959): still base64, `=` for an empty one
    pub initial: Option<sasl::Secret>,
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

/// SELECT or EXAMINE.
#[derive(Debug, PartialEq)]
pub struct Select {
    /// which mailbox
    pub mailbox: MailboxName,
    /// EXAMINE: nothing may change
    pub read_only: bool,
    /// (CONDSTORE): tell MODSEQ from here on (RFC 7162 §3.1.8)
    pub condstore: bool,
    /// (QRESYNC (...)): what the client knows of the mailbox (RFC 7162 §3.2.5)
    pub resync: Option<Resync>,
}

/// SELECT's QRESYNC parameter (RFC 7162 §3.2.5). No set of it holds `*` or `$`.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Resync {
    /// the UIDVALIDITY that the client knows; of another one nothing is told
    pub uid_validity: u32,
    /// what the client has heard of: every change up to this
    pub modseq: ModSeq,
    /// the UIDs that the client knows; none: all there ever were
    pub known: Option<SequenceSet>,
    /// message numbers and their UIDs as the client knows them, each ascending, as many of the one as of the other (§3.2.5.2)
    pub matches: Option<(SequenceSet, SequenceSet)>,
}

/// CREATE, with the use that the new mailbox is for (RFC 6154 §3).
#[derive(Debug, PartialEq)]
pub struct Create {
    /// the new name
    pub mailbox: MailboxName,
    /// CREATE ... (USE (\Sent))
    pub special_use: Option<SpecialUse>,
}

/// LIST with RFC 5258's options. A plain LIST has no selection, one pattern and `extended` false.
#[derive(Debug, PartialEq, Default)]
pub struct List {
    /// the reference name
    pub reference: String,
    /// one or more patterns, UTF-8, with wildcards `*` and `%`
    pub patterns: Vec<String>,
    /// which mailboxes
    pub select: ListSelect,
    /// what of each
    pub give: ListReturn,
    /// whether any option or a list of patterns was there
    pub extended: bool,
}

/// Selection options (RFC 5258 §3.1, RFC 6154 §2).
#[derive(Debug, PartialEq, Default, Clone, Copy)]
pub struct ListSelect {
    /// SUBSCRIBED
    pub subscribed: bool,
    /// REMOTE: there are none
    pub remote: bool,
    /// RECURSIVEMATCH; the grammar has made sure that a base option stands beside it
    pub recursive_match: bool,
    /// SPECIAL-USE
    pub special_use: bool,
}

/// Return options (RFC 5258 §3.2, RFC 5819, RFC 6154 §2).
#[derive(Debug, PartialEq, Default, Clone)]
pub struct ListReturn {
    /// SUBSCRIBED
    pub subscribed: bool,
    /// CHILDREN
    pub children: bool,
    /// SPECIAL-USE
    pub special_use: bool,
    /// STATUS (...): empty if not asked
    pub status: Vec<StatusItem>,
    /// MYRIGHTS (RFC 8440)
    pub my_rights: bool,
    /// METADATA (...) (RFC 9590): empty if not asked
    pub metadata: Vec<EntryName>,
}

/// What STATUS can say (RFC 9051 §6.3.11, RFC 7889).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum StatusItem {
    /// MESSAGES
    Messages,
    /// RECENT (RFC 3501)
    Recent,
    /// UIDNEXT
    UidNext,
    /// UIDVALIDITY
    UidValidity,
    /// UNSEEN
    Unseen,
    /// DELETED
    Deleted,
    /// SIZE (RFC 8438)
    Size,
    /// APPENDLIMIT (RFC 7889)
    AppendLimit,
    /// MAILBOXID (RFC 8474 §4.3)
    MailboxId,
    /// HIGHESTMODSEQ (RFC 7162 §3.1.7)
    HighestModSeq,
    /// DELETED-STORAGE (RFC 9208 §4.1.4)
    DeletedStorage,
}

/// An identifier of an access control list as a client names it (RFC 4314 §2), prepared by SASLprep.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Identifier {
    /// as sent: LISTRIGHTS answers with it (RFC 4314 §3.4)
    pub given: String,
    /// `-` before it: the rights are taken away
    pub negative: bool,
    /// without the `-`; not empty
    pub name: String,
}

impl Identifier {
    /// Octets: the longest address, its `-`, and room for what SASLprep drops.
    pub const LONGEST: usize = 320;
}

/// What SETACL does to a line (RFC 4314 §3.1).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum RightsChange {
    /// no prefix
    Replace(store::Rights),
    /// `+`
    Add(store::Rights),
    /// `-`
    Remove(store::Rights),
}

impl RightsChange {
    /// What these rights become.
    pub fn apply(self, rights: store::Rights) -> store::Rights {
        match self {
            RightsChange::Replace(new) => new,
            RightsChange::Add(more) => rights.union(more),
            RightsChange::Remove(less) => rights.without(less),
        }
    }
}

/// SETQUOTA's list; a resource that is not named is not limited (RFC 9208 §4.1.3).
#[derive(Debug, PartialEq, Eq, Default, Clone, Copy)]
pub struct QuotaLimits {
    /// STORAGE, in units of 1024 octets
    pub storage: Option<u64>,
    /// MESSAGE
    pub messages: Option<u64>,
    /// a resource was named that the box does not limit
    pub unknown: bool,
}

/// APPEND or REPLACE up to the mailbox's name: what stands behind it is read as it comes.
#[derive(Debug, PartialEq)]
pub struct Append {
    /// REPLACE: which message goes
    pub replace: Option<Replace>,
    /// where to
    pub mailbox: MailboxName,
    /// what the line has behind the name, without the literal at its end
    pub rest: Vec<u8>,
}

/// A URL of URLFETCH.
#[derive(Debug, PartialEq, Eq)]
pub struct UrlFetch {
    /// as the client sent it
    pub url: Vec<u8>,
    /// in parentheses behind it (RFC 5524); none: the plain form
    pub wanted: Vec<UrlWanted>,
}

/// What URLFETCH is to give of a URL (RFC 5524 §3.1).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum UrlWanted {
    /// BODY: the octets
    Body,
    /// BINARY: the octets decoded
    Binary,
    /// BODYPARTSTRUCTURE: what BODYSTRUCTURE has of the part
    BodyPartStructure,
}

/// The message that a REPLACE replaces (RFC 8508 §3.2).
#[derive(Debug, PartialEq, Eq)]
pub struct Replace {
    /// its number
    pub number: u32,
    /// whether that is a UID
    pub uid: bool,
}

/// Flags as a client names them; \Recent is dropped by the grammar (it cannot be set).
#[derive(Debug, PartialEq, Default, Clone)]
pub struct FlagList {
    /// the five system flags
    pub system: Flags,
    /// keywords in the client's letters, no two alike in any case
    pub keywords: Vec<String>,
}

/// STORE.
#[derive(Debug, PartialEq)]
pub struct Store {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs
    pub uid: bool,
    /// FLAGS, +FLAGS or -FLAGS
    pub change: StoreChange,
    /// .SILENT
    pub silent: bool,
    /// the flags
    pub flags: FlagList,
    /// (UNCHANGEDSINCE n): leave messages alone that have changed after n (RFC 7162 §3.1.3)
    pub unchanged_since: Option<ModSeq>,
}

/// Whether STORE replaces, adds or removes.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum StoreChange {
    /// FLAGS
    Replace,
    /// +FLAGS
    Add,
    /// -FLAGS
    Remove,
}

/// COPY or MOVE.
#[derive(Debug, PartialEq)]
pub struct Transfer {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs
    pub uid: bool,
    /// where to
    pub mailbox: MailboxName,
}

/// SEARCH.
#[derive(Debug, PartialEq)]
pub struct Search {
    /// UID SEARCH: the answer is UIDs (the key's plain set is sequence numbers all the same)
    pub uid: bool,
    /// RETURN (...): none = the plain `* SEARCH` of RFC 3501 unless rev2 is enabled. `RETURN ()` is `all`.
    pub give: Option<SearchReturn>,
    /// what to look for
    pub program: Program,
}

/// ESEARCH.
#[derive(Debug, PartialEq)]
pub struct Esearch {
    /// where to look; none: the selected mailbox
    pub sources: Vec<Source>,
    /// RETURN (...); none: ALL
    pub give: Option<SearchReturn>,
    /// what to look for
    pub program: Program,
}

/// Mailboxes to look in (RFC 7377 §2.2).
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Source {
    /// the selected one
    Selected,
    /// those that mail is delivered to
    Inboxes,
    /// all of one's own
    Personal,
    /// those subscribed to
    Subscribed,
    /// these and all below
    Subtree(Vec<MailboxName>),
    /// these and those one level below
    SubtreeOne(Vec<MailboxName>),
    /// these
    Mailboxes(Vec<MailboxName>),
}

/// UIDBATCHES.
#[derive(Debug, PartialEq, Eq)]
pub struct UidBatches {
    /// messages in a batch
    pub size: NonZeroU32,
    /// which batches, counted from the newest; the first is not behind the last. `None`: all
    pub range: Option<(NonZeroU32, NonZeroU32)>,
}

/// FETCH.
#[derive(Debug, PartialEq)]
pub struct Fetch {
    /// which messages
    pub set: SequenceSet,
    /// whether `set` counts UIDs; then UID is printed whether asked or not
    pub uid: bool,
    /// macros expanded (ALL, FAST, FULL), in the order asked, exact repetitions dropped
    pub items: Vec<FetchItem>,
    /// (CHANGEDSINCE n): only messages that have changed after n; MODSEQ is among the items then (RFC 7162 §3.1.4.1)
    pub changed_since: Option<ModSeq>,
    /// (VANISHED), only with CHANGEDSINCE in a UID FETCH: also which of the set are no more (RFC 7162 §3.2.6)
    pub vanished: bool,
    /// (PARTIAL 1:500), only in a UID FETCH: these of the set, counted before anything else is asked (RFC 9394 §3.3, §3.4)
    pub partial: Option<Page>,
}

/// One thing to fetch (RFC 9051 §6.4.5, RFC 3501 §6.4.5).
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum FetchItem {
    /// FLAGS
    Flags,
    /// UID
    Uid,
    /// INTERNALDATE
    InternalDate,
    /// RFC822.SIZE
    Rfc822Size,
    /// EMAILID (RFC 8474 §5.1)
    EmailId,
    /// THREADID (RFC 8474 §5.2)
    ThreadId,
    /// SAVEDATE (RFC 8514 §4.2)
    SaveDate,
    /// PREVIEW (RFC 8970)
    Preview {
        /// LAZY: NIL where it would have to be made
        lazy: bool,
    },
    /// MODSEQ (RFC 7162 §3.1.4.2)
    ModSeq,
    /// ENVELOPE
    Envelope,
    /// BODY without a section: BODYSTRUCTURE without extension data
    Body,
    /// BODYSTRUCTURE
    BodyStructure,
    /// RFC822, RFC822.HEADER or RFC822.TEXT: a section under its old name (RFC 3501)
    Rfc822(Rfc822),
    /// BODY[...] or BODY.PEEK[...]
    Section {
        /// what of the message
        section: Section,
        /// BODY.PEEK: do not set \Seen
        peek: bool,
        /// `<offset.length>`
        partial: Option<Partial>,
    },
    /// BINARY[...] or BINARY.PEEK[...]: decoded (RFC 3516)
    Binary {
        /// part numbers; empty: the whole message
        part: PartNumber,
        /// BINARY.PEEK: do not set \Seen
        peek: bool,
        /// `<offset.length>` of the decoded octets
        partial: Option<Partial>,
    },
    /// BINARY.SIZE[...]
    BinarySize(PartNumber),
}

/// The three old names of RFC 3501.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Rfc822 {
    /// RFC822 = `BODY[]`
    Whole,
    /// RFC822.HEADER = `BODY.PEEK[HEADER]`
    Header,
    /// RFC822.TEXT = `BODY[TEXT]`
    Text,
}

/// `1.2.3`: where in the tree of parts; each at least 1; empty: the message itself. At most [`crate::Limits::PART_DEPTH`] deep.
pub type PartNumber = Vec<u32>;

/// Which octets of a message.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Section {
    /// of which part
    pub part: PartNumber,
    /// what of it
    pub text: SectionText,
}

/// What of a part (RFC 9051 §6.4.5.1). `Mime` occurs only with a part number.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum SectionText {
    /// all: `BODY[]`, `BODY[1]`
    Whole,
    /// HEADER
    Header,
    /// TEXT
    Text,
    /// MIME
    Mime,
    /// HEADER.FIELDS and HEADER.FIELDS.NOT
    HeaderFields {
        /// .NOT
        not: bool,
        /// as the client wrote them; at least one
        names: Vec<String>,
    },
}

/// `<offset.length>`; `length` is at least 1.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Partial {
    /// first octet
    pub offset: u64,
    /// octets at most
    pub length: u64,
}
