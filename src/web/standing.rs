//! The web server's [`Premises`]: the ground that it stands on, and the present life.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::premises::{Householder, Premises, Present};
use super::{Boxed, Language, WebDoors};
use crate::accounts::Owner;
use crate::bans::Bans;
use crate::life::Ground;
use crate::log;
use crate::settings::{DEFAULT_HOSTNAME, Ports, Settings};
use crate::tls::{Certificates, Configs};
use board::Rhythm;
use event_listener::EventListener;

/// See the module.
pub struct Standing {
    ground: Ground,
    bans: Bans,
}

impl Standing {
    /// On this ground.
    pub fn new(ground: Ground, bans: Bans) -> Standing {
        Standing { ground, bans }
    }
}

impl Present {
    /// What holds in a life under these settings.
    pub fn of(settings: &Settings, configs: &Configs, certificates: &Arc<Certificates>) -> Present {
        let hostname = settings.hostname.to_lowercase();
        let label = hostname.split('.').next().unwrap_or_default();
        let names = vec![
            format!("{label}.local"),
            DEFAULT_HOSTNAME.to_owned(),
            hostname,
        ];
        let language = settings.house.language.as_deref();
        Present {
            tls: configs.web(),
            certificates: certificates.clone(),
            names,
            always: settings.setup.always,
            language: language.and_then(Language::of_code).unwrap_or_default(),
        }
    }
}

impl WebDoors {
    /// Where the settings say; they are bound once, at the start. Without a setting a door that cannot be had is gone without, with a line in the log: the
    /// ports of the web are everybody's favourites, and mail does not need them.
    ///
    /// # Errors
    /// As [`WebDoors::bind`], for doors that the settings name.
    pub fn of(settings: &Settings) -> std::io::Result<WebDoors> {
        let listen = &settings.listen;
        let mut doors = WebDoors::bind(&[], &[])?;
        for (tls, ports, addresses) in [
            (false, &listen.http, listen.http_addresses()),
            (true, &listen.https, listen.https_addresses()),
        ] {
            let bound = match tls {
                false => WebDoors::bind(&addresses, &[]),
                true => WebDoors::bind(&[], &addresses),
            };
            match (bound, ports) {
                (Ok(bound), _) => doors.bound.extend(bound.bound),
                (Err(error), Ports::Set(_)) => return Err(error),
                (Err(error), Ports::Default) => {
                    log::warn(0, format_args!("{error}; the box goes on without"))
                }
            }
        }
        Ok(doors)
    }
}

impl Premises for Standing {
    fn keeps_out(&self, peer: IpAddr) -> bool {
        self.bans.keeps_out(peer, Instant::now())
    }

    fn opening(&self) -> Option<u64> {
        let window = &self.ground.window;
        window.is_open().then(|| window.generation())
    }

    fn window_changed(&self) -> EventListener {
        self.ground.window.changed()
    }

    fn present(&self) -> Boxed<Arc<Present>> {
        let present = self.ground.web.clone();
        Box::pin(async move { present.get().await })
    }

    fn local_name(&self) -> Option<String> {
        self.ground.announcer.name()
    }

    fn owner(&self) -> Boxed<Option<Householder>> {
        let household = self.ground.household.clone();
        Box::pin(async move {
            let accounts = household.get().await.accounts.clone();
            match accounts.owner() {
                Ok(Owner::Person(account, _)) => Some(Householder {
                    account,
                    password: accounts.own_password_number(account),
                }),
                // What cannot be read opens nothing.
                Ok(Owner::Never | Owner::Forgotten(_)) | Err(_) => None,
            }
        })
    }

    fn play(&self, rhythm: Option<Rhythm>) {
        self.ground.health.rhythm(rhythm);
    }
}
