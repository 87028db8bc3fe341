//! Fetching a policy file (RFC 8461 §3.3): one GET over TLS with a verified certificate; no redirect is followed, nothing else is remembered.
//!
//! Whom it asks is said by a stranger's DNS, so it is careful: loopback and local networks are not connected to (unless the settings allow it), and not one octet of HTTP leaves
//! before the certificate has proved to be the policy host's ([`crate::fetching`]).

use std::net::SocketAddr;
use std::time::Duration;

use async_io::Timer;
use event_listener::listener;
use futures_lite::FutureExt as _;
use hyper::{StatusCode, header};

use super::sts::{self, Policy};
use crate::fetching::{Answer, Get, addresses};
use crate::net::{Closing, is_local};
use crate::resolver::Resolver;
use crate::tls::outgoing::Outgoing;

/// For all of it (RFC 8461 §3.3 suggests a minute).
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The longest policy file, in octets (the same).
const MAX_FILE: usize = 64 * 1024;

/// Whom and what a fetch needs.
pub(super) struct Fetcher {
    pub(super) resolver: Resolver,
    pub(super) outgoing: Outgoing,
    pub(super) closing: Closing,
    pub(super) port: u16,
    pub(super) local_networks: bool,
    pub(super) patience: Duration,
}

impl Fetcher {
    /// The policy that `domain` has now; the error says why there is none.
    pub(super) async fn fetch(&self, domain: &str, wall: Option<i64>) -> Result<Policy, String> {
        let host = format!("mta-sts.{domain}");
        let get = async {
            let mut failure = format!("{host} has no address that can be used");
            let may = |ip| self.local_networks || !is_local(ip);
            for ip in addresses(&self.resolver, &host, may).await? {
                match self.get(&host, SocketAddr::new(ip, self.port), wall).await {
                    Ok(file) => {
                        return sts::read_policy(&file).map_err(|wrong| {
                            format!("the policy of {domain} cannot be used: {wrong}")
                        });
                    }
                    Err(words) => failure = words,
                }
            }
            Err(failure)
        };
        let late = async {
            Timer::after(self.patience).await;
            Err(format!(
                "{host} took longer than {} seconds",
                self.patience.as_secs()
            ))
        };
        let closing = async {
            listener!(self.closing.event() => closed);
            if !self.closing.has_begun() {
                closed.await;
            }
            Err("the box goes down".to_owned())
        };
        closing.or(get).or(late).await
    }

    async fn get(
        &self,
        host: &str,
        address: SocketAddr,
        wall: Option<i64>,
    ) -> Result<Vec<u8>, String> {
        let get = Get {
            host,
            authority: host,
            path: "/.well-known/mta-sts.txt",
            accept: "text/plain",
            agent: None,
            tls: Some(&self.outgoing),
            wall,
            closing: self.closing.clone(),
        };
        file(host, get.send(address).await?).await
    }
}

/// The file in the answer, if it is one.
async fn file(host: &str, mut answer: Answer) -> Result<Vec<u8>, String> {
    let response = &answer.response;
    if response.status() != StatusCode::OK {
        return Err(format!(
            "{host} answers {} when asked for the policy",
            response.status().as_u16()
        ));
    }
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("text/plain") {
        return Err(format!(
            "{host} gives the policy as {media_type:.60?}, expected text/plain"
        ));
    }
    let mut file = Vec::new();
    let broke_off = |error| format!("the policy of {host} broke off: {error}");
    while let Some(octets) = answer.next().await.map_err(broke_off)? {
        if file.len() + octets.len() > MAX_FILE {
            return Err(format!(
                "the policy of {host} is longer than {MAX_FILE} octets"
            ));
        }
        file.extend_from_slice(&octets);
    }
    Ok(file)
}
