//! What sending needs, put together from the settings and the household.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{QueueClock, SenderParts};
use crate::accounts::Accounts;
use crate::health::Health;
use crate::net::Closing;
use crate::policy::{Policies, PolicyParts};
use crate::resolver::Resolver;
use crate::settings::Settings;
use crate::signing::Signing;
use crate::tls::outgoing::Outgoing;

/// Where policies of mail domains are fetched (MTA-STS).
const HTTPS: u16 = 443;

impl SenderParts {
    /// As the settings say. `doors`: where this box takes mail from the world.
    pub fn new(
        settings: &Settings,
        accounts: &Accounts,
        clock: QueueClock,
        health: &Health,
        doors: Vec<SocketAddr>,
        closing: Closing,
    ) -> SenderParts {
        let resolver = Resolver::new(settings.dns.resolver());
        let outgoing = Outgoing::new(settings.send.roots.clone());
        let machine = clock.machine().clone();
        let policies = Policies::new(PolicyParts {
            store: accounts.store().clone(),
            resolver: resolver.clone(),
            outgoing: outgoing.clone(),
            closing: closing.clone(),
            wall: Arc::new(move || machine.date()),
            https_port: HTTPS,
            local_networks: settings.send.local_networks,
        });
        SenderParts {
            store: accounts.store().clone(),
            resolver,
            policies,
            outgoing,
            signing: Signing::new(accounts.clone()),
            accounts: accounts.clone(),
            settings: settings.clone(),
            clock,
            health: health.clone(),
            doors,
            closing,
            steps: None,
        }
    }
}
