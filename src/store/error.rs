//! What a deed of the store can end in, in sentences for people.

use std::fmt;
use std::path::PathBuf;

/// Why a deed was not done. Whatever it is, nothing of the deed is left in the store.
#[derive(Debug)]
pub enum Error {
    /// Map or disk full: `452 4.3.1`, `NO [OVERQUOTA]`. Reading and deleting still work.
    Full,
    /// The person's quota does not hold this.
    OverQuota {
        /// Octets they may use.
        quota: u64,
    },
    /// The person may not keep so many messages.
    TooManyMessages {
        /// Messages they may keep.
        quota: u64,
    },
    /// A metadata value is too large (RFC 5464 §4.3, MAXSIZE).
    MetadataTooLarge {
        /// Octets it may have.
        max: usize,
    },
    /// No further metadata entry fits (RFC 5464 §4.3, TOOMANY).
    TooMuchMetadata {
        /// Entries there may be.
        max: usize,
    },
    /// The metadata that counts for a person takes as much room as it may (RFC 5464 §4.3, TOOMANY; §7).
    MetadataFull {
        /// Octets it may have.
        max: u64,
    },
    /// No person with this number.
    NoSuchAccount,
    /// No mailbox with this name or number (or one that only holds children).
    NoSuchMailbox,
    /// No message with this number.
    NoSuchMessage,
    /// No alias or catch-all of this name.
    NoSuchAlias,
    /// The name is taken.
    Exists,
    /// INBOX deleted, name not allowed, has children...
    NotAllowed(&'static str),
    /// The person has not the right to do this to somebody else's mailbox (RFC 4314).
    NotPermitted,
    /// No letter with this number in the queue.
    NoSuchLetter,
    /// No relay for this.
    NoSuchRelay,
    /// The queue holds as many rows as it may: `452 4.3.1`, try again later.
    QueueFull {
        /// Rows it may hold.
        rows: u64,
    },
    /// The person has sent what they may in a day: `451 4.7.1`.
    SendingLimit {
        /// As many messages; false: to as many people they never wrote to before.
        messages: bool,
    },
    /// The account's keyword table is full.
    TooManyKeywords,
    /// The queue of writes is full or the store is closing: try again.
    Busy,
    /// Another process has this store open.
    InUse(PathBuf),
    /// The store was written by a newer program.
    Newer {
        /// Schema of the store.
        found: u32,
        /// Newest schema this program knows.
        known: u32,
    },
    /// The store holds something that it must not hold, or the deed itself broke.
    Damaged(String),
    /// The operating system refused.
    Io(std::io::Error),
    /// LMDB refused.
    Lmdb(String),
}

impl Error {
    /// Whether it is the disk's or the store's own condition, which its owner must hear of, and not what somebody asked for.
    pub fn is_the_disk(&self) -> bool {
        matches!(
            self,
            Error::Full | Error::Io(_) | Error::Lmdb(_) | Error::Damaged(_)
        )
    }
}

/// The store's result.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Full => f.write_str("the store is full: delete mail or give it more room"),
            Error::OverQuota { quota } => {
                write!(f, "over quota: this person may keep {quota} octets of mail")
            }
            Error::TooManyMessages { quota } => {
                write!(f, "over quota: this person may keep {quota} messages")
            }
            Error::MetadataTooLarge { max } => {
                write!(f, "a metadata value has at most {max} octets")
            }
            Error::TooMuchMetadata { max } => write!(
                f,
                "a mailbox has at most {max} metadata entries of one person: remove one that is no longer used"
            ),
            Error::MetadataFull { max } => write!(
                f,
                "a person's metadata takes at most {max} octets in all: remove some that is no longer used"
            ),
            Error::NoSuchAccount => f.write_str("no such account"),
            Error::NoSuchMailbox => f.write_str("no such mailbox"),
            Error::NoSuchMessage => f.write_str("no such message"),
            Error::NoSuchAlias => f.write_str("no such alias"),
            Error::NoSuchLetter => f.write_str("no such letter in the queue"),
            Error::NoSuchRelay => f.write_str("no such relay"),
            Error::QueueFull { rows } => write!(
                f,
                "the queue is full: {rows} recipients wait for their mail; drop some of it or try again later"
            ),
            Error::SendingLimit { messages: true } => {
                f.write_str("this person has sent as many messages as they may in a day")
            }
            Error::SendingLimit { messages: false } => f.write_str(
                "this person has written to as many new recipients as they may in a day",
            ),
            Error::Exists => f.write_str("this name is already in use"),
            Error::NotPermitted => f.write_str("the owner has not given this person the right"),
            Error::NotAllowed(why) => write!(f, "not allowed: {why}"),
            Error::TooManyKeywords => {
                write!(
                    f,
                    "this account already uses {} different keywords, which is the most it can have",
                    crate::ids::KEYWORDS_MAX
                )
            }
            Error::Busy => f.write_str("the store is busy: try again in a moment"),
            Error::InUse(path) => write!(
                f,
                "another process has the store in {} open: stop it, or ask it to do this",
                path.display()
            ),
            Error::Newer { found, known } => write!(
                f,
                "the store has schema {found}, but this program knows schemas up to {known}: use the newer program that wrote it"
            ),
            Error::Damaged(what) => write!(f, "the store is damaged: {what}"),
            Error::Io(error) => write!(f, "the disk refused: {error}"),
            Error::Lmdb(error) => write!(f, "LMDB refused: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Error::Full,
            _ => Error::Io(error),
        }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(error: rustix::io::Errno) -> Error {
        std::io::Error::from(error).into()
    }
}

impl From<heed::Error> for Error {
    fn from(error: heed::Error) -> Error {
        match error {
            heed::Error::Io(error) => error.into(),
            heed::Error::Mdb(heed::MdbError::MapFull | heed::MdbError::TxnFull) => Error::Full,
            other => Error::Lmdb(other.to_string()),
        }
    }
}

impl From<postcard::Error> for Error {
    fn from(error: postcard::Error) -> Error {
        Error::Damaged(format!("a record cannot be read ({error})"))
    }
}
