//! The owner's wishes, and the socket through which a running box hears them.
//!
//! A wish ([`Request`]) becomes an [`Answer`] in one place, [`Household::perform`], whether it comes through the socket of a running box ([`serve`])
//! or from a subcommand that has opened the store itself because no box runs. On the socket each is one line of JSON.
//!
//! Promises: only the owner of the box and root are heard (the socket is 0600 and the peer's user is asked of the kernel); a request and the time
//! to send it are bounded; a socket file left behind by a crash is replaced. What it cannot do: a password that travels through the socket lies in
//! this machine's memory for the moment of the call.

mod ban;
mod client;
mod junk;
mod light;
mod names;
mod owner;
mod people;
mod perform;
mod place;
mod queue;
mod relay;
mod report;
mod reports;
mod server;
mod status;
mod why;

use serde::{Deserialize, Serialize};

pub use ban::BanWish;
pub use client::{Asked, ask};
pub use junk::JunkWish;
pub use owner::OwnerWish;
pub use perform::{Household, Running};
pub use queue::QueueWish;
pub(crate) use relay::relay as relay_of;
pub use relay::{RelayWish, Scope};
pub(crate) use report::size;
pub use server::{Door, serve};

use crate::accounts::{Refusal, RefusalKind};

/// The name of the socket in the data folder.
const SOCKET_NAME: &str = "control.sock";
/// The longest request or answer, in octets: an alias list of a few thousand lines fits.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// What the owner wants. Debug would show passwords, so there is none.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Add a person; without a password one is made and told once.
    AccountAdd {
        /// Their address.
        address: String,
        /// Their password.
        password: Option<String>,
    },
    /// Another password; without one it is made and told once.
    AccountPassword {
        /// Whose.
        address: String,
        /// The new one.
        password: Option<String>,
    },
    /// Everybody.
    AccountList,
    /// Everything about one person: what they keep, how they sign in, when they last did.
    AccountShow {
        /// Whom.
        address: String,
    },
    /// Switch somebody's two-step sign-in off.
    TotpOff {
        /// Whose.
        address: String,
    },
    /// Remove a person with their mail.
    AccountRemove {
        /// Whom.
        address: String,
    },
    /// Set what a person may keep.
    AccountQuota {
        /// Whose.
        address: String,
        /// A size as in the settings, `none` or `default`.
        quota: String,
    },
    /// Set what a person is called.
    AccountName {
        /// Whose.
        address: String,
        /// Empty: nothing but their address.
        name: String,
    },
    /// Give a person another address; the old one goes on as an alias.
    AccountAddress {
        /// Whose.
        address: String,
        /// The new one.
        to: String,
    },
    /// Whose the box is.
    Owner(OwnerWish),
    /// Who is kept out.
    Ban(BanWish),
    /// What people have taught the box of their mail.
    Junk(JunkWish),
    /// Make an app password.
    AppPasswordAdd {
        /// Whose.
        address: String,
        /// For what.
        label: String,
        /// What it opens: `imap`, `pop3`, `smtp`, with commas between; without it what every mail program needs.
        #[serde(default)]
        doors: Option<String>,
    },
    /// A person's app passwords, by number and label.
    AppPasswordList {
        /// Whose.
        address: String,
    },
    /// Take one back.
    AppPasswordRemove {
        /// Whose.
        address: String,
        /// Its number.
        id: u32,
    },
    /// Make an alias, or with `@domain` a catch-all.
    AliasAdd {
        /// Its address or `@domain`.
        alias: String,
        /// The addresses it leads to.
        targets: Vec<String>,
    },
    /// Remove one.
    AliasRemove {
        /// Which.
        alias: String,
    },
    /// All of them.
    AliasList,
    /// Mail on its way out.
    Queue(QueueWish),
    /// Who delivers it for the house.
    Relay(RelayWish),
    /// The records that a domain's owner should publish.
    Dns {
        /// Which domain; without it the main one.
        domain: Option<String>,
    },
    /// Look them up, and see whether the line lets mail out.
    DnsCheck {
        /// Which domain; without it the main one.
        domain: Option<String>,
    },
    /// Where a message went, and why.
    Why {
        /// Its Message-ID, or its name in the log.
        message: String,
    },
    /// What others report of the house.
    Reports,
    /// How the box is.
    Status,
    /// Walk the whole store and say what is wrong.
    Check {
        /// Build the search index anew first.
        reindex: bool,
    },
    /// Judge an update and, on a card, install it.
    Update {
        /// A file's whole path, or an address; without it the one in the settings.
        source: Option<String>,
        /// Whose signature counts; without it the key in force.
        key: Option<String>,
    },
    /// What the light shows.
    Light,
    /// The same as soon as it is something else, or after a while.
    LightAfter {
        /// The number of what was seen last; 0: nothing.
        number: u64,
    },
    /// Press the button as a finger does, without one.
    Press {
        /// `short`, `double`, `3s` or `10s`.
        gesture: String,
    },
}

/// What came of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The exit code of the subcommand.
    pub exit: Exit,
    /// For people; may be empty.
    pub text: String,
    /// The same for programs (`--json`).
    #[serde(default)]
    pub data: serde_json::Value,
}

/// How a subcommand ends; the numbers are what scripts see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The disk, the network or the system failed; or `check` found something wrong.
    Failed = 1,
    /// The command line is not understood.
    Usage = 2,
    /// No such person, alias, app password, letter, relay or box.
    NotFound = 3,
    /// It is there already.
    Exists = 4,
    /// The value cannot be taken.
    NotAllowed = 5,
    /// The settings file is wrong.
    Settings = 6,
    /// Only a running box can do that, and none runs.
    NotRunning = 7,
    /// The update is good, and this is no card: nothing was installed.
    NoCard = 8,
    /// The store cannot be opened at all (`check --brief`).
    Unreadable = 9,
    /// The store is of a newer program than this one (`check --brief`).
    Newer = 10,
}

impl Exit {
    /// All of them with what they mean, for `--help`.
    pub const TABLE: [(Exit, &'static str); 11] = [
        (Exit::Done, "done"),
        (
            Exit::Failed,
            "the disk, the network or the system failed; `check` found something wrong",
        ),
        (Exit::Usage, "the command line is not understood"),
        (
            Exit::NotFound,
            "no such person, alias, app password, letter, relay or box",
        ),
        (Exit::Exists, "it is there already"),
        (Exit::NotAllowed, "the value cannot be taken"),
        (Exit::Settings, "the settings file is wrong"),
        (
            Exit::NotRunning,
            "only a running box can do that, and none runs",
        ),
        (
            Exit::NoCard,
            "the update is good, and this is no card: nothing was installed",
        ),
        (
            Exit::Unreadable,
            "the store cannot be opened at all (`check --brief`)",
        ),
        (
            Exit::Newer,
            "the store is of a newer program than this one (`check --brief`)",
        ),
    ];
}

impl Answer {
    /// Done, with a sentence.
    pub(crate) fn done(text: impl Into<String>) -> Answer {
        Answer {
            exit: Exit::Done,
            text: text.into(),
            data: serde_json::Value::Null,
        }
    }

    /// Not done, with the reason.
    pub(crate) fn not_done(exit: Exit, text: impl Into<String>) -> Answer {
        Answer {
            exit,
            ..Answer::done(text)
        }
    }

    pub(crate) fn with(self, data: serde_json::Value) -> Answer {
        Answer { data, ..self }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        let exit = match refusal.kind {
            RefusalKind::NotFound => Exit::NotFound,
            RefusalKind::Exists => Exit::Exists,
            RefusalKind::NotAllowed => Exit::NotAllowed,
            RefusalKind::Failed => Exit::Failed,
        };
        Answer::not_done(exit, refusal.text)
    }
}
