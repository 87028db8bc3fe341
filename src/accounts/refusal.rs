//! Why the owner's wish was not done, in words and in a kind that becomes an exit code.

use std::fmt;

use crate::reason::Reason;

/// What kind of no it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKind {
    /// The person, alias or app password is not there.
    NotFound,
    /// It is there already.
    Exists,
    /// The value cannot be taken: a bad address, an empty password.
    NotAllowed,
    /// The disk or the system failed.
    Failed,
}

/// A wish that was not done. Prints as a sentence that says what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The kind.
    pub kind: RefusalKind,
    /// The sentence in English, without a final stop, for whoever types commands.
    pub text: String,
    /// The same for the pages, in their languages; `None`: only the words of whatever failed are known.
    pub reason: Option<Box<Reason>>,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, text: impl Into<String>) -> Refusal {
        Refusal {
            kind,
            text: text.into(),
            reason: None,
        }
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Refusal {
        Refusal::new(RefusalKind::NotFound, text)
    }

    pub(crate) fn not_allowed(text: impl Into<String>) -> Refusal {
        Refusal::new(RefusalKind::NotAllowed, text)
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Refusal {
        Refusal {
            kind: reason.kind(),
            text: reason.to_string(),
            reason: Some(Box::new(reason)),
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Refusal {
        let kind = match &error {
            store::Error::Exists => RefusalKind::Exists,
            store::Error::NoSuchAccount | store::Error::NoSuchAlias => RefusalKind::NotFound,
            store::Error::NotAllowed(_) => RefusalKind::NotAllowed,
            _ => RefusalKind::Failed,
        };
        Refusal::new(kind, error.to_string())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Refusal {
        Refusal::new(RefusalKind::Failed, error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}
