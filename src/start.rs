//! What a start needs before anybody is served: the folder, the store, and somebody whose the box is.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mail::Address;
use sasl::Secret;
use store::{Read as _, Store, TimeOfDay};

use crate::accounts::{Accounts, Owner, readable_password};
use crate::clock::Clock;
use crate::control::Exit;
use crate::log;
use crate::reason::Reason;
use crate::settings::Settings;
use crate::welcome::Person;

/// The name of the first person, at the main domain.
const FIRST_PERSON: &str = "owner";
/// Groups of four letters in the first person's password: 72 bits.
const FIRST_PASSWORD_GROUPS: usize = 4;

/// What a box is started with.
#[derive(Clone, Default, Debug)]
pub struct Start {
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The settings file; without it: the one in the folder.
    pub config: Option<PathBuf>,
    /// The folder on whose `pillarbox.toml` a first start goes (the boot partition); without it: that of the program.
    pub boot: Option<PathBuf>,
    /// Nobody is made: whoever stands next to the box claims it. The setting `[setup] ready_made = false` says the same.
    pub setup: bool,
    /// Every door, those of the web too, is opened on this machine's own addresses and nowhere else; no mail leaves and nothing is announced.
    pub loopback: bool,
    /// The box is on a card of its own, and this descriptor leads to the init that started it ([`crate::card`]). Says `setup` too.
    pub card: Option<i32>,
    /// The box shuts itself in first.
    pub sandbox: bool,
    /// What init found out about the data that are not there: no mail services, but a page that says so. The settings are those of `boot`, and `data` is a folder in memory.
    pub rescue: Option<String>,
}

impl Start {
    /// Where the settings are.
    pub fn settings_file(&self) -> PathBuf {
        let beside = || self.data.join(crate::settings::FILE_NAME);
        self.config.clone().unwrap_or_else(beside)
    }
}

/// Why the box did not start, or ended badly.
#[derive(Debug)]
pub struct RunError {
    /// The exit code.
    pub exit: Exit,
    /// A sentence that says what to do.
    pub text: String,
    /// What the pages say of it, where they can have caused it.
    pub(crate) reason: Option<Box<Reason>>,
}

impl RunError {
    pub(crate) fn new(exit: Exit, text: impl std::fmt::Display) -> RunError {
        RunError {
            exit,
            text: text.to_string(),
            reason: None,
        }
    }

    /// The same; pages say `reason`.
    pub(crate) fn because(self, reason: impl FnOnce(String) -> Reason) -> RunError {
        RunError {
            reason: Some(Box::new(reason(self.text.clone()))),
            ..self
        }
    }

    pub(crate) fn failed(text: impl std::fmt::Display) -> RunError {
        RunError::new(Exit::Failed, text)
    }
}

/// The settings in force and the text that they were read from; empty if there is no file.
pub(crate) fn settings(start: &Start) -> Result<(Settings, String), RunError> {
    let refused = |error| RunError::new(Exit::Settings, error);
    let settings = Settings::load(start.config.as_deref(), &start.data).map_err(refused)?;
    let text = crate::settings::read_text(&start.settings_file()).map_err(refused)?;
    Ok((settings, text))
}

pub(crate) fn make_folder(data: &Path) -> Result<(), RunError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|error| {
            RunError::failed(format!(
                "cannot make the data folder {}: {error}; name another with --data",
                data.display()
            ))
        })
}

/// As the settings say, and by this clock: where the system's shows 1970, rows are dated by what the time cannot be before.
pub(crate) fn store_options(settings: &Settings, clock: &Clock) -> store::Options {
    let clock = clock.clone();
    store::Options {
        time: TimeOfDay(Arc::new(move || clock.unix())),
        ..settings.limits.store.clone()
    }
}

pub(crate) fn open_store(
    data: &Path,
    settings: &Settings,
    clock: &Clock,
) -> Result<Store, RunError> {
    Store::open(data, store_options(settings, clock)).map_err(|error| {
        let advice = match error {
            store::Error::InUse(_) => {
                "; another box runs on it: stop that one, or name another folder with --data"
            }
            _ => "",
        };
        RunError::failed(format!(
            "cannot open the store in {}: {error}{advice}",
            data.display()
        ))
    })
}

/// The person whose mail the welcome's example uses; made, with a password that is known only now, if there is nobody and the box is to be ready made.
pub(crate) async fn first_person(
    accounts: &Accounts,
    domain: &str,
    ready_made: bool,
) -> Result<Option<Person>, RunError> {
    let first = {
        let read = accounts.store().read().map_err(RunError::failed)?;
        let people = read.accounts().map_err(RunError::failed)?;
        people.into_iter().min_by_key(|account| account.id)
    };
    let owner = accounts.owner().map_err(RunError::failed)?;
    match (owner, first) {
        (Owner::Person(_, address), _) => {
            return Ok(Some(Person {
                address,
                password: None,
            }));
        }
        (_, Some(first)) => {
            return Ok(Some(Person {
                address: first.address,
                password: None,
            }));
        }
        (_, None) if !ready_made => return Ok(None),
        (_, None) => {}
    }
    let address = Address::new(FIRST_PERSON, domain).map_err(RunError::failed)?;
    let password = readable_password(FIRST_PASSWORD_GROUPS).map_err(RunError::failed)?;
    accounts
        .add(&address, &Secret::from(password.as_str()))
        .await
        .map_err(RunError::failed)?;
    log::info(0, format_args!("made the first person, {address}"));
    Ok(Some(Person {
        address,
        password: Some(password),
    }))
}

/// To the person in front of it; nobody there is no failure.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Instant;

    use super::*;
    use crate::clock::{Adjustment, Machine, RELEASED, Wait};
    use crate::net::test_support::Folder;

    /// A board without a battery, whose clock nobody may set.
    struct Unset;

    impl Machine for Unset {
        fn now(&self) -> Instant {
            Instant::now()
        }

        fn system(&self) -> i64 {
            0
        }

        fn is_disciplined(&self) -> bool {
            false
        }

        fn sleep_until(&self, _: Instant) -> Wait {
            Box::pin(std::future::pending())
        }

        fn is_set(&self) -> Wait {
            Box::pin(std::future::pending())
        }

        fn adjust(&self, _: Adjustment) -> io::Result<()> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    #[test]
    fn nobody_comes_to_live_here_in_1970() {
        let folder = Folder::new();
        let settings = Settings::default();
        let clock = Clock::on(Arc::new(Unset));
        let store = open_store(&folder.0, &settings, &clock).unwrap();
        let accounts = Accounts::new(store.clone(), &settings).unwrap();
        let ann = Address::parse("ann@house.test").unwrap();
        let password = Secret::from("a long enough password");
        let id = async_io::block_on(accounts.add(&ann, &password)).unwrap();
        let read = store.read().unwrap();
        let created = read.account(id).unwrap().created;
        // Not the clock of the machine that runs this test, either.
        assert!((RELEASED..RELEASED + 600).contains(&created), "{created}");
    }
}
