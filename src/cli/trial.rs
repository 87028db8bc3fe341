//! What a new system on a card is asked before it is trusted, each as a command of its own: `check --brief`, `migrate`, `self-test`.
//!
//! They are for the init that tries the system, and for whoever wants to know the same on another machine. The first two open the store themselves, and only when no box has
//! it open: where one runs, the question was answered when it started. A store may have been written by a box that was taken over, and LMDB believes its pages: therefore
//! whoever looks at it for such a reason shuts itself in first (`--sandbox`), and what a crafted page can have done is to spoil the folder that it came from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use firmware::sandbox::{self, Sandbox};
use serde_json::json;
use store::{Back, Error, Forward};

use super::Failure;
use crate::control::Exit;
use crate::self_test::self_test;
use crate::settings::Settings;

/// How long a brief check may take: it stands between the power and the first mail.
const BRIEF: Duration = Duration::from_secs(20);

/// What is wanted.
pub(super) enum Trial {
    /// A quick look at the store.
    Brief,
    /// Bring it to this program's form.
    Migrate {
        /// And keep a copy of what was before.
        keep_copy: bool,
    },
    /// Decide about such a copy.
    PutBack,
    /// A whole box of its own.
    SelfTest,
}

/// What came of it: for people, and for programs.
pub(super) type Said = (String, serde_json::Value);

/// Gives up everything but the files of the data folder: no other files, no network, no programs. Before anything of it is read.
pub(super) fn shut_in(data: &Path, config: Option<&Path>) -> Result<(), Failure> {
    let places = || {
        let mut places = Sandbox::files(data);
        places.read.extend(config.map(Path::to_owned));
        places
    };
    sandbox::enter(data, places)
        .map(drop)
        .map_err(|refusal| Failure::new(Exit::Failed, refusal.to_string()))
}

pub(super) fn perform(
    trial: &Trial,
    data: &Path,
    config: Option<PathBuf>,
) -> Result<Said, Failure> {
    if matches!(trial, Trial::SelfTest) {
        let said = self_test().map_err(|text| Failure::new(Exit::Failed, text))?;
        return Ok((said, json!({"passed": true})));
    }
    // Settings that are not understood must not keep a store from being looked at.
    let settings = Settings::load(config.as_deref(), data).unwrap_or_default();
    let map = settings.limits.store.map_size;
    match trial {
        Trial::Brief => match store::glance(data, map, BRIEF) {
            Ok(found) if found.is_empty() => Ok((
                "nothing wrong was found".to_owned(),
                json!({"findings": found}),
            )),
            Ok(found) => Err(Failure::new(Exit::Failed, found.join("\n"))),
            Err(error) => Err(unreadable(data, &error)),
        },
        Trial::Migrate { keep_copy } => match store::bring_forward(data, map, *keep_copy) {
            Ok(Forward::Nothing) => Ok((
                "there is nothing to do".to_owned(),
                json!({"from": null, "copied": null}),
            )),
            Ok(Forward::Brought { from, copied }) => {
                let kept = copied.map_or_else(String::new, |octets| {
                    format!(
                        "; a copy of what was before is kept ({} MiB)",
                        octets.div_ceil(1 << 20)
                    )
                });
                let to = store::known_schema();
                let said = format!("the store has schema {to} now, and had {from}{kept}");
                Ok((said, json!({"from": from, "to": to, "copied": copied})))
            }
            Ok(Forward::NoRoom { needed, free }) => Err(Failure::new(
                Exit::Failed,
                format!(
                    "the disk has no room for a copy of the store, which is kept until the new program has proved itself: {} MiB must be free and {} MiB are; delete mail, or use a larger card",
                    needed.div_ceil(1 << 20),
                    free >> 20
                ),
            )),
            Err(error) => Err(failed(data, &error)),
        },
        Trial::PutBack => match store::put_back(data, map) {
            Ok(back) => {
                let (text, word) = match back {
                    Back::Nothing => ("there is no copy from before an update", "nothing"),
                    Back::PutBack => (
                        "the store is what it was before the update that was given up",
                        "put-back",
                    ),
                    Back::Dropped => (
                        "the copy from before an update was of no use any more and is deleted",
                        "dropped",
                    ),
                };
                Ok((text.to_owned(), json!({"copy": word})))
            }
            Err(error) => Err(failed(data, &error)),
        },
        Trial::SelfTest => Ok((String::new(), serde_json::Value::Null)),
    }
}

fn unreadable(data: &Path, error: &Error) -> Failure {
    let exit = match error {
        Error::InUse(_) => Exit::Failed,
        Error::Newer { .. } => Exit::Newer,
        _ => Exit::Unreadable,
    };
    Failure::new(
        exit,
        format!("the store in {} cannot be opened: {error}", data.display()),
    )
}

fn failed(data: &Path, error: &Error) -> Failure {
    let text = format!("the store in {}: {error}", data.display());
    Failure::new(Exit::Failed, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_a_newer_program_is_not_called_a_broken_one() {
        let exit = |error| unreadable(Path::new("data"), &error).exit;
        assert_eq!(exit(Error::Newer { found: 9, known: 3 }), Exit::Newer);
        assert_eq!(exit(Error::Damaged("torn".into())), Exit::Unreadable);
    }
}
