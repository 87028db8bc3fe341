//! Why there is no light or no button, and what to do.

use std::fmt;
use std::io;
use std::path::Path;
use std::string::{String, ToString as _};

/// A line or a light that cannot be had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// There is no chip of this label.
    NoChip {
        /// The label looked for.
        label: String,
    },
    /// There is no on-board light of one of these names.
    NoLight {
        /// The names looked for.
        names: String,
    },
    /// The user that the box runs as may not.
    Denied {
        /// The device or file.
        what: String,
    },
    /// Another program or driver has the line.
    Busy {
        /// The chip and the line.
        what: String,
        /// Who has it.
        holder: String,
    },
    /// The system said something else.
    Failed {
        /// The chip and the line, or the file.
        what: String,
        /// What it said.
        reason: String,
    },
}

impl Trouble {
    pub(super) fn of_file(path: &Path, error: &io::Error) -> Trouble {
        let what = path.display().to_string();
        match error.kind() {
            io::ErrorKind::PermissionDenied => Trouble::Denied { what },
            _ => Trouble::Failed {
                what,
                reason: error.to_string(),
            },
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::NoChip { label } => write!(
                f,
                "there is no GPIO chip \"{label}\"; `gpiodetect` shows which there are"
            ),
            Trouble::NoLight { names } => write!(
                f,
                "/sys/class/leds has no light {names}; `ls /sys/class/leds` shows which there are"
            ),
            Trouble::Denied { what } => write!(
                f,
                "the box may not use {what}; run it as root or as a user of the group that owns it"
            ),
            Trouble::Busy { what, holder } => {
                let holder = if holder.is_empty() {
                    "another program"
                } else {
                    holder
                };
                write!(
                    f,
                    "{what} is used by {holder}; stop that, or name another line in the settings"
                )
            }
            Trouble::Failed { what, reason } => write!(f, "{what}: {reason}"),
        }
    }
}

impl std::error::Error for Trouble {}
