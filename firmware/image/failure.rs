//! What went wrong, as one sentence for the person who typed `cargo image`.

use std::fmt;
use std::path::Path;

/// A sentence that says what was expected and what to do.
#[derive(Debug)]
pub struct Failure(String);

/// What every step of the builder answers.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// The sentence as it is.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Puts in front of an error what was tried.
pub(crate) trait Tried<T> {
    /// `what` reads like "reading packages.toml".
    fn tried(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Tried<T> for std::result::Result<T, E> {
    fn tried(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

/// A whole file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).tried(format_args!("reading {}", file.display()))
}

/// A whole file of text.
pub(crate) fn read_text(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).tried(format_args!("reading {}", file.display()))
}

/// Writes a whole file; its folder is made where it is missing.
pub(crate) fn write(file: &Path, octets: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        make_folder(folder)?;
    }
    std::fs::write(file, octets).tried(format_args!("writing {}", file.display()))
}

/// A folder with all above it.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).tried(format_args!("making the folder {}", folder.display()))
}

/// An empty folder, whatever was there.
pub(crate) fn make_empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).tried(format_args!("emptying {}", folder.display()))?;
    }
    make_folder(folder)
}
