//! What is wrong with a settings file: where, what was expected, what to do.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A fault at a place in the text, before it is known which file and line that is.
#[derive(Debug)]
pub(super) struct Fault {
    /// Octets of the text that it is about.
    pub(super) span: Range<usize>,
    /// What was expected and what to do; a sentence without a final stop.
    pub(super) text: String,
}

impl Fault {
    pub(super) fn new(span: Range<usize>, text: impl Into<String>) -> Fault {
        Fault {
            span,
            text: text.into(),
        }
    }

    pub(super) fn at(self, path: &Path, text: &str) -> SettingsError {
        let before = text.get(..self.span.start).unwrap_or(text);
        SettingsError {
            file: path.to_owned(),
            line: Some(before.matches('\n').count() + 1),
            text: self.text,
        }
    }
}

/// A settings file that is refused. Prints as `FILE:LINE: what was expected, what to do`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsError {
    file: PathBuf,
    line: Option<usize>,
    text: String,
}

impl SettingsError {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> SettingsError {
        SettingsError {
            file: path.to_owned(),
            line: None,
            text: format!(
                "cannot read the settings: {error}; make the file readable, or name another with --config"
            ),
        }
    }

    /// Something about the file as a whole, in a sentence without a final stop.
    pub(crate) fn about(file: &Path, text: impl Into<String>) -> SettingsError {
        SettingsError {
            file: file.to_owned(),
            line: None,
            text: text.into(),
        }
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
