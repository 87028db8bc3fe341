//! Attachments that run: programs and documents with macros, by their name and by their first octets, also inside a ZIP archive.
//!
//! It promises to look at the name of every part that the parser keeps, and at no more than [`SCAN_MAX`] decoded octets of each attachment's beginning (and end, of a ZIP archive),
//! [`SCANS_MAX`] of all together, in linear time. What it cannot do: look into encrypted archives, into archives of other kinds (which it names by their extension),
//! and into the middle of a large one.

mod content;
mod name;

use mail::source::ReadAt;
use mail::{Message, Part};

use crate::tokenize::{decoded, decoded_end};

/// Decoded octets that are looked at of one attachment: the volume descriptor of an ISO image ends at 34,816; what a small archive holds is listed before.
pub const SCAN_MAX: usize = 64 * 1024;
/// Decoded octets that are looked at of a whole message: eight large attachments, or hundreds of small ones; behind them only names are.
pub const SCANS_MAX: usize = 8 * SCAN_MAX;
/// What looking at an attachment counts for at least, in octets: reading it costs something, too.
const SCAN_LEAST: usize = 1024;
/// Findings that are kept.
pub const DANGERS_MAX: usize = 8;
/// Characters of a name as it is shown.
pub const NAME_MAX: usize = 80;

/// Why an attachment is dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DangerKind {
    /// A program or script: opened, it runs.
    Program,
    /// A document with macros: opened, it may run.
    Macros,
    /// A disk image: a usual wrapping of programs, because what lies in it loses its mark of origin.
    DiskImage,
    /// A name that hides what it is with marks that turn text around, or with an ending after many blanks.
    Disguised,
}

/// One dangerous attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// What it is.
    pub kind: DangerKind,
    /// Its name, on one line, at most [`NAME_MAX`] characters; empty if it has none.
    pub name: String,
    /// The archive's name if it lies in one.
    pub inside: Option<String>,
}

impl Danger {
    /// For people: what was found, in plain words.
    pub fn words(&self) -> String {
        let what = match self.kind {
            DangerKind::Program => "is a program",
            DangerKind::Macros => "is a document with macros",
            DangerKind::DiskImage => "is a disk image",
            DangerKind::Disguised => "has a name that hides what it is",
        };
        let name = if self.name.is_empty() {
            "without a name"
        } else {
            &self.name
        };
        match &self.inside {
            Some(archive) => format!("the attachment {archive} holds {name}, which {what}"),
            None => format!("the attachment {name} {what}"),
        }
    }
}

/// All dangerous attachments of a parsed message, at most [`DANGERS_MAX`].
///
/// # Errors
/// Those of `read`.
pub fn dangers<E>(message: &Message, read: &mut ReadAt<'_, E>) -> Result<Vec<Danger>, E> {
    let mut found = Vec::new();
    let mut scanned = 0;
    let leaves = |part: &&Part| part.children.is_empty();
    for part in message.parts.iter().filter(leaves) {
        let name = part.filename().unwrap_or_default();
        if let Some(kind) = name::judge(name) {
            found.push(danger(kind, name, None));
        } else if scanned < SCANS_MAX && is_binary(part, name) {
            let octets = decoded(part, read, SCAN_MAX)?;
            content::judge(&octets, name, &mut found);
            scanned += octets.len().max(SCAN_LEAST);
            if octets.len() == SCAN_MAX && content::is_zip(&octets) {
                scanned += SCAN_MAX;
                for end in decoded_end(part, read, SCAN_MAX)? {
                    content::zip(&end, name, &mut found);
                }
            }
        }
        if found.len() >= DANGERS_MAX {
            break;
        }
    }
    found.truncate(DANGERS_MAX);
    Ok(found)
}

/// What is neither text nor a picture nor sound, and what is named otherwise than it says.
fn is_binary(part: &Part, name: &str) -> bool {
    !name.is_empty()
        || !matches!(
            part.media_type.as_str(),
            "text" | "image" | "audio" | "video"
        )
}

fn danger(kind: DangerKind, name: &str, inside: Option<&str>) -> Danger {
    Danger {
        kind,
        name: name::shown(name),
        inside: inside.map(name::shown),
    }
}

#[cfg(test)]
#[path = "danger_tests.rs"]
mod tests;
