//! How the session calls a verb, and what a verb gives back.
//!
//! A verb is an ordinary value that is stepped: no async, no callback, no socket. The session opens a short read transaction,
//! calls [`Verb::step`], closes the transaction, and only then sends what stands in `out`.
//!
//! ```text
//! cmd::known(KnownCommand) -> Box<dyn Verb<Known>>      SELECT, LIST, STATUS, CREATE ...  (also with a mailbox selected)
//! cmd::open(OpenCommand)   -> Box<dyn Verb<Open>>       FETCH, STORE, SEARCH, COPY ...
//! cmd::append::target(&World, &Known, ..) -> Result<Target, No>                before the first literal is read
//! cmd::append::deed(&Known, MailboxName, Messages) -> Deed<Known>              after the last
//! sync::news(&World, &mut Open, expunges: bool, out) -> store::Result<bool>    true: `out` is full, call again
//! ```
//!
//! * A short answer is printed whole: `Ok(Turn::Done(Done::ok("STATUS completed")))`.
//! * A long one (FETCH, SEARCH, LIST) keeps its cursor in the verb's own fields. When `out.len()` passes
//!   [`crate::Limits::piece`] it returns [`Turn::More`] and is stepped again later with a *new* transaction, so whatever it
//!   borrowed is gone and messages may be, too. A body that is larger than a piece is cut over several steps, and the octets
//!   promised by `{n}` are kept to.
//! * A writing verb returns [`Turn::Write`]: the closure runs on the writer thread and yields a second one, which prints the
//!   answer after the commit has been synced. If the closure fails, nothing of it happened and `refused` makes the NO.
//! * A closure `FnMut(&World, &mut S, &mut Vec<u8>) -> Result<Turn<S>, No>` is a verb.
//! * What changes the session's state says so in [`Done::next`]: SELECT hands over its view, CLOSE and UNSELECT give it up. The
//!   session itself drops the old view (and prints `* OK [CLOSED]`) *before* SELECT or EXAMINE is stepped.
//! * Untagged news (EXISTS, EXPUNGE, FETCH FLAGS by others) come from `sync::news` alone. The session calls it after the last
//!   step and before the tagged reply, with `expunges` as the command's row in [`crate::table`] says, also when the verb
//!   refused; in IDLE whenever the account wakes. A verb that needs a fresh view calls it itself.
//! * The session prints tags, tagged replies and continuation requests; a verb prints whole untagged responses.
//!
//! Cannot: a verb cannot read more from the client, and cannot wait for anything but its write.

use std::borrow::Cow;

use store::{AccountId, ModSeq, ReadTx, WriteTx};

use crate::Limits;
use crate::code::Code;
use crate::notify::Notify;
use crate::view::View;

/// What the session owns once somebody has logged in.
#[derive(Debug)]
pub struct Known {
    /// who
    pub account: AccountId,
    /// what the client has enabled
    pub dialect: Dialect,
    /// what NOTIFY asked for (RFC 5465); none: NOTIFY was never said, or NOTIFY NONE
    pub notify: Option<Box<Notify>>,
}

impl Known {
    /// Somebody who has just logged in. Afterwards the value is moved whole from state to state, so that what is added here is lost nowhere.
    pub fn new(account: AccountId) -> Known {
        Known {
            account,
            dialect: Dialect::default(),
            notify: None,
        }
    }
}

/// What the session owns while a mailbox is selected.
#[derive(Debug)]
pub struct Open {
    /// who
    pub known: Known,
    /// the selected mailbox as the client knows it
    pub view: View,
}

impl Open {
    /// This OK with HIGHESTMODSEQ, where messages were expunged and the client has enabled QRESYNC (RFC 7162 §3.2.7, §3.2.9); `before` and
    /// `after`: the mailbox's highest modseq around it.
    pub(crate) fn highest_modseq(&self, done: Done, before: ModSeq, after: ModSeq) -> Done {
        if self.known.dialect.qresync && after > before && done.code.is_none() {
            return Done {
                code: Some(Code::HighestModSeq(after)),
                ..done
            };
        }
        done
    }
}

/// What ENABLE has switched on (RFC 9051 §6.3.1), and what some commands switch on by being used (RFC 7162 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// IMAP4rev2: no RECENT, ESEARCH always
    pub rev2: bool,
    /// CONDSTORE: every FETCH that tells of changed flags has MODSEQ (RFC 7162 §3.1)
    pub condstore: bool,
    /// QRESYNC: VANISHED instead of EXPUNGE (RFC 7162 §3.2); never without `condstore`
    pub qresync: bool,
    /// UTF8=ACCEPT (RFC 6855 §3): strings are UTF-8
    pub utf8_accept: bool,
    /// UIDONLY: no message numbers at all (RFC 9586)
    pub uid_only: bool,
}

impl Dialect {
    /// Whether mailbox names and header text go out as UTF-8 (rev2, UTF8=ACCEPT) or as modified UTF-7 and encoded words (rev1, A41).
    pub fn utf8(self) -> bool {
        self.rev2 || self.utf8_accept
    }

    /// Whether messages that go are told by VANISHED (RFC 7162 §3.2.10, RFC 9586 §3.2) and not by EXPUNGE.
    pub fn vanished(self) -> bool {
        self.qresync || self.uid_only
    }

    /// CONDSTORE is on from here, by ENABLE or by a command that implies it (RFC 7162 §3.1).
    pub fn enable_condstore(&mut self) {
        self.condstore = true;
    }

    /// QRESYNC is on from here, and CONDSTORE with it (RFC 7162 §3.2.3).
    pub fn enable_qresync(&mut self) {
        self.condstore = true;
        self.qresync = true;
    }
}

/// What a verb may look at during one step.
pub struct World<'a> {
    /// for watches, wakes and \Recent; not for writing
    pub store: &'a store::Store,
    /// this step's snapshot
    pub tx: &'a ReadTx<'a>,
    /// seconds since 1970
    pub unix: i64,
    /// what URLs call this server (RFC 5092 §4); empty where nothing asks
    pub hostname: &'a str,
    /// every limit
    pub limits: &'a Limits,
    /// the command's tag, which ESEARCH repeats (RFC 4731 §3.1); empty when no command runs
    pub tag: &'a str,
}

/// A command that is being carried out in state `S` ([`Known`] or [`Open`]).
pub trait Verb<S>: Send {
    /// Goes on until finished, until `out` is full or until something must be written.
    fn step(&mut self, world: &World<'_>, state: &mut S, out: &mut Vec<u8>) -> Result<Turn<S>, No>;
}

impl<S, F> Verb<S> for F
where
    F: FnMut(&World<'_>, &mut S, &mut Vec<u8>) -> Result<Turn<S>, No> + Send,
{
    fn step(&mut self, world: &World<'_>, state: &mut S, out: &mut Vec<u8>) -> Result<Turn<S>, No> {
        self(world, state, out)
    }
}

/// What a step came to.
pub enum Turn<S> {
    /// Finished.
    Done(Done),
    /// `out` is full; step again.
    More,
    /// Commit this, then go on as it says.
    Write(Deed<S>),
}

/// Something to write, and how to go on after it.
pub struct Deed<S> {
    /// Runs on the writer thread in a nested transaction; yields what is to be said once it is synced.
    pub run: Run<S>,
    /// Makes the NO of a deed that failed; `No::from` in most cases.
    pub refused: fn(store::Error) -> No,
}

/// What runs on the writer thread.
pub type Run<S> = Box<dyn FnOnce(&mut WriteTx<'_>) -> store::Result<After<S>> + Send>;

/// Prints the answer after the commit. [`Next::Step`] goes back to the verb.
pub type After<S> = Box<dyn FnOnce(&World<'_>, &mut S, &mut Vec<u8>) -> Result<Done, No> + Send>;

impl<S> Deed<S> {
    /// A deed whose result `T` is printed by `after`; failures become [`No::from`].
    pub fn new<T: Send + 'static>(
        deed: impl FnOnce(&mut WriteTx<'_>) -> store::Result<T> + Send + 'static,
        after: impl FnOnce(T, &World<'_>, &mut S, &mut Vec<u8>) -> Result<Done, No> + Send + 'static,
    ) -> Deed<S> {
        Deed {
            run: Box::new(move |tx| {
                let result = deed(tx)?;
                let after: After<S> =
                    Box::new(move |world: &World<'_>, state: &mut S, out: &mut Vec<u8>| {
                        after(result, world, state, out)
                    });
                Ok(after)
            }),
            refused: No::from,
        }
    }

    /// The same with another NO for failures, as where a missing mailbox is TRYCREATE.
    pub fn refused(self, refused: fn(store::Error) -> No) -> Deed<S> {
        Deed { refused, ..self }
    }
}

/// The tagged OK.
#[derive(Debug)]
pub struct Done {
    /// in brackets before the text
    pub code: Option<Code>,
    /// for people
    pub text: &'static str,
    /// where the session goes
    pub next: Next,
}

/// Where the session goes after a command.
#[derive(Debug)]
pub enum Next {
    /// stays
    Same,
    /// SELECT, EXAMINE: the mailbox is open
    Open(Box<View>),
    /// CLOSE, UNSELECT, and a mailbox that is no more
    Known,
    /// only after a write: the verb is stepped again (more to print, or the next part of a long write)
    Step,
}

impl Done {
    /// OK with this text.
    pub fn ok(text: &'static str) -> Done {
        Done {
            code: None,
            text,
            next: Next::Same,
        }
    }

    /// OK with a response code.
    pub fn with(code: Code, text: &'static str) -> Done {
        Done {
            code: Some(code),
            text,
            next: Next::Same,
        }
    }

    /// And then the session goes there.
    pub fn then(self, next: Next) -> Done {
        Done { next, ..self }
    }
}

/// The tagged NO or BAD.
#[derive(Debug, PartialEq)]
pub struct No {
    /// BAD instead of NO: the client broke the protocol
    pub bad: bool,
    /// in brackets before the text
    pub code: Option<Code>,
    /// for people: what was expected and what to do; never echoes the client's octets
    pub text: Cow<'static, str>,
    /// for the log: what the disk did, where that is the cause
    pub trouble: Option<Box<str>>,
}

impl No {
    /// NO with this text.
    #[allow(clippy::self_named_constructors, reason = "the reply's own word")]
    pub fn no(text: &'static str) -> No {
        No {
            bad: false,
            code: None,
            text: Cow::Borrowed(text),
            trouble: None,
        }
    }

    /// NO with a response code (RFC 5530).
    pub fn with(code: Code, text: &'static str) -> No {
        No {
            bad: false,
            code: Some(code),
            text: Cow::Borrowed(text),
            trouble: None,
        }
    }

    /// BAD with this text.
    pub fn bad(text: &'static str) -> No {
        No {
            bad: true,
            code: None,
            text: Cow::Borrowed(text),
            trouble: None,
        }
    }
}

impl From<store::Error> for No {
    /// What our disk did is `NO [UNAVAILABLE]`; what the person's mail has come to has its own code.
    fn from(error: store::Error) -> No {
        use store::Error;
        let trouble = error.is_the_disk().then(|| error.to_string().into());
        let no = match error {
            Error::Full => No::with(
                Code::OverQuota,
                "The box is full: delete mail and expunge it, then try again",
            ),
            Error::OverQuota { .. } | Error::TooManyMessages { .. } => No::with(
                Code::OverQuota,
                "Your mail has reached its quota: delete some and expunge it",
            ),
            Error::NoSuchMailbox => No::with(Code::NonExistent, "There is no such mailbox"),
            Error::NoSuchMessage => {
                No::with(Code::ExpungeIssued, "Some of these messages are no more")
            }
            Error::Exists => No::with(Code::AlreadyExists, "There is a mailbox of this name"),
            Error::NotAllowed(why) => No::with(Code::Cannot, why),
            Error::NotPermitted => crate::cmd::access::not_permitted(),
            Error::TooManyKeywords => No::with(Code::Limit, "No more keywords can be kept"),
            Error::Busy => No::with(Code::Unavailable, "The box is busy: try again in a moment"),
            Error::MetadataTooLarge { .. } => No::with(Code::Limit, "This value is too large"),
            Error::TooMuchMetadata { .. } | Error::MetadataFull { .. } => {
                No::with(Code::Limit, "No more metadata can be kept here")
            }
            Error::NoSuchAccount | Error::NoSuchAlias => {
                No::with(Code::Unavailable, "This account is no more")
            }
            // No verb of IMAP touches the queue: the last four do not happen.
            Error::Damaged(_)
            | Error::Io(_)
            | Error::Lmdb(_)
            | Error::InUse(_)
            | Error::Newer { .. }
            | Error::NoSuchLetter
            | Error::NoSuchRelay
            | Error::QueueFull { .. }
            | Error::SendingLimit { .. } => No::with(
                Code::Unavailable,
                "The box cannot read or write its store: try again later",
            ),
        };
        No { trouble, ..no }
    }
}
