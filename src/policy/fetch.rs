//! Fetching a policy file (RFC 8461 §3.3): one GET over TLS with a verified certificate; no redirect is followed, nothing else is remembered.
//!
//! Whom it asks is said by a stranger's DNS, so it is careful: loopback and local networks are not connected to (unless the settings allow it), and not one octet of HTTP leaves
//! before the certificate has proved to be the policy host's. hyper speaks HTTP; its half of the wire is [`crate::net::WireIo`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_io::Timer;
use dns::{Data, Kind};
use event_listener::listener;
use futures_lite::FutureExt as _;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode, header};

use super::sts::{self, Policy};
use crate::net::{Closing, Wire, WireIo, WireTimes, is_local};
use crate::resolver::Resolver;
use crate::tls::outgoing::{Outgoing, Purpose, Trust};

/// For all of it (RFC 8461 §3.3 suggests a minute).
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The longest policy file, in octets (the same).
const MAX_FILE: usize = 64 * 1024;
/// The longest head of an answer, in octets.
const MAX_HEAD: usize = 16 * 1024;
/// Addresses of the policy host that are tried, of each family.
const MOST_ADDRESSES: usize = 2;

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
            for address in self.addresses(&host).await? {
                match self.get(&host, address, wall).await {
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

    /// Addresses of the policy host, IPv4 first.
    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, String> {
        let mut addresses = Vec::new();
        let mut failure = None;
        for kind in [Kind::A, Kind::Aaaa] {
            match self.resolver.lookup(host, kind).await {
                Ok(answer) => {
                    let found = answer.data.iter().filter_map(|data| match data {
                        Data::A(address) => Some(IpAddr::V4(*address)),
                        Data::Aaaa(address) => Some(IpAddr::V6(*address)),
                        _ => None,
                    });
                    let found = found.filter(|address| self.local_networks || !is_local(*address));
                    addresses.extend(found.take(MOST_ADDRESSES));
                }
                Err(error) => failure = Some(format!("{host}: {error}")),
            }
        }
        match failure {
            Some(failure) if addresses.is_empty() => Err(failure),
            _ => Ok(addresses
                .into_iter()
                .map(|ip| SocketAddr::new(ip, self.port))
                .collect()),
        }
    }

    async fn get(
        &self,
        host: &str,
        address: SocketAddr,
        wall: Option<i64>,
    ) -> Result<Vec<u8>, String> {
        let times = WireTimes::default();
        let dialed = Wire::dial(address, None, times, self.closing.clone()).await;
        let mut wire = dialed.map_err(|error| error.to_string())?;
        let trust = Trust::WebPki {
            names: vec![host.to_owned()],
        };
        (self.outgoing)
            .secure(&mut wire, &trust, host, Purpose::Web, wall)
            .await
            .map_err(|failure| failure.words)?;

        let told = |error: hyper::Error| format!("{host} does not speak HTTP as expected: {error}");
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(WireIo::new(wire))
            .await
            .map_err(told)?;
        let request = Request::get("/.well-known/mta-sts.txt")
            .header(header::HOST, host)
            .header(header::ACCEPT, "text/plain")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| format!("{host} is no host to ask: {error}"))?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(told)?;
            file(host, response).await
        };
        let connection = async {
            connection.await.ok();
            std::future::pending().await
        };
        answer.or(connection).await
    }
}

/// The file in the answer, if it is one.
async fn file(host: &str, response: Response<hyper::body::Incoming>) -> Result<Vec<u8>, String> {
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
    let mut body = response.into_body();
    let mut file = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("the policy of {host} broke off: {error}"))?;
        let Some(octets) = frame.data_ref() else {
            continue;
        };
        if file.len() + octets.len() > MAX_FILE {
            return Err(format!(
                "the policy of {host} is longer than {MAX_FILE} octets"
            ));
        }
        file.extend_from_slice(octets);
    }
    Ok(file)
}
