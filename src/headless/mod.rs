//! A box that is set up without a page and without a press: a `pillarbox.toml` on the boot partition (`--boot DIR`) or beside the program is taken over at the
//! first start, that is while the data folder has no settings file.
//!
//! It may hold all settings, `[first_person]` (address, name, and password_hash or password_once) and `[relay]` (host, user, password, tls). It is judged
//! whole before anything changes. Then, each step lasting before the next: a note that this file is being taken over; the person; the relay; the settings
//! file in the data folder; at last the secrets go from the source. A crash anywhere leaves a box whose next start does the rest: until the settings file
//! is there, everything is done again, and what is there already is left as it is; after it the note says that this file's secrets are to go.
//!
//! A one-time password opens the setup page and nothing else, and only until another is chosen there (or with `pillarbox account password`): it lay in the clear
//! on a card that anyone could have read. A hash is the person's password from the start; as SCRAM's keys cannot be made from it, programs log
//! in with PLAIN over TLS, as all of them can.
//!
//! On a card of its own (`--card`) the folder is init's copy of what lies on the boot partition, and init writes it back when the box is ready. A cut before that leaves the secrets
//! on the card, so that there the note outlives the cutting, until a start finds the file without them.
//!
//! What it cannot do: make a card forget octets that were overwritten; remove secrets from a place that is read-only, which it tells at each start.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

use store::{Credentials, Read as _};

use crate::accounts::{Accounts, Refusal, RefusalKind};
use crate::atomic_file::{self, Rights};
use crate::health::{Fact, Health, Part};
use crate::settings::{self, Settings, SettingsError};
use crate::{RunError, Start, log};
use source::{Password, Source};

/// What is told of a file that was refused, beside it.
const ERRORS: &str = "pillarbox-errors.txt";
/// In the data folder: which file is being taken over, by its hash, until its secrets are known to be gone.
const NOTE: &str = "taking-over";
/// What lies beside the box is for whoever has the card.
const READABLE: Rights = Rights::Kept { anew: 0o644 };

/// What a start finds beside the box.
pub(crate) struct TakeOver {
    /// The file.
    path: PathBuf,
    text: String,
    /// Where its settings go.
    target: PathBuf,
    source: Source,
    /// It is a copy, which somebody else writes back.
    is_copy: bool,
}

/// What a start found beside the box.
pub(crate) enum Beside {
    /// No file, or none that is to be taken over.
    Nothing,
    /// To be taken over.
    New(Box<TakeOver>),
    /// It cannot be.
    Refused,
}

impl Beside {
    /// Looks for a file, and judges it. Finishes an earlier taking over whose last step is missing.
    pub(crate) fn find(start: &Start, health: &Health) -> Beside {
        match look(start) {
            Ok(found) => {
                if found.is_none() {
                    tell(start, health, None);
                }
                found.map_or(Beside::Nothing, |found| Beside::New(Box::new(found)))
            }
            Err(error) => {
                tell(start, health, Some(&error));
                Beside::Refused
            }
        }
    }

    /// The settings to start with, and their text.
    pub(crate) fn settings(&self, start: &Start) -> Result<(Settings, String), RunError> {
        match self {
            Beside::New(found) => Ok((found.source.settings.clone(), found.source.plain.clone())),
            Beside::Nothing | Beside::Refused => crate::start::settings(start),
        }
    }

    /// Takes over what is to be taken over. The settings in force then, their text, and whether a first person may be made: not while a file waits to be mended,
    /// which must still find a box that is nobody's.
    pub(crate) fn take_over(
        self,
        start: &Start,
        accounts: &Accounts,
        health: &Health,
        settings: Settings,
        text: String,
    ) -> Result<(Settings, String, bool), RunError> {
        let found = match self {
            Beside::Nothing => return Ok((settings, text, true)),
            Beside::Refused => return Ok((settings, text, false)),
            Beside::New(found) => found,
        };
        match async_io::block_on(found.take_over(accounts, &start.data)) {
            Ok(()) => {
                tell(start, health, None);
                Ok((settings, text, true))
            }
            Err(error) => {
                tell(start, health, Some(&error));
                let (settings, text) = crate::start::settings(start)?;
                Ok((settings, text, false))
            }
        }
    }
}

/// What the file beside the box says of lines, names and languages, whether or not it was taken over once; nothing is done with it.
pub(crate) fn settings_beside(start: &Start) -> Option<Settings> {
    let path = start.boot.as_ref()?.join(settings::FILE_NAME);
    let text = settings::read_text(&path).ok()?;
    let source = source::read(&text, &path, &start.settings_file()).ok()?;
    Some(source.settings)
}

fn look(start: &Start) -> Result<Option<TakeOver>, SettingsError> {
    let Some(path) = place(start) else {
        return Ok(None);
    };
    let target = start.settings_file();
    let text = settings::read_text(&path)?;
    if text.is_empty() {
        return Ok(None);
    }
    if target.exists() {
        finish(&start.data, &path, &text, start.card.is_some());
        return Ok(None);
    }
    let source = source::read(&text, &path, &target)?;
    Ok(Some(TakeOver {
        path,
        text,
        target,
        source,
        is_copy: start.card.is_some(),
    }))
}

/// Where the file would be. With `--config` the settings are where that says, and nothing is taken over unless `--boot` asks for it.
fn place(start: &Start) -> Option<PathBuf> {
    let folder = match (&start.boot, &start.config) {
        (Some(boot), _) => boot.clone(),
        (None, Some(_)) => return None,
        // The program's own folder is none that the box may write to then.
        (None, None) if start.sandbox => return None,
        (None, None) => std::env::current_exe().ok()?.parent()?.to_owned(),
    };
    let path = folder.join(settings::FILE_NAME);
    let target = start.settings_file();
    let same = |a: &Path, b: &Path| fs::canonicalize(a).ok() == fs::canonicalize(b).ok();
    (!target.exists() || !same(&path, &target)).then_some(path)
}

/// Tells how it went: to the light, the log, and beside the file; or takes back what was told.
pub(crate) fn tell(start: &Start, health: &Health, refused: Option<&SettingsError>) {
    let Some(errors) = place(start).map(|path| path.with_file_name(ERRORS)) else {
        return;
    };
    let Some(error) = refused else {
        health.well(Part::TakeOver);
        let _ = atomic_file::remove(&errors);
        return;
    };
    health.report(Fact::TakeOverRefused {
        text: error.to_string(),
    });
    let text = format!(
        "The box has not taken this file over, and goes on with what it had.\n\n{error}\n\nMend that and start the box again.\n"
    );
    if let Err(error) = atomic_file::replace(&errors, text.as_bytes(), READABLE) {
        log::warn(
            0,
            format_args!("{} cannot be written: {error}", errors.display()),
        );
    }
}

/// The deeds of taking over, in order; each lasts before the next begins, and may be done again.
const DEEDS: usize = 5;

impl TakeOver {
    /// Takes everything over.
    ///
    /// # Errors
    /// The box is somebody else's; the disk fails. What was done is done again at the next start.
    pub(crate) async fn take_over(
        &self,
        accounts: &Accounts,
        data: &Path,
    ) -> Result<(), SettingsError> {
        self.judge(accounts)
            .map_err(|refusal| SettingsError::about(&self.path, refusal.text))?;
        for deed in 0..DEEDS {
            self.deed(deed, accounts, data).await?;
        }
        log::info(0, format_args!("{} was taken over", self.path.display()));
        Ok(())
    }

    /// What only the store knows: nobody takes a box that is somebody's.
    fn judge(&self, accounts: &Accounts) -> Result<(), Refusal> {
        let Some(person) = &self.source.person else {
            return Ok(());
        };
        let read = accounts.store().read()?;
        let there = read.account_by_address(&person.address)?;
        let fresh = read.accounts()?.is_empty() && read.owner()? == store::Owner::Unsaid;
        let ours = there.is_some_and(|there| {
            matches!(read.owner(), Ok(store::Owner::Person { account, .. }) if account == there)
        });
        if fresh || ours {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::Exists,
            "[first_person]: the box has people already; take the table out, or hold the button for 10 seconds and claim the box on its page",
        ))
    }

    async fn deed(
        &self,
        deed: usize,
        accounts: &Accounts,
        data: &Path,
    ) -> Result<(), SettingsError> {
        let failed = |error: &dyn std::fmt::Display| {
            SettingsError::about(&self.path, format!("cannot be taken over: {error}"))
        };
        match deed {
            0 if self.source.holds_secrets => atomic_file::replace(
                &data.join(NOTE),
                hash(&self.text).as_bytes(),
                Rights::Private,
            )
            .map_err(|error| failed(&error)),
            1 => self
                .make_person(accounts)
                .await
                .map_err(|error| failed(&error)),
            2 => match self.source.relay.clone() {
                None => Ok(()),
                Some(relay) => accounts
                    .store()
                    .write(move |write| write.set_relay(&relay))
                    .await
                    .map_err(|error| failed(&error)),
            },
            3 => settings::write_text(&self.target, &self.source.plain),
            4 => {
                finish(data, &self.path, &self.text, self.is_copy);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The person, their name and that the box is theirs, in one deed.
    async fn make_person(&self, accounts: &Accounts) -> Result<(), Refusal> {
        let Some(person) = &self.source.person else {
            return Ok(());
        };
        if accounts
            .store()
            .read()?
            .account_by_address(&person.address)?
            .is_some()
        {
            return Ok(());
        }
        let (credentials, once) = match &person.password {
            Password::Hash(phc) => {
                let credentials = Credentials {
                    password: Some(phc.clone()),
                    ..Credentials::default()
                };
                (credentials, false)
            }
            Password::Once(password) => (accounts.credentials_of(password).await?, true),
        };
        let (address, name) = (person.address.clone(), person.name.clone());
        let now = accounts.store().unix();
        let make = move |write: &mut store::WriteTx<'_>| {
            let account = write.create_account(&address, &credentials, now)?;
            write.set_name(account, name.trim())?;
            write.set_owner(store::Owner::Person { account, once })
        };
        Ok(accounts.store().write(make).await?)
    }
}

/// The last step: what is secret goes from the source, if it is the file that was taken over. Of a copy it is not known whether the file itself follows: the note stays for the next
/// start, which does this again or finds another text.
fn finish(data: &Path, path: &Path, text: &str, is_copy: bool) {
    let note = data.join(NOTE);
    let Ok(noted) = fs::read_to_string(&note) else {
        if source::holds_secrets(text) {
            log::warn(
                0,
                format_args!(
                    "{} is not taken over, because the box has settings already; there may be a password in it: take the file away",
                    path.display()
                ),
            );
        }
        return;
    };
    if noted == hash(text) {
        if let Err(error) = atomic_file::replace(path, source::cut(text).as_bytes(), READABLE) {
            log::error(
                0,
                format_args!(
                    "{} was taken over, and its secrets cannot be removed from it ({error}): THERE IS A PASSWORD IN A FILE THAT OTHERS MAY READ; take the file away",
                    path.display()
                ),
            );
            return;
        }
        log::info(
            0,
            format_args!("what was secret in {} is gone from there", path.display()),
        );
        if is_copy {
            return;
        }
    }
    if let Err(error) = atomic_file::remove(&note) {
        log::warn(0, format_args!("{}: {error}", note.display()));
    }
}

/// Tells one text from another; it lies in the data folder, beside things that are no less secret, and only until the source holds no secrets.
fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut out, octet| {
            let _ = write!(out, "{octet:02x}");
            out
        })
}

#[cfg(test)]
#[path = "headless_tests.rs"]
mod tests;
