//! A wish brought to the running box, or fulfilled on the store itself when none runs.

use std::path::Path;
use std::time::{Duration, Instant};

use store::Store;

use super::Failure;
use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::control::{Answer, Asked, Exit, Household, Request, ask};
use crate::health::Health;
use crate::net::Closing;
use crate::send::{QueueClock, Sender, SenderParts};
use crate::settings::Settings;
use crate::start::store_options;
use crate::update::Updates;

/// How long a box that holds the store and does not answer yet (it starts, or it ends) is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn fulfil(
    data: &Path,
    config: Option<&Path>,
    request: Request,
) -> Result<Answer, Failure> {
    let begun = Instant::now();
    loop {
        match ask(data, &request) {
            Ok(Asked::Answered(answer)) => return Ok(answer),
            Ok(Asked::NotRunning) => {}
            Err(error) => {
                return Err(Failure::new(
                    Exit::Failed,
                    format!(
                        "the box that runs on {} cannot be asked: {error}; only its owner and root are answered",
                        data.display()
                    ),
                ));
            }
        }
        if let Some(answer) = without_a_box(data, config, request.clone())? {
            return Ok(answer);
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new(
                Exit::Failed,
                format!(
                    "another program holds the store in {}, and it is no box that answers; stop it first",
                    data.display()
                ),
            ));
        }
        std::thread::sleep(PAUSE);
    }
}

/// `None`: somebody else has the store open.
fn without_a_box(
    data: &Path,
    config: Option<&Path>,
    request: Request,
) -> Result<Option<Answer>, Failure> {
    // People may be added before the first start; everything else speaks of a box that is there.
    if !data.exists() && !matches!(request, Request::AccountAdd { .. }) {
        return Err(Failure::new(
            Exit::NotFound,
            format!(
                "there is no box in {}; name its folder with --data, or start one with `pillarbox run`",
                data.display()
            ),
        ));
    }
    let settings = Settings::load(config, data)
        .map_err(|error| Failure::new(Exit::Settings, error.to_string()))?;
    let clock = Clock::ordinary();
    let store = match Store::open(data, store_options(&settings, &clock)) {
        Ok(store) => store,
        Err(store::Error::InUse(_)) => return Ok(None),
        Err(error) => {
            return Err(Failure::new(
                Exit::Failed,
                format!("cannot open the store in {}: {error}", data.display()),
            ));
        }
    };
    let accounts = Accounts::new(store, &settings)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let clock = QueueClock::resume(accounts.store(), clock)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let (health, closing) = (Health::default(), Closing::default());
    let parts = SenderParts::new(&settings, &accounts, clock, &health, Vec::new(), closing);
    let household = Household {
        resolver: parts.resolver.clone(),
        signing: parts.signing.clone(),
        sender: Sender::new(parts),
        accounts,
        settings,
        updates: Updates::new(data, None),
        running: None,
    };
    Ok(Some(async_io::block_on(household.perform(request))))
}
