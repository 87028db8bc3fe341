//! A relay tried out for its owner: connected to and logged in to, and nothing sent.

use store::Relay;

use super::dial::{Target, Tls};
use super::route::Host;
use super::{Office, Sender};

impl Sender {
    /// A sentence that says how it went, for people.
    ///
    /// # Errors
    /// The same if it went wrong, with the relay's own words.
    pub async fn try_relay(&self, relay: &Relay) -> Result<String, String> {
        self.office.try_relay(relay).await
    }
}

impl Office {
    async fn try_relay(&self, relay: &Relay) -> Result<String, String> {
        let now = self.clock.machine().now();
        let host = Host {
            name: relay.host.clone(),
            literal: relay.host.parse().ok(),
        };
        let ips = match host.literal {
            Some(ip) => vec![ip],
            None => {
                let found = self.rules.of_host(&host.name, relay.port, true, now).await;
                found.map_err(|finding| finding.words)?.ips
            }
        };
        let target = Target {
            host: &host,
            port: relay.port,
            tls: Tls::of_relay(relay),
            relay: Some(relay),
            ips,
        };
        let connection = self.dial(&target).await.map_err(|finding| finding.words)?;
        let tls = connection.session().tls().map(str::to_owned);
        connection.quit().await;
        let login = relay.user.as_deref();
        Ok(format!(
            "{} port {} answers over {}{}",
            relay.host,
            relay.port,
            tls.as_deref().unwrap_or("a line without TLS"),
            login.map_or_else(String::new, |user| format!(", and lets {user} in")),
        ))
    }
}
