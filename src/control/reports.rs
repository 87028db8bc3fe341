//! What others report of the house.

use std::net::IpAddr;
use std::time::Duration;

use async_io::Timer;
use dns::{Data, Kind};
use futures_lite::FutureExt as _;
use store::Read as _;

use super::{Answer, Household};
use crate::accounts::Refusal;
use crate::reports::{Source, Summary, summary, summary_json, summary_text};

/// Sources whose names are looked up.
const NAMES_MAX: usize = 10;
/// How long that may take in all: a name is good to have and no more.
const PATIENCE: Duration = Duration::from_secs(5);

impl Household {
    pub(super) async fn reports(&self) -> Result<Answer, Refusal> {
        let summary = self.reported().await?;
        Ok(Answer::done(summary_text(&summary)).with(summary_json(&summary)))
    }

    /// The summary, with names of the sources where the DNS has them soon.
    pub(crate) async fn reported(&self) -> store::Result<Summary> {
        let (mut found, relays) = {
            let read = self.accounts.store().read()?;
            (summary(&read)?, read.relays()?)
        };
        let late = async {
            Timer::after(PATIENCE).await;
        };
        let ask = async {
            for source in found.sources.iter_mut().take(NAMES_MAX) {
                source.name = self.name_of(source.address).await;
            }
        };
        ask.or(late).await;
        for relay in &relays {
            let organization = msgauth::suffix::organizational_domain(&relay.host);
            let of_relay = |source: &Source| {
                let name = source.name.as_deref().unwrap_or_default();
                let address = relay.host.parse::<IpAddr>();
                address == Ok(source.address)
                    || msgauth::suffix::organizational_domain(name) == organization
            };
            for source in found.sources.iter_mut().filter(|source| of_relay(source)) {
                source.relay = Some(relay.host.clone());
            }
        }
        Ok(found)
    }

    /// The reverse name of an address, in plain ASCII.
    async fn name_of(&self, address: IpAddr) -> Option<String> {
        let name = dns::reverse_name(address);
        let answer = self.resolver.lookup(&name, Kind::Ptr).await.ok()?;
        answer.data.into_iter().find_map(|data| match data {
            Data::Ptr(name) if mail::valid_domain(&name) => Some(name),
            _ => None,
        })
    }
}
