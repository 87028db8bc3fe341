//! The web server's [`Premises`]: the ground that it stands on, and the present life.

use std::sync::Arc;

use board::Rhythm;
use event_listener::EventListener;
use store::AccountId;

use super::premises::{Premises, Present};
use super::{Boxed, Language};
use crate::accounts::Owner;
use crate::life::{Current, Ground};
use crate::settings::Settings;
use crate::tls::{Certificates, Configs};

/// The name that the box has without any setting, and those it takes when others in the house have it (RFC 6762 §9).
const LOCAL_NAMES: [&str; 4] = [
    "pillarbox.local",
    "pillarbox-2.local",
    "pillarbox-3.local",
    "pillarbox-4.local",
];

/// See the module; clones share it.
#[derive(Clone)]
pub struct Standing {
    ground: Ground,
    present: Current<Present>,
}

impl Standing {
    /// Before the first life.
    pub fn new(ground: Ground) -> Standing {
        Standing {
            ground,
            present: Current::default(),
        }
    }

    /// A life begins: requests that waited go on.
    pub fn begin(&self, settings: &Settings, configs: &Configs, certificates: &Arc<Certificates>) {
        let label = settings.hostname.split('.').next().unwrap_or_default();
        let mut names = vec![settings.hostname.to_lowercase()];
        names.push(format!("{}.local", label.to_lowercase()));
        names.extend(LOCAL_NAMES.map(str::to_owned));
        let language = settings.house.language.as_deref();
        self.present.set(Arc::new(Present {
            tls: configs.web(),
            certificates: certificates.clone(),
            names,
            always: settings.setup.always,
            language: language.and_then(Language::of_code).unwrap_or_default(),
        }));
    }

    /// The life ends: requests wait from now on.
    pub fn end(&self) {
        self.present.clear();
    }
}

impl Premises for Standing {
    fn opening(&self) -> Option<u64> {
        let window = &self.ground.window;
        window.is_open().then(|| window.generation())
    }

    fn window_changed(&self) -> EventListener {
        self.ground.window.changed()
    }

    fn present(&self) -> Boxed<Arc<Present>> {
        let present = self.present.clone();
        Box::pin(async move { present.get().await })
    }

    fn owner(&self) -> Boxed<Option<AccountId>> {
        let household = self.ground.household.clone();
        Box::pin(async move {
            match household.get().await.accounts.owner() {
                Ok(Owner::Person(account, _)) => Some(account),
                // What cannot be read opens nothing.
                Ok(Owner::Never | Owner::Forgotten(_)) | Err(_) => None,
            }
        })
    }

    fn play(&self, rhythm: Option<Rhythm>) {
        self.ground.health.rhythm(rhythm);
    }
}
