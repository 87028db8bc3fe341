//! What is wrong with a settings file: where, what was expected, what to do.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::reason::Reason;

/// A fault at a place in the text, before it is known which file and line that is.
#[derive(Debug)]
pub(super) struct Fault {
    /// Octets of the text that it is about.
    pub(super) span: Range<usize>,
    /// What was expected and what to do; a sentence without a final stop.
    pub(super) text: String,
    /// The same for the pages.
    reason: Option<Box<Reason>>,
}

impl Fault {
    pub(super) fn new(span: Range<usize>, text: impl Into<String>) -> Fault {
        Fault {
            span,
            text: text.into(),
            reason: None,
        }
    }

    /// What a page can cause.
    pub(super) fn because(span: Range<usize>, reason: Reason) -> Fault {
        Fault {
            span,
            text: reason.to_string(),
            reason: Some(Box::new(reason)),
        }
    }

    pub(super) fn at(self, path: &Path, text: &str) -> SettingsError {
        let before = text.get(..self.span.start).unwrap_or(text);
        SettingsError {
            file: path.to_owned(),
            line: Some(before.matches('\n').count() + 1),
            text: self.text,
            reason: self.reason,
        }
    }
}

/// A settings file that is refused. Prints as `FILE:LINE: what was expected, what to do`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsError {
    file: PathBuf,
    line: Option<usize>,
    text: String,
    reason: Option<Box<Reason>>,
}

impl SettingsError {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> SettingsError {
        let words = error.to_string();
        SettingsError::because(path, Reason::SettingsUnreadable { words })
    }

    /// Something about the file as a whole, in a sentence without a final stop.
    pub(crate) fn about(file: &Path, text: impl Into<String>) -> SettingsError {
        SettingsError {
            file: file.to_owned(),
            line: None,
            text: text.into(),
            reason: None,
        }
    }

    /// The same with what the pages say of it.
    pub(crate) fn because(file: &Path, reason: Reason) -> SettingsError {
        SettingsError {
            file: file.to_owned(),
            line: None,
            text: reason.to_string(),
            reason: Some(Box::new(reason)),
        }
    }

    /// What the pages say of it in their languages; `None`: the file holds what no page writes, and [`SettingsError::sentence`] tells what.
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_deref()
    }

    /// What is wrong and what to do, without the place: for a page whose reader has never seen the file.
    pub fn sentence(&self) -> &str {
        &self.text
    }

    /// The line, counted from 1; `None` when the file could not be read.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.text)
    }
}

impl std::error::Error for SettingsError {}
