//! A relay tried out for its owner: connected to and logged in to, and nothing sent.

use std::time::Duration;

use futures_lite::FutureExt as _;
use queue::{Cause, Finding};
use store::Relay;

use super::dial::{Target, Tls};
use super::route::Host;
use super::{Office, Sender};

/// So long a person who tries a relay waits for a clock that is about to be set.
const FOR_THE_CLOCK: Duration = Duration::from_secs(10);

impl Sender {
    /// A sentence that says how it went, for people.
    ///
    /// # Errors
    /// The same if it went wrong, with the relay's own words.
    pub async fn try_relay(&self, relay: &Relay) -> Result<String, String> {
        let tls = self.trial(relay).await.map_err(|finding| finding.words)?;
        let login = relay.user.as_deref();
        Ok(format!(
            "{} port {} answers over {}{}",
            relay.host,
            relay.port,
            tls.as_deref().unwrap_or("a line without TLS"),
            login.map_or_else(String::new, |user| format!(", and lets {user} in")),
        ))
    }

    /// What TLS it was, if it was any.
    ///
    /// # Errors
    /// Who ended it and why, as of a letter's attempt.
    pub async fn trial(&self, relay: &Relay) -> Result<Option<String>, Finding> {
        self.office.trial(relay).await
    }
}

impl Office {
    async fn trial(&self, relay: &Relay) -> Result<Option<String>, Finding> {
        let clock = self.clock.machine();
        let too_long = async {
            clock.sleep(FOR_THE_CLOCK).await;
            false
        };
        let trusted = async {
            clock.until_trusted().await;
            true
        };
        if !trusted.or(too_long).await {
            let words = format!(
                "the box does not know yet what time it is, so it cannot tell whether the certificate of {} is good; try again when the clock is set",
                relay.host
            );
            return Err(Finding::of(Cause::Own, &words));
        }
        let now = clock.now();
        let host = Host {
            name: relay.host.clone(),
            literal: relay.host.parse().ok(),
        };
        let ips = match host.literal {
            Some(ip) => vec![ip],
            None => {
                let found = self.rules.of_host(&host.name, relay.port, true, now).await;
                found?.ips
            }
        };
        let target = Target {
            host: &host,
            port: relay.port,
            tls: Tls::of_relay(relay),
            relay: Some(relay),
            ips,
        };
        let connection = self.dial(&target).await?;
        let tls = connection.session().tls().map(str::to_owned);
        connection.quit().await;
        Ok(tls)
    }
}
